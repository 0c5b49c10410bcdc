#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The examples of bpfmapfs(5) do what they say. A block of literal text with
# lines "$ command" is run on a memory mount of its own; the lines behind
# a command are what it must print.

. "${top_srcdir:-.}/tests/lib.sh"
require fuse tool:bash tool:jq

# Blocks go into block.1, block.2, ... as plain text.
awk '
	/^\.Bd -literal/ { inside = 1; n++; next }
	/^\.Ed/ { inside = 0; next }
	inside {
		gsub(/\\\(aq/, "\047"); gsub(/\\\(ti/, "~"); gsub(/\\\(ha/, "^")
		gsub(/\\-/, "-"); gsub(/\\&/, ""); gsub(/\\e/, "\\")
		print > ("block." n)
	}' "$top_builddir/man/bpfmapfs.5"

# What a block prints when it is run, in the form of the block itself.
cat >replay <<'END'
while IFS= read -r line <&3; do
	case $line in
	'$ '*)
		printf '%s\n' "$line"
		eval "${line#??}" 3<&-
		;;
	esac
done 3<"$1"
END

allow_errors 'error'
tried=0
for block in block.*; do
	grep -q '^\$ ' "$block" || continue
	tried=$((tried + 1))
	mount_fs memory
	(cd "$mnt" && bash ../replay "../$block" >../got 2>../err)
	if cmp -s "$block" got; then
		pass "$(head -n 3 "$block" | tail -n 1)"
	else
		fail "$block"
		diff -u "$block" got
		sed 's/^/# /' err
	fi
	umount_fs
done
ok 'the manual has examples' test "$tried" -gt 5
