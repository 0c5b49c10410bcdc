/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Skip a test if there is no kernel store. It must be skipped by TAP output: automake
 * treats the exit status 77 of a TAP test as an error.
 */
#ifndef BPFMAPFS_TESTS_STORE_REQUIRE_H
#define BPFMAPFS_TESTS_STORE_REQUIRE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* error: a negative errno. Returns the exit status of main(). */
static inline int without_kernel_store(int error)
{
	const char *require = getenv("TEST_REQUIRE");

	if (require && strstr(require, "bpf")) {
		printf("1..1\nnot ok 1 - the kernel store: %s\n", strerror(-error));
		return EXIT_FAILURE;
	}
	printf("1..0 # SKIP no maps of the kernel here: %s\n", strerror(-error));
	return EXIT_SUCCESS;
}

#endif
