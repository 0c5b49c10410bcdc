/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Maps, keys and passes for tests that compare the stores.
 */
#include "differential.h"

#include <check.h>
#include <errno.h>
#include <string.h>

#include "store-btf.h"

struct diff_map diff;

/* --- maps, one in each store ---------------------------------------------- */

/* Prefixes that share bits often, some too long for the trie. */
static void random_prefix(char *key, uint32_t size)
{
	static const uint8_t bytes[] = { 0, 0, 0, 1, 128, 255 };
	uint32_t bits = (size - 4) * 8, length = rnd(bits + 1);

	if (rnd(24) == 0)
		length = bits + 1 + rnd(100);
	memcpy(key, &length, sizeof(length));
	for (uint32_t i = 4; i < size; i++)
		key[i] = (char)PICK(bytes);
}

static void make_keys(void)
{
	uint32_t size = pair.info.key_size;

	/* More keys than fit, so that the map is full now and then. */
	diff.key_count = pair.info.max_entries + 1 + rnd(pair.info.max_entries + 2);
	if (diff.shape->kind == KIND_LPM)
		diff.key_count *= 2;
	if (diff.key_count > 2 * DIFF_BATCH)
		diff.key_count = 2 * DIFF_BATCH;
	for (uint32_t i = 0; i < diff.key_count; i++) {
		rnd_bytes(diff.keys[i], size);
		if (diff.shape->kind == KIND_ARRAY)
			memcpy(diff.keys[i], &i, sizeof(i));
		else if (diff.shape->kind == KIND_LPM)
			random_prefix(diff.keys[i], size);
	}
}

void diff_make_map(const struct diff_shape *shape)
{
	static const uint32_t key_sizes[] = { 1, 2, 3, 4, 8, 13, 16, 40, 64 };
	static const uint32_t prefix_sizes[] = { 5, 8, 9, 20 };
	static const uint32_t value_sizes[] = { 1, 3, 4, 8, 12, 16, 33, 64 };
	struct store_spec spec = {
		.type = shape->type,
		.flags = shape->flags,
		.max_entries = 1 + rnd(rnd(3) ? 12 : DIFF_BATCH - 1),
		.key_size = shape->key_size,
		.name = "differential",
	};

	if (!spec.key_size)
		spec.key_size = shape->kind == KIND_LPM ? PICK(prefix_sizes)
							: PICK(key_sizes);
	spec.value_size = PICK(value_sizes);
	if (shape->value_type) {
		spec.key_size = store_btf_size(shape->key_type);
		spec.value_size = store_btf_size(shape->value_type);
		spec.btf_key_type_id = shape->key_type;
		spec.btf_value_type_id = shape->value_type;
		spec.btf_data = store_btf_types(&spec.btf_size);
	}
	diff.shape = shape;
	pair.what = shape->name;
	if (!create_both(&spec))
		pair_fail("cannot be created");
	diff.stride = spec.value_size;
	if (shape->percpu)
		diff.stride = (diff.stride + 7) / 8 * 8 * store_possible_cpus();
	ck_assert_uint_le(diff.stride, DIFF_VALUE);
	make_keys();
}

const char *diff_key(void)
{
	return diff.keys[rnd(diff.key_count)];
}

unsigned diff_read_flags(void)
{
	static const unsigned flags[] = { 0, 0, 0, 0, STORE_LOCK, STORE_NOEXIST, 8 };

	return PICK(flags);
}

/* --- passes ---------------------------------------------------------------- */

int diff_compare(const void *a, const void *b)
{
	return memcmp(a, b, DIFF_KEY);
}

/* Take a batch into a pass. */
static void collect(struct diff_pass *p, const char *keys, const char *values, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		struct diff_element *e = &p->elements[p->count++];

		ck_assert_uint_le(p->count, 4 * DIFF_BATCH);
		memset(e, 0, sizeof(*e));
		memcpy(e->key, keys + i * pair.info.key_size, pair.info.key_size);
		memcpy(e->value, values + i * diff.stride, diff.stride);
	}
}

void diff_run_pass(struct store_map *m, diff_batch *op, uint32_t room, unsigned flags,
		   struct diff_pass *p)
{
	static char keys[DIFF_BATCH * DIFF_KEY], values[DIFF_BATCH * DIFF_VALUE];
	char cursor[DIFF_KEY] = "";
	bool started = false;

	p->count = 0;
	do {
		uint32_t count = room;

		p->result = op(m, started ? cursor : NULL, cursor, keys, values, &count,
			       flags);
		if (p->result == -ENOSPC) {
			ck_assert_uint_eq(count, 0);
			room = room * 2 < DIFF_BATCH ? room * 2 : DIFF_BATCH;
		} else if (p->result == 0 || p->result == -ENOENT) {
			ck_assert_uint_le(count, room);
			collect(p, keys, values, count);
		}
		started = true;
	} while (p->result == 0 || p->result == -ENOSPC);
}
