/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parse and format root names, and match them against the patterns of -o maps.
 */
#include "live/map-name.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text/error.h"

#define DOT "%2E"
#define DOT_LEN 3

static const char legal[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			    "0123456789_.";

/* "17" -> 17; 0: not a canonical id. */
static uint32_t parse_id(const char *s)
{
	char again[16];
	unsigned long id = strtoul(s, NULL, 10);

	snprintf(again, sizeof(again), "%u", (unsigned)id);
	return !strcmp(s, again) ? (uint32_t)id : 0;
}

/* Names that the bare form cannot have: they mean something else. */
static bool is_taken(const char *name)
{
	return !*name || !strcmp(name, ".") || !strcmp(name, "..") ||
	       !strcmp(name, ".map");
}

int map_name_parse(const char *text, struct map_name *ret)
{
	const char *at = strrchr(text, '@'), *s = text;
	size_t len = at ? (size_t)(at - text) : strlen(text);
	struct map_name n = { 0 };
	bool escaped = !strncmp(text, DOT, DOT_LEN);

	if (escaped) {
		n.name[0] = '.';
		s += DOT_LEN;
		len -= DOT_LEN;
	}
	if (len + escaped >= sizeof(n.name) || strspn(s, legal) < len)
		return -ENOENT;
	memcpy(n.name + escaped, s, len);
	if (at)
		n.id = parse_id(at + 1);
	if (at ? !n.id : !escaped && is_taken(n.name))
		return -ENOENT;
	*ret = n;
	return 0;
}

void map_name_list(const char *name, uint32_t id, bool shared, char ret[LISTED_NAME_MAX])
{
	const char *dot = *name == '.' ? DOT : "";
	const char *rest = name + (*name == '.');

	if (*name && !shared)
		snprintf(ret, LISTED_NAME_MAX, "%s%s", dot, rest);
	else
		snprintf(ret, LISTED_NAME_MAX, "%s%s@%u", dot, rest, id);
}

int map_name_check(const char *text, char ret[STORE_NAME_LEN], struct text_error *err)
{
	bool escaped = !strncmp(text, DOT, DOT_LEN);
	const char *s = escaped ? text + DOT_LEN : text;
	size_t ok = strspn(s, legal);

	if (*text == '.')
		return text_fail(err, -EINVAL, 0,
				 "a leading '.' is written %%2E: mkdir %%2E%.15s",
				 text + 1);
	if (s[ok] == '@')
		return text_fail(err, -EINVAL, (size_t)(s + ok - text),
				 "the kernel chooses the id: mkdir %s%.*s",
				 escaped ? DOT : "", ok < 16 ? (int)ok : 15, s);
	if (s[ok])
		return text_fail(err, -EINVAL, (size_t)(s + ok - text),
				 "map names consist of letters, digits, '_' and '.'");
	if (ok + escaped >= STORE_NAME_LEN)
		return text_fail(err, -ENAMETOOLONG,
				 (size_t)(s - text) + STORE_NAME_LEN - 1 - escaped,
				 "map names have at most %d bytes", STORE_NAME_LEN - 1);
	snprintf(ret, STORE_NAME_LEN, "%s%s", escaped ? "." : "", s);
	return 0;
}

/* ---- patterns ---- */

/* Names are short: a longer pattern matches none. */
#define GLOB_MAX 256

/* Length of the bracket expression at s, as fnmatch(3) reads it; 1: it has no end. */
static size_t bracket_len(const char *s)
{
	size_t i = 1;

	if (s[i] == '!' || s[i] == '^')
		i++;
	if (s[i] == ']')
		i++;
	while (s[i] && s[i] != ']') {
		const char *end = NULL;

		/* [:alpha:] and the like may have a ']' only at their end */
		if (s[i] == '[' && (s[i + 1] == ':' || s[i + 1] == '.' || s[i + 1] == '='))
			end = strchr(s + i + 2, ']');
		i = end ? (size_t)(end - s) + 1 : i + 1;
	}
	return s[i] ? i + 1 : 1;
}

/* Length of the pattern at s: up to a ':' or the end. */
static size_t glob_len(const char *s)
{
	size_t i = 0;

	while (s[i] && s[i] != ':')
		if (s[i] == '\\' && s[i + 1])
			i += 2;
		else
			i += s[i] == '[' ? bracket_len(s + i) : 1;
	return i;
}

bool map_name_matches(const char *globs, const char *name)
{
	char glob[GLOB_MAX];
	size_t len;

	if (!globs)
		return true;
	for (;; globs += len + 1) {
		len = glob_len(globs);
		if (len < sizeof(glob)) {
			memcpy(glob, globs, len);
			glob[len] = '\0';
			if (!fnmatch(glob, name, 0))
				return true;
		}
		if (!globs[len])
			return false;
	}
}
