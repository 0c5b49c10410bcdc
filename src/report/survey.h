/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One pass over all maps that the mount shows, and over their users: programs, pins and
 * processes are each walked once, not once per map. For .map/maps and .map/metrics of
 * the root.
 */
#ifndef BPFMAPFS_REPORT_SURVEY_H
#define BPFMAPFS_REPORT_SURVEY_H

#include "report/report.h"

/* Entries of larger maps are not counted. */
#define SURVEY_ENTRIES_MAX 1024

/* An unknown number. */
#define SURVEY_UNKNOWN (-1)

struct survey_map {
	struct live_map *m;
	const struct store_info *info;
	const char *type; /* its name; NULL: unknown */
	/* SURVEY_UNKNOWN if the store or the kernel does not report it, if rights are
	 * missing, or if it is not cheap */
	int64_t entries, memlock, programs, pins, processes;
	const char *pin; /* its first path below the BPF file system; NULL: none */
};

enum survey_want {
	SURVEY_PROCESSES = 1 << 0, /* costs a walk over all descriptors */
};

/* fn: 0, or an error that ends the survey. -EINTR. */
typedef int survey_fn(void *arg, const struct survey_map *s);
int survey_maps(const struct report *r, unsigned want, survey_fn *fn,
		void *arg) _must_check_;

#endif
