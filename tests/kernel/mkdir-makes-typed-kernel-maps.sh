#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# mkdir and .map/def on the kernel store: the kernel gets the types, so bpftool shows
# them; rmdir frees the map unless something else holds it.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/kernel/lib.sh"
require fuse root bpf tool:jq
mount_fs kernel

name=$(unique made)
dir=$mnt/$name
mkdir "$dir"
ok 'mkdir makes a map'
echo world >"$dir/hello"
is "$(bpftool -j map dump id "$(cat "$dir/.map/id")" | jq -c '.[].formatted')" \
	'{"key":"hello","value":"world"}' 'bpftool shows the built-in types'
fails_with EEXIST mkdir "$dir"
fails_with ENOTEMPTY rmdir "$dir"
rm "$dir/hello"
id=$(cat "$dir/.map/id")
rmdir "$dir"
ok 'rmdir of an empty map'
ok 'which frees it' is_freed "$id"

# defined TYPE-TOKENS KEY VALUE FORMATTED: bpftool reads the entry as FORMATTED.
defined() {
	mkdir "$dir" && echo "$1" >"$dir/.map/def" || fail "def: $1"
	echo "$3" >"$dir/$2" || fail "$1: cannot write"
	is "$(bpftool -j map dump id "$(cat "$dir/.map/id")" |
		jq -c '[.[].formatted | select(.value != 0)][0]')" "$4" "$1"
	rm -f "$dir/$2" 2>/dev/null
	rmdir "$dir" || fail "$1: rmdir"
}

defined 'type=hash key=u32 value={packets:u64,mac:mac,on:bool}' 5 \
	'{"packets":7,"mac":"01:02:03:04:05:06","on":true}' \
	'{"key":5,"value":{"packets":7,"mac":[1,2,3,4,5,6],"on":true}}'
defined 'type=array value=s32 max_entries=4' 2 -1 '{"key":2,"value":-1}'
defined 'type=lru_hash key=u64 value=u16[2]' 9 '[1,65535]' '{"key":9,"value":[1,65535]}'
defined 'type=lpm_trie key=prefix(ipv4) value=u64' 10.0.0.0_8 3 \
	'{"key":{"prefixlen":8,"data":10},"value":3}'

mkdir "$dir"
write_fails EINVAL "$dir/.map/def" 'type=hash key=u32 value=u33'
write_fails EINVAL "$dir/.map/def" 'type=array key=u64 value=u32'
ok 'the error has its column' grep -q 'column' "$dir/.map/errors"
is "$(cat "$dir/.map/def")" 'type=hash key=char[64] value=char[256] max_entries=4096' \
	'a refused definition changes nothing'
echo 'type=hash key=u32 value=u32 max_entries=2' >"$dir/.map/def"
echo 1 >"$dir/1"
write_fails EBUSY "$dir/.map/def" 'type=hash key=u64 value=u32'
echo 1 >"$dir/2"
write_fails ENOSPC "$dir/3" 1
rm "$dir/1" "$dir/2"

id=$(cat "$dir/.map/id")
start_helper "$scratch/holder" "$top_builddir/tests/kernel/maps" hold "$id"
fails_with EBUSY rmdir "$dir"
is "$(cat "$dir/.map/id")" "$id" 'a refused rmdir keeps the map'
end_helper "$helper_pid"
ok 'rmdir when nobody else holds it' rmdir "$dir"

bpffs=$scratch/bpffs
mkdir "$bpffs" "$dir"
if mount -t bpf bpf "$bpffs"; then
	id=$(cat "$dir/.map/id")
	bpftool map pin id "$id" "$bpffs/pin"
	fails_with EBUSY rmdir "$dir"
	rm "$bpffs/pin"
	umount "$bpffs"
fi
ok 'rmdir when it is not pinned any more' rmdir "$dir"

# Maps of others, and what is no map.
start_helper "$scratch/churn" "$top_builddir/tests/kernel/maps" churn hash
fails_with EPERM rmdir "$mnt/@$(id_of hash)"
fails_with EPERM rmdir "$mnt/by-id"
fails_with EINVAL mkdir "$mnt/a-b"
fails_with ENAMETOOLONG mkdir "$mnt/abcdefghijklmnop"
fails_with EPERM mkdir "$mnt/@$(id_of hash)/sub"

# What follows from the type need not be said.
mkdir "$dir"
echo 'type=devmap_hash value=u32 max_entries=4' >"$dir/.map/def"
is "$(cat "$dir/.map/def")" 'type=devmap_hash key=u32 value=u32 max_entries=4' \
	'a table has u32 keys'
echo 'type=task_storage value=u64' >"$dir/.map/def"
is "$(cat "$dir/.map/def")" \
	'type=task_storage key=u32 value=u64 max_entries=0 flags=no_prealloc' \
	'a storage has room for all'
for line in 'type=prog_array max_entries=4' 'type=ringbuf max_entries=4096' \
	'type=user_ringbuf max_entries=8192' \
	'type=sockhash key=u32 max_entries=4' 'type=stack_trace max_entries=4'; do
	echo "$line" >"$dir/.map/def" || fail "def: $line"
	type=${line#type=}
	is "$(bpftool -j map show id "$(cat "$dir/.map/id")" | jq -r .type)" "${type%% *}" "$line"
	case $type in
	*ringbuf*) fails_with ENOENT cat "$dir/.map/count" ;;
	esac
done
write_fails EINVAL "$dir/.map/def" 'type=ringbuf max_entries=5'
ok 'the reason names what cannot be' grep -q 'ringbuf cannot have .*max_entries=5' \
	"$dir/.map/errors"
rmdir "$dir"

# What the tree made ends with the mount.
mkdir "$dir"
id=$(cat "$dir/.map/id")
umount_fs
ok 'a map made through the tree ends with the mount' is_freed "$id"
