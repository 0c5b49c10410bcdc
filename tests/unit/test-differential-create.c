/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel store and the memory store create the same maps and refuse the same
 * specifications, with the same errno: valid ones, and ones that are wrong in one place
 * or several. See store-pair.h for SEED.
 */
#include <check.h>
#include <linux/bpf.h>

#include "store-btf.h"
#include "store-pair.h"

/* Creations in a round. */
#define TRIES 300

/* A definition that is often right and often wrong in one or two places. */
static void random_spec(struct store_spec *spec)
{
	static const uint32_t types[] = { 1, 2, 5, 6, 9, 10, 11, 12, 13, 22, 23, 27,
					  30 };
	static const uint32_t sizes[] = { 0, 1, 4, 4, 4, 5, 8, 8, 16, 24, 32, 40, 260, 261,
					  32768, 32769, 65536, 4194024, 4194025, 4194251,
					  4194252, 0xffffffff };
	static const uint32_t counts[] = { 0, 1, 1, 2, 3, 5, 1000 };
	static const char *const names[] = { NULL, "", "a.b_C9", "123456789012345",
					     "1234567890123456", "a-b", "a b", "." };
	static const uint32_t flags[] = { 0, 0, 0, BPF_F_NO_PREALLOC, BPF_F_NO_COMMON_LRU,
					  BPF_F_ZERO_SEED, BPF_F_MMAPABLE };

	*spec = (struct store_spec){
		.type = PICK(types),
		.key_size = rnd(3) ? 4 : PICK(sizes),
		.value_size = rnd(2) ? 8 : PICK(sizes),
		.max_entries = PICK(counts),
		.flags = PICK(flags),
		.numa_node = rnd(2) ? 0 : 63,
		.map_extra = rnd(16) == 0,
		.name = PICK(names),
	};
	if (rnd(2) && spec->type == BPF_MAP_TYPE_LPM_TRIE) {
		spec->flags |= BPF_F_NO_PREALLOC;
		spec->key_size = 8;
	}
	if (rnd(4) && (spec->type == BPF_MAP_TYPE_QUEUE || spec->type == BPF_MAP_TYPE_STACK ||
		       spec->type == BPF_MAP_TYPE_BLOOM_FILTER))
		spec->key_size = 0;
	if (rnd(2) && spec->type == BPF_MAP_TYPE_BLOOM_FILTER)
		spec->map_extra = rnd(17);
	if (rnd(8) && spec->type == BPF_MAP_TYPE_RINGBUF) {
		spec->key_size = spec->value_size = 0;
		spec->max_entries = 4096u << rnd(4);
		spec->map_extra = 0;
	}
	if (rnd(2) && (spec->type == BPF_MAP_TYPE_ARRAY_OF_MAPS ||
		       spec->type == BPF_MAP_TYPE_HASH_OF_MAPS))
		spec->value_size = 4;
	if (rnd(2))
		spec->flags |= 1u << rnd(14);
	if (rnd(3) == 0)
		spec->flags |= 1u << rnd(14);
}

/* Types that fit the sizes, mostly. */
static void random_types(struct store_spec *spec)
{
	if (rnd(3) == 0)
		return;
	spec->btf_data = store_btf_types(&spec->btf_size);
	spec->btf_key_type_id = rnd(BTF_COUNT + 2);
	spec->btf_value_type_id = rnd(BTF_COUNT + 2);
	if (spec->btf_key_type_id < BTF_COUNT && rnd(6))
		spec->key_size = store_btf_size(spec->btf_key_type_id);
	if (spec->btf_value_type_id < BTF_COUNT && rnd(6))
		spec->value_size = store_btf_size(spec->btf_value_type_id);
}

/* An inner map now and then: a plain one, or a map of maps (which none can be). */
static void random_inner(void)
{
	static const uint32_t inner_types[] = { 1, 2, 22, 30, 13 };
	struct store_spec spec = { .type = PICK(inner_types),
				   .key_size = 4, .value_size = 4, .max_entries = 1 };

	if (spec.type == BPF_MAP_TYPE_QUEUE || spec.type == BPF_MAP_TYPE_BLOOM_FILTER)
		spec.key_size = 0;
	for (int s = 0; s < STORES; s++)
		store_close(&pair.inner[s]);
	if (spec.type == BPF_MAP_TYPE_HASH_OF_MAPS) {
		random_inner();
		if (!pair.inner[KERNEL].store)
			return;
	}
	if (rnd(6) == 0 || !create_both(&spec)) {
		for (int s = 0; s < STORES; s++)
			store_close(&pair.inner[s]);
		return;
	}
	for (int s = 0; s < STORES; s++) {
		store_close(&pair.inner[s]);
		pair.inner[s] = pair.m[s];
		pair.m[s] = (struct store_map)STORE_MAP_INIT;
	}
}

/* Might this kernel answer otherwise than the memory store's model? */
static bool creation_is_left_out(const struct store_spec *spec)
{
	uint32_t type = spec->btf_value_type_id;

	if (type >= BTF_LOCK && type <= BTF_UNION && left_out(DIFFERENT_FIELDS))
		return true;
	if (spec->type == BPF_MAP_TYPE_BLOOM_FILTER && left_out(DIFFERENT_TYPES))
		return true;
	return spec->type == BPF_MAP_TYPE_LPM_TRIE && spec->value_size > 1u << 20 &&
	       left_out(DIFFERENT_LPM);
}

START_TEST(random_creations_agree)
{
	unsigned made = 0;

	pair.what = "create";
	for (pair.round = 0; pair.round < pair.rounds * TRIES; pair.round++) {
		struct store_spec spec;

		begin_round(1000);
		if (pair.round % 8 == 0)
			random_inner();
		random_spec(&spec);
		random_types(&spec);
		/* Not megabytes for no more than a yes or no */
		if (((uint64_t)spec.value_size + spec.key_size) * spec.max_entries >
		    1u << 20)
			spec.max_entries = spec.max_entries ? 1 : 0;
		if (spec.value_size > 64u << 20 && spec.type == BPF_MAP_TYPE_ARRAY)
			continue;
		if (creation_is_left_out(&spec))
			continue;
		made += create_both(&spec);
		close_both();
	}
	for (int s = 0; s < STORES; s++)
		store_close(&pair.inner[s]);
	ck_assert_uint_gt(made, pair.round / 100);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("differential-create");
	TCase *tc = tcase_create("create");

	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, random_creations_agree);
	suite_add_tcase(s, tc);
	return run_pair(s);
}
