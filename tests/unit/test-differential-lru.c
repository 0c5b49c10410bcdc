/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * LRU maps of the kernel store and the memory store. Each store decides by itself
 * which entry it evicts, so they are not compared with each other, but with a model
 * of the values that were written last: random operations must be consistent with it.
 *
 * ROUNDS (store-pair.h) is the number of maps of each shape.
 */
#include <check.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>

#include "differential.h"

static const struct diff_shape shapes[] = {
	{ .name = "lru_hash", .type = BPF_MAP_TYPE_LRU_HASH, .kind = KIND_LRU },
	{ .name = "lru_hash_no_common", .type = BPF_MAP_TYPE_LRU_HASH, .kind = KIND_LRU,
	  .flags = BPF_F_NO_COMMON_LRU },
	{ .name = "lru_percpu_hash", .type = BPF_MAP_TYPE_LRU_PERCPU_HASH,
	  .kind = KIND_LRU, .percpu = true },
};

#define SHAPES (sizeof(shapes) / sizeof(shapes[0]))

/* Values last written, by number of key; each says whether it was ever. */
static struct {
	bool written;
	char value[DIFF_VALUE];
} model[2 * DIFF_BATCH];

/*
 * Whether an update may give r. The kernel takes room for the new entry
 * first, and what it evicts for it may be the very key.
 */
static bool lru_may_answer(unsigned flags, bool present, int r)
{
	if (flags > STORE_EXIST)
		return r == -EINVAL;
	if (flags == STORE_NOEXIST && present)
		return r == -EEXIST || r == 0;
	if (flags == STORE_EXIST)
		return r == -ENOENT || (present && r == 0);
	return r == 0;
}

static void lru_update(uint32_t i)
{
	static const unsigned all_flags[] = { 0, 0, STORE_NOEXIST, STORE_EXIST, 3, 8,
					      STORE_LOCK };
	unsigned flags = PICK(all_flags);
	char value[DIFF_VALUE], old[DIFF_VALUE];

	rnd_bytes(value, diff.stride);
	for (int s = 0; s < STORES; s++) {
		bool present = store_lookup(&pair.m[s], diff.keys[i], old, 0) == 0;
		int r = store_update(&pair.m[s], diff.keys[i], value, flags);

		if (!lru_may_answer(flags, present, r))
			pair_fail("%s update with flags %#x of a key that is%s there: %d",
			     store_name(pair.stores[s]), flags, present ? "" : " not", r);
		/* Bring both to the same value, so that one model does. */
		if (flags <= 2)
			ck_assert_int_eq(store_update(&pair.m[s], diff.keys[i], value, 0), 0);
	}
	if (flags <= 2) {
		model[i].written = true;
		memcpy(model[i].value, value, diff.stride);
	}
}

static void lru_lookup(uint32_t i)
{
	bool take = rnd(4) == 0;

	for (int s = 0; s < STORES; s++) {
		char value[DIFF_VALUE];
		int r = take ? store_lookup_and_delete(&pair.m[s], diff.keys[i], value, 0)
			     : store_lookup(&pair.m[s], diff.keys[i], value, 0);

		if (r == 0 && !model[i].written)
			pair_fail("%s holds what is not there", store_name(pair.stores[s]));
		if (r == 0)
			same_bytes("lookup", value, model[i].value, diff.stride);
		else if (r != -ENOENT)
			pair_fail("%s lookup: %d", store_name(pair.stores[s]), r);
	}
	if (take)
		model[i].written = false;
}

static uint32_t key_number(const char *key)
{
	for (uint32_t i = 0; i < diff.key_count; i++)
		if (memcmp(diff.keys[i], key, pair.info.key_size) == 0)
			return i;
	pair_fail("a key that nobody wrote");
	return 0;
}

/* A pass that takes leaves nothing behind. */
static void lru_pass(int s, bool take)
{
	static struct diff_pass pass;

	diff_run_pass(&pair.m[s], take ? store_take_batch : store_lookup_batch, 1 + rnd(DIFF_BATCH), 0,
		 &pass);
	ck_assert_int_eq(pass.result, -ENOENT);
	if (pass.count > pair.info.max_entries)
		pair_fail("%s holds %zu entries", store_name(pair.stores[s]), pass.count);
	qsort(pass.elements, pass.count, sizeof(struct diff_element), diff_compare);
	for (size_t i = 0; i < pass.count; i++) {
		uint32_t k = key_number(pass.elements[i].key);

		if (i && !diff_compare(&pass.elements[i - 1], &pass.elements[i]))
			pair_fail("%s lists a key twice", store_name(pair.stores[s]));
		if (!model[k].written)
			pair_fail("%s lists a deleted key", store_name(pair.stores[s]));
		same_bytes("value in a pass", pass.elements[i].value, model[k].value,
			   diff.stride);
	}
	diff_run_pass(&pair.m[s], store_lookup_batch, DIFF_BATCH, 0, &pass);
	if (take && pass.count)
		pair_fail("%s keeps what was taken", store_name(pair.stores[s]));
}

static void lru_round(void)
{
	memset(model, 0, sizeof(model));
	for (unsigned i = 0; i < DIFF_OPS; i++) {
		uint32_t k = key_number(diff_key());

		if (rnd(3))
			lru_update(k);
		else
			lru_lookup(k);
		for (int s = 0; i % 20 == 0 && s < STORES; s++)
			lru_pass(s, i % 100 == 0);
		if (i % 100 == 0)
			memset(model, 0, sizeof(model));
	}
}

START_TEST(random_operations_are_consistent)
{
	for (pair.round = 0; pair.round < pair.rounds; pair.round++) {
		begin_round(3000 + (unsigned)_i);
		diff_make_map(&shapes[_i]);
		lru_round();
		close_both();
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("differential-lru");
	TCase *tc = tcase_create("operations");

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, random_operations_are_consistent, 0, SHAPES);
	suite_add_tcase(s, tc);
	return run_pair(s);
}
