/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two stores side by side.
 */
#include "store-pair.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

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

void same_result(const char *what, const int r[STORES])
{
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
	if (r)
		return without_kernel_store(r);
	read_settings();
	fflush(stdout);
	failed = run_suite(suite);
	store_free(pair.stores[MEMORY]);
	store_free(pair.stores[KERNEL]);
	return failed;
}
