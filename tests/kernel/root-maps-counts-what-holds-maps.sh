#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# .map/maps of the root: one line per map, with its sizes and the numbers of programs,
# pins and processes that hold it. On both stores.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/kernel/lib.sh"
require fuse bpf root tool:jq

# columns NAME: its line, with blanks, without id and memlock.
columns() {
	awk -F '\t' -v name="$1" '$2 == name { $1 = $8 = "" ; print }' "$mnt/.map/maps" |
		tr -s ' ' | sed 's/^ //'
}

mount_fs memory
mkdir "$mnt/h" "$mnt/big" "$mnt/a" "$mnt/r"
echo 'key=u32 value={n:u64} max_entries=100' >"$mnt/h/.map/def"
echo 'key=u32 value=u64 max_entries=100000' >"$mnt/big/.map/def"
echo 'type=percpu_array value=u64 max_entries=5000' >"$mnt/a/.map/def"
echo 'type=queue value=u64 max_entries=7' >"$mnt/r/.map/def"
printf '1\t{}\n2\t{}\n' >"$mnt/h/.map/entries"
is "$(columns h)" 'h hash 4 8 100 2 - - -' 'a hash is counted; the memory store has no holders'
is "$(columns big)" 'big hash 4 8 100000 - - - -' 'a large hash is not counted'
is "$(columns a)" 'a percpu_array 4 8 5000 5000 - - -' 'an array has all its entries'
is "$(columns r)" 'r queue 0 8 7 - - - -' 'a queue cannot be counted'
is "$(cut -f 1 "$mnt/.map/maps" | tr '\n' ' ')" "$(cat "$mnt"/*/.map/id | sort -n | tr '\n' ' ')" \
	'one line per map, by id'
is "$(awk -F '\t' 'NF != 11' "$mnt/.map/maps")" '' 'eleven columns each'
ok 'memlock is a number' test "$(awk -F '\t' '$2 == "big" { print $8 }' "$mnt/.map/maps")" \
	-eq "$(cat "$mnt/big/.map/memlock")"
umount_fs

start_workload
own_bpffs
mount_fs kernel -o bpffs="$bpffs"
flows=$(map_name flows)
is "$(columns "$flows")" "$flows hash 16 $(cat "$mnt/$flows/.map/value_size") 256 16 1 0 1" \
	'a program and the process that loaded it'
is "$(columns "$(map_name timers)" | cut -d ' ' -f 7)" 1 'one program, another map'
bpftool map pin id "$(map_id flows)" "$bpffs/one"
mkdir "$bpffs/dir"
bpftool map pin id "$(map_id flows)" "$bpffs/dir/two"
is "$(columns "$flows" | cut -d ' ' -f 7-)" '1 2 1' 'two pins'

# orphans: the maps that nothing holds.
orphans() {
	awk -F '\t' '$9 == 0 && $10 == 0 && $11 == 0 { print $2 }' "$mnt/.map/maps"
}

lonely=$(unique lonely)
mkdir "$mnt/$lonely"
is "$(orphans | grep -cx "$lonely")" 1 'a map that only the daemon holds is an orphan'
is "$(orphans | grep -cx "$flows")" 0 'a map that is used is not an orphan'
rmdir "$mnt/$lonely"
end_helper "$workload_pid"

only_pinned() {
	[ "$(columns "$flows" | cut -d ' ' -f 7-)" = '0 2 0' ]
}
ok 'the program has ended, the pins are left' wait_for only_pinned
rm "$bpffs/one" "$bpffs/dir/two"

# Only the owner reads it.
is "$(stat -c %a "$mnt/.map/maps")" 400 'mode'
ok 'it is listed' sh -c "ls '$mnt/.map' | grep -qx maps"
# The last reader's release may be on its way.
ok 'its size costs nothing' wait_for sh -c "[ \"\$(stat -c %s '$mnt/.map/maps')\" = 0 ]"
