/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "text/metric-spec.h"

#include <errno.h>
#include <string.h>

#define SEPARATORS ", \t"

static const char *const kinds[METRIC_KINDS] = {
	[METRIC_UNKNOWN] = "unknown",
	[METRIC_COUNTER] = "counter",
	[METRIC_GAUGE] = "gauge",
	[METRIC_HISTOGRAM] = "histogram",
};

static bool is_word(const char *text, size_t len, const char *word)
{
	return strlen(word) == len && !memcmp(text, word, len);
}

static int parse_kind(const char *text, size_t len, enum metric_kind *ret)
{
	for (enum metric_kind i = 0; i < METRIC_KINDS; i++)
		if (is_word(text, len, kinds[i])) {
			*ret = i;
			return 0;
		}
	return -EINVAL;
}

/* "queue.len:gauge" */
static int parse_item(const char *text, size_t len, size_t at, struct metrics_item *item,
		      struct text_error *err)
{
	const char *colon = memchr(text, ':', len);
	size_t path = colon ? (size_t)(colon - text) : len;

	if (!path || path >= sizeof(item->path))
		return text_fail(err, -EINVAL, at, "expected a member of the value");
	*item = (struct metrics_item){ .has_kind = colon };
	if (colon && parse_kind(colon + 1, len - path - 1, &item->kind) < 0)
		return text_fail(err, -EINVAL, at + path + 1,
				 "expected counter, gauge, histogram or unknown");
	if (!is_word(text, path, "value"))
		memcpy(item->path, text, path);
	return 0;
}

int metrics_spec_parse(const char *text, struct metrics_spec *ret, struct text_error *err)
{
	struct metrics_spec spec = { 0 };
	size_t len;
	int r = 0;

	if (!strcmp(text, "no") || !strcmp(text, "yes")) {
		*ret = (struct metrics_spec){ .all = *text == 'y' };
		return 0;
	}
	for (size_t at = 0; r == 0; at += len) {
		at += strspn(text + at, SEPARATORS);
		len = strcspn(text + at, SEPARATORS);
		if (!len)
			break;
		if (spec.count == METRICS_ITEMS_MAX)
			return text_fail(err, -EINVAL, at, "expected at most %d members",
					 METRICS_ITEMS_MAX);
		r = parse_item(text + at, len, at, &spec.items[spec.count++], err);
	}
	if (r == 0)
		*ret = spec;
	return r;
}
