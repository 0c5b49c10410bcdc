/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two stores side by side.
 */
#include "store-pair.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

#include "store-btf.h"
#include "store-require.h"
#include "../suite.h"

struct store_pair pair = { .rounds = 12 };

static uint64_t seed;
static uint64_t state;

void begin_round(unsigned test)
{
	state = (seed ^ test) * 0x9e3779b97f4a7c15u + pair.round;
	state = (state ^ state >> 29) * 0xbf58476d1ce4e5b9u;
	state ^= state >> 32;
}

uint32_t rnd(uint32_t below)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((state >> 33) % below);
}

void rnd_bytes(void *to, size_t len)
{
	for (size_t i = 0; i < len; i++)
		((uint8_t *)to)[i] = (uint8_t)rnd(256);
}

void pair_fail(const char *fmt, ...)
{
	char what[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	ck_abort_msg("SEED=%llu round %u, %s: %s", (unsigned long long)seed, pair.round,
		     pair.what, what);
	abort(); /* for the compiler: Check does not say that it never returns */
}

/* ---- what this kernel does otherwise ---- */

/* Create such a map in a store and close it. */
static int try_create(struct store *store, const struct store_spec *spec)
{
	struct store_map m = STORE_MAP_INIT;
	int r = store_create(store, spec, &m);

	if (r == 0)
		store_close(&m);
	return r;
}

static bool created_alike(const struct store_spec *spec)
{
	return try_create(pair.stores[KERNEL], spec) == try_create(pair.stores[MEMORY], spec);
}

/* Until 6.4 a frozen map is busy, later it cannot be written to any more. */
static bool frozen_twice_alike(void)
{
	struct store_spec spec = { .type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4,
				   .max_entries = 1 };
	struct store_map m;
	int r[STORES];

	for (int s = 0; s < STORES; s++) {
		ck_assert_int_eq(store_create(pair.stores[s], &spec, &m), 0);
		ck_assert_int_eq(store_freeze(&m), 0);
		r[s] = store_freeze(&m);
		store_close(&m);
	}
	return r[KERNEL] == r[MEMORY];
}

/* An LRU map cannot have locks: that is an error where they are found. */
static bool fields_alike(void)
{
	struct store_spec spec = store_btf_spec(BPF_MAP_TYPE_LRU_HASH, BTF_U32, BTF_NESTED,
						1, 0);

	return created_alike(&spec);
}

/* 8 MiB and more are refused by all, 1 MiB by none. */
static bool lpm_values_alike(void)
{
	struct store_spec spec = { .type = BPF_MAP_TYPE_LPM_TRIE, .key_size = 8,
				   .flags = BPF_F_NO_PREALLOC, .max_entries = 1 };
	uint32_t low = 1u << 20, high = 1u << 23;

	while (high - low > 1) {
		spec.value_size = low + (high - low) / 2;
		if (try_create(pair.stores[MEMORY], &spec))
			high = spec.value_size;
		else
			low = spec.value_size;
	}
	spec.value_size = low;
	if (!created_alike(&spec))
		return false;
	spec.value_size = high;
	return created_alike(&spec);
}

static bool types_alike(void)
{
	struct store_spec spec = { .type = BPF_MAP_TYPE_BLOOM_FILTER, .value_size = 4,
				   .max_entries = 1 };

	return created_alike(&spec);
}

static const struct {
	const char *what;
	bool (*alike)(void);
} probes[DIFFERENCES] = {
	[DIFFERENT_FREEZE] = { "freezing", frozen_twice_alike },
	[DIFFERENT_FIELDS] = { "values with locks or timers", fields_alike },
	[DIFFERENT_LPM] = { "large values of LPM tries", lpm_values_alike },
	[DIFFERENT_TYPES] = { "types of maps", types_alike },
};

/* Shared with the processes in which Check runs the tests. */
static struct {
	enum { UNKNOWN, ALIKE, DIFFERENT } state[DIFFERENCES];
	unsigned left_out[DIFFERENCES];
	unsigned compared;
} *counts;

/* Probed when a test asks, since Check allows assertions in tests only. */
bool left_out(enum difference d)
{
	if (counts->state[d] == UNKNOWN)
		counts->state[d] = probes[d].alike() ? ALIKE : DIFFERENT;
	if (counts->state[d] == ALIKE)
		return false;
	counts->left_out[d]++;
	return true;
}

static int share_counts(void)
{
	void *p = mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return -errno;
	counts = p;
	return 0;
}

static void print_counts(void)
{
	printf("# %u results compared\n", counts->compared);
	for (int d = 0; d < DIFFERENCES; d++)
		if (counts->state[d] == DIFFERENT)
			printf("# this kernel differs: %s (%u comparisons left out)\n",
			       probes[d].what, counts->left_out[d]);
}

/* ---- comparing ---- */

void same_result(const char *what, const int r[STORES])
{
	counts->compared++;
	if (r[KERNEL] != r[MEMORY])
		pair_fail("%s: kernel %d, memory %d", what, r[KERNEL], r[MEMORY]);
}

void same_bytes(const char *what, const void *a, const void *b, size_t len)
{
	if (memcmp(a, b, len) != 0)
		pair_fail("%s: content differs", what);
}

void same_info(void)
{
	struct store_info info[STORES];
	struct store_usage usage[STORES];

	for (int s = 0; s < STORES; s++) {
		ck_assert_int_eq(store_info(&pair.m[s], &info[s]), 0);
		ck_assert_int_eq(store_usage(&pair.m[s], &usage[s]), 0);
	}
	ck_assert(!info[KERNEL].btf_id == !info[MEMORY].btf_id);
	pair.info = info[KERNEL];
	for (int s = 0; s < STORES; s++)
		info[s].id = info[s].btf_id = 0;
	same_bytes("info", &info[KERNEL], &info[MEMORY], sizeof(info[0]));
	if (usage[KERNEL].frozen != usage[MEMORY].frozen)
		pair_fail("frozen differs");
}

bool create_both(const struct store_spec *spec)
{
	int r[STORES];

	for (int s = 0; s < STORES; s++) {
		struct store_spec one = *spec;

		one.inner = pair.inner[s].store ? &pair.inner[s] : NULL;
		r[s] = store_create(pair.stores[s], &one, &pair.m[s]);
	}
	counts->compared++;
	if (r[KERNEL] != r[MEMORY])
		pair_fail("create type %u key %u value %u entries %u flags %#x btf %u %u extra "
		     "%llu: kernel %d, memory %d", spec->type, spec->key_size,
		     spec->value_size, spec->max_entries, spec->flags,
		     spec->btf_key_type_id, spec->btf_value_type_id,
		     (unsigned long long)spec->map_extra, r[KERNEL], r[MEMORY]);
	if (r[KERNEL])
		return false;
	same_info();
	return true;
}

void freeze_both(void)
{
	int r[STORES];

	r[MEMORY] = store_freeze(&pair.m[MEMORY]);
	if (r[MEMORY] && left_out(DIFFERENT_FREEZE))
		return;
	r[KERNEL] = store_freeze(&pair.m[KERNEL]);
	same_result("freeze", r);
	same_info();
}

void close_both(void)
{
	for (int s = 0; s < STORES; s++)
		store_close(&pair.m[s]);
}

static void read_settings(void)
{
	const char *text = getenv("SEED");

	if (text)
		seed = strtoull(text, NULL, 0);
	else if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		seed = 1;
	text = getenv("ROUNDS");
	if (text)
		pair.rounds = (unsigned)strtoul(text, NULL, 0);
	printf("# SEED=%llu ROUNDS=%u\n", (unsigned long long)seed, pair.rounds);
}

int run_pair(Suite *suite)
{
	int r = store_kernel_new(&pair.stores[KERNEL]), failed;

	if (!r)
		r = store_memory_new(&pair.stores[MEMORY]);
	if (!r)
		r = share_counts();
	if (r)
		return without_kernel_store(r);
	read_settings();
	fflush(stdout);
	failed = run_suite(suite);
	print_counts();
	store_free(pair.stores[MEMORY]);
	store_free(pair.stores[KERNEL]);
	return failed;
}
