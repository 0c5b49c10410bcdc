#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Names of this host in values of maps in memory are numbers for all users, because the
# daemon has no capability to check whether a caller is root.

. "${top_srcdir:-.}/tests/lib.sh"
require fuse root tool:setpriv tool:bash tool:python3
. "$top_srcdir/tests/host-names.sh"
mount_fs memory -o allow_other
chmod 755 "$mnt"
chmod 755 "$scratch"
cd "$mnt" || exit 1
p=h
try_host_names memory
