#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The examples of the manual pages work as shown. A block of literal text with lines "$
# command" is run on its own memory mount; the lines after a command are its expected
# output.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/manual.sh"
require fuse tool:bash tool:jq

for page in $manual_pages; do
	manual_blocks "$page"
done

allow_errors 'error'
tried=0
for block in block.*; do
	grep -q '^\$ ' "$block" || continue
	tried=$((tried + 1))
	mount_fs memory
	(cd "$mnt" && replay '$' "../$block" >../got 2>../err)
	if cmp -s "$block" got; then
		pass "$(head -n 3 "$block" | tail -n 1)"
	else
		fail "$block"
		diff -u "$block" got
		sed 's/^/# /' err
	fi
	umount_fs
done
ok 'the manual has examples' test "$tried" -gt 20
