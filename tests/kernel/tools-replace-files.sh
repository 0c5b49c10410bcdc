#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The test of the same name in tests/mount, on the kernel's maps.

. "${top_srcdir:-.}/tests/lib.sh"
require fuse root bpf
TEST_STORE=kernel exec "$top_srcdir/tests/mount/tools-replace-files.sh"
