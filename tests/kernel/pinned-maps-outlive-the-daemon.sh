#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# -o pin=DIR: a map created through the tree is pinned, survives the killed daemon, and
# is recognized as such by the next one.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/kernel/lib.sh"
require fuse root bpf tool:jq
own_bpffs

mount_pin() {
	mount_fs kernel -o "bpffs=$bpffs,pin=$bpffs/made"
}
name=$(unique kept)
mount_pin
mkdir "$mnt/$name"
first=$(cat "$mnt/$name/.map/id")
is "$(readlink "$mnt/by-pin/made/$name")" "../../$name" 'a new map is pinned'
echo 'key=u32 value=u64 max_entries=4' >"$mnt/$name/.map/def"
ok 'its own pin does not prevent a new definition'
id=$(cat "$mnt/$name/.map/id")
is "$(bpftool -j map show pinned "$bpffs/made/$name" | jq .id)" "$id" 'and the new map is pinned'
ok 'the old map is gone' wait_for is_freed "$first"
echo 7 >"$mnt/$name/1"
fails_with EPERM mkdir "$mnt/a.$$"
ok 'a name that cannot be pinned is explained' grep -q "cannot be pinned" "$mnt/.map/errors"
ok 'and no map is left' test ! -e "$mnt/a.$$"

kill -KILL "$fs_pid"
wait_for has_ended "$fs_pid"
umount -l "$mnt"
rm "$fs_dir/$fs_count.pid"
ok 'the map outlives the daemon' is_alive "$id"

mount_pin
is "$(cat "$mnt/$name/1")" 7 'the map is listed again'
is "$(cat "$mnt/$name/.map/def")" 'type=hash key=u32 value=u64 max_entries=4' 'with its types'
fails_with ENOTEMPTY rmdir "$mnt/$name"
rm "$mnt/$name/1"
write_fails EBUSY "$mnt/$name/.map/def" 'max_entries=7'
bpftool map pin id "$id" "$bpffs/other"
fails_with EBUSY rmdir "$mnt/$name"
ok 'a refused rmdir leaves the pin' test -e "$bpffs/made/$name"
rm "$bpffs/other"
rmdir "$mnt/$name"
ok 'rmdir unpins' test ! -e "$bpffs/made/$name"
ok 'and the map ends' wait_for is_freed "$id"

# A map that cannot be replaced stays as it was, and so does its pin.
mkdir "$mnt/$name"
id=$(cat "$mnt/$name/.map/id")
pinned() {
	bpftool -j map show pinned "$bpffs/made/$name" | jq .id
}
bpftool map pin id "$id" "$bpffs/other"
write_fails EBUSY "$mnt/$name/.map/def" 'max_entries=7'
is "$(cat "$mnt/$name/.map/id") $(pinned)" "$id $id" 'held by others, it stays pinned'
rm "$bpffs/other" "$bpffs/made/$name"
other=$(pinned_map "made/$name" "$(unique other)")
write_fails EEXIST "$mnt/$name/.map/def" 'key=u64'
is "$(cat "$mnt/$name/.map/id") $(pinned)" "$id $other" "another's pin is not replaced"
rm "$bpffs/made/$name"
echo 'key=u64' >"$mnt/$name/.map/def"
is "$(pinned)" "$(cat "$mnt/$name/.map/id")" 'a pin that was lost is there again'
is "$(ls "$bpffs/made" | grep -v "@record$")" "$name" 'nothing else is left there'
rmdir "$mnt/$name"
is "$(ls "$bpffs/made" | grep -v "@record$")" '' 'and then nothing'

# Pins of others in that directory are not ours.
other=$(pinned_map made/foreign "$(unique other)")
umount_fs
mount_pin
fails_with EPERM rmdir "$mnt/$(unique other)"
ok 'and stay' is_alive "$other"
umount_fs

# A daemon that was killed while a definition was written leaves two pins: the
# map that was there first stays.
old=$(pinned_map "made/$name" "$name")
new=$(pinned_map made/new "$name")
mv "$bpffs/made/new" "$bpffs/made/$name@$new"
mount_pin
is "$(ls "$bpffs/made" | grep -v "@record$")" "$(printf 'foreign\n%s' "$name")" 'the half step is undone'
is "$(cat "$mnt/$name/.map/id") $(pinned)" "$old $old" 'the name leads to the old map'
ok 'and the other one ends' wait_for is_freed "$new"
rmdir "$mnt/$name"
umount_fs
# The same while the old map is put back: it was refused to go.
old=$(pinned_map made/old "$name")
new=$(pinned_map "made/$name" "$name")
mv "$bpffs/made/old" "$bpffs/made/$name@$old"
mount_pin
is "$(cat "$mnt/$name/.map/id") $(pinned)" "$old $old" 'the old map is put back'
ok 'and the new one ends' wait_for is_freed "$new"
rmdir "$mnt/$name"
umount_fs
only=$(pinned_map made/only "$name")
mv "$bpffs/made/only" "$bpffs/made/$name@$only"
mount_pin
is "$(cat "$mnt/$name/.map/id") $(pinned)" "$only $only" 'one pin alone gets the name'
umount "$bpffs" 2>err
ok 'the BPF file system stays busy meanwhile' grep -q 'busy' err
rmdir "$mnt/$name"
umount_fs

# DIR is the daemon's alone, and the one that it was at the start.
for mode in 0770 1777; do
	chmod $mode "$bpffs/made"
	"$daemon" -f -o "pin=$bpffs/made" kernel "$mnt" 2>err
	is "$?: $(cat err)" "1: bpfmapfs: -o pin=$bpffs/made: other users may write to it" "mode $mode"
done
chmod 700 "$bpffs/made"
mount_pin
mv "$bpffs/made" "$bpffs/moved"
mkdir "$bpffs/made" "$mnt/$name"
is "$(ls "$bpffs/made"; ls "$bpffs/moved" | grep -v "@record$")" "$(printf 'foreign\n%s' "$name")" \
	'a directory that takes its place is not used'
rmdir "$mnt/$name" "$bpffs/made"
umount_fs
mv "$bpffs/moved" "$bpffs/made"

# Without it, the log names the maps that end.
mount_fs kernel -o "bpffs=$bpffs"
mkdir "$mnt/$name"
umount_fs
ok 'the log names the maps that end' grep -q "the map $name (id [0-9]*) ends with the mount" "$fs_log"

"$daemon" -f -o "pin=$scratch/nowhere" kernel "$mnt" 2>err
is $? 1 'not on a BPF file system'
ok 'one line says so' grep -q '^bpfmapfs: -o pin=.*not on a BPF file system' err
ok 'and no directory is created' test ! -e nowhere
"$daemon" -f -o "pin=$bpffs/made" memory "$mnt" 2>err
is "$?: $(cat err)" "1: bpfmapfs: -o pin=$bpffs/made: maps in memory cannot be pinned" \
	'the memory store refuses -o pin='
