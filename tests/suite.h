/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The end of every main() here: run a suite and print its results in TAP.
 */
#ifndef BPFMAPFS_TESTS_SUITE_H
#define BPFMAPFS_TESTS_SUITE_H

#include <check.h>
#include <stdlib.h>

/* Frees the suite; returns the exit status. */
static inline int run_suite(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
