/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pass that threads read in pieces returns the same as a plain pass, in the same
 * order and with positions that can be returned to; while the map changes, it returns
 * each key that stays once, and no key twice. On both stores.
 */
#include <check.h>
#include <errno.h>
#include <linux/bpf.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "map/scan/split.h"
#include "store-pair.h"

enum {
	STAY = 4000, /* keys 0..STAY-1 stay all the time */
	COME_AND_GO = 2000, /* keys above come and go */
	VALUE_SIZE = 2048, /* some 500 entries a batch */
	PASSES = 20,
};

static const char *const store_names[STORES] = { "kernel", "memory" };
static const uint32_t types[] = { BPF_MAP_TYPE_HASH, BPF_MAP_TYPE_LRU_HASH };

static struct store_map ref;
static struct schema *schema;
static struct map map;
static bool stop; /* atomic */

static void put(uint32_t key)
{
	uint8_t value[VALUE_SIZE] = { 0 };

	memcpy(value, &key, sizeof(key));
	ck_assert_int_eq(store_update(&ref, &key, value, STORE_ANY), 0);
}

/* Test i: store i / 2, type i % 2. */
static void begin(int i, uint32_t max_entries, uint32_t entries)
{
	const struct store_spec spec = { .type = types[i % 2], .key_size = sizeof(uint32_t),
					 .value_size = VALUE_SIZE, .name = store_names[i / 2],
					 .max_entries = max_entries };

	ck_assert_int_eq(store_create(pair.stores[i / 2], &spec, &ref), 0);
	ck_assert_int_eq(schema_new(&ref, &schema), 0);
	ck_assert_int_eq(map_open(NULL, pair.stores[i / 2], schema, STORE_READ, &map), 0);
	for (uint32_t key = 0; key < entries; key++)
		put(key);
}

static void end(void)
{
	map_close(&map);
	schema_unref(schema);
	store_close(&ref);
}

/* ---- at rest ---- */

struct told {
	uint32_t keys[STAY + COME_AND_GO];
	uint64_t pos[STAY + COME_AND_GO];
	size_t count;
};

static void take(struct told *t, const struct scan_batch *b)
{
	ck_assert_uint_gt(b->count, 0);
	ck_assert_uint_le(t->count + b->count, STAY + COME_AND_GO);
	memcpy(t->keys + t->count, b->keys, b->count * sizeof(uint32_t));
	for (size_t i = 0; i < b->count; i++) {
		ck_assert_mem_eq(b->values + i * VALUE_SIZE, b->keys + i * 4, 4);
		t->pos[t->count++] = b->pos + i;
	}
}

static void run(struct scan *scan, struct told *t)
{
	struct scan_batch b = { 0 };
	int r;

	t->count = 0;
	while ((r = scan_next(scan, &b)) > 0)
		take(t, &b);
	ck_assert_int_eq(r, 0);
	ck_assert_int_eq(scan_next(scan, &b), 0);
}

/* Full, and with room to spare. */
static const uint32_t rooms[] = { STAY, 3 * STAY, 8 * STAY };

START_TEST(pieces_make_the_plain_pass)
{
	_cleanup_free_ struct told *plain = malloc(sizeof(*plain));
	_cleanup_free_ struct told *pieces = malloc(sizeof(*pieces));

	for (size_t n = 0; n < 3; n++) {
		_cleanup_scan_ struct scan *a = NULL, *b = NULL;

		/* An LRU map of just this size would not keep them all. */
		begin(_i, rooms[n] + (_i % 2 ? STAY : 0), STAY);
		ck_assert_int_eq(scan_new(&map, false, &a), 0);
		ck_assert_int_eq(scan_new_ahead(&map, false, SCAN_THREADS, &b), 0);
		run(a, plain);
		run(b, pieces);
		ck_assert_uint_eq(plain->count, STAY);
		ck_assert_uint_eq(pieces->count, STAY);
		ck_assert_mem_eq(plain->keys, pieces->keys, sizeof(uint32_t) * STAY);
		scan_free(take_ptr(a));
		scan_free(take_ptr(b));
		end();
	}
}
END_TEST

START_TEST(positions_lead_back)
{
	_cleanup_free_ struct told *all = malloc(sizeof(*all));
	_cleanup_free_ struct told *rest = malloc(sizeof(*rest));
	_cleanup_scan_ struct scan *plain = NULL, *pieces = NULL;

	begin(_i, 2 * STAY, STAY);
	ck_assert_int_eq(scan_new(&map, false, &plain), 0);
	ck_assert_int_eq(scan_new_ahead(&map, false, SCAN_THREADS, &pieces), 0);
	run(pieces, all);
	for (size_t i = 0; i < all->count; i += 311) {
		struct scan *scan = i % 2 ? plain : pieces;

		ck_assert_int_eq(scan_seek(scan, all->pos[i]), 0);
		run(scan, rest);
		ck_assert_uint_eq(rest->count, all->count - i);
		ck_assert_mem_eq(rest->keys, all->keys + i, rest->count * sizeof(uint32_t));
	}
	scan_free(take_ptr(plain));
	scan_free(take_ptr(pieces));
	end();
}
END_TEST

START_TEST(pass_may_be_left_anywhere)
{
	struct scan_batch b;

	begin(_i, 2 * STAY, STAY);
	for (int batches = 0; batches < 12; batches++) {
		_cleanup_scan_ struct scan *scan = NULL;

		ck_assert_int_eq(scan_new_ahead(&map, false, SCAN_THREADS, &scan), 0);
		for (int i = 0; i < batches; i++)
			ck_assert_int_ge(scan_next(scan, &b), 0);
	}
	end();
}
END_TEST

/* ---- joints ---- */

static void fill_piece(struct scan_piece *p, const uint32_t *keys, size_t count, size_t tail,
		       uint64_t reach)
{
	ck_assert_int_eq(scan_piece_reserve(p, count, schema), 0);
	memcpy(p->keys, keys, count * sizeof(*keys));
	memset(p->values, 0, count * VALUE_SIZE);
	p->batch = (struct scan_batch){ .keys = p->keys, .values = p->values, .count = count };
	p->tail = tail;
	p->reach = reach;
	p->result = 1;
}

/* The last batch of the first piece, all of it from behind, goes beyond the
 * second. */
START_TEST(batch_may_reach_over_a_whole_piece)
{
	struct scan_split sp = { .base = 100, .span = 10 };
	struct scan_piece p = { 0 };

	begin(0, 10, 0);
	fill_piece(&p, (uint32_t[]){ 1, 2, 3, 4 }, 4, 2, 125);
	ck_assert_int_eq(scan_split_join(&sp, schema, 0, &p), 0);
	ck_assert_uint_eq(p.batch.count, 4);
	fill_piece(&p, (uint32_t[]){ 3 }, 1, 0, 120);
	ck_assert_int_eq(scan_split_join(&sp, schema, 1, &p), 0);
	ck_assert_uint_eq(p.batch.count, 0);
	fill_piece(&p, (uint32_t[]){ 4, 5, 1 }, 3, 2, 131);
	ck_assert_int_eq(scan_split_join(&sp, schema, 2, &p), 0);
	ck_assert_uint_eq(p.batch.count, 2);
	ck_assert_mem_eq(p.keys, ((uint32_t[]){ 5, 1 }), 8);
	fill_piece(&p, (uint32_t[]){ 1, 3 }, 2, 0, 140);
	ck_assert_int_eq(scan_split_join(&sp, schema, 3, &p), 0);
	ck_assert_uint_eq(p.batch.count, 1);
	ck_assert_mem_eq(p.keys, ((uint32_t[]){ 3 }), 4);
	scan_split_end(&sp);
	scan_piece_release(&p);
	end();
}
END_TEST

/* ---- while it changes ---- */

static void *come_and_go(void *arg)
{
	unsigned seed = (unsigned)(uintptr_t)arg;

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		uint32_t key = STAY + (uint32_t)rand_r(&seed) % COME_AND_GO;

		if (rand_r(&seed) % 2)
			put(key);
		else
			store_remove(&ref, &key);
		/* Those that stay move within their bucket when updated. */
		put((uint32_t)rand_r(&seed) % STAY);
	}
	return NULL;
}

static void check_pass(void)
{
	_cleanup_scan_ struct scan *scan = NULL;
	_cleanup_free_ uint8_t *seen = calloc(1, STAY + COME_AND_GO);
	struct scan_batch b;
	int r;

	ck_assert_int_eq(scan_new_ahead(&map, true, SCAN_THREADS, &scan), 0);
	while ((r = scan_next(scan, &b)) > 0) {
		for (size_t i = 0; i < b.count; i++) {
			uint32_t key;

			memcpy(&key, b.keys + i * sizeof(key), sizeof(key));
			ck_assert_uint_lt(key, STAY + COME_AND_GO);
			ck_assert_msg(!seen[key]++, "key %u comes twice", key);
		}
	}
	ck_assert_int_eq(r, 0);
	for (uint32_t key = 0; key < STAY; key++)
		ck_assert_msg(seen[key], "key %u is missing", key);
}

START_TEST(pieces_are_exact_under_churn)
{
	pthread_t threads[2];

	begin(_i, 6 * STAY, STAY);
	stop = false;
	for (uintptr_t i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, come_and_go, (void *)(i + 1)),
				 0);
	for (int i = 0; i < PASSES; i++)
		check_pass();
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	end();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("scan-split");
	TCase *tc = tcase_create("pieces");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, pieces_make_the_plain_pass, 0, 4);
	tcase_add_loop_test(tc, positions_lead_back, 0, 4);
	tcase_add_loop_test(tc, pass_may_be_left_anywhere, 0, 4);
	tcase_add_test(tc, batch_may_reach_over_a_whole_piece);
	tcase_add_loop_test(tc, pieces_are_exact_under_churn, 0, 4);
	suite_add_tcase(s, tc);
	return run_pair(s);
}
