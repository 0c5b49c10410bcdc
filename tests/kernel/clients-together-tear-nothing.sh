#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# tests/mount/clients-together-tear-nothing.sh, on the kernel's maps.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/load/lib.sh"
require fuse bpf root "file:$top_builddir/tests/load/load"
mount_fs kernel
load "$(unique l)"
