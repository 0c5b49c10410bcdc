/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Passes without batches over maps that change: every key that stays is returned
 * exactly once, no key is invented, and the pass ends. First with threads that insert
 * and delete as fast as they can, on each kind of map; then step by step, for
 * situations that are rare by chance.
 */
#include <check.h>
#include <errno.h>
#include <linux/bpf.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "map/map.h"
#include "map/scan/scan.h"
#include "util/clock.h"
#include "store-fault.h"
#include "store-require.h"
#include "../suite.h"

enum {
	STAY = 800, /* keys 0..STAY-1 stay all the time */
	COME_AND_GO = 800, /* keys above come and go */
	KEYS = STAY + COME_AND_GO,
	WRITERS = 2,
	PASSES = 24,
	MAX_CPUS = 1024,
};

enum content { NUMBERS, MAPS, INTERFACES };

static const struct kind {
	bool kernel;
	uint32_t type, flags;
	enum content content;
	bool rewritten; /* what stays gets new values meanwhile */
} kinds[] = {
	{ false, BPF_MAP_TYPE_HASH, 0, NUMBERS, true },
	{ false, BPF_MAP_TYPE_LRU_HASH, 0, NUMBERS, true },
	{ false, BPF_MAP_TYPE_PERCPU_HASH, 0, NUMBERS, true },
	{ false, BPF_MAP_TYPE_LPM_TRIE, BPF_F_NO_PREALLOC, NUMBERS, true },
	{ false, BPF_MAP_TYPE_HASH_OF_MAPS, 0, MAPS, false },
	{ true, BPF_MAP_TYPE_HASH, 0, NUMBERS, false },
	{ true, BPF_MAP_TYPE_HASH, 0, NUMBERS, true },
	{ true, BPF_MAP_TYPE_HASH, BPF_F_NO_PREALLOC, NUMBERS, true },
	{ true, BPF_MAP_TYPE_LRU_HASH, 0, NUMBERS, true },
	{ true, BPF_MAP_TYPE_PERCPU_HASH, 0, NUMBERS, true },
	{ true, BPF_MAP_TYPE_LRU_PERCPU_HASH, 0, NUMBERS, true },
	{ true, BPF_MAP_TYPE_LPM_TRIE, BPF_F_NO_PREALLOC, NUMBERS, true },
	{ true, BPF_MAP_TYPE_HASH_OF_MAPS, 0, MAPS, false },
	{ true, BPF_MAP_TYPE_DEVMAP_HASH, 0, INTERFACES, true },
};
enum { MEMORY_KINDS = 5, KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static const struct kind *kind;
static struct store *bare, *store; /* store wraps bare and has no batches */
static struct store_map ref, inner; /* of bare */
static struct schema *schema;
static struct map map; /* of store */
static uint32_t stay, keys; /* STAY and KEYS, or less */
static bool stop; /* atomic */
static unsigned overtaken; /* lookups that gave the value of another key */

/* In a trie, a full-length prefix; for devices, the number alone. */
struct key {
	uint32_t length, number;
};

static struct key key_of(uint32_t number)
{
	return (struct key){ 32, number };
}

static const void *key_bytes(const struct key *key)
{
	return kind->content == INTERFACES ? (const void *)&key->number : key;
}

static int put(uint32_t number)
{
	struct key key = key_of(number);
	uint64_t value[MAX_CPUS];
	uint32_t loopback = 1;

	switch (kind->content) {
	case MAPS: return store_update_map(&ref, key_bytes(&key), &inner, 0);
	case INTERFACES: return store_update(&ref, key_bytes(&key), &loopback, 0);
	case NUMBERS: break;
	}
	for (size_t i = 0; i < store_possible_cpus(); i++)
		value[i] = number;
	return store_update(&ref, &key, value, 0);
}

static int take(uint32_t number)
{
	struct key key = key_of(number);

	return store_remove(&ref, key_bytes(&key));
}

/* ---- the map ---- */

static void open_map(const struct store_spec *spec)
{
	struct store_spec array = { .type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4,
				    .max_entries = 1 };
	struct store_spec copy = *spec;

	ck_assert_int_eq(kind->kernel ? store_kernel_new(&bare) : store_memory_new(&bare), 0);
	ck_assert_int_eq(store_fault_new(bare, &store), 0);
	store_fault_fail(store, FAULT_LOOKUP_BATCH, 0, UINT32_MAX, -STORE_ENOTSUPP);
	if (kind->content == MAPS) {
		ck_assert_int_eq(store_create(bare, &array, &inner), 0);
		copy.inner = &inner;
	}
	ck_assert_int_eq(store_create(bare, &copy, &ref), 0);
	ck_assert_int_eq(schema_new(&ref, &schema), 0);
	ck_assert_int_eq(map_open(NULL, store, schema, STORE_READ | STORE_WRITE, &map), 0);
}

static void begin(const struct kind *of)
{
	struct store_spec spec = { .type = of->type, .flags = of->flags, .value_size = 4 };

	kind = of;
	stop = false;
	overtaken = 0;
	/* The kernel waits for its readers whenever it changes a map of maps. */
	stay = of->kernel && of->content == MAPS ? 50 : STAY;
	keys = of->kernel && of->content == MAPS ? 100 : KEYS;
	spec.key_size = of->content == INTERFACES ? 4 : sizeof(struct key);
	if (of->content == NUMBERS)
		spec.value_size = 8;
	/* An LRU map evicts when it is nearly full: it never is. */
	spec.max_entries = 4 * KEYS;
	open_map(&spec);
	for (uint32_t i = 0; i < keys; i++)
		ck_assert_int_eq(put(i), 0);
}

static void end(void)
{
	map_close(&map);
	schema_unref(schema);
	store_close(&ref);
	if (inner.store)
		store_close(&inner);
	store_free(store);
}

/* ---- a pass ---- */

static uint32_t check_entry(const struct scan_batch *b, size_t i, uint32_t never)
{
	const uint8_t *at = b->keys + i * schema->key_size;
	struct key key = key_of(0);
	uint64_t value = 0;

	if (kind->content == INTERFACES)
		memcpy(&key.number, at, sizeof(key.number));
	else
		memcpy(&key, at, sizeof(key));
	ck_assert_uint_eq(key.length, 32);
	if (kind->content == NUMBERS) {
		memcpy(&value, b->values + i * schema->value_bytes, sizeof(value));
		ck_assert_uint_lt(value, never);
		overtaken += value != key.number;
	}
	return key.number;
}

/* Keys from `never` on never existed. */
static void check_pass(bool keys_only, uint32_t never)
{
	_cleanup_scan_ struct scan *scan = NULL;
	_cleanup_free_ uint8_t *seen = calloc(never, 1);
	struct scan_batch b;
	int r;

	ck_assert_int_eq(scan_new(&map, keys_only, &scan), 0);
	while ((r = scan_next(scan, &b)) > 0)
		for (size_t i = 0; i < b.count; i++) {
			uint32_t n = check_entry(&b, i, never);

			ck_assert_uint_lt(n, never);
			ck_assert_msg(!seen[n], "key %u comes twice", n);
			seen[n] = 1;
		}
	ck_assert_int_eq(r, 0);
	for (uint32_t i = 0; i < stay; i++)
		ck_assert_msg(seen[i], "key %u is missing", i);
}

/*
 * The kernel's hash maps use the memory of a deleted or replaced entry again
 * at once. A lookup outside a batch takes no lock: one that is held up between
 * finding an entry and copying its value copies what stands there by then.
 */
static unsigned most_overtaken(void)
{
	return kind->kernel && kind->type != BPF_MAP_TYPE_LPM_TRIE ? PASSES : 0;
}

/* ---- threads ---- */

static void *insert_and_delete(void *arg)
{
	unsigned s = (unsigned)(uintptr_t)arg;

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		uint32_t number = stay + (uint32_t)rand_r(&s) % (keys - stay);
		int r = rand_r(&s) % 2 ? put(number) : take(number);

		if (r && r != -ENOENT && r != -EBUSY)
			return "an update or removal failed";
		if (kind->rewritten && put((uint32_t)rand_r(&s) % stay))
			return "an update of what stays failed";
	}
	return NULL;
}

/* On a loaded machine the writers leave little time to the passes. */
static bool time_is_left(uint64_t since)
{
	return clock_ns(CLOCK_MONOTONIC) - since < UINT64_C(15000000000);
}

START_TEST(pass_is_exact_under_churn)
{
	uint64_t begun = clock_ns(CLOCK_MONOTONIC);
	pthread_t threads[WRITERS];
	void *failure;

	begin(&kinds[_i]);
	for (uintptr_t i = 0; i < WRITERS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, insert_and_delete,
						(void *)(i + 1)), 0);
	for (int i = 0; i < 2 || (i < PASSES && time_is_left(begun)); i++)
		check_pass(i % 2, keys);
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (int i = 0; i < WRITERS; i++) {
		ck_assert_int_eq(pthread_join(threads[i], &failure), 0);
		ck_assert_msg(!failure, "%s", (const char *)failure);
	}
	ck_assert_uint_le(overtaken, most_overtaken());
	end();
}
END_TEST

/* The worst for a walk: few buckets, and each key moves all the time. */
enum { HOT = 8, HOT_PASSES = 100 };

static void *rewrite(void *arg)
{
	unsigned s = (unsigned)(uintptr_t)arg;

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED))
		put((uint32_t)rand_r(&s) % HOT);
	return NULL;
}

static size_t count_keys(void)
{
	_cleanup_scan_ struct scan *scan = NULL;
	struct scan_batch b;
	size_t n = 0;
	int r;

	ck_assert_int_eq(scan_new(&map, true, &scan), 0);
	while ((r = scan_next(scan, &b)) > 0)
		n += b.count;
	ck_assert_int_eq(r, 0);
	return n;
}

/* One walk in 20 misses a key, and chance is chance: once is forgiven. */
START_TEST(hot_keys_are_not_missed)
{
	pthread_t threads[WRITERS];
	unsigned missed = 0;

	kind = &kinds[_i];
	open_map(&(struct store_spec){ .type = kind->type, .flags = kind->flags,
				       .key_size = sizeof(struct key), .value_size = 8,
				       .max_entries = HOT });
	for (uint32_t i = 0; i < HOT; i++)
		ck_assert_int_eq(put(i), 0);
	for (uintptr_t i = 0; i < WRITERS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, rewrite, (void *)(i + 1)), 0);
	for (int i = 0; i < HOT_PASSES; i++)
		missed += count_keys() < HOT;
	ck_assert_uint_le(missed, 1);
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (int i = 0; i < WRITERS; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	end();
}
END_TEST

/* ---- step by step ---- */

/* What a walk would go on from has just gone, each time, and a key that never
 * was there before has come. */
static void replace_cursor(void *arg, const void *key)
{
	uint32_t *fresh = arg, number;

	if (!key)
		return;
	memcpy(&number, (const uint8_t *)key + offsetof(struct key, number), sizeof(number));
	if (number < STAY)
		return;
	if (take(number) == 0)
		ck_assert_int_eq(put((*fresh)++), 0);
}

START_TEST(cursor_is_always_deleted)
{
	uint32_t fresh = KEYS;

	begin(&kinds[_i]);
	store_fault_next_key(store, replace_cursor, &fresh);
	check_pass(false, UINT32_MAX >> 8);
	ck_assert_uint_eq(overtaken, 0);
	ck_assert_uint_gt(fresh, KEYS + COME_AND_GO);
	end();
}
END_TEST

struct rewriter {
	unsigned calls, every;
};

/* In the kernel's hash this moves the cursor to the head of its bucket. */
static void rewrite_cursor(void *arg, const void *key)
{
	struct rewriter *w = arg;
	uint64_t value;

	if (!key || ++w->calls % w->every)
		return;
	if (store_lookup(&ref, key, &value, 0) == 0)
		ck_assert_int_eq(store_update(&ref, key, &value, 0), 0);
}

START_TEST(cursor_is_often_rewritten)
{
	struct rewriter every_third = { .every = 3 };

	begin(&kinds[_i]);
	store_fault_next_key(store, rewrite_cursor, &every_third);
	check_pass(false, keys);
	ck_assert_uint_eq(overtaken, 0);
	end();
}
END_TEST

/* Of three keys in a bucket the third is out of reach then. */
START_TEST(pass_that_gets_nowhere_ends)
{
	_cleanup_scan_ struct scan *scan = NULL;
	struct rewriter always = { .every = 1 };
	struct scan_batch b;

	kind = &kinds[_i];
	open_map(&(struct store_spec){ .type = kind->type, .flags = kind->flags,
				       .key_size = sizeof(struct key), .value_size = 8,
				       .max_entries = 8 });
	for (uint32_t i = 0; i < 8; i++) /* one of 8 buckets; if not, all is well */
		ck_assert_int_eq(put(i), 0);
	store_fault_next_key(store, rewrite_cursor, &always);
	ck_assert_int_eq(scan_new(&map, true, &scan), 0);
	ck_assert(scan_next(scan, &b) == -EBUSY || b.count == 8);
	end();
}
END_TEST

START_TEST(failure_is_not_an_end)
{
	_cleanup_scan_ struct scan *scan = NULL;
	struct scan_batch b;

	begin(&kinds[0]);
	store_fault_fail(store, FAULT_NEXT_KEY, 100, 1, -ENOMEM);
	ck_assert_int_eq(scan_new(&map, true, &scan), 0);
	ck_assert_int_eq(scan_next(scan, &b), -ENOMEM);
	ck_assert_int_eq(scan_next(scan, &b), 1);
	ck_assert_uint_eq(b.count, KEYS);
	end();
}
END_TEST

/* ---- the cap ---- */

enum { BIG_KEY = 4096, BIG_KEYS = 8192 };

static int put_big(uint32_t number)
{
	uint8_t key[BIG_KEY] = { 0 };

	memcpy(key, &number, sizeof(number));
	return store_update(&ref, key, &number, 0);
}

static void begin_big(uint32_t count)
{
	kind = &kinds[0];
	open_map(&(struct store_spec){ .type = BPF_MAP_TYPE_HASH, .key_size = BIG_KEY,
				       .value_size = 4, .max_entries = 2 * BIG_KEYS,
				       .flags = BPF_F_NO_PREALLOC });
	for (uint32_t i = 0; i < count; i++)
		ck_assert_int_eq(put_big(i), 0);
}

START_TEST(more_keys_than_the_cap_are_refused)
{
	_cleanup_scan_ struct scan *scan = NULL;
	struct scan_batch b;

	begin_big(BIG_KEYS);
	ck_assert_uint_eq(count_keys(), BIG_KEYS);
	ck_assert_int_eq(put_big(BIG_KEYS), 0);
	ck_assert_int_eq(scan_new(&map, true, &scan), 0);
	ck_assert_int_eq(scan_next(scan, &b), -E2BIG);
	end();
}
END_TEST

/* One key goes with every step, and a new one comes. */
static void replace_one(void *arg, const void *key)
{
	uint32_t *fresh = arg;
	uint8_t gone[BIG_KEY] = { 0 };

	(void)key;
	memcpy(gone, fresh, sizeof(*fresh));
	ck_assert_int_eq(put_big(*fresh + 1500), 0);
	ck_assert_int_eq(store_remove(&ref, gone), 0);
	++*fresh;
}

START_TEST(keys_that_have_gone_are_forgotten)
{
	_cleanup_scan_ struct scan *scan = NULL;
	struct scan_batch b;
	uint32_t fresh = 0;

	begin_big(1500);
	store_fault_next_key(store, replace_one, &fresh);
	ck_assert_int_eq(scan_new(&map, true, &scan), 0);
	ck_assert_int_eq(scan_next(scan, &b), 1);
	ck_assert_uint_gt(fresh, BIG_KEYS);
	end();
}
END_TEST

static void add_tests(TCase *tc, int from, int to, int hash)
{
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, pass_is_exact_under_churn, from, to);
	tcase_add_loop_test(tc, hot_keys_are_not_missed, hash, hash + 1);
	tcase_add_loop_test(tc, cursor_is_always_deleted, hash, hash + 1);
	tcase_add_loop_test(tc, cursor_is_often_rewritten, hash, hash + 1);
	tcase_add_loop_test(tc, pass_that_gets_nowhere_ends, hash, hash + 1);
}

int main(void)
{
	Suite *s = suite_create("map-churn");
	TCase *memory = tcase_create("memory"), *kernel = tcase_create("kernel");
	int r = store_kernel_new(&store);

	add_tests(memory, 0, MEMORY_KINDS, 0);
	tcase_add_test(memory, failure_is_not_an_end);
	tcase_add_test(memory, more_keys_than_the_cap_are_refused);
	tcase_add_test(memory, keys_that_have_gone_are_forgotten);
	add_tests(kernel, MEMORY_KINDS, KINDS, MEMORY_KINDS);
	suite_add_tcase(s, memory);
	if (r == 0)
		store_free(store);
	else if (getenv("TEST_REQUIRE"))
		return without_kernel_store(r);
	if (r == 0)
		suite_add_tcase(s, kernel);
	return run_suite(s);
}
