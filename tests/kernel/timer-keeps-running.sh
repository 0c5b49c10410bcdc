#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# An update of a value that holds a timer would stop the timer, so it is refused, and
# the timer continues; -o unsafe allows it. Reading does not affect the timer.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/kernel/lib.sh"
require fuse root bpf tool:bash tool:jq tool:setpriv
start_workload
mount_fs kernel -o allow_other,umask=000
chmod 755 "$scratch" "$fs_dir" 2>/dev/null
key=$mnt/$(map_name timers)/0

ticks() {
	bpftool -j map dump id "$(map_id timers)" | jq '.[0].formatted.value.ticks'
}

ticks_beyond() {
	[ "$(ticks)" -gt "$1" ]
}

still_ticks() {
	ok "the timer runs: $1" wait_for ticks_beyond "$(ticks)"
}

still_ticks 'before'
is "$(jq -c keys "$key")" '["ticks"]' 'only its own members are shown'
ls -l "$mnt/$(map_name timers)" >/dev/null
cat "$mnt/$(map_name timers)/.map/entries" >/dev/null
still_ticks 'after it was read and listed'

before=$(ticks)
write_fails EPERM "$key" '{"ticks":0}'
append_fails EPERM "$key" '{"ticks":0}'
fails_with EPERM cp /etc/hostname "$key"
fails_with EPERM sed -i 's/:/: /' "$key"
ok 'the value was not touched' test "$(ticks)" -ge "$before"
ok 'the log names the option that allows it' \
	grep -q 'unsafe' "$mnt/$(map_name timers)/.map/errors"
as_user() {
	setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
}
fails_with EPERM as_user cp /etc/hostname "$key"
ok 'and the user can read that line' \
	as_user grep -q 'unsafe' "$mnt/$(map_name timers)/.map/errors"
still_ticks 'after a write was refused'

# Whether a user holds the map decides what the program may do with its timers:
# not even an open listing or pass does.
exec 3<"$mnt/$(map_name timers)" 4<"$mnt/$(map_name timers)/.map/entries"
read -r entry <&4
is "${entry%%:*}" '0	{"ticks"' 'a pass goes on'
is "$(ls "/proc/$$/fd/3/")" 0 'a listing too'
end_helper "$workload_pid"
ok 'the map is freed under an open listing and an open pass' \
	wait_for is_freed "$(map_id timers)"
exec 3<&- 4<&-
umount_fs

start_workload
mount_fs kernel -o unsafe
echo '{"ticks":5}' >"$mnt/$(map_name timers)/0"
ok 'with -o unsafe it can be written'
is "$(cat "$mnt/$(map_name timers)/0")" '{"ticks":5}' 'and the timer stops'
exec 5>"$mnt/$(map_name timers)/.map/entries"
ok 'whole-map files can be written, too' sh -c 'printf "0\t{\"ticks\":6}\n" >&5'
is "$(cat "$mnt/$(map_name timers)/0")" '{"ticks":6}' 'and the timer stops, too'
end_helper "$workload_pid"
ok 'and an open whole-map file does not hold the map' wait_for is_freed "$(map_id timers)"
fails_with ESTALE bash -c 'printf "0\t{\"ticks\":7}\n" >&5'
exec 5>&-
