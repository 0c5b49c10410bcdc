/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "text/tags.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text/words.h"

void tags_release(struct tags *t)
{
	free(t->list);
	*t = (struct tags){ NULL, 0 };
}

/* A tag of a member: *ret is filled in. */
static bool read_tag(const struct btf *btf, uint32_t id, struct tag *ret)
{
	const struct btf_type *t = btf__type_by_id(btf, id), *record;
	const char *text;

	if (!btf_is_decl_tag(t) || btf_decl_tag(t)->component_idx < 0)
		return false;
	record = btf__type_by_id(btf, t->type);
	text = btf__name_by_offset(btf, t->name_off);
	if (!record || !btf_is_composite(record) || !text ||
	    (uint32_t)btf_decl_tag(t)->component_idx >= btf_vlen(record))
		return false;
	*ret = (struct tag){ t->type, (uint32_t)btf_decl_tag(t)->component_idx, text };
	return true;
}

static int compare(const void *left, const void *right)
{
	const struct tag *a = left, *b = right;

	if (a->record != b->record)
		return a->record < b->record ? -1 : 1;
	return (a->member > b->member) - (a->member < b->member);
}

int tags_collect(const struct btf *btf, struct tags *ret)
{
	uint32_t n_ids = btf__type_cnt(btf), count = 0;
	struct tag tag;

	*ret = (struct tags){ NULL, 0 };
	for (uint32_t id = 1; id < n_ids; id++)
		count += read_tag(btf, id, &tag);
	if (!count)
		return 0;
	ret->list = calloc(count, sizeof(*ret->list));
	if (!ret->list)
		return -ENOMEM;
	for (uint32_t id = 1; id < n_ids; id++)
		if (read_tag(btf, id, &tag))
			ret->list[ret->count++] = tag;
	qsort(ret->list, ret->count, sizeof(*ret->list), compare);
	return 0;
}

/* The first tag that is not before this member. */
static uint32_t find(const struct tags *t, uint32_t record, uint32_t member)
{
	const struct tag key = { record, member, NULL };
	uint32_t low = 0, high = t->count;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (compare(&t->list[mid], &key) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

const struct tag *tags_of(const struct tags *t, uint32_t record, uint32_t *ret_count)
{
	uint32_t first = find(t, record, 0);

	*ret_count = find(t, record, UINT32_MAX) - first;
	return *ret_count ? &t->list[first] : NULL;
}

const struct word *tags_word(const struct tags *t, uint32_t record, uint32_t member,
			     size_t size)
{
	for (uint32_t i = find(t, record, member); i < t->count; i++) {
		const struct tag *tag = &t->list[i];
		const struct word *word;

		if (tag->record != record || tag->member != member)
			return NULL;
		word = word_find_sized(tag->text, strlen(tag->text), size);
		if (word && word->size == size && !word_takes_number(word))
			return word;
	}
	return NULL;
}
