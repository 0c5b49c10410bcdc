/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table behind store_user_errno(). The first matching row is used, so rows of one
 * operation come before those of all operations.
 */
#include "store/errno.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>

#include "store/store.h"

#define ON(op) (1u << STORE_OP_##op)
#define ALWAYS (~0u)

static const struct {
	unsigned ops;
	int from;
	int to;
} rows[] = {
	/* No capability for it. A frozen or read-only map says EPERM to the
	 * element operations, and that is right as it is. */
	{ ON(OPEN) | ON(CREATE), EPERM, EACCES },

	/* A definition asks for more than any map can be. */
	{ ON(CREATE), E2BIG, ERANGE },

	/* Hash and array families, LPM trie: full. */
	{ ON(UPDATE), E2BIG, ENOSPC },

	/* rm of what cannot be deleted: arrays, filters, types without the op. */
	{ ON(REMOVE), EINVAL, EPERM },
	{ ON(REMOVE), EOPNOTSUPP, EPERM },
	{ ON(REMOVE), STORE_ENOTSUPP, EPERM },
	/* An index that no array of handles has. */
	{ ON(REMOVE), E2BIG, ENOENT },

	/* Keys without a readable value: arenas, and sockets in 4 bytes. */
	{ ON(LOOKUP), EINVAL, EOPNOTSUPP },
	{ ON(LOOKUP), ENOSPC, EOPNOTSUPP },
	/* Queues and stacks have no keys. */
	{ ON(LIST), EINVAL, EOPNOTSUPP },

	/* Locks of the kernel that gave up say this beside EBUSY. */
	{ ALWAYS, EDEADLK, EBUSY },
	{ ALWAYS, ETIMEDOUT, EBUSY },
	{ ALWAYS, STORE_ENOTSUPP, EOPNOTSUPP },
	/* A kernel that never heard of the command. */
	{ ALWAYS, ENOSYS, EOPNOTSUPP },
};

int store_user_errno(enum store_op op, int error)
{
	assert(op < STORE_OP_COUNT_ && error <= 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if ((rows[i].ops & 1u << op) && rows[i].from == -error)
			return -rows[i].to;
	return error;
}
