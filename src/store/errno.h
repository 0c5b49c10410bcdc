/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a store's errno to the one a user of the tree sees
 * (bpfmapfs(5), "Errors"). The only place that knows.
 */
#ifndef BPFMAPFS_STORE_ERRNO_H
#define BPFMAPFS_STORE_ERRNO_H

/* What was asked of the store; the same errno means different things. */
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
 * error and the result are 0 or a negative errno. What the table does not
 * name passes unchanged. Never gives -EIO nor the kernel-internal 524.
 */
int store_user_errno(enum store_op op, int error);

#endif
