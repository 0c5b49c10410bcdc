/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line:  bpfmapfs [options] [kernel|memory|auto] MOUNTPOINT
 */
#ifndef BPFMAPFS_OPTIONS_H
#define BPFMAPFS_OPTIONS_H

#include <fuse_opt.h>

#include "mount8.h"
#include "tree/tree.h"

struct options {
	const char *source; /* "kernel", "memory" or "auto" */
	const char *fsname; /* the source of the mount, as given; NULL: the store's name */
	char *mountpoint;
	struct tree_options tree;
	struct fuse_args args; /* the remaining arguments, for libfuse */
	int foreground, debug, help, version;
	/* change the flags of a mount; unmount a hanging mount */
	int remount, abort;
	bool fake;
	struct mount_flags flags;
	int io_uring, nonempty;
	unsigned max_read; /* of libfuse; 0: not given */
	/* raw values, checked by options_parse() */
	char *def_line;
	char *maps; /* GLOB:GLOB... */
	char *config; /* absolute; "": none; NULL: the default */
	char *check_config;
	char *pin;
	char *pins;
	char *bpffs;
	char *namespace;
	char *words[2];
	int n_words;
	char *uid, *gid, *umask;
	char *size;
	uint64_t size_bytes; /* 0: not given */
};

/*
 * Returns 0, or -EINVAL after one line on stderr that says what is wrong; -ENOMEM. If
 * help, version or check_config is set, the caller does only that.
 */
int options_parse(int argc, char **argv, struct options *o);
void options_release(struct options *o);
void options_help(void);

#endif
