#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# mount(8) with its helpers: types fuse.bpfmapfs and bpfmapfs, lines of fstab, remounts.
# The mounts are made in a namespace in which the helpers are installed.

. "${top_srcdir:-.}/tests/lib.sh"
require fuse root namespace tool:mount.fuse3

if [ "${1-}" != inside ]; then
	unshare -m "$top_srcdir/tests/mount/mount8-mounts-and-remounts.sh" inside
	exit
fi
mount --make-rprivate /
mkdir bin sbin dir
cp "$daemon" bin/bpfmapfs
mount --bind bin /usr/local/bin
ln -s ../local/bin/bpfmapfs sbin/mount.bpfmapfs
sbin=$(readlink -f /sbin)
mount -t overlay -o "lowerdir=$scratch/sbin:$sbin" overlay "$sbin" ||
	skip 'no overlay to install a helper in'

# unmounted: the mount in dir is taken down. umount(8) may fail after that, if
# something else has the lock of its table for too long.
is_unmounted() {
	umount dir || ! mountpoint -q dir
}
unmounted() {
	wait_for is_unmounted || die 'dir stays busy'
}

# fstab LINE...
fstab() {
	printf '%s\n' "$@" >fstab
}

# --- types and sources

mount -t fuse.bpfmapfs memory dir -o umask=022
is "$? $(stat -c %a dir)" '0 755' 'mount -t fuse.bpfmapfs'
unmounted
mount -n -v -s -t bpfmapfs memory dir -o umask=027 >out
is "$? $(stat -c %a dir)" '0 750' 'mount -t bpfmapfs, with options for helpers'
is "$(findmnt -no FSTYPE,SOURCE dir | tr -s ' ')" 'fuse.bpfmapfs memory' '  type and source'
unmounted
mount -f -t bpfmapfs memory dir
is $? 0 'mount -f succeeds'
ok '  and mounts nothing' sh -c '! mountpoint -q dir'
mount -t bpfmapfs none dir 2>/dev/null
is "$? $(findmnt -no SOURCE dir)" '0 none' 'the source none'
is "$(cat dir/.map/store)" "$("$daemon" auto "$(mkdir -p auto; echo auto)" 2>/dev/null; cat auto/.map/store)" \
	'  is what auto is'
wait_for umount auto
unmounted
mount -t fuse.bpfmapfs nonsense dir 2>err
ok 'another source is refused' test $? -ne 0
ok '  with the sources that there are' grep -q 'expected kernel, memory or auto' err
ln -s "$daemon" mount.bpfmapfs
./mount.bpfmapfs memory dir -N /proc/1/ns/mnt 2>err
is "$? $(cat err)" '2 bpfmapfs: -N is not supported: use nsenter(1)' 'mount -N is refused'

# --- fstab

line="memory $scratch/dir fuse.bpfmapfs"
fstab "$line noauto,x-systemd.automount,nofail,_netdev,user,exec,umask=027,def=type=array\\040max_entries=2 0 0"
mount -T fstab "$scratch/dir"
is "$? $(stat -c %a dir)" '0 750' 'a line of fstab with words for others'
mkdir dir/m
is "$(cat dir/m/.map/max_entries)" 2 '  and with a definition'
unmounted
for type in fuse.bpfmapfs bpfmapfs; do
	fstab "none $scratch/dir $type nofail,comment=maps 0 0"
	mount -T fstab -a 2>/dev/null
	is "$? $(findmnt -no SOURCE dir)" '0 none' "mount -a with the type $type"
	mount -T fstab -a
	is "$? $(findmnt dir | grep -c bpfmapfs)" '0 1' '  does not mount again'
	unmounted
done

# --- remount

mount -t fuse.bpfmapfs memory dir -o 'def=type=queue value=u32,nosuid'
mkdir dir/q dir/h
echo 'type=hash key=u32 value=u32' >dir/h/.map/def
echo 7 >dir/h/1
for i in 1 2 3; do
	echo $i >dir/q/.map/push
done
is "$(cat dir/.map/read_only)" 0 'a mount that can be written'
mount -o remount,ro dir
is $? 0 'remount,ro'
fails_with EROFS mkdir dir/x
fails_with EROFS cat dir/q/.map/pop
fails_with EROFS cat dir/h/.map/drain
is "$(cat dir/q/.map/peek dir/h/1 | tr '\n' ' ')" '1 7 ' 'nothing was consumed'
ok 'nosuid stays' findmnt -nO nosuid -o TARGET dir
mount -o remount,rw,noexec dir
is $? 0 'remount,rw'
is "$(cat dir/q/.map/pop)" 1 '  and its files that consume work again'
ok '  and has noexec' findmnt -nO noexec -o TARGET dir
# mount(8) of util-linux 2.39 and newer gives FUSE its own options again, too, which
# FUSE refuses; the helper does not.
if mount -i -o remount,ro dir 2>err; then
	fails_with EROFS cat dir/q/.map/pop
else
	ok 'mount -i: FUSE says why not' grep -q 'No changes allowed in reconfigure' err
fi
"$daemon" -o remount,rw memory "$scratch/dir"
is "$? $(cat dir/q/.map/pop)" '0 2' 'remount without mount(8)'
ok '  keeps the other flags' findmnt -nO nosuid,noexec -o TARGET dir
exec 5<>dir/q/.map/def
mount -o remount,ro dir 2>err
ok 'a file that is open for writing keeps it writable' test $? -ne 0
exec 5<&-
mount -o remount,maps=x dir 2>err
is "$? $(cat err)" '0 bpfmapfs: remount does not change maps=' 'options do not change'
unmounted

mount -t fuse.bpfmapfs memory dir -r
is "$(cat dir/.map/read_only)" 1 'a mount that began with ro'
mount -o remount,rw dir 2>err
ok 'cannot become writable' test $? -ne 0
ok '  which is said' grep -q 'unmount it and mount it again' err
fails_with EROFS mkdir dir/m
mount -o remount,noexec dir
is $? 0 'other flags change'
mount -i -o remount,rw dir
fails_with EROFS mkdir dir/m
fails_with EROFS chmod 755 dir
unmounted
mount -t tmpfs tmpfs dir
"$daemon" -o remount,ro memory dir 2>err
is "$? $(cat err)" "1 bpfmapfs: $scratch/dir: no bpfmapfs is mounted there" 'another file system is left alone'
ok '  and writable' touch dir/file
unmounted
