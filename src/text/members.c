/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lists of members: find them by name, and note which were named.
 */
#include "text/members.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text/gaps.h"
#include "text/model.h"

static int compare_names(const struct member *m, const char *name, size_t len)
{
	size_t common = m->name_len < len ? m->name_len : len;
	int order = memcmp(m->name, name, common);

	return order ? order : (m->name_len > len) - (m->name_len < len);
}

static int by_name(const void *left, const void *right)
{
	const struct member *a = *(const struct member *const *)left;
	const struct member *b = *(const struct member *const *)right;
	int order = compare_names(a, b->name, b->name_len);

	return order ? order : (a > b) - (a < b);
}

static char *make_label(struct type *t, const struct member *m)
{
	char *label = type_alloc(t, m->name_len + 5u, 1);

	if (!label)
		return NULL;
	memcpy(label, ",\"", 2);
	memcpy(label + 2, m->name, m->name_len);
	memcpy(label + 2 + m->name_len, "\":", 3);
	return label;
}

int members_index(struct type *t, struct members *m)
{
	const struct member **index = type_alloc(t, m->count, sizeof(*index));
	struct member *list = (struct member *)m->list;
	uint32_t i;

	if (!index)
		return -ENOMEM;
	for (i = 0; i < m->count; i++) {
		index[i] = &list[i];
		list[i].label = make_label(t, &list[i]);
		list[i].label_len = (uint16_t)(list[i].name_len + 4);
		if (!list[i].label)
			return -ENOMEM;
	}
	if (m->count)
		qsort(index, m->count, sizeof(*index), by_name);
	m->by_name = index;
	return 0;
}

static bool is_taken(const uint64_t *taken, uint32_t i)
{
	return taken[i / 64] >> (i % 64) & 1;
}

/* The first place in by_name whose name is not below. */
static uint32_t lower_bound(const struct members *m, const struct span *name)
{
	uint32_t low = 0, high = m->count;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (compare_names(m->by_name[mid], name->s, name->len) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

int64_t members_find(const struct members *m, const struct span *name, uint32_t hint,
		     const uint64_t *taken, bool *ret_known)
{
	uint32_t i;

	*ret_known = true;
	if (hint < m->count && !compare_names(&m->list[hint], name->s, name->len))
		return hint;
	*ret_known = false;
	for (i = lower_bound(m, name); i < m->count; i++) {
		int64_t at = m->by_name[i] - m->list;

		if (compare_names(m->by_name[i], name->s, name->len) != 0)
			break;
		*ret_known = true;
		if (!is_taken(taken, (uint32_t)at))
			return at;
	}
	return -1;
}

/* --- those that a text has named ------------------------------------------- */

int members_seen_init(struct members_seen *seen, const struct members *m)
{
	size_t words = (m->count + (size_t)m->n_gaps + 63) / 64;

	memset(seen, 0, sizeof(*seen));
	seen->members = m;
	seen->taken = seen->few;
	if (words > sizeof(seen->few) / sizeof(seen->few[0]))
		seen->taken = calloc(words, sizeof(*seen->taken));
	return seen->taken ? 0 : -ENOMEM;
}

void members_seen_release(struct members_seen *seen)
{
	if (seen->taken != seen->few)
		free(seen->taken);
}

/* "a, b, c" or as much as fits. */
static const char *list_names(const struct members *m, char *dst, size_t size)
{
	size_t used = 0;
	uint32_t i;

	*dst = '\0';
	for (i = 0; i < m->count && used < size; i++)
		used += (size_t)snprintf(dst + used, size - used, "%s%s", i ? ", " : "",
					 m->list[i].name);
	if (used >= size)
		memcpy(dst + size - 4, "...", 4);
	return dst;
}

static int refuse(const struct members *m, const struct span *name, bool known,
		  struct text_error *err)
{
	char quote[TEXT_QUOTE_SIZE], names[80];

	text_quote(quote, name->s, name->len);
	if (known)
		return text_fail(err, -EINVAL, name->at, "member %s is named twice",
				 quote);
	if (!m->count)
		return text_fail(err, -EINVAL, name->at, "expected no members, found %s",
				 quote);
	return text_fail(err, -EINVAL, name->at, "expected one of %s; found %s",
			 list_names(m, names, sizeof(names)), quote);
}

int members_seen_gap(struct members_seen *seen, const struct span *name,
		     struct text_error *err, const struct gap **ret)
{
	uint32_t i, bit;
	int r = gap_find(seen->members, name, err, &i);

	if (r)
		return r;
	bit = seen->members->count + i;
	if (is_taken(seen->taken, bit))
		return refuse(seen->members, name, true, err);
	seen->taken[bit / 64] |= 1ULL << (bit % 64);
	*ret = &seen->members->gaps[i];
	return 0;
}

int members_seen_find(struct members_seen *seen, const struct span *name,
		      struct text_error *err, const struct member **ret)
{
	bool known;
	int64_t i = members_find(seen->members, name, seen->hint, seen->taken, &known);

	if (i < 0)
		return refuse(seen->members, name, known, err);
	seen->taken[i / 64] |= 1ULL << (i % 64);
	/* Out of order once, the next one may have twins that come before it. */
	seen->hint = seen->hint == i ? seen->hint + 1 : UINT32_MAX;
	*ret = &seen->members->list[i];
	return 0;
}
