#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Readers that wait for records occupy no thread: 200 of them slow nobody down. Signals,
# SIGKILL, the end of the map and the end of the daemon end them at once; poll and
# O_NONBLOCK work.

. "${top_srcdir:-.}/tests/lib.sh"
require fuse tool:python3 tool:busybox

readers=''

# start_readers N FILE...: N times cat of the files in turn, in the background
start_readers() {
	start_n=$1
	shift
	readers=''
	while [ "$start_n" -gt 0 ]; do
		start_file=$1
		shift
		set -- "$@" "$start_file"
		cat "$mnt/$start_file" >"got.$start_n" 2>"err.$start_n" &
		readers="$readers $!"
		start_n=$((start_n - 1))
	done
}

# The kernel is in read(2) of the file.
waits_in_read() {
	grep -q '^0 ' "/proc/$1/syscall" 2>/dev/null
}

all_wait() {
	for all_pid in $readers; do
		wait_for waits_in_read "$all_pid" || return 1
	done
}

# seconds COMMAND...: how long it takes, rounded down
seconds() {
	seconds_begin=$(date +%s%N)
	"$@"
	echo $((($(date +%s%N) - seconds_begin) / 1000000000))
}

make_ring() {
	mkdir "$mnt/r" "$mnt/m"
	echo 'type=ringbuf max_entries=65536' >"$mnt/r/.map/def"
	echo world >"$mnt/m/hello"
}

# end_first SIGNAL: it ends the first reader, which is then no longer in $readers.
end_first() {
	readers=${readers# }
	end_pid=${readers%% *}
	readers=${readers#* }
	kill -"$1" "$end_pid"
	ok "SIG$1 ends a reader" wait_for has_ended "$end_pid"
}

# disturb_nobody FILE: the waiting readers of this file
disturb_nobody() {
	i=0
	while [ $i -lt 100 ]; do
		[ "$(cat "$mnt/m/hello")" = world ] || die 'a key cannot be read'
		i=$((i + 1))
	done
	pass 'a key is read 100 times while they wait'
	end_first KILL
	end_first TERM
	fails_with EAGAIN dd if="$mnt/$1" iflag=nonblock bs=1 count=1
}

# they_end COMMAND...: it ends the map, although readers wait, and then these end.
they_end() {
	ok 'no reader holds the map: rmdir ends it' "$@"
	for pid in $readers; do
		wait_for has_ended "$pid" || fail "reader $pid still waits"
	done
	wait "$pid"
	is $? 0 'and the readers, with status 0'
}

mount_fs memory
make_ring
ok 'events resolves' test -e "$mnt/r/.map/events"
# shellcheck disable=SC2010
is "$(ls -A "$mnt/r/.map" | grep -c events)" 0 'it is not listed'
ok 'help names it' grep -q '^events ' "$mnt/r/.map/help"
is "$(stat -c %s "$mnt/r/.map/events")" 0 'its size is 0'
fails_with ENOENT cat "$mnt/m/.map/events"

# The table of /proc: 0 is read(2) here, or the test proves nothing.
if [ "$(uname -m)" = x86_64 ]; then
	start_readers 200 r/.map/events
	ok '200 readers wait' all_wait
	# The threads that serve, the one that answers, the one that looks.
	threads=$(awk '/^Threads:/ { print $2 }' "/proc/$fs_pid/status")
	ok 'without a thread each' test "$threads" -lt 40
fi
start_readers 200 r/.map/events
disturb_nobody r/.map/events

timeout 0.3 cat "$mnt/r/.map/events"
is $? 124 'a quiet ring gives nothing, and no end'
timeout 0.3 busybox cat "$mnt/r/.map/events"
is $? 124 'neither to what splices'
ok 'select says so' python3 - "$mnt/r/.map/events" <<'END'
import os, select, sys
fd = os.open(sys.argv[1], os.O_RDONLY | os.O_NONBLOCK)
assert select.select([fd], [], [], 0.2) == ([], [], [])
ep = select.epoll()
ep.register(fd, select.EPOLLIN | select.EPOLLET)
assert ep.poll(0.2) == []
try:
    os.read(fd, 1)
    sys.exit(1)
except BlockingIOError:
    pass
key = os.open(os.path.dirname(os.path.dirname(os.path.dirname(sys.argv[1]))) + "/m/hello",
              os.O_RDONLY)
assert select.select([key], [], [], 5)[0] == [key]
END

they_end rmdir "$mnt/r"
umount_fs

# changes waits in the same way.
mount_fs memory
make_ring
start_readers 200 m/.map/changes
ok '200 readers of changes wait' all_wait
disturb_nobody m/.map/changes
ok 'poll, select and epoll wake up' python3 - "$mnt/m" <<'END'
import os, select, sys
fd = os.open(sys.argv[1] + "/.map/changes", os.O_RDONLY | os.O_NONBLOCK)
poll, epoll = select.poll(), select.epoll()
poll.register(fd, select.POLLIN)
epoll.register(fd, select.EPOLLIN)
assert poll.poll(100) == [] and epoll.poll(0.1) == []
assert select.select([fd], [], [], 0.1) == ([], [], [])
with open(sys.argv[1] + "/new", "w") as f:
    f.write("1\n")
assert poll.poll(20000) == [(fd, select.POLLIN)]
assert epoll.poll(20) == [(fd, select.EPOLLIN)]
assert select.select([fd], [], [], 20)[0] == [fd]
assert os.read(fd, 4096) == b"+new\t\"1\"\n"
END
got_it() {
	[ "$(cat got.1 got.100 | grep -c '^+new')" -eq 2 ]
}
ok 'and all readers get it' wait_for got_it
rmdir_m() {
	rm -f "$mnt/m/hello" "$mnt/m/new" && rmdir "$mnt/m"
}
they_end rmdir_m
umount_fs

mount_fs memory
make_ring
start_readers 60 r/.map/events m/.map/changes r/.map/consume
ok 'readers wait again' all_wait
kill -TERM "$fs_pid"
ok 'SIGTERM of the daemon ends it' wait_for has_ended "$fs_pid"
took=$(seconds wait "$fs_pid")
ok 'at once' test "$took" -le 1
for pid in $readers; do
	wait_for has_ended "$pid" || fail "reader $pid still waits"
done
pass 'and all readers'
for n in 1 2 3; do
	ok "which say why: $n" grep -q 'No such device' "err.$n"
done
umount_fs

# A lazily unmounted file system lives as long as its readers.
[ "$(id -u)" -eq 0 ] || skip 'umount -l is for root'
mount_fs memory
make_ring
start_readers 20 r/.map/events m/.map/changes
ok 'readers wait again' all_wait
umount "$mnt" 2>busy
ok 'umount refuses' grep -q busy busy
ok 'umount -l does not' umount -l "$mnt"
ok 'and the daemon lives' kill -0 "$fs_pid"
# shellcheck disable=SC2086
kill -KILL $readers
ok 'until the last reader is gone' wait_for has_ended "$fs_pid"
umount_fs
