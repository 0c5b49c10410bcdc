#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The test of the same name in tests/mount, on the kernel's maps.

. "${top_srcdir:-.}/tests/lib.sh"
require bpf
USERS_STORE=kernel
export USERS_STORE
exec "$top_srcdir/tests/mount/users-have-shares.sh"
