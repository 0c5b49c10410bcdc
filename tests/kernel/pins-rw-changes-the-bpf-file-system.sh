#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# With -o pins=rw, ln -s pins a map, rm removes its pin, and directories are created,
# moved and removed. Pins of other objects are not touched.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/kernel/lib.sh"
require fuse root bpf tool:jq tool:setpriv tool:python3
own_bpffs

mount_fs kernel -o "pins=rw,bpffs=$bpffs"
pins=$mnt/by-pin
name=$(unique made)
mkdir "$mnt/$name" "$pins/dir" "$pins/dir/sub"
ok 'mkdir' test -d "$bpffs/dir/sub"
id=$(cat "$mnt/$name/.map/id")

pinned_id() {
	bpftool -j map show pinned "$bpffs/$1" | jq .id
}

# links DIR TEXT: ln -s TEXT pins our map there.
links() {
	ln -s "$2" "$pins/$1/new" 2>err
	ok "ln -s $2 by-pin/$1/new"
	is "$(pinned_id "$1/new")" "$id" 'ln -s pins the map'
	rm "$pins/$1/new"
	ok 'rm removes the pin' test ! -e "$bpffs/$1/new"
}
links . "../$name"
links . "../by-id/$id"
links dir/sub "../../../$name"
links dir/sub "../../../$name@$id"
links dir "$name"
links dir "@$id"
links dir "by-id/$id"
links dir "$mnt/$name"
ln -s "$name" "$pins/dir/first"
links . "../by-pin/dir/first"
links dir "./first"

for text in "../nothing" ../../../.. /etc .. by-id ../.map/version "../$name/.map" ''; do
	[ -n "$text" ] || continue
	fails_with EINVAL ln -s "$text" "$pins/dir/new"
done
fails_with EPERM ln -s "../$name" "$pins/a.b"
ok 'and says why' grep -q "ln by-pin/a.b: .*'.'" "$mnt/.map/errors"
fails_with EEXIST ln -sT "../$name" "$pins/dir/first"
ln -sfn "../../$name" "$pins/dir/first"
is "$(pinned_id dir/first)" "$id" 'ln -sfn puts a pin in place of another'
fails_with ENOTEMPTY rmdir "$pins/dir"
fails_with EBUSY rmdir "$mnt/$name"

mv "$pins/dir/first" "$pins/dir/sub/second"
is "$(ls "$bpffs/dir/sub")" second 'mv moves a pin'
mv "$pins/dir/sub" "$pins/top"
is "$(readlink "$pins/top/second")" "../../$name" 'and a directory'
mv -n "$pins/top/second" "$pins/top/third"
fails_with EPERM mv "$pins/top/third" "$pins/top/a.b"
ok 'and says why' grep -q "mv by-pin/top/a.b: .*'.'" "$mnt/.map/errors"
fails_with EPERM mv "$pins/top/third" "$mnt/elsewhere"
ok 'and says why' grep -q 'mv by-pin/top/third: .*cannot leave' "$mnt/.map/errors"
mkdir -m 750 "$pins/open"
is "$(stat -c %a "$bpffs/open")" 750 'mkdir -m'
chown -h 5:6 "$pins/top/third"
is "$(stat -c '%u %g' "$bpffs/top/third")" '5 6' 'chown -h'
fails_with EPERM touch "$pins/file"
fails_with EPERM ln "$pins/top/third" "$pins/hard"

# A name never means another pin than its own, although names are remembered for a
# moment: two maps change places, and a third takes the name of one.
for n in 1 2 3; do
	pinned_map "swap$n" "$(unique "swap$n")" >"swap$n"
done
wrong=0
for n in 1 2 3 4 5 6 7 8 9 10; do
	cat "$pins/swap1/.map/id" >/dev/null
	mv "$pins/swap1" "$pins/spare"
	mv "$bpffs/swap2" "$bpffs/swap1"
	[ "$(cat "$pins/spare/.map/id" "$pins/swap1/.map/id" | paste -sd' ')" = \
		"$(cat swap1 swap2 | paste -sd' ')" ] || wrong=$((wrong + 1))
	mv "$bpffs/swap1" "$bpffs/swap2"
	mv "$pins/spare" "$pins/swap1"
	[ "$(cat "$pins/swap1/.map/id")" = "$(cat swap1)" ] || wrong=$((wrong + 1))
	mkdir "$bpffs/a"
	mv "$bpffs/swap1" "$bpffs/a/x"
	cat "$pins/a/x/.map/id" >/dev/null
	mv "$pins/a" "$pins/b"
	mkdir "$bpffs/a"
	mv "$bpffs/swap3" "$bpffs/a/x"
	[ "$(cat "$pins/b/x/.map/id" "$pins/a/x/.map/id" | paste -sd' ')" = \
		"$(cat swap1 swap3 | paste -sd' ')" ] || wrong=$((wrong + 1))
	mv "$bpffs/a/x" "$bpffs/swap3"
	mv "$bpffs/b/x" "$bpffs/swap1"
	rmdir "$bpffs/a" "$bpffs/b"
done
is "$wrong" 0 'a path never means another pin'
rm "$bpffs/swap1" "$bpffs/swap2" "$bpffs/swap3"

# What is not shown is not lost.
ln -s top "$bpffs/link"
fails_with EPERM mv "$pins/top/third" "$pins/link"
fails_with ENOENT rm "$pins/link"
ok 'a symlink there stays' test -L "$bpffs/link"
rm "$bpffs/link"

rm "$pins/top/third"
rmdir "$pins/top" "$pins/open" "$pins/dir"
is "$(find "$bpffs" -mindepth 1 -name '*.debug' -o -mindepth 1 -print)" '' 'nothing is left behind'
rmdir "$mnt/$name"
ok 'the map ends with its last pin' wait_for is_freed "$id"

# A user acts with his own rights: what he makes is his, and what the BPF file
# system keeps from him stays.
umount_fs
chmod 711 "$scratch"
mkdir "$bpffs/shared" "$bpffs/group"
chmod 777 "$bpffs/shared"
chgrp 65533 "$bpffs/group"
chmod 775 "$bpffs/group"
mount_fs kernel -o "allow_other,umask=022,pins=rw,bpffs=$bpffs"
pins=$mnt/by-pin
mkdir "$mnt/$name"
as_user() {
	setpriv --reuid 65534 --regid 65534 --groups 65533 "$@"
}
owner() {
	stat -c '%u %g' "$bpffs/$1"
}
ok 'mkdir' as_user mkdir "$pins/shared/dir"
ok 'ln' as_user ln -s "../../../$name" "$pins/shared/dir/pin"
is "$(owner shared/dir) $(owner shared/dir/pin)" '65534 65534 65534 65534' 'are the user'\''s own'
ok 'a supplementary group counts' as_user mkdir "$pins/group/dir"
is "$(owner group/dir)" '65534 65534' 'the caller owns a directory made by the right of a group'
ok 'chmod' as_user chmod 700 "$pins/shared/dir"
is "$(stat -c %a "$bpffs/shared/dir")" 700 'chmod acts on the BPF file system'
ok 'mv' as_user mv "$pins/shared/dir/pin" "$pins/group/dir/pin"
ok 'rm' as_user rm "$pins/group/dir/pin"
chmod 700 "$mnt/$name"
fails_with EACCES as_user ln -s "../../$name" "$pins/shared/closed"
ok 'a map that the user may not enter is not pinned' test ! -e "$bpffs/shared/closed"
# The kernel remembers a mode for 20 ms: rm gets past it, and then the BPF file system
# is asked.
bpftool map pin id "$(cat "$mnt/$name/.map/id")" "$bpffs/shared/kept"
cat >late.py <<'END'
import os, sys, time
shared, pins = sys.argv[1:]
closed, leave = os.pipe(), os.pipe()
for _ in range(30):
    os.chmod(shared, 0o777)
    time.sleep(0.03)
    pid = os.fork()
    if not pid:
        os.setgroups([])
        os.setuid(65534)
        os.stat(pins)
        os.write(leave[1], b"x")
        os.read(closed[0], 1)
        try:
            os.unlink(pins + "/kept")
        except PermissionError:
            os._exit(0)
        os._exit(1)
    os.read(leave[0], 1)
    os.chmod(shared, 0o755)
    os.write(closed[1], b"x")
    if os.waitpid(pid, 0)[1]:
        sys.exit("removed")
END
ok 'a pin in a directory that was closed just now stays' \
	python3 late.py "$bpffs/shared" "$pins/shared"
rm -f "$bpffs/shared/kept"
chmod 1777 "$bpffs/shared"
mkdir "$bpffs/shared/roots"
fails_with EPERM as_user mv "$pins/shared/roots" "$pins/shared/stolen"
ok 'a sticky directory protects pins of other users' test -d "$bpffs/shared/roots"
rmdir "$bpffs/shared/roots" "$bpffs/shared/dir" "$bpffs/shared" "$bpffs/group/dir" "$bpffs/group"
rmdir "$mnt/$name"
