/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Users and groups of this machine, by name or number.
 */
#ifndef BPFMAPFS_HOST_ACCOUNTS_H
#define BPFMAPFS_HOST_ACCOUNTS_H

#include <sys/types.h>

#include "util/attributes.h"

/*
 * The id that a text means: decimal digits are the id itself, anything else is
 * looked up, which may take as long as the machine's name services do. -ENOENT:
 * there is no such user or group; -ERANGE: no id is so large; -ENOMEM, -EIO and the
 * like: it could not be looked up.
 */
int host_user_id(const char *text, uid_t *ret) _must_check_;
int host_group_id(const char *text, gid_t *ret) _must_check_;

#endif
