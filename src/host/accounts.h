/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Users and groups of this machine, by name or number.
 */
#ifndef BPFMAPFS_HOST_ACCOUNTS_H
#define BPFMAPFS_HOST_ACCOUNTS_H

#include <sys/types.h>

#include "util/attributes.h"

/*
 * The id for a text: decimal digits are the id itself, anything else is looked up,
 * which may take as long as the machine's name services do. -ENOENT: no such user or
 * group; -ERANGE: too large for an id; -ENOMEM, -EIO and the like: the lookup failed.
 */
int host_user_id(const char *text, uid_t *ret) _must_check_;
int host_group_id(const char *text, gid_t *ret) _must_check_;

#endif
