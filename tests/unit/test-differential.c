/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel store and the memory store in lockstep: random operations give the same
 * result, errno and content on both. LRU maps are in test-differential-lru.c.
 *
 * ROUNDS (store-pair.h) is the number of maps of each shape.
 */
#include <check.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "differential.h"
#include "store-btf.h"

static const struct diff_shape shapes[] = {
	{ .name = "hash", .type = BPF_MAP_TYPE_HASH },
	{ .name = "hash_no_prealloc", .type = BPF_MAP_TYPE_HASH,
	  .flags = BPF_F_NO_PREALLOC },
	{ .name = "hash_locked", .type = BPF_MAP_TYPE_HASH,
	  .key_type = BTF_ENUM, .value_type = BTF_LOCKED },
	{ .name = "hash_nested_lock", .type = BPF_MAP_TYPE_HASH,
	  .flags = BPF_F_NO_PREALLOC, .key_type = BTF_U64, .value_type = BTF_NESTED },
	{ .name = "hash_timed", .type = BPF_MAP_TYPE_HASH,
	  .key_type = BTF_U32, .value_type = BTF_TIMED },
	{ .name = "hash_zero_seed", .type = BPF_MAP_TYPE_HASH,
	  .flags = BPF_F_ZERO_SEED | BPF_F_RDONLY_PROG },
	{ .name = "percpu_hash", .type = BPF_MAP_TYPE_PERCPU_HASH, .percpu = true },
	{ .name = "percpu_hash_no_prealloc", .type = BPF_MAP_TYPE_PERCPU_HASH,
	  .percpu = true, .flags = BPF_F_NO_PREALLOC },
	{ .name = "array", .type = BPF_MAP_TYPE_ARRAY, .kind = KIND_ARRAY, .key_size = 4 },
	{ .name = "array_locked", .type = BPF_MAP_TYPE_ARRAY, .kind = KIND_ARRAY,
	  .key_type = BTF_TYPEDEF, .value_type = BTF_LOCKED },
	{ .name = "array_of_locks", .type = BPF_MAP_TYPE_ARRAY, .kind = KIND_ARRAY,
	  .key_type = BTF_U32, .value_type = BTF_LOCKS },
	{ .name = "array_timed", .type = BPF_MAP_TYPE_ARRAY, .kind = KIND_ARRAY,
	  .key_type = BTF_U32, .value_type = BTF_TIMED },
	{ .name = "array_mmapable", .type = BPF_MAP_TYPE_ARRAY, .kind = KIND_ARRAY,
	  .key_size = 4, .flags = BPF_F_MMAPABLE },
	{ .name = "percpu_array", .type = BPF_MAP_TYPE_PERCPU_ARRAY, .kind = KIND_ARRAY,
	  .percpu = true, .key_size = 4 },
	{ .name = "lpm_trie", .type = BPF_MAP_TYPE_LPM_TRIE, .kind = KIND_LPM,
	  .flags = BPF_F_NO_PREALLOC },
	{ .name = "lpm_trie_typed", .type = BPF_MAP_TYPE_LPM_TRIE, .kind = KIND_LPM,
	  .flags = BPF_F_NO_PREALLOC, .key_type = BTF_PREFIX, .value_type = BTF_U64 },
};

#define SHAPES (sizeof(shapes) / sizeof(shapes[0]))

/* --- operations on single elements ---------------------------------------- */

static unsigned update_flags(void)
{
	static const unsigned flags[] = { 0, 0, 0, 0, STORE_NOEXIST, STORE_EXIST, 3,
					  STORE_LOCK, STORE_LOCK | STORE_NOEXIST,
					  STORE_LOCK | STORE_EXIST, 7, 8, 1u << 31 };

	return PICK(flags);
}

static void op_lookup(void)
{
	char value[STORES][DIFF_VALUE];
	const char *key = diff_key();
	unsigned flags = diff_read_flags();
	int r[STORES];

	for (int s = 0; s < STORES; s++)
		r[s] = store_lookup(&pair.m[s], key, value[s], flags);
	same_result("lookup", r);
	if (!r[KERNEL])
		same_bytes("lookup", value[KERNEL], value[MEMORY], diff.stride);
}

static void op_update(void)
{
	char value[DIFF_VALUE], what[64];
	const char *key = diff_key();
	unsigned flags = update_flags();
	int r[STORES];

	rnd_bytes(value, diff.stride);
	for (int s = 0; s < STORES; s++)
		r[s] = store_update(&pair.m[s], key, value, flags);
	snprintf(what, sizeof(what), "update with flags %#x", flags);
	same_result(what, r);
}

static void op_remove(void)
{
	const char *key = diff_key();
	int r[STORES];

	for (int s = 0; s < STORES; s++)
		r[s] = store_remove(&pair.m[s], key);
	same_result("remove", r);
}

static void op_lookup_and_delete(void)
{
	char value[STORES][DIFF_VALUE];
	const char *key = diff_key();
	unsigned flags = diff_read_flags();
	int r[STORES];

	for (int s = 0; s < STORES; s++)
		r[s] = store_lookup_and_delete(&pair.m[s], key, value[s], flags);
	same_result("lookup_and_delete", r);
	if (!r[KERNEL])
		same_bytes("lookup_and_delete", value[KERNEL], value[MEMORY], diff.stride);
}

static void op_next_key(void)
{
	const char *key = rnd(8) ? diff_key() : NULL;
	char next[STORES][DIFF_KEY], value[DIFF_VALUE];
	int r[STORES];

	/* The order of a hash map is its own, but where it begins is not: an
	 * absent key restarts. */
	if (diff.shape->kind == KIND_HASH && key &&
	    store_lookup(&pair.m[KERNEL], key, value, 0) == 0)
		return;
	for (int s = 0; s < STORES; s++)
		r[s] = store_next_key(&pair.m[s], key, next[s]);
	same_result("next_key", r);
	if (!r[KERNEL] && diff.shape->kind != KIND_HASH)
		same_bytes("next_key", next[KERNEL], next[MEMORY], pair.info.key_size);
}

/* --- batches --------------------------------------------------------------- */

static void compare_passes(diff_batch *op)
{
	static struct diff_pass pass[STORES];
	unsigned flags = diff_read_flags();
	uint32_t room = 1 + rnd(DIFF_BATCH);

	for (int s = 0; s < STORES; s++)
		diff_run_pass(&pair.m[s], op, room, flags, &pass[s]);
	if (pass[KERNEL].result != pass[MEMORY].result ||
	    pass[KERNEL].count != pass[MEMORY].count)
		pair_fail("pass: kernel %d (%zu), memory %d (%zu)", pass[KERNEL].result,
		     pass[KERNEL].count, pass[MEMORY].result, pass[MEMORY].count);
	for (int s = 0; diff.shape->kind == KIND_HASH && s < STORES; s++)
		qsort(pass[s].elements, pass[s].count, sizeof(struct diff_element),
		      diff_compare);
	for (size_t i = 0; i < pass[KERNEL].count; i++) {
		same_bytes("key in a pass", pass[KERNEL].elements[i].key,
			   pass[MEMORY].elements[i].key, pair.info.key_size);
		same_bytes("value in a pass", pass[KERNEL].elements[i].value,
			   pass[MEMORY].elements[i].value, diff.stride);
	}
}

static void op_pass(void)
{
	compare_passes(store_lookup_batch);
}

/* Rarely to the end: the map is empty behind it. */
static void op_take_all(void)
{
	char key[DIFF_KEY];
	int r[STORES];

	if (rnd(4))
		return;
	compare_passes(store_take_batch);
	for (int s = 0; s < STORES; s++)
		r[s] = store_next_key(&pair.m[s], NULL, key);
	same_result("next_key behind take_batch", r);
}

/* What store_take_one() does where there are no batches of its kind. */
static void op_take_one(void)
{
	char value[STORES][DIFF_VALUE];
	const char *key = diff_key();
	bool exact[STORES];
	int r[STORES];

	for (int s = 0; s < STORES; s++)
		r[s] = store_take_one(&pair.m[s], key, value[s], &exact[s]);
	same_result("take_one", r);
	if (!r[KERNEL])
		same_bytes("take_one", value[KERNEL], value[MEMORY], diff.stride);
	if (!r[KERNEL] && exact[KERNEL] != (diff.shape->kind == KIND_HASH))
		pair_fail("take_one of this type is exact or not, but says otherwise");
}

/* One call of arrays and tries: counts and cursors are the same too. */
static void op_one_batch(void)
{
	static char keys[STORES][DIFF_BATCH * DIFF_KEY];
	static char values[STORES][DIFF_BATCH * DIFF_VALUE];
	char cursor[STORES][DIFF_KEY] = { "", "" };
	const char *in = rnd(4) ? diff_key() : NULL;
	uint32_t room = rnd(DIFF_BATCH), count[STORES];
	int r[STORES];

	if (diff.shape->kind == KIND_HASH)
		return;
	for (int s = 0; s < STORES; s++) {
		count[s] = room;
		r[s] = store_lookup_batch(&pair.m[s], in, cursor[s], keys[s], values[s],
					  &count[s], 0);
	}
	same_result("lookup_batch", r);
	if (count[KERNEL] != count[MEMORY])
		pair_fail("lookup_batch: kernel %u, memory %u", count[KERNEL], count[MEMORY]);
	if (!r[KERNEL] || r[KERNEL] == -ENOENT) {
		same_bytes("batch of keys", keys[KERNEL], keys[MEMORY],
			   count[KERNEL] * pair.info.key_size);
		same_bytes("batch of values", values[KERNEL], values[MEMORY],
			   count[KERNEL] * diff.stride);
		same_bytes("cursor", cursor[KERNEL], cursor[MEMORY], DIFF_KEY);
	}
}

/* Keys for a batch; the same one may come twice. */
static uint32_t batch_keys(char *keys)
{
	uint32_t count = rnd(8);

	for (uint32_t i = 0; i < count; i++)
		memcpy(keys + i * pair.info.key_size, diff_key(), pair.info.key_size);
	return count;
}

static void same_counts(const char *what, const int r[STORES],
			const uint32_t count[STORES])
{
	same_result(what, r);
	if (count[KERNEL] != count[MEMORY])
		pair_fail("%s: kernel did %u, memory %u", what, count[KERNEL], count[MEMORY]);
}

static void op_update_batch(void)
{
	static char keys[DIFF_BATCH * DIFF_KEY], values[DIFF_BATCH * DIFF_VALUE];
	static const unsigned all_flags[] = { 0, 0, 0, STORE_LOCK, STORE_NOEXIST,
					      STORE_EXIST, 8 };
	uint32_t room = batch_keys(keys), count[STORES];
	unsigned flags = PICK(all_flags);
	int r[STORES];

	rnd_bytes(values, room * diff.stride);
	for (int s = 0; s < STORES; s++) {
		count[s] = room;
		r[s] = store_update_batch(&pair.m[s], keys, values, &count[s], flags);
	}
	same_counts("update_batch", r, count);
}

static void op_remove_batch(void)
{
	static char keys[DIFF_BATCH * DIFF_KEY];
	uint32_t room = batch_keys(keys), count[STORES];
	int r[STORES];

	for (int s = 0; s < STORES; s++) {
		count[s] = room;
		r[s] = store_remove_batch(&pair.m[s], keys, &count[s]);
	}
	same_counts("remove_batch", r, count);
}

/* --- the map as a whole ---------------------------------------------------- */

/* Close and open again by id, with less or with all rights. */
static void op_reopen(void)
{
	unsigned access = 1 + rnd(3);
	struct store_map again[STORES];

	for (int s = 0; s < STORES; s++) {
		struct store_info info;

		ck_assert_int_eq(store_info(&pair.m[s], &info), 0);
		ck_assert_int_eq(store_open(pair.stores[s], info.id, access, &again[s]), 0);
		store_close(&pair.m[s]);
		pair.m[s] = again[s];
	}
	same_info();
}

static void op_freeze(void)
{
	/* Rarely: little happens to a map after that. */
	if (rnd(20) == 0)
		freeze_both();
}

static void (*const ops[])(void) = {
	op_lookup, op_lookup, op_lookup, op_update, op_update, op_update, op_update,
	op_update, op_remove, op_remove, op_lookup_and_delete, op_next_key, op_next_key,
	op_pass, op_one_batch, op_update_batch, op_update_batch, op_remove_batch,
	op_take_all, op_take_one, op_reopen, op_freeze,
};

/* --- the tests ------------------------------------------------------------- */

START_TEST(random_operations_agree)
{
	const struct diff_shape *shape = &shapes[_i];

	if (shape->value_type == BTF_NESTED && left_out(DIFFERENT_FIELDS))
		return;
	for (pair.round = 0; pair.round < pair.rounds; pair.round++) {
		begin_round((unsigned)_i);
		diff_make_map(shape);
		for (unsigned i = 0; i < DIFF_OPS; i++)
			PICK(ops)();
		close_both();
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("differential");
	TCase *tc = tcase_create("operations");

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, random_operations_agree, 0, SHAPES);
	suite_add_tcase(s, tc);
	return run_pair(s);
}
