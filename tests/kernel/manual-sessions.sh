#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The sessions of bpfmapfs(5) with programs that run do what they say: blocks
# with lines "# command", on a mount of the kernel's maps. "router" stands for
# the object's name, and a map of the object may be called by its own.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/kernel/lib.sh"
require fuse root bpf tool:bash tool:jq

awk '
	/^\.Bd -literal/ { inside = 1; n++; next }
	/^\.Ed/ { inside = 0; next }
	inside {
		gsub(/\\\(aq/, "\047"); gsub(/\\-/, "-"); gsub(/\\&/, "")
		print > ("block." n)
	}' "$top_builddir/man/bpfmapfs.5"

cat >replay <<'END'
while IFS= read -r line <&3; do
	case $line in
	'# '*)
		printf '%s\n' "$line"
		eval "${line#??}" 3<&-
		;;
	esac
done 3<"$1"
END

# replay_block OBJECT BLOCK
replay_block() {
	start_attached "$1"
	mount_fs kernel
	names="s/router/$attached/g"
	while read -r name id; do
		names="$names; /^#/s|\\([ /]\\)$name/|\\1@$id/|g"
	done <"$helper_out"
	sed "$names" "$2" >want
	(cd "$mnt" && bash "$scratch/replay" "$scratch/want" >"$scratch/got" 2>&1)
	same want got "$(grep -m 1 '^#' "$2")"
	umount_fs
	end_helper "$helper_pid"
	# The next one has the same name.
	while read -r name id; do
		[ "$name" = ready ] || wait_for is_freed "$id"
	done <"$helper_out"
}

tried=0
for block in block.*; do
	case $(cat "$block") in
	*router.data*) replay_block variables "$block" ;;
	*test_ops*) replay_block congestion "$block" ;;
	*) continue ;;
	esac
	tried=$((tried + 1))
done
is "$tried" 3 'the manual has such sessions'
