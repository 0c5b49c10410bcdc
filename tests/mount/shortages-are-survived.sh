#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Without memory for another buffer, and without free descriptors, the daemon continues:
# every request gets a reply, no map is lost, and it ends cleanly.

. "${top_srcdir:-.}/tests/lib.sh"
require fuse
command -v prlimit >/dev/null || skip 'no prlimit'

vm_size() {
	sed -n 's/^VmSize:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$fs_pid/status"
}

# limit_memory KIB: as much more than there is mapped now
limit_memory() {
	prlimit --pid "$fs_pid" --as=$((($(vm_size) + $1) * 1024)):
}

# Requests that need more than one thread at a time.
many_requests() {
	many_pids=
	for many_n in 1 2 3 4 5 6 7 8; do
		ls "$mnt/large" >/dev/null 2>&1 &
		many_pids="$many_pids $!"
		cat "$mnt/large/.map/entries" >/dev/null 2>&1 &
		many_pids="$many_pids $!"
	done
	# shellcheck disable=SC2086
	wait $many_pids
}

mount_fs memory
mkdir "$mnt/kept" "$mnt/large"
echo precious >"$mnt/kept/k"
echo 'type=hash key=u32 value=char[32] max_entries=20000' >"$mnt/large/.map/def"
seq 1 20000 | sed 's/.*/&	"text"/' >"$mnt/large/.map/entries"

case $(tr '\0' '\n' <"/proc/$fs_pid/maps" | grep -c 'lib[at]san') in
0)
	allow_errors 'failed to allocate|creating thread'
	# Stacks fit, but not the buffers of more and more threads.
	for extra in 8300 8500 8700 9000 16600 17000 24900 25300; do
		limit_memory $extra
		many_requests
		prlimit --pid "$fs_pid" --as=unlimited:
	done
	# Which limit an allocation meets depends on how many threads there were.
	grep -q 'failed to allocate' "$fs_log" || note 'no allocation of a buffer failed'
	is "$(cat "$mnt/kept/k")" precious 'a map survives a shortage of memory'
	is "$(find "$mnt/large" -type f | grep -vc /.map/)" 20000 'all requests work again'
	;;
*) note 'sanitizers need all of the address space' ;;
esac
umount_fs

# Nothing that the end needs is opened at the end. A leak check would open files.
asan_before=${ASAN_OPTIONS-}
ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
export ASAN_OPTIONS
mount_fs memory
mkdir "$mnt/kept"
echo precious >"$mnt/kept/k"
prlimit --pid "$fs_pid" --nofile=3:
is "$(cat "$mnt/kept/k")" precious 'a key is read without free descriptors'
kill -TERM "$fs_pid"
ok 'SIGTERM without free descriptors ends the daemon' wait_for has_ended "$fs_pid"
ok '  and takes the mount along' sh -c "! mountpoint -q '$mnt'"
umount_fs
ASAN_OPTIONS=$asan_before

# A limit of its own for all maps in memory.
mount_fs memory -o size=4m
mkdir "$mnt/m"
echo 'type=hash key=u32 value=char[1000] max_entries=100000' >"$mnt/m/.map/def"
seq 1 10000 | sed 's/.*/&	"text"/' >lines
fails_with ENOMEM cp lines "$mnt/m/.map/entries"
write_fails ENOMEM "$mnt/m/99999" '"text"'
is "$(cat "$mnt/m/1")" text 'entries below the limit are there'
ok 'and can be changed' sh -c "echo other >'$mnt/m/1'"
rm "$mnt/m/1"
ok 'deleting an entry makes room' sh -c "echo again >'$mnt/m/1'"
rm "$mnt/m"/[0-9]*
rmdir "$mnt/m" && mkdir "$mnt/m" && echo x >"$mnt/m/k"
is "$(cat "$mnt/m/k")" x 'the memory of a removed map is free again'
umount_fs
