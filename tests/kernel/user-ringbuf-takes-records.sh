#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The program drains exactly the records that are written to .map/push of a user ring
# buffer: one record per write, ENOSPC when the buffer is full, nothing lost or
# duplicated.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/kernel/lib.sh"
require fuse root bpf tool:bash
start_attached variables
mount_fs kernel
ring=$mnt/@$(id_of commands) data=$mnt/$attached.data bss=$mnt/$attached.bss

drained() {
	[ "$(cat "$bss/commands_seen")" -eq "$1" ]
}

is "$(ls -A "$ring/")" '' 'a ring buffer lists nothing'
fails_with ENOENT cat "$ring/.map/count"
ok 'push resolves' test -e "$ring/.map/push"
is "$(ls -A "$ring/.map/" | grep -c push)" 0 'push is not listed'
fails_with EPERM touch "$ring/1"

echo @0500000000000000 >"$ring/.map/push"
ok 'a record is pushed'
is "$(cat "$bss/commands_seen")" 0 'nobody drains it yet'
echo 2 >"$data/verbose"
ok 'the program drains it' wait_for drained 1
is "$(cat "$bss/last_command")" 5 'it is the record that was pushed'

# One descriptor, many writes: each is a record.
for i in 1 2 3 4 5; do
	echo "@0${i}00000000000000"
done >"$ring/.map/push"
ok 'five writes are five records' wait_for drained 6
is "$(cat "$bss/last_command")" 5 'the last one came last'

# Full, at every length, going over the end of the buffer.
seen=6
for bytes in 9 15 16 17 100 1000 2040; do
	echo 1 >"$data/verbose"
	digits=$(printf "%0$((bytes * 2 - 16))d" 0)
	sleep 0.05
	pushed=0
	while echo "@0700000000000000$digits" >"$ring/.map/push"; do
		pushed=$((pushed + 1))
	done 2>/dev/null
	is "$pushed" "$((4096 / ((bytes + 8 + 7) / 8 * 8)))" "$bytes bytes: as many as fit"
	write_fails ENOSPC "$ring/.map/push" "@0700000000000000$digits"
	echo 2 >"$data/verbose"
	seen=$((seen + pushed))
	ok "$bytes bytes: all are drained" wait_for drained "$seen"
done
ok 'errors say that it was full' grep -q 'the buffer is full' "$ring/.map/errors"

write_fails EINVAL "$ring/.map/push" 12
write_fails EINVAL "$ring/.map/push" @
write_fails EINVAL "$ring/.map/push" @0
write_fails EINVAL "$ring/.map/push" @0g
write_fails EINVAL "$ring/.map/push" '@01 @02'
write_fails EFBIG "$ring/.map/push" "@$(printf '%08190d' 0)"
digits=$(printf '%08176d' 0)
echo "@0900000000000000${digits%????????????????}" >"$ring/.map/push"
ok 'the largest record fits'
ok 'it is drained' wait_for drained $((seen + 1))
is "$(cat "$bss/last_command")" 9 'and came whole'
