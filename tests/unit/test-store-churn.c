/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Several threads use the in-process store at the same time, for a short while: passes
 * are exact for keys that stay, values are never torn, maps are frozen and closed while
 * others write. Most useful under a sanitizer.
 */
#include <check.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "store/store.h"
#include "../suite.h"

enum {
	STAY = 500, /* keys 0..STAY-1 stay all the time */
	COME_AND_GO = 500, /* keys above come and go */
	WRITERS = 2,
	MAX_BATCH = 2000,
	MILLISECONDS = 300,
};

static struct store *store;
static struct store_map map;
static bool stop; /* atomic */

/* All words are the same: a torn value would differ. */
struct value {
	uint64_t a, b[63];
};

static struct value value_of(uint64_t n)
{
	struct value v = { .a = n };

	for (int i = 0; i < 63; i++)
		v.b[i] = n;
	return v;
}

static bool torn(const struct value *v)
{
	for (int i = 0; i < 63; i++)
		if (v->b[i] != v->a)
			return true;
	return false;
}

static bool stopped(void)
{
	return __atomic_load_n(&stop, __ATOMIC_RELAXED);
}

/* Keys of 8 bytes; in a trie, a full-length prefix. */
struct key {
	uint32_t length, number;
};

static struct key key_of(uint32_t number)
{
	return (struct key){ 32, number };
}

static int put(uint32_t number, uint64_t n)
{
	struct key key = key_of(number);
	struct value value = value_of(n);

	return store_update(&map, &key, &value, 0);
}

static void *write_and_delete(void *arg)
{
	unsigned s = (unsigned)(uintptr_t)arg;

	for (uint64_t n = 0; !stopped(); n++) {
		struct key key = key_of(STAY + (uint32_t)rand_r(&s) % COME_AND_GO);
		int r = put((uint32_t)rand_r(&s) % STAY, n);

		if (r && r != -EPERM)
			return "update of what stays failed";
		r = rand_r(&s) % 2 ? put(key.number, n) : store_remove(&map, &key);
		if (r && r != -ENOENT && r != -EPERM)
			return "update or removal of what comes and goes failed";
	}
	return NULL;
}

static void begin(uint32_t type, uint32_t flags, uint32_t max_entries)
{
	const struct store_spec spec = { .type = type, .key_size = sizeof(struct key),
					 .value_size = sizeof(struct value),
					 .max_entries = max_entries, .flags = flags };

	stop = false;
	ck_assert_int_eq(store_memory_new(&store), 0);
	ck_assert_int_eq(store_create(store, &spec, &map), 0);
	for (uint32_t i = 0; i < STAY; i++)
		ck_assert_int_eq(put(i, i), 0);
}

static void end(void)
{
	store_close(&map);
	store_free(store);
}

static void start(pthread_t *threads, void *(*run)(void *))
{
	for (uintptr_t i = 0; i < WRITERS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, run, (void *)(i + 1)), 0);
}

static void join(const pthread_t *threads)
{
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (int i = 0; i < WRITERS; i++) {
		void *failure;

		ck_assert_int_eq(pthread_join(threads[i], &failure), 0);
		if (failure)
			ck_abort_msg("%s", (const char *)failure);
	}
}

static bool time_is_left(const struct timespec *since)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - since->tv_sec) * 1000 +
	       (now.tv_nsec - since->tv_nsec) / 1000000 < MILLISECONDS;
}

/* One pass in batches; every key that stays once, no value torn. */
static void check_pass(uint32_t room)
{
	static struct key keys[MAX_BATCH];
	static struct value values[MAX_BATCH];
	uint8_t seen[STAY + COME_AND_GO] = { 0 };
	struct key cursor, *in = NULL;
	uint32_t count;
	int r;

	do {
		count = room;
		r = store_lookup_batch(&map, in, &cursor, keys, values, &count, 0);
		ck_assert(r == 0 || r == -ENOENT);
		for (uint32_t i = 0; i < count; i++) {
			ck_assert(!torn(&values[i]));
			ck_assert_uint_lt(keys[i].number, STAY + COME_AND_GO);
			seen[keys[i].number]++;
		}
		in = &cursor;
	} while (r == 0);
	for (uint32_t i = 0; i < STAY; i++)
		ck_assert_uint_eq(seen[i], 1);
}

static const uint32_t hash_flags[] = { 0, BPF_F_NO_PREALLOC };

START_TEST(pass_is_exact_under_churn)
{
	pthread_t threads[WRITERS];
	struct timespec since;

	begin(BPF_MAP_TYPE_HASH, hash_flags[_i], STAY + COME_AND_GO);
	start(threads, write_and_delete);
	clock_gettime(CLOCK_MONOTONIC, &since);
	while (time_is_left(&since))
		check_pass(64);
	join(threads);
	check_pass(64);
	end();
}
END_TEST

/* Few keys, so that readers and writers meet at the same ones. */
enum { HOT = 4 };

static void *write_and_take_hot_keys(void *arg)
{
	unsigned s = (unsigned)(uintptr_t)arg;

	for (uint64_t n = 0; !stopped(); n++) {
		struct key key = key_of((uint32_t)rand_r(&s) % HOT);
		struct value value;

		if (put(key.number, n * HOT + key.number))
			return "update failed";
		if (rand_r(&s) % 4 == 0 &&
		    store_lookup_and_delete(&map, &key, &value, 0) == 0 && torn(&value))
			return "a taken value is torn";
	}
	return NULL;
}

/* Each entry point of a hash map takes the lock of its bucket. */
START_TEST(hash_reads_are_whole_under_churn)
{
	pthread_t threads[WRITERS];
	struct timespec since;
	unsigned s = 7;

	begin(BPF_MAP_TYPE_HASH, hash_flags[_i], STAY);
	start(threads, write_and_take_hot_keys);
	clock_gettime(CLOCK_MONOTONIC, &since);
	while (time_is_left(&since)) {
		struct key key = key_of((uint32_t)rand_r(&s) % HOT), next;
		struct value value;
		int r = store_lookup(&map, &key, &value, 0);

		ck_assert(r == 0 || r == -ENOENT);
		ck_assert(r || (!torn(&value) && value.a % HOT == key.number));
		r = store_next_key(&map, rand_r(&s) % 2 ? &key : NULL, &next);
		ck_assert(r == 0 || r == -ENOENT);
		ck_assert(r || next.number < STAY);
	}
	join(threads);
	end();
}
END_TEST

enum { TAKEN_MAX = 1 << 22 };
static uint8_t taken[WRITERS][TAKEN_MAX / 8]; /* a bit per number of a writer */
static uint32_t inserted[WRITERS];

/* Keys that are used once: writer i inserts numbers i, i + 2, i + 4 ... */
static void *insert_once(void *arg)
{
	uint32_t writer = (uint32_t)(uintptr_t)arg - 1, n;

	for (n = 0; !stopped() && n < TAKEN_MAX;) {
		uint32_t number = n * WRITERS + writer;
		int r = put(number, number);

		if (r && r != -E2BIG)
			return "insert failed";
		n += !r;
	}
	inserted[writer] = n;
	return NULL;
}

/* One pass that takes; how many there were. */
static uint32_t take_pass(void)
{
	static struct key keys[MAX_BATCH];
	static struct value values[MAX_BATCH];
	struct key cursor, *in = NULL;
	uint32_t count, total = 0;
	int r;

	do {
		count = MAX_BATCH;
		r = store_take_batch(&map, in, &cursor, keys, values, &count, 0);
		ck_assert(r == 0 || r == -ENOENT);
		for (uint32_t i = 0; i < count; i++) {
			uint32_t n = keys[i].number / WRITERS;
			uint8_t *byte = &taken[keys[i].number % WRITERS][n / 8];

			ck_assert(!torn(&values[i]) && values[i].a == keys[i].number);
			ck_assert(!(*byte & 1 << n % 8));
			*byte |= (uint8_t)(1 << n % 8);
		}
		total += count;
		in = &cursor;
	} while (r == 0);
	return total;
}

START_TEST(each_entry_is_taken_once)
{
	pthread_t threads[WRITERS];
	struct timespec since;
	uint32_t total;

	begin(BPF_MAP_TYPE_HASH, hash_flags[_i], STAY + COME_AND_GO);
	take_pass();
	memset(taken, 0, sizeof(taken));
	start(threads, insert_once);
	clock_gettime(CLOCK_MONOTONIC, &since);
	total = 0;
	while (time_is_left(&since))
		total += take_pass();
	join(threads);
	total += take_pass();
	ck_assert_uint_eq(total, inserted[0] + inserted[1]);
	end();
}
END_TEST

/* ---- few keys, all of whose entries are in a few buckets ---- */

enum { FEW = 4, STEPS = 150000 };

/* Entries of each key that a thread put in, less those that it took out. */
static int balance[WRITERS][FEW];

static const char *take_few(int *own)
{
	struct key keys[FEW], cursor;
	struct value values[FEW];
	uint32_t count = FEW, seen = 0;
	int r = store_take_batch(&map, NULL, &cursor, keys, values, &count, 0);

	if (r && r != -ENOENT)
		return "a batch failed";
	for (uint32_t i = 0; i < count; i++) {
		uint32_t n = keys[i].number;

		if (n >= FEW || seen & 1u << n || torn(&values[i]) || values[i].a != n)
			return "a batch has what is not in the map";
		seen |= 1u << n;
		own[n]--;
	}
	return NULL;
}

static void *put_in_and_take_out(void *arg)
{
	unsigned s = (unsigned)(uintptr_t)arg;
	int *own = balance[(uintptr_t)arg - 1];

	for (unsigned i = 0; i < STEPS; i++) {
		uint32_t n = (uint32_t)rand_r(&s) % FEW;
		struct key key = key_of(n);
		struct value value = value_of(n);

		switch (rand_r(&s) % 16) {
		case 0: {
			const char *wrong = take_few(own);

			if (wrong)
				return (void *)wrong;
			break;
		}
		case 1: case 2: case 3: case 4:
			own[n] -= store_lookup_and_delete(&map, &key, &value, 0) == 0;
			if (torn(&value) || value.a != n)
				return "a value of another key";
			break;
		case 5: case 6: case 7: case 8:
			own[n] -= store_remove(&map, &key) == 0;
			break;
		default:
			own[n] += store_update(&map, &key, &value, STORE_NOEXIST) == 0;
		}
	}
	return NULL;
}

/* What went in and did not come out is there, and nothing else is. */
START_TEST(entries_in_and_out_are_balanced)
{
	pthread_t threads[WRITERS];
	struct store_spec spec = { .type = BPF_MAP_TYPE_HASH, .key_size = sizeof(struct key),
				   .value_size = sizeof(struct value), .max_entries = FEW,
				   .flags = hash_flags[_i] };
	struct value value;

	memset(balance, 0, sizeof(balance));
	ck_assert_int_eq(store_memory_new(&store), 0);
	ck_assert_int_eq(store_create(store, &spec, &map), 0);
	start(threads, put_in_and_take_out);
	join(threads);
	for (uint32_t n = 0; n < FEW; n++) {
		struct key key = key_of(n);
		int left = balance[0][n] + balance[1][n];

		ck_assert_int_eq(store_lookup(&map, &key, &value, 0) == 0, left);
	}
	end();
}
END_TEST

/* A trie's batch restarts as the kernel's does, so here only one big batch. */
START_TEST(trie_values_are_whole_under_churn)
{
	pthread_t threads[WRITERS];
	struct timespec since;
	unsigned s = 7;

	begin(BPF_MAP_TYPE_LPM_TRIE, BPF_F_NO_PREALLOC, STAY + COME_AND_GO);
	start(threads, write_and_delete);
	clock_gettime(CLOCK_MONOTONIC, &since);
	while (time_is_left(&since)) {
		struct key key = key_of((uint32_t)rand_r(&s) % STAY);
		struct value value;

		ck_assert_int_eq(store_lookup(&map, &key, &value, 0), 0);
		ck_assert(!torn(&value));
	}
	join(threads);
	check_pass(MAX_BATCH);
	end();
}
END_TEST

static void *insert_new_ones(void *arg)
{
	uint32_t base = (uint32_t)(uintptr_t)arg << 24;

	for (uint32_t n = 0; !stopped(); n++)
		if (put(base + n, n))
			return "an LRU map refused an entry";
	return NULL;
}

START_TEST(lru_never_refuses_under_churn)
{
	static struct key keys[MAX_BATCH];
	static struct value values[MAX_BATCH];
	pthread_t threads[WRITERS];
	struct timespec since;
	struct key cursor;
	uint32_t count = MAX_BATCH;

	begin(BPF_MAP_TYPE_LRU_HASH, 0, 64);
	start(threads, insert_new_ones);
	clock_gettime(CLOCK_MONOTONIC, &since);
	while (time_is_left(&since)) {
		struct key key;
		struct value value;

		if (store_next_key(&map, NULL, &key) == 0 &&
		    store_lookup(&map, &key, &value, 0) == 0)
			ck_assert(!torn(&value));
	}
	join(threads);
	ck_assert_int_eq(store_lookup_batch(&map, NULL, &cursor, keys, values, &count, 0),
			 -ENOENT);
	ck_assert_uint_gt(count, 64 / 2);
	ck_assert_uint_le(count, 64);
	end();
}
END_TEST

START_TEST(nothing_changes_once_frozen)
{
	pthread_t threads[WRITERS];
	struct key key = key_of(0);
	struct value before[STAY], after;
	int r;

	begin(BPF_MAP_TYPE_HASH, 0, STAY + COME_AND_GO);
	start(threads, write_and_delete);
	do
		r = store_freeze(&map);
	while (r == -EBUSY);
	ck_assert_int_eq(r, 0);
	for (key.number = 0; key.number < STAY; key.number++)
		ck_assert_int_eq(store_lookup(&map, &key, &before[key.number], 0), 0);
	for (key.number = 0; key.number < STAY; key.number++) {
		ck_assert_int_eq(store_lookup(&map, &key, &after, 0), 0);
		ck_assert_mem_eq(&after, &before[key.number], sizeof(after));
	}
	join(threads);
	end();
}
END_TEST

static void *open_and_close(void *arg)
{
	(void)arg;
	while (!stopped()) {
		uint32_t id = 0;

		while (store_next_id(store, id, &id) == 0) {
			_cleanup_store_map_ struct store_map m = STORE_MAP_INIT;
			struct store_info info;

			if (store_open(store, id, STORE_READ, &m) == 0 &&
			    (store_info(&m, &info) || info.id != id))
				return "an open map is another";
		}
	}
	return NULL;
}

START_TEST(maps_come_and_go_while_opened)
{
	const struct store_spec spec = { .type = BPF_MAP_TYPE_ARRAY, .key_size = 4,
					 .value_size = 4, .max_entries = 1 };
	pthread_t threads[WRITERS];
	struct timespec since;

	begin(BPF_MAP_TYPE_HASH, 0, STAY);
	start(threads, open_and_close);
	clock_gettime(CLOCK_MONOTONIC, &since);
	while (time_is_left(&since)) {
		_cleanup_store_map_ struct store_map m = STORE_MAP_INIT;

		ck_assert_int_eq(store_create(store, &spec, &m), 0);
	}
	join(threads);
	end();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("store-churn");
	TCase *tc = tcase_create("churn");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, pass_is_exact_under_churn, 0, 2);
	tcase_add_loop_test(tc, hash_reads_are_whole_under_churn, 0, 2);
	tcase_add_loop_test(tc, each_entry_is_taken_once, 0, 2);
	tcase_add_loop_test(tc, entries_in_and_out_are_balanced, 0, 2);
	tcase_add_test(tc, trie_values_are_whole_under_churn);
	tcase_add_test(tc, lru_never_refuses_under_churn);
	tcase_add_test(tc, nothing_changes_once_frozen);
	tcase_add_test(tc, maps_come_and_go_while_opened);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
