/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration file of a mount: read at the start, and again on SIGHUP.
 */
#ifndef BPFMAPFS_RELOAD_H
#define BPFMAPFS_RELOAD_H

#include <pthread.h>
#include <stdbool.h>

#include "config/config.h"
#include "util/attributes.h"

struct tree;

/* Report each error of the file as "FILE:LINE: reason" on stderr. 0 or -EINVAL. */
int config_file_check(const char *path);

/*
 * Read the file that -o config= names, or, if path is NULL, the default one. *ret is
 * NULL without a configuration: the default file is missing, or path is "". Errors
 * are on stderr. -EINVAL.
 */
int config_file_load(const char *path, struct config **ret) _must_check_;

/* A thread that reads the file again on each SIGHUP. Errors of the file are logged, and
 * the tree then keeps its configuration. */
struct reloader {
	const char *path; /* as for config_file_load() */
	struct tree *tree;
	pthread_t thread;
	bool running;
	int hangups; /* signalfd */
	int ending;  /* eventfd */
};

/* Call it before other threads exist, if there is a configuration: from now on SIGHUP
 * does not end the process, but stays pending until reloader_start(). */
void reloader_block_signal(void);
/* Call it if there is a configuration. If the thread cannot be started, SIGHUP does
 * nothing. */
void reloader_start(struct reloader *r, const char *path, struct tree *tree);
void reloader_stop(struct reloader *r);

#endif
