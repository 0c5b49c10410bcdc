#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The sessions of the manual with running programs work as shown: blocks with lines "#
# command", on a mount of the kernel's maps. "router" stands for the object's name; a
# map of the object may also have its own name.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/manual.sh"
. "$top_srcdir/tests/kernel/lib.sh"
require fuse root bpf tool:bash tool:jq

manual_blocks bpfmapfs-types.7
manual_blocks bpfmapfs.5

# replay_block OBJECT BLOCK
replay_block() {
	start_attached "$1"
	mount_fs kernel
	names="s/router/$attached/g"
	while read -r name id; do
		names="$names; /^#/s|\\([ /]\\)$name/|\\1@$id/|g"
	done <"$helper_out"
	sed "$names" "$2" >want
	(cd "$mnt" && replay '#' "$scratch/want" >"$scratch/got" 2>&1)
	same want got "$(grep -m 1 '^#' "$2")"
	umount_fs
	end_helper "$helper_pid"
	# The next one has the same name.
	while read -r name id; do
		[ "$name" = ready ] || wait_for is_freed "$id"
	done <"$helper_out"
}

# replay_map NAME BLOCK MODE...: on a map of handles.c, with programs of this
# run in the places of those of the manual.
replay_map() {
	map_called=$1 map_block=$2
	shift 2
	start_helper "$scratch/map" "$handles" "$@"
	mount_fs kernel
	sed "$programs; s|^$map_called/|@$(id_of map)/|
		/^#/s|\\([ /]\\)$map_called/|\\1@$(id_of map)/|g" "$map_block" >want
	(cd "$mnt" && replay '#' "$scratch/want" >"$scratch/got" 2>&1)
	same want got "$(grep -m 1 '^#' "$map_block")"
	umount_fs
	end_helper "$helper_pid"
}

handles=$top_builddir/tests/kernel/handles
own_bpffs
start_helper "$scratch/programs" "$handles" programs
programs="s/3146/$(id_of filter)/; s/3147/$(id_of filter2)/; s/3149/$(id_of devmap)/"
programs="$programs; s|/sys/fs/bpf/tcp|$bpffs/tcp|"
bpftool prog pin id "$(id_of filter2)" "$bpffs/tcp"
cgroups=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
programs="$programs; s|/sys/fs/cgroup/unified|${cgroups:-/none}|"

tried=0
for block in block.*; do
	case $(cat "$block") in
	*router.data*) replay_block variables "$block" ;;
	*test_ops*) replay_block congestion "$block" ;;
	*jump_table*) replay_map jump_table "$block" map 3 4 4 4 ;;
	*watched/*) [ -z "$cgroups" ] || replay_map watched "$block" map 8 4 4 4 ;;
	*'# echo lo > ports/'*) replay_map ports "$block" map 14 4 8 4 ;;
	*cpus/*) replay_map cpus "$block" map 16 4 8 2 ;;
	*kinds_router*) replay_block kinds "$block" ;;
	*of_inodes*) replay_map of_inodes "$block" storage 28 ;;
	*) continue ;;
	esac
	tried=$((tried + 1))
done
is "$tried" 9 'the manual has such sessions'
