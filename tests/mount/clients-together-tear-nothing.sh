#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# 32 clients read, write, rename, list, dump and create maps at the same time: no
# unexpected error, no torn value, nothing left behind.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/load/lib.sh"
require fuse "file:$top_builddir/tests/load/load"
mount_fs memory
load ''
