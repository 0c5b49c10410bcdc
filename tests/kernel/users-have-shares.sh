#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The same for the kernel's maps.

. "${top_srcdir:-.}/tests/lib.sh"
require bpf
USERS_STORE=kernel
export USERS_STORE
exec "$top_srcdir/tests/mount/users-have-shares.sh"
