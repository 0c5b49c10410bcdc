#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Queues, stacks, bloom filters and maps of maps of the kernel; bpftool sees the same.
# The link to an inner map that only a slot holds resolves, even if the map has no name
# or shares it.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/kernel/lib.sh"
require fuse bpf root tool:bash tool:jq
. "$top_srcdir/tests/objects.sh"
mount_fs kernel
cd "$mnt" || exit 1
p=o$$_
try_queue
try_bloom
try_hash_of_maps

note 'bpftool sees the same'
define "${p}k" 'type=queue value=u32 max_entries=3'
bpftool map push name "${p}k" value 7 0 0 0
is "$(cat "${p}k/.map/pop")" 7 'what bpftool pushes is popped'
echo 8 >"${p}k/.map/push"
is "$(bpftool -j map peek name "${p}k" | jq -r '.value[0]')" 0x08 'and bpftool sees an element that the tree pushed'
write_mnt=$mnt
mount_fs kernel -o ro
fails_with EROFS cat "$mnt/${p}k/.map/pop"
is "$(cat "$mnt/${p}k/.map/peek")" 8 'a read-only mount consumes nothing'
mnt=$write_mnt
cat "${p}k/.map/pop" >/dev/null
rmdir "${p}k"
define "${p}1" 'type=hash key=u32 value=u64 max_entries=10'
define "${p}o" "type=hash_of_maps key=u32 max_entries=3 inner=${p}1"
ln -s "../${p}1" "${p}o/5"
is "$(bpftool_entries "$(cat "${p}o/.map/id")" '.value | map(ltrimstr("0x")) | reverse | add')" \
	"$(printf %08x "$(cat "${p}1/.map/id")")" 'bpftool reads the id of the inner map'

note 'inner maps that only a slot holds'
pins=$scratch/bpffs
mkdir "$pins" && mount -t bpf bpf "$pins" || die 'no bpffs'
test_cleanup() {
	umount "$pins"
}
for name in '' "${p}1"; do
	bpftool map create "$pins/inner" type hash key 4 value 8 entries 10 name "$name"
	id=$(bpftool -j map show pinned "$pins/inner" | jq .id)
	bpftool map update name "${p}o" key 6 0 0 0 value pinned "$pins/inner"
	rm "$pins/inner"
	is "$(readlink "${p}o/6")" "../$name@$id" "link to \"$name\", which only a slot holds"
	ok 'leads to it' test "$(cat "${p}o/6/.map/id")" = "$id"
	is "$(tail -n 1 "${p}o/.map/entries" | cut -f 2)" "\"$(basename "$(readlink "${p}o/$(tail -n 1 "${p}o/.map/entries" | cut -f 1)")")\"" \
		'.map/entries has the same name'
	rm "${p}o/6"
	ok 'rm of the slot frees it' wait_for is_freed "$id"
done
note 'the inner maps of a map of maps that was created elsewhere'
bpftool map create "$pins/outer" type hash_of_maps key 4 value 4 entries 3 \
	name "${p}e" inner_map name "${p}1"
def=$(cat "${p}e/.map/def")
case $def in
*inner=*) fail "nobody knows as long as it is empty, found $def" ;;
*) pass 'nobody knows as long as it is empty' ;;
esac
ln -s "../${p}1" "${p}e/@05000000"
is "$(cat "${p}e/.map/def")" "$def inner=${p}1" 'its definition names a map that it holds'
mkdir "${p}c"
ok 'and a map with this definition can be created' cp "${p}e/.map/def" "${p}c/.map/def"
ok 'which holds the same' ln -s "../${p}1" "${p}c/@05000000"
rm "$pins/outer" "${p}c/@05000000"
rmdir "${p}c"
rm "${p}o/5"
rmdir "${p}o" "${p}1"
try_array_of_maps
