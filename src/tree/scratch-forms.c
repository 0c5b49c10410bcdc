/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pattern is a fixed head, at most one KEY, and a fixed tail, so a name has
 * at most one part that can be KEY. The flags of open(2) that each tool uses
 * were found with strace(1).
 */
#include "tree/scratch-forms.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define KEY "KEY"

static const struct scratch_form forms[] = {
	/* O_RDWR */
	{ "sedXXXXXX", "sed -i", 0 },
	{ "sedXXXXXXXX", "Python's tempfile with the prefix sed", 0 },
	{ "tmpXXXXXXXX", "Python's tempfile", 0 },
	{ "tmp.XXXXXXXXXX", "mktemp", 0 },
	{ ".KEY.XXXXXX", "rsync", 0 },
	{ "KEY.XXXXXX", "mktemp", 0 },
	/* O_RDWR or O_WRONLY */
	{ ".KEY.swp", "vim, nano", 0 },
	{ ".KEY.swpx", "vim", 0 },
	{ "4913", "vim", 0 },
	{ ".goutputstream-XXXXXX", "gio", 0 },
	{ ".#-emacsXXXXXX", "emacs", 0 },
	{ "KEY.oXXXXXX", "patch", FORM_BESIDE },
	{ "KEY.tmp", "programs that replace files", 0 },
	{ "KEY~", "programs that make backups", 0 },
	/* symlinks; behind the files, which a name like ".#KEY~" is rather */
	{ ".#KEY", "emacs", FORM_LINK },
	{ "CuXXXXXX", "ln -sf", FORM_LINK | FORM_NO_KEY },
};

static bool is_random(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Do len bytes of the name have this piece of a pattern? */
static bool piece_matches(const char *pattern, const char *name, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (pattern[i] == 'X' ? !is_random(name[i]) : pattern[i] != name[i])
			return false;
	return true;
}

static bool form_matches(const struct scratch_form *f, const char *name,
			 const struct scratch_keys *keys, const char **key,
			 size_t *key_len)
{
	const char *middle = strstr(f->pattern, KEY);
	size_t len = strlen(name), all = strlen(f->pattern);
	size_t head = middle ? (size_t)(middle - f->pattern) : all;
	size_t tail = middle ? all - head - strlen(KEY) : 0;

	if (middle ? len <= head + tail : len != all)
		return false;
	*key = name + head;
	*key_len = len - head - tail;
	return piece_matches(f->pattern, name, head) &&
	       piece_matches(f->pattern + all - tail, name + len - tail, tail) &&
	       (!middle || keys->legal(keys->arg, *key, *key_len));
}

const struct scratch_form *scratch_form_of(const char *name, bool is_key,
					   const struct scratch_keys *keys,
					   const char **ret_key, size_t *ret_len)
{
	const char *key;
	size_t len;

	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		if (is_key && forms[i].flags & FORM_NO_KEY)
			continue;
		if (!form_matches(&forms[i], name, keys, &key, &len))
			continue;
		if (ret_key) {
			*ret_key = key;
			*ret_len = len;
		}
		return &forms[i];
	}
	return NULL;
}

/* "google", "Google", "GOOGLE", "web01", "123456": letters of one case, perhaps behind
 * a capital, then digits. */
static bool is_word(const char *s, size_t len)
{
	size_t i = 0, lower, upper;

	while (i < len && isupper((unsigned char)s[i]))
		i++;
	upper = i;
	while (i < len && (islower((unsigned char)s[i]) || s[i] == '_'))
		i++;
	lower = i - upper;
	while (i < len && isdigit((unsigned char)s[i]))
		i++;
	return i == len && (upper < 2 || !lower);
}

bool scratch_form_is_word(const struct scratch_form *f, const char *name)
{
	const char *x = strchr(f->pattern, 'X');
	size_t behind;

	if (!x)
		return false;
	/* The X of all forms are together at the end. */
	behind = strlen(x);
	return is_word(name + strlen(name) - behind, behind);
}

/* Such names are hidden, or backups, for every program. */
static bool is_set_apart(const char *name)
{
	return *name == '.' || name[strlen(name) - 1] == '~';
}

bool scratch_form_takes(const char *name, int parsed, int flags,
			const struct scratch_keys *keys)
{
	bool both = (flags & O_ACCMODE) == O_RDWR;
	const struct scratch_form *f;
	const char *key;
	size_t len;

	/* Without keys (-EPERM) there is nothing to rename a file onto. */
	if (!(flags & O_EXCL) || parsed == -EPERM)
		return false;
	f = scratch_form_of(name, parsed == 0, keys, &key, &len);
	if (f && f->flags & FORM_LINK)
		f = NULL;
	/* A number that is too large is a failed key, not a temporary name. */
	if (parsed < 0)
		return f || (both && parsed != -ERANGE && parsed != -EFBIG);
	if (!f)
		return false;
	return both || is_set_apart(name) ||
	       (f->flags & FORM_BESIDE && keys->present(keys->arg, key, len));
}
