/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel store and the memory store in lockstep on maps without keys (queue, stack,
 * bloom filter) and on maps of maps. A slot of these reads as an id, which differs
 * between the stores, so the test compares which of its inner maps the id belongs to.
 * See store-pair.h for SEED and ROUNDS.
 */
#include <check.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>

#include "store-btf.h"
#include "store-pair.h"

#define OPS_PER_MAP 400
#define VALUE_SIZE 8

static unsigned any_flags(void)
{
	static const unsigned flags[] = { 0, 0, 0, 0, STORE_NOEXIST, STORE_EXIST, STORE_EXIST,
					  3, STORE_LOCK, STORE_LOCK | STORE_EXIST, 8,
					  1u << 31 };

	return PICK(flags);
}

static void freeze_rarely(void)
{
	if (rnd(100) == 0)
		freeze_both();
}

static void reopen_sometimes(void)
{
	unsigned access = rnd(3) ? STORE_READ | STORE_WRITE : 1 + rnd(2);

	if (rnd(30))
		return;
	for (int s = 0; s < STORES; s++) {
		struct store_map again;
		struct store_info info;

		ck_assert_int_eq(store_info(&pair.m[s], &info), 0);
		ck_assert_int_eq(store_open(pair.stores[s], info.id, access, &again), 0);
		store_close(&pair.m[s]);
		pair.m[s] = again;
	}
}

/* What no map here can do, but says so in its own way. */
static void refused_ops(const void *key)
{
	char buffer[STORES][64] = { "", "" };
	uint32_t count;
	int r[STORES];

	for (int s = 0; s < STORES; s++)
		r[s] = store_next_key(&pair.m[s], key, buffer[s]);
	same_result("next_key", r);
	for (int s = 0; s < STORES; s++)
		r[s] = store_remove(&pair.m[s], key);
	same_result("remove", r);
	for (int s = 0; s < STORES; s++) {
		count = 1;
		r[s] = store_lookup_batch(&pair.m[s], NULL, buffer[s], buffer[s], buffer[s],
					  &count, 0);
	}
	same_result("lookup_batch", r);
	for (int s = 0; s < STORES; s++) {
		count = 1;
		r[s] = store_update_batch(&pair.m[s], buffer[s], buffer[s], &count, 0);
	}
	same_result("update_batch", r);
	for (int s = 0; s < STORES; s++) {
		count = 1;
		r[s] = store_remove_batch(&pair.m[s], buffer[s], &count);
	}
	same_result("remove_batch", r);
}

/* --- queue and stack ------------------------------------------------------- */

static const void *mostly_no_key(void)
{
	static const char key[4];

	return rnd(30) ? NULL : key;
}

static void take_op(int (*take)(const struct store_map *, const void *, void *, unsigned),
		    const char *what)
{
	char value[STORES][VALUE_SIZE];
	const void *key = mostly_no_key();
	unsigned flags = rnd(8) ? 0 : any_flags();
	int r[STORES];

	for (int s = 0; s < STORES; s++)
		r[s] = take(&pair.m[s], key, value[s], flags);
	same_result(what, r);
	if (!r[KERNEL])
		same_bytes(what, value[KERNEL], value[MEMORY], VALUE_SIZE);
}

static void push_op(void)
{
	char value[VALUE_SIZE], what[64];
	const void *key = mostly_no_key();
	unsigned flags = any_flags();
	int r[STORES];

	rnd_bytes(value, sizeof(value));
	for (int s = 0; s < STORES; s++)
		r[s] = store_update(&pair.m[s], key, value, flags);
	snprintf(what, sizeof(what), "push with flags %#x", flags);
	same_result(what, r);
}

static void queue_round(uint32_t type)
{
	struct store_spec spec = { .type = type, .value_size = VALUE_SIZE,
				   .max_entries = 1 + rnd(9) };

	if (rnd(2)) {
		spec.btf_data = store_btf_types(&spec.btf_size);
		spec.btf_key_type_id = BTF_EMPTY;
		spec.btf_value_type_id = BTF_U64;
	}
	if (!create_both(&spec))
		pair_fail("cannot be created");
	for (unsigned i = 0; i < OPS_PER_MAP; i++) {
		switch (rnd(8)) {
		case 0: refused_ops(mostly_no_key()); break;
		case 1: take_op(store_lookup, "peek"); break;
		case 2: case 3: take_op(store_lookup_and_delete, "pop"); break;
		default: push_op(); break;
		}
		freeze_rarely();
		reopen_sometimes();
	}
	close_both();
}

START_TEST(queues_agree)
{
	pair.what = "queue";
	for (pair.round = 0; pair.round < pair.rounds; pair.round++) {
		begin_round(2000);
		queue_round(BPF_MAP_TYPE_QUEUE);
	}
}
END_TEST

START_TEST(stacks_agree)
{
	pair.what = "stack";
	for (pair.round = 0; pair.round < pair.rounds; pair.round++) {
		begin_round(2001);
		queue_round(BPF_MAP_TYPE_STACK);
	}
}
END_TEST

/* --- bloom filter: what was pushed is there, the rest mostly not ----------- */

static void filter_lookup(uint64_t value, bool pushed, unsigned *wrong)
{
	const void *key = mostly_no_key();
	unsigned flags = rnd(20) ? 0 : any_flags();
	int r[STORES];

	for (int s = 0; s < STORES; s++) {
		uint64_t candidate = value;

		r[s] = store_lookup(&pair.m[s], key, &candidate, flags);
		if (r[s] == 0 && !pushed)
			wrong[s]++;
		if (r[s] == -ENOENT && pushed)
			pair_fail("%s lost a value", store_name(pair.stores[s]));
		/* may it hold a value that nobody pushed: each has its own opinion */
		if (r[s] == -ENOENT)
			r[s] = 0;
	}
	same_result("lookup", r);
}

static void filter_round(void)
{
	struct store_spec spec = { .type = BPF_MAP_TYPE_BLOOM_FILTER, .value_size = VALUE_SIZE,
				   .max_entries = 200, .map_extra = rnd(16) };
	unsigned wrong[STORES] = { 0, 0 }, hashes = spec.map_extra ? (unsigned)spec.map_extra : 5;
	int r[STORES];

	if (rnd(2)) {
		spec.btf_data = store_btf_types(&spec.btf_size);
		spec.btf_value_type_id = BTF_U64;
	}
	if (!create_both(&spec))
		pair_fail("cannot be created");
	for (uint64_t i = 0; i < spec.max_entries; i++) {
		const void *key = mostly_no_key();
		unsigned flags = any_flags();

		for (int s = 0; s < STORES; s++)
			r[s] = store_update(&pair.m[s], key, &i, flags);
		same_result("push", r);
		filter_lookup(i, r[KERNEL] == 0, wrong);
	}
	for (uint64_t i = 0; i < 1000; i++)
		filter_lookup(1u << 20 | i, false, wrong);
	/* In kind: neither errs in most cases where the other does not. */
	if (hashes > 2 && (wrong[KERNEL] > 300 || wrong[MEMORY] > 300))
		pair_fail("wrong about %u (kernel) and %u of 1000", wrong[KERNEL],
			  wrong[MEMORY]);
	refused_ops(mostly_no_key());
	freeze_rarely();
	take_op(store_lookup_and_delete, "lookup_and_delete");
	close_both();
}

START_TEST(bloom_filters_agree)
{
	pair.what = "bloom_filter";
	if (left_out(DIFFERENT_TYPES))
		return;
	for (pair.round = 0; pair.round < pair.rounds; pair.round++) {
		begin_round(2002);
		filter_round();
	}
}
END_TEST

/* --- maps of maps ---------------------------------------------------------- */

#define CANDIDATES 12
#define KEYS 16

/* Maps that may stand in a slot, in both stores. */
static struct {
	struct store_map m[STORES];
	uint32_t id[STORES];
} candidates[CANDIDATES];

static void random_candidate(struct store_spec *spec)
{
	static const uint32_t types[] = { 1, 1, 2, 2, 6, 9, 22, 30 };
	static const uint32_t flags[] = { 0, 0, BPF_F_NO_PREALLOC, BPF_F_INNER_MAP,
					  BPF_F_INNER_MAP, BPF_F_RDONLY };

	*spec = (struct store_spec){ .type = PICK(types), .key_size = 4,
				     .value_size = rnd(4) ? 8 : 16,
				     .max_entries = 1 + rnd(2), .flags = PICK(flags) };
	if (spec->type == BPF_MAP_TYPE_QUEUE || spec->type == BPF_MAP_TYPE_BLOOM_FILTER)
		spec->key_size = 0;
	/* Before Linux 6.2 no inner map could have locks. */
	if (spec->type <= BPF_MAP_TYPE_ARRAY && rnd(4) == 0 && !left_out(DIFFERENT_FIELDS)) {
		spec->btf_data = store_btf_types(&spec->btf_size);
		spec->btf_key_type_id = BTF_U32;
		spec->btf_value_type_id = BTF_LOCKED;
		spec->value_size = store_btf_size(BTF_LOCKED);
	}
}

static void make_candidates(void)
{
	for (unsigned i = 0; i < CANDIDATES;) {
		struct store_spec spec;

		random_candidate(&spec);
		if (!create_both(&spec))
			continue;
		for (int s = 0; s < STORES; s++) {
			struct store_info info;

			ck_assert_int_eq(store_info(&pair.m[s], &info), 0);
			candidates[i].id[s] = info.id;
			candidates[i].m[s] = pair.m[s];
			pair.m[s] = (struct store_map)STORE_MAP_INIT;
		}
		i++;
	}
}

static int candidate_of(int s, uint32_t id)
{
	for (int i = 0; i < CANDIDATES; i++)
		if (candidates[i].id[s] == id)
			return i;
	pair_fail("%s shows an id that nobody put there", store_name(pair.stores[s]));
}

static void slot_lookup(const uint32_t *key)
{
	uint32_t id[STORES];
	int r[STORES];

	for (int s = 0; s < STORES; s++)
		r[s] = store_lookup(&pair.m[s], key, &id[s], 0);
	same_result("lookup", r);
	if (!r[KERNEL] && candidate_of(KERNEL, id[KERNEL]) != candidate_of(MEMORY, id[MEMORY]))
		pair_fail("a slot holds different maps");
}

static void slot_set(const uint32_t *key)
{
	unsigned i = rnd(CANDIDATES), flags = any_flags();
	char what[64];
	int r[STORES];

	if (!candidates[i].m[KERNEL].store)
		return;
	for (int s = 0; s < STORES; s++)
		r[s] = store_update_map(&pair.m[s], key, &candidates[i].m[s], flags);
	snprintf(what, sizeof(what), "update_map with flags %#x", flags);
	same_result(what, r);
}

/* Bytes that are no descriptor of any process. */
static void slot_bytes(const uint32_t *key)
{
	static const unsigned flags[] = { STORE_ANY, STORE_NOEXIST, STORE_EXIST, STORE_LOCK };
	uint32_t value = 0x80000000u | rnd(1000), count;
	unsigned f = PICK(flags);
	int r[STORES];

	for (int s = 0; s < STORES; s++)
		r[s] = store_update(&pair.m[s], key, &value, f);
	same_result("update", r);
	for (int s = 0; s < STORES; s++) {
		count = 1;
		r[s] = store_update_batch(&pair.m[s], key, &value, &count, 0);
	}
	same_result("update_batch", r);
}

static void slot_remove(const uint32_t *key)
{
	uint32_t count;
	int r[STORES];

	for (int s = 0; s < STORES; s++)
		r[s] = store_remove(&pair.m[s], key);
	same_result("remove", r);
	for (int s = 0; s < STORES; s++) {
		count = 1;
		r[s] = store_remove_batch(&pair.m[s], key, &count);
	}
	same_result("remove_batch", r);
}

static void slot_take(const uint32_t *key)
{
	char value[STORES][4];
	int r[STORES];

	for (int s = 0; s < STORES; s++)
		r[s] = store_lookup_and_delete(&pair.m[s], key, value[s], 0);
	same_result("lookup_and_delete", r);
}

/* Which map each key holds; -1: none. The number of entries of the pass. */
static int run_pass(int s, uint32_t room, int held[KEYS], unsigned *count)
{
	static uint32_t keys[64], ids[64];
	uint32_t cursor = 0, n;
	bool started = false;
	int r;

	*count = 0;
	memset(held, -1, KEYS * sizeof(held[0]));
	do {
		n = room;
		r = store_lookup_batch(&pair.m[s], started ? &cursor : NULL, &cursor, keys,
				       ids, &n, 0);
		if (r == -ENOSPC) {
			room = 64;
		} else if (r == 0 || r == -ENOENT) {
			for (uint32_t i = 0; i < n; i++, ++*count) {
				ck_assert_uint_lt(keys[i], KEYS);
				held[keys[i]] = candidate_of(s, ids[i]);
			}
			started |= n > 0;
		}
	} while ((r == 0 && n) || r == -ENOSPC);
	return r;
}

static void slot_pass(void)
{
	int held[STORES][KEYS], r[STORES];
	unsigned count[STORES];
	uint32_t room = 1 + rnd(KEYS);

	for (int s = 0; s < STORES; s++)
		r[s] = run_pass(s, room, held[s], &count[s]);
	same_result("pass", r);
	if (count[KERNEL] != count[MEMORY])
		pair_fail("pass: %u and %u entries", count[KERNEL], count[MEMORY]);
	same_bytes("pass", held[KERNEL], held[MEMORY], sizeof(held[0]));
}

/* Nobody but a slot holds a map any more; later it must be gone. */
static void drop_candidate(void)
{
	unsigned i = rnd(CANDIDATES);

	if (rnd(40))
		return;
	for (int s = 0; s < STORES; s++)
		store_close(&candidates[i].m[s]);
}

static bool is_live(int s, uint32_t id)
{
	struct store_map m;

	if (store_open(pair.stores[s], id, STORE_READ, &m))
		return false;
	store_close(&m);
	return true;
}

static void outer_round(uint32_t type)
{
	struct store_spec spec = { .type = type, .key_size = 4, .value_size = 4,
				   .max_entries = 1 + rnd(12),
				   .flags = type == BPF_MAP_TYPE_HASH_OF_MAPS && rnd(2)
					    ? BPF_F_NO_PREALLOC : 0 };
	unsigned template = rnd(CANDIDATES);
	uint32_t key;

	make_candidates();
	for (int s = 0; s < STORES; s++)
		pair.inner[s] = candidates[template].m[s];
	if (!create_both(&spec))
		pair_fail("cannot be created");
	memset(pair.inner, 0, sizeof(pair.inner));
	for (unsigned i = 0; i < OPS_PER_MAP; i++) {
		key = rnd(KEYS);
		switch (rnd(12)) {
		case 0: slot_lookup(&key); break;
		case 1: slot_remove(&key); break;
		case 2: slot_take(&key); break;
		case 3: slot_bytes(&key); break;
		case 4: slot_pass(); break;
		default: slot_set(&key); break;
		}
		drop_candidate();
		freeze_rarely();
		reopen_sometimes();
	}
	close_both();
	/* The outer map was the last to hold the dropped ones. */
	for (unsigned i = 0; i < CANDIDATES; i++) {
		if (!candidates[i].m[KERNEL].store && is_live(MEMORY, candidates[i].id[MEMORY]))
			pair_fail("an inner map outlives everybody");
		for (int s = 0; s < STORES; s++)
			store_close(&candidates[i].m[s]);
	}
}

START_TEST(arrays_of_maps_agree)
{
	pair.what = "array_of_maps";
	for (pair.round = 0; pair.round < pair.rounds; pair.round++) {
		begin_round(2003);
		outer_round(BPF_MAP_TYPE_ARRAY_OF_MAPS);
	}
}
END_TEST

START_TEST(hashes_of_maps_agree)
{
	pair.what = "hash_of_maps";
	for (pair.round = 0; pair.round < pair.rounds; pair.round++) {
		begin_round(2004);
		outer_round(BPF_MAP_TYPE_HASH_OF_MAPS);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("differential-objects");
	TCase *tc = tcase_create("operations");

	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, queues_agree);
	tcase_add_test(tc, stacks_agree);
	tcase_add_test(tc, bloom_filters_agree);
	tcase_add_test(tc, arrays_of_maps_agree);
	tcase_add_test(tc, hashes_of_maps_agree);
	suite_add_tcase(s, tc);
	return run_pair(s);
}
