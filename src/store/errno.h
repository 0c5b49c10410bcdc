/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The only place that translates a store's errno to the errno that a user of the tree
 * sees (bpfmapfs(5), "Errors").
 */
#ifndef BPFMAPFS_STORE_ERRNO_H
#define BPFMAPFS_STORE_ERRNO_H

/* The operation of the store: the same errno has different meanings. */
enum store_op {
	STORE_OP_OPEN, /* next_id, open, btf, info, usage */
	STORE_OP_CREATE, /* create */
	STORE_OP_LOOKUP, /* lookup */
	STORE_OP_LIST, /* next_key, lookup_batch */
	STORE_OP_UPDATE, /* update, update_batch */
	STORE_OP_REMOVE, /* remove, remove_batch, lookup_and_delete */
	STORE_OP_FREEZE, /* freeze */
	STORE_OP_COUNT_,
};

/*
 * error and the result are 0 or a negative errno. An errno that is not in the table is
 * returned unchanged. The result is never -EIO or the kernel-internal 524.
 */
int store_user_errno(enum store_op op, int error);

#endif
