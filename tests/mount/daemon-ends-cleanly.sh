#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# SIGTERM, SIGINT, umount, fusermount3 -u and a lazy unmount end the daemon with status
# 0 and remove the mount; with auto_unmount a killed daemon leaves no mount behind.

. "${top_srcdir:-.}/tests/lib.sh"
require fuse

# A shell without job control lets its children ignore SIGINT.
cat >daemon <<END
#!/bin/sh
exec env --default-signal=INT '$daemon' "\$@"
END
chmod +x daemon
daemon=$scratch/daemon

# ends DESC COMMAND...: COMMAND ends the daemon of a fresh mount with status 0
ends() {
	ends_desc=$1
	shift
	mount_fs memory
	mkdir "$mnt/m"
	echo hello >"$mnt/m/k"
	"$@"
	ok "$ends_desc ends the daemon" wait_for has_ended "$fs_pid"
	ok '  and takes the mount along' sh -c "! mountpoint -q '$mnt'"
	umount_fs
}
ends SIGTERM eval 'kill -TERM $fs_pid'
ends SIGINT eval 'kill -INT $fs_pid'
ends SIGHUP eval 'kill -HUP $fs_pid'
ends umount eval 'not_mounted "$mnt"'
if command -v fusermount3 >/dev/null; then
	ends 'fusermount3 -u' eval 'fusermount3 -u "$mnt"'
	ends 'fusermount3 -uz' eval 'fusermount3 -uz "$mnt"'
fi

# What is mounted next at the same place may have the device number of the mount that
# ended, and the daemon may learn of that end later.
is_gone_unnoticed() {
	kill -STOP "$fs_pid"
	umount -c -i "$mnt" 2>/dev/null && return
	kill -CONT "$fs_pid" # it may be looking at its own mount
	return 1
}
if [ "$(id -u)" = 0 ]; then
	mount_fs memory
	wait_for is_gone_unnoticed || die 'the mount stays busy'
	mount -t tmpfs tmpfs "$mnt"
	kill -CONT "$fs_pid"
	ok 'the daemon of a mount that is gone ends' wait_for has_ended "$fs_pid"
	is "$(findmnt -no FSTYPE "$mnt")" tmpfs '  and leaves the next mount alone'
	umount "$mnt"
	umount_fs
fi

# lazy, while a file is open: the daemon serves it to the end
mount_fs memory
mkdir "$mnt/m"
echo hello >"$mnt/m/k"
exec 3<"$mnt/m/k"
if [ "$(id -u)" -eq 0 ]; then umount -l "$mnt"; else fusermount3 -uz "$mnt"; fi
read -r line <&3
is "$line" hello 'an open file is read after a lazy unmount'
exec 3<&-
ok 'the last close ends the daemon' wait_for has_ended "$fs_pid"
umount_fs

# SIGTERM while files and directories are open
mount_fs memory
mkdir "$mnt/m"
exec 3>"$mnt/m/k" 4<"$mnt/m"
printf x >&3
kill -TERM "$fs_pid"
ok 'SIGTERM ends the daemon though files are open' wait_for has_ended "$fs_pid"
exec 3>&- 4<&-
umount_fs

# killed
kill_with_auto_unmount() {
	"$daemon" -f -o auto_unmount memory auto >auto.log 2>&1 &
	pid=$!
	wait_for sh -c 'mountpoint -q auto && ls auto >/dev/null' || die 'auto_unmount does not mount'
	kill -KILL $pid
	wait $pid 2>/dev/null
	for n in 1 2 3 4 5 6 7 8 9 10; do
		grep -q " $PWD/auto " /proc/self/mounts || return 0
		sleep 0.1
	done
	umount -l auto
	return 1
}

# fusermount3 leaves the mount alone when its list of mounts changes while it
# looks for it, as other tests make it do.
if [ ! -e /etc/mtab ]; then
	note 'auto_unmount is left out: fusermount3 looks in /etc/mtab, which is missing'
elif ! mountpoint -q /; then
	note 'auto_unmount is left out: fusermount3 fails where / is no mount point'
elif command -v fusermount3 >/dev/null; then
	mkdir auto
	tries=0
	until kill_with_auto_unmount || [ $tries -eq 20 ]; do
		tries=$((tries + 1))
	done
	ok 'auto_unmount unmounts after a kill' test $tries -lt 20
fi
