/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel store and the memory store side by side, for tests that do the same to
 * both and compare: the stores, one map in each, a reproducible series of random
 * numbers, and main().
 *
 * SEED selects the series (a random seed is printed), ROUNDS its length. A failure
 * prints seed and round; `SEED=... ROUNDS=...` repeats it.
 */
#ifndef BPFMAPFS_TESTS_STORE_PAIR_H
#define BPFMAPFS_TESTS_STORE_PAIR_H

#include <check.h>
#include <stdint.h>

#include "store/store.h"

enum { KERNEL, MEMORY, STORES };

/* The map under test, in both stores. */
extern struct store_pair {
	const char *what; /* kind of map, for messages */
	struct store *stores[STORES];
	struct store_map m[STORES];
	struct store_map inner[STORES]; /* if open: given to creations */
	struct store_info info; /* the same in both except ids; ids: the kernel's */
	unsigned rounds; /* how many there are */
	unsigned round; /* the one under way */
} pair;

/* Begin the series of pair.round of one test, unlike any other's. */
void begin_round(unsigned test);
uint32_t rnd(uint32_t below);
void rnd_bytes(void *to, size_t len);

/*
 * The memory store imitates one kernel, see bpfmapfs(8). If a probe shows that this
 * kernel answers otherwise, left_out() is true, and the test continues without
 * comparing. The number of such cases is printed.
 */
enum difference {
	DIFFERENT_FREEZE, /* read-only handles, frozen maps, values with locks */
	DIFFERENT_FIELDS, /* where locks and timers may be in values */
	DIFFERENT_LPM, /* the largest value of an LPM trie */
	DIFFERENT_TYPES, /* this kernel lacks types that the memory store has */
	DIFFERENCES
};

bool left_out(enum difference d);

#define PICK(array) ((array)[rnd(sizeof(array) / sizeof((array)[0]))])

/* Fail the test, and print how to repeat the failure. */
void pair_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

void same_result(const char *what, const int r[STORES]);
void same_bytes(const char *what, const void *a, const void *b, size_t len);
/* info (kept in pair) and usage, except members that must differ */
void same_info(void);

/* Create in both stores; true if both succeeded. */
bool create_both(const struct store_spec *spec);
void freeze_both(void);
void close_both(void); /* but not the inner ones */

/* main() of such a test: settings, stores, the suite. The exit status. */
int run_pair(Suite *suite);

#endif
