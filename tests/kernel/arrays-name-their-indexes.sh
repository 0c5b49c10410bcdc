#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The same as in tests/mount, on maps of the kernel.

. "${top_srcdir:-.}/tests/lib.sh"
require fuse root bpf
TEST_STORE=kernel exec "$top_srcdir/tests/mount/arrays-name-their-indexes.sh"
