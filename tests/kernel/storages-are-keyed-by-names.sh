#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Values stored with tasks, cgroups, inodes and sockets: what is listed, read,
# written and deleted by thread id, cgroup path and PID:FD, and what is not.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/kernel/lib.sh"
require fuse root bpf tool:bash tool:python3 tool:setpriv
handles=$top_builddir/tests/kernel/handles
mount_fs kernel -o allow_other,umask=066
chmod 711 "$scratch"

cgroups=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
cgroup=bpfmapfs_test_$$

# new_storage TYPE: of a number of 8 bytes; sets dir. False: there is no such type.
new_storage() {
	start_helper "$scratch/storage.$1" "$handles" storage "$1"
	has_map map || return 1
	dir=$mnt/@$(id_of map)
}

writes() {
	ok "$3" sh -c 'echo "$2" >"$1"' sh "$1" "$2"
}

listing() {
	is "$(cd "$dir" && echo *)" "$1" "$2"
}

start_helper "$scratch/threads" "$handles" threads
pid=$(id_of process) tid=$(id_of thread)

# Can every thread be named, or only the first of a process (before Linux 6.9)?
names_threads() {
	python3 -c 'import os, sys; os.pidfd_open(int(sys.argv[1]), os.O_EXCL)' "$tid" 2>/dev/null
}

note 'task_storage'
new_storage 29
listing '*' 'empty'
if ! names_threads; then
	note 'this kernel names only the first thread of a process'
	fails_with ENOENT cat "$dir/$tid"
	write_fails EOPNOTSUPP "$dir/$tid" 7
	is "$(tail -n 1 "$dir/.map/errors" | grep -c 'only the first thread')" 1 'errors say why'
	fails_with ENOENT cat "$dir/$tid"
	start_helper "$scratch/other" "$handles" threads
	tid=$(id_of process)
	other=$helper_pid
fi
writes "$dir/$tid" 7 'a thread'
writes "$dir/$pid" -8 'the first one of its process'
is "$(cat "$dir/$tid" "$dir/$pid")" "7
-8" 'read'
is "$(cd "$dir" && ls | sort -n | xargs)" "$(printf '%s\n' "$pid" "$tid" | sort -n | xargs)" \
	'threads that have one are listed'
is "$(sort "$dir/.map/entries")" "$(printf '%s\t-8\n%s\t7\n' "$pid" "$tid" | sort)" \
	'whole-map files'
is "$(cat "$dir/.map/count")" 2 'count'
fails_with EEXIST dd status=none if=/dev/null conv=excl of="$dir/$tid"
write_fails EINVAL "$dir/$tid" text
fails_with ENOENT cat "$dir/1"
fails_with ENOENT rm "$dir/1"
fails_with ENOENT cat "$dir/4000000000"
write_fails ENOENT "$dir/4000000000" 1
is "$(tail -n 1 "$dir/.map/errors" | grep -c 'no such thread or cgroup')" 1 'errors say why'
write_fails ENOENT "$dir/0" 1
touch "$dir/4000000001"
ok 'a touched key that cannot be made leaves a line, too' \
	wait_for grep -q 'create 4000000001: no such thread or cgroup' "$dir/.map/errors"
fails_with EINVAL sh -c ': >"$1"' sh "$dir/first"
ok 'rm' rm "$dir/$pid"
fails_with ENOENT cat "$dir/$pid"
end_helper "$pid"
[ -z "${other-}" ] || end_helper "$other"
listing '*' 'a thread takes its value along'

note 'task_storage and cgrp_storage that a program fills'
if [ -e "$top_builddir/tests/bpf/storage.bpf.o" ]; then
	start_helper "$scratch/filled" "$top_builddir/tests/bpf/attach" \
		"$top_builddir/tests/bpf/storage.bpf.o" "$(printf '%06d' $(($$ % 1000000)))"
	filler=$helper_pid
	dir=$mnt/@$(id_of of_tasks)
	ok 'the program counts calls of its process' \
		wait_for grep -q "\"tgid\":$filler," "$dir/$filler"
	ok 'its thread is listed' sh -c 'ls -f "$1" | grep -qx "$2"' sh "$dir" "$filler"
	before=$(sed 's/.*"count":\([0-9]*\).*/\1/' "$dir/$filler")
	counts_on() {
		[ "$(sed 's/.*"count":\([0-9]*\).*/\1/' "$dir/$filler")" -gt "$before" ]
	}
	ok 'reading shows the present value' wait_for counts_on
	ok 'a member is written' sh -c 'echo "{\"mark\":5}" >>"$1"' sh "$dir/$filler"
	is "$(sed 's/.*"mark"/"mark"/' "$dir/$filler")" '"mark":5}' 'and stays'
	if ! grep -q ' cgroup2 ' /proc/self/mounts; then
		note 'no cgroup2 file system is mounted: cgroups have no names here'
	elif has_map of_cgroups; then
		is "$(ls -f "$mnt/@$(id_of of_cgroups)" | grep -cx '%2F')" 1 \
			'the first cgroup is listed as %2F'
	fi
else
	note 'tests/bpf/storage.bpf.o is not built: no clang for BPF'
fi

remove_cgroup() {
	rmdir "$cgroups/$cgroup/in" "$cgroups/$cgroup" 2>/dev/null
	[ ! -e "$cgroups/$cgroup" ]
}

if [ -n "$cgroups" ] && mkdir -p "$cgroups/$cgroup/in"; then
	note 'cgrp_storage'
	if new_storage 32; then
		listing '*' 'empty'
		writes "$dir/$cgroup%2Fin" 5 'a cgroup by its path'
		writes "$dir/%2F" 6 'the first one'
		is "$(cd "$dir" && ls | sort | xargs)" "%2F $cgroup%2Fin" \
			'cgroups that have one are listed'
		is "$(cat "$dir/%2F$cgroup%2Fin")" 5 'a leading slash is understood'
		fails_with ENOENT cat "$dir/$cgroup"
		fails_with ENOENT rm "$dir/$cgroup"
		fails_with ENOENT cat "$dir/..%2F$cgroup"
		fails_with EINVAL sh -c ': >"$1"' sh "$dir/no-such-cgroup"
		ok 'rm' rm "$dir/%2F"
		is "$(cat "$dir/.map/entries")" "$cgroup%2Fin	5" 'whole-map files'
		rmdir "$cgroups/$cgroup/in"
		listing '*' 'a cgroup takes its value along'
	fi

	note 'deprecated cgroup storages'
	start_helper "$scratch/attached" "$handles" attached "$cgroups/$cgroup"
	attached=$helper_pid
	for type in 19 21; do
		dir=$mnt/@$(id_of $type)
		id=$(stat -c %i "$cgroups/$cgroup")
		key=$(cd "$dir" && echo @*)
		is "$(printf %.17s "$key")" "@$(printf %016x "$id" | sed 's/../& /g' |
			tr ' ' '\n' | tac | tr -d '\n')" 'the key is the id of the cgroup'
		writes "$dir/$key" '"@0700000000000000"' 'what is there is written'
		is "$(head -n 1 "$dir/$key" | tr -d '"')" @0700000000000000 'and reads back'
		fails_with EPERM rm "$dir/$key"
		other=@01$(printf %s "$key" | cut -c4-)
		fails_with ENOENT cat "$dir/$other"
		write_fails ENOENT "$dir/$other" '"@0700000000000000"'
	done
	is "$(wc -l <"$dir/$key")" "$(nproc --all)" 'one line per CPU'
	end_helper "$attached"
	ok 'the cgroup goes' wait_for remove_cgroup
fi

note 'inode_storage'
new_storage 28
echo text >file
exec 5<file
listing '*' 'nothing is listed'
fails_with ENOENT cat "$dir/$$:5"
writes "$dir/$$:5" 9 'a descriptor of a process'
is "$(cat "$dir/$$:5")" 9 'read'
exec 6<file
is "$(cat "$dir/$$:6")" 9 'the inode has the value, not the descriptor'
listing '*' 'nothing is listed'
fails_with ENOENT cat "$dir/$$:99"
fails_with ENOENT cat "$dir/4000000:0"
# shellcheck disable=SC2016
fails_with EINVAL timeout "$DEADLINE" bash -c 'echo 9 >"$1/$$:1"' bash "$dir"
is "$(grep -c 'is a file of this tree' "$dir/.map/errors")" 1 'errors say why'
fails_with EINVAL sh -c ': >"$1"' sh "$dir/file"
chmod 777 "$dir"
as_user() {
	setpriv --reuid 65534 --clear-groups "$@"
}
fails_with EACCES as_user cat "$dir/$$:5"
# shellcheck disable=SC2016
fails_with EACCES as_user bash -c 'exec 5</ && echo 3 >"$1/$$:5"' bash "$dir"
# shellcheck disable=SC2016
fails_with EACCES as_user bash -c 'exec 5</ && stat "$1/$$:5"' bash "$dir"
# uid 0 alone is not root.
fails_with EACCES setpriv --bounding-set -sys_admin bash -c 'echo 3 >"$1"' bash "$dir/$$:6"
ok 'rm' rm "$dir/$$:5"
fails_with ENOENT rm "$dir/$$:5"
exec 5<&- 6<&-

note 'sk_storage'
new_storage 24
start_helper "$scratch/sockets" "$handles" sockets
tcp=$(id_of tcp)
writes "$dir/$tcp" 11 'a socket'
is "$(cat "$dir/$tcp")" 11 'read'
listing '*' 'nothing is listed'
write_fails EINVAL "$dir/${tcp%:*}:0" 1
is "$(tail -n 1 "$dir/.map/errors" | grep -c 'is not a socket')" 1 'errors say why'
ok 'rm' rm "$dir/$tcp"
fails_with ENOENT cat "$dir/$tcp"

ok 'nothing said "Unknown error"' test -z "$(grep -h 'Unknown error' "$mnt"/@*/.map/errors)"
[ -z "$cgroups" ] || remove_cgroup
