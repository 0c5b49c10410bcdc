#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Queues, stacks, bloom filters and maps of maps of the in-process store.

. "${top_srcdir:-.}/tests/lib.sh"
require fuse tool:bash
. "$top_srcdir/tests/objects.sh"
mount_fs memory
cd "$mnt" || exit 1
p=t
try_queue
try_bloom
try_hash_of_maps
try_array_of_maps
