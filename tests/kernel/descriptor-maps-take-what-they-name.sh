#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Maps whose values are descriptors to the kernel: arrays of programs, cgroups and perf
# events, devices and CPUs, sockets. What each lists, reads, accepts and deletes, and
# what it refuses, with which errno.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/kernel/lib.sh"
require fuse root bpf tool:bash tool:setpriv
handles=$top_builddir/tests/kernel/handles
mount_fs kernel -o allow_other,umask=066
chmod 711 "$scratch"
own_bpffs

# new_map TYPE KEY VALUE ENTRIES: sets dir.
new_map() {
	start_helper "$scratch/map.$1.$3" "$handles" map "$@"
	dir=$mnt/@$(id_of map)
}

# says TEXT: the last line of the map's errors has it.
says() {
	case $(tail -n 1 "$dir/.map/errors") in
	*"$1"*) pass "errors: $1" ;;
	*) fail "errors: $1, found $(tail -n 1 "$dir/.map/errors")" ;;
	esac
}

writes() {
	ok "$3" sh -c 'echo "$2" >"$1"' sh "$1" "$2"
}

as_user() {
	setpriv --reuid 65534 --clear-groups "$@"
}

listing() {
	is "$(cd "$dir" && echo *)" "$1" "$2"
}

echo 1 >one
start_helper "$scratch/programs" "$handles" programs
filter=$(id_of filter) filter2=$(id_of filter2) xdp=$(id_of xdp)
for_devmap=$(id_of devmap) for_cpumap=$(id_of cpumap)
start_helper "$scratch/sockets" "$handles" sockets
tcp=$(id_of tcp) udp=$(id_of udp) closed=$(id_of closed) xsk=$(id_of xsk)
cookie=$(awk '$1 == "tcp" { print $3 }' sockets)
udp_cookie=$(awk '$1 == "udp" { print $3 }' sockets)

note 'prog_array'
new_map 3 4 4 4
writes "$dir/1" "$filter" 'an id sets a slot'
is "$(cat "$dir/1")" "$filter" 'and reads back'
writes "$dir/1" "$filter2" 'another takes its place'
listing 1 'slots that hold a program are listed'
write_fails EINVAL "$dir/2" "$xdp"
says 'the programs of an array must have the same type'
write_fails EINVAL "$dir/2" 4000000000
says 'no program has the id 4000000000'
write_fails EINVAL "$dir/2" "$mnt/by-pin/filter"
says 'the path is in this tree'
write_fails EINVAL "$dir/2" text
write_fails EINVAL "$dir/2" /dev/null
says 'no program is pinned there'
fails_with EFBIG sh -c ': >"$1"' sh "$dir/4"
fails_with ENOENT cat "$dir/0"
fails_with ENOENT rm "$dir/0"
fails_with EEXIST dd status=none if=/dev/null conv=excl of="$dir/1"
pin=$bpffs/filter
bpftool prog pin id "$filter" "$pin"
writes "$dir/2" "$pin" 'a pinned program sets a slot'
is "$(cat "$dir/2")" "$filter" 'and reads as its id'
chmod 777 "$dir"
fails_with EACCES as_user bash -c 'echo "$2" >"$1"' bash "$dir/3" "$pin"
# The writer must be root with capabilities, too: not the root of a container that got
# the descriptor.
exec 3>"$dir/3"
fails_with EACCES setpriv --bounding-set -sys_admin bash -c 'echo "$1" >&3' bash "$filter"
exec 3>"$dir/3"
if unshare --user --map-root-user true 2>/dev/null; then
	fails_with EACCES unshare --user --map-root-user bash -c 'echo "$1" >&3' bash "$filter"
fi
exec 3>"$dir/3"
ok 'root may' sh -c 'echo "$1" >&3' sh "$filter"
exec 3>&-
rm "$dir/3"
says 'only root may do this'
fails_with EACCES as_user bash -c 'echo "$2" >"$1"' bash "$dir/3" "$filter"
says 'only root may do this'
# The same by the bytes of key and value.
bytes() {
	# shellcheck disable=SC2059
	printf "$(printf '\\%03o\\000\\000\\000\\%03o\\%03o\\000\\000' "$1" \
		$(($2 % 256)) $(($2 / 256)))"
}
bytes 3 "$filter" >entry
chmod 644 entry
fails_with EACCES as_user bash -c 'cat "$2" >"$1"' bash "$dir/.map/entries.bin" "$PWD/entry"
listing '1 2' 'entries.bin is no way around'
ok 'root may' sh -c 'cat entry >"$1"' sh "$dir/.map/entries.bin"
is "$(cat "$dir/3")" "$filter" 'set a slot by bytes'
ok 'rm' rm "$dir/2"
printf '3\t%s\n' "$filter" >"$dir/.map/entries"
is "$(cat "$dir/.map/entries")" "1	$filter2
3	$filter" 'whole-map files'
ok 'rm' rm "$dir/1" "$dir/3"
listing '*' 'nothing is left'

note 'prog_array that only a program uses'
start_helper "$scratch/orphan" "$handles" orphan
dir=$mnt/@$(id_of map)
write_fails EBUSY "$dir/0" "$filter"
says 'no process has the map open'
listing '*' 'it is still empty'
start_helper "$scratch/hold" "$top_builddir/tests/kernel/maps" hold "${dir##*@}"
writes "$dir/0" "$filter" 'while a process has it open, it takes entries'
is "$(cat "$dir/0")" "$filter" 'which stay'

note 'perf_event_array'
new_map 4 4 4 4
listing '*' 'nothing is listed'
fails_with EOPNOTSUPP cat "$dir/0"
write_fails EOPNOTSUPP "$dir/0" 1
fails_with ENOENT rm "$dir/0"
fails_with ENOENT cat "$dir/4"

note 'cgroup_array'
new_map 8 4 4 4
listing '*' 'nothing is listed'
fails_with EOPNOTSUPP cat "$dir/0"
cgroups=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
if [ -n "$cgroups" ]; then
	writes "$dir/0" "$cgroups" 'the path of a cgroup sets a slot'
	chmod 777 "$dir"
	fails_with EACCES as_user bash -c 'echo "$2" >"$1"' bash "$dir/1" "$cgroups"
	says 'only root may do this'
	listing '*' 'still nothing is listed'
	ok 'rm' rm "$dir/0"
fi
fails_with ENOENT rm "$dir/0"
write_fails EINVAL "$dir/0" /proc
says 'not a directory of a cgroup2 file system'
write_fails EINVAL "$dir/0" cgroup
fails_with ENOENT cat "$dir/4"
if [ -n "$cgroups" ]; then
	echo 1 >"$dir/.map/frozen"
	write_fails EPERM "$dir/0" "$cgroups"
	says 'the map is frozen'
fi

# devices TYPE KEY: slots of 8 bytes, 4 entries
devices() {
	new_map "$1" 4 8 4
	writes "$dir/$2" lo 'a name'
	is "$(cat "$dir/$2")" '{"ifindex":1,"ifname":"lo","prog":0}' 'index and name'
	writes "$dir/1" 1 'an index'
	writes "$dir/2" '{"ifname":"lo","prog":'"$for_devmap"'}' 'JSON'
	is "$(cat "$dir/2")" '{"ifindex":1,"ifname":"lo","prog":'"$for_devmap"'}' \
		'the program reads as its id'
	ok 'cp' cp "$dir/2" "$dir/1"
	is "$(cat "$dir/1")" "$(cat "$dir/2")" 'what is read can be written'
	ok 'merge' sh -c 'echo "{\"prog\":0}" >>"$1"' sh "$dir/1"
	is "$(cat "$dir/1")" '{"ifindex":1,"ifname":"lo","prog":0}' '>> keeps the rest'
	write_fails EINVAL "$dir/1" no-such-device
	says 'has no interface "no-such-device"'
	write_fails EINVAL "$dir/1" 0
	write_fails EINVAL "$dir/1" 4000000000
	write_fails EINVAL "$dir/1" '{"ifindex":2,"ifname":"lo"}'
	says 'ifindex is 2, but "lo" is 1'
	write_fails EINVAL "$dir/1" '{"ifname":"lo","prog":'"$xdp"'}'
	says 'BPF_XDP_DEVMAP'
	write_fails EINVAL "$dir/1" '{"ifname":"lo","prog":4000000000}'
	is "$(cat "$dir/1")" '{"ifindex":1,"ifname":"lo","prog":0}' 'nothing has changed'
	fails_with EEXIST dd status=none if=/dev/null conv=excl of="$dir/1"
	ok 'exclusive create' dd status=none if=one conv=excl of="$dir/3"
	ok 'rm' rm "$dir/3"
	fails_with ENOENT rm "$dir/3"
	fails_with ENOENT cat "$dir/3"
}

note 'devmap'
devices 14 0
listing '0 1 2' 'occupied slots are listed'
fails_with EFBIG sh -c ': >"$1"' sh "$dir/4"
touch "$dir/3"
ok 'touch of a slot leaves a line' wait_for sh -c \
	'tail -n 1 "$1/.map/errors" | grep -q " create 3: "' sh "$dir"
says 'zeros are not valid for a map of type devmap: echo VALUE > KEY'

note 'devmap_hash'
devices 25 4000000000
is "$(cd "$dir" && ls | sort | xargs)" '1 2 4000000000' 'any number is a key'
writes "$dir/5" lo 'the last place'
write_fails ENOSPC "$dir/6" lo

note 'devmap with values of 4 bytes'
new_map 14 4 4 4
writes "$dir/0" lo 'a name'
is "$(cat "$dir/0")" '{"ifindex":1,"ifname":"lo","prog":0}' 'reads alike'
write_fails EINVAL "$dir/0" '{"ifname":"lo","prog":'"$for_devmap"'}'
says 'entries of this map have no program'

note 'cpumap'
new_map 16 4 8 8
writes "$dir/0" 192 'a queue length'
is "$(cat "$dir/0")" '{"qsize":192,"prog":0}' 'reads back'
writes "$dir/0" '{"qsize":64,"prog":'"$for_cpumap"'}' 'JSON'
is "$(cat "$dir/.map/entries")" '0	{"qsize":64,"prog":'"$for_cpumap"'}' 'whole-map files'
write_fails EINVAL "$dir/0" 0
write_fails ERANGE "$dir/0" 16385
write_fails EINVAL "$dir/0" '{"qsize":64,"prog":'"$for_devmap"'}'
says 'BPF_XDP_CPUMAP'
listing 0 'occupied slots are listed'
ok 'rm' rm "$dir/0"
fails_with ENOENT rm "$dir/0"
fails_with EFBIG sh -c ': >"$1"' sh "$dir/8"

note 'sockmap'
new_map 15 4 8 4
writes "$dir/1" "$tcp" 'a listening socket'
is "$(cat "$dir/1")" "$cookie" 'reads as its cookie'
listing 1 'occupied slots are listed'
write_fails EINVAL "$dir/2" "$closed"
says 'or does not fit: a sockmap takes'
write_fails EINVAL "$dir/2" "${tcp%:*}:99"
says "process ${tcp%:*} has no descriptor 99"
write_fails EINVAL "$dir/2" "${tcp%:*}:0"
write_fails EINVAL "$dir/2" 4000000:0
# shellcheck disable=SC2016
fails_with EINVAL timeout "$DEADLINE" bash -c 'echo $$:1 >"$1"' bash "$dir/2"
says 'is not a socket'
write_fails EINVAL "$dir/2" "$cookie"
says 'expected PID:FD'
fails_with EEXIST dd status=none if=/dev/null conv=excl of="$dir/1"
fails_with ENOENT rm "$dir/2"
ok 'rm' rm "$dir/1"
listing '*' 'nothing is left'
fails_with EFBIG sh -c ': >"$1"' sh "$dir/4"
chmod 777 "$dir"
fails_with EACCES as_user bash -c 'echo "$2" >"$1"' bash "$dir/1" "$tcp"
says 'only root may do this'
# shellcheck disable=SC2016
fails_with EACCES as_user bash -c 'exec 3<>/dev/udp/127.0.0.1/9 && echo $$:3 >"$1"' \
	bash "$dir/2"
says 'only root may do this'
listing '*' 'nothing is put in'

note 'sockmap with values of 4 bytes'
new_map 15 4 4 4
writes "$dir/1" "$tcp" 'a socket'
listing '*' 'what cannot be read is not listed'
fails_with EOPNOTSUPP cat "$dir/1"
ok 'rm' rm "$dir/1"
fails_with ENOENT rm "$dir/1"

note 'sockhash'
new_map 18 4 8 1
writes "$dir/@01020304" "$tcp" 'a socket'
is "$(cat "$dir"/*)" "$cookie" 'reads as its cookie'
write_fails ENOSPC "$dir/@00000000" "$udp"
ok 'rm' rm "$dir/@01020304"
fails_with ENOENT rm "$dir/@01020304"
new_map 18 4 4 2
writes "$dir/@01020304" "$tcp" 'a socket, values of 4 bytes'
is "$(cat "$dir/@01020304")" '' 'is there, and empty'
fails_with ENOENT cat "$dir/@00000000"
listing @01020304 'and is listed'
is "$(cat "$dir/.map/count" "$dir/.map/keys" "$dir/.map/entries" | tr '\n\t' '  ')" \
	'1 @01020304 @01020304 "" ' 'and counted'
echo yes >"$dir/.map/clear"
is "$(cat "$dir/.map/count")" 0 'and cleared'
writes "$dir/@01020304" "$tcp" 'and written again'
ok 'rm' rm "$dir/@01020304"

note 'reuseport_sockarray'
new_map 20 4 8 4
writes "$dir/0" "$udp" 'a socket with SO_REUSEPORT'
is "$(cat "$dir/0")" "$udp_cookie" 'reads as its cookie'
write_fails EBUSY "$dir/1" "$udp"
write_fails EINVAL "$dir/1" "$closed"
listing 0 'occupied slots are listed'
ok 'rm' rm "$dir/0"
fails_with ENOENT rm "$dir/0"

note 'xskmap'
new_map 17 4 4 4
[ -z "$xsk" ] || writes "$dir/0" "$xsk" 'an AF_XDP socket'
write_fails EINVAL "$dir/1" "$tcp"
listing '*' 'nothing is listed'
fails_with EOPNOTSUPP cat "$dir/0"
ok 'rm' rm "$dir/0"
fails_with ENOENT cat "$dir/4"

ok 'nothing said "Unknown error"' test -z "$(grep -h 'Unknown error' "$mnt"/@*/.map/errors)"

note 'definitions, also of storages'
mkdir "$mnt/clone_$$" || fail 'mkdir'
for map in 'map 14 4 8 4' 'map 25 4 4 4' 'map 16 4 8 2' 'map 18 4 4 4' 'map 3 4 4 4' \
	'map 8 4 4 4' 'map 20 4 8 4' 'storage 29' 'storage 32' 'storage 24'; do
	# shellcheck disable=SC2086
	start_helper "$scratch/original" "$handles" $map
	has_map map || continue
	def=$(cat "$mnt/@$(id_of map)/.map/def")
	writes "$mnt/clone_$$/.map/def" "$def" "$def"
	is "$(cat "$mnt/clone_$$/.map/def")" "$def" 'makes such a map'
done
echo 'type=devmap_hash value={index:u32,prog:u32} max_entries=4' >"$mnt/clone_$$/.map/def"
echo lo >"$mnt/clone_$$/3"
cat "$mnt/clone_$$/.map/backup" >"$scratch/backup"
rm "$mnt/clone_$$/3"
ok 'a backup, whatever the definition calls the values' \
	cp "$scratch/backup" "$mnt/clone_$$/.map/backup"
is "$(cat "$mnt/clone_$$/3")" '{"ifindex":1,"ifname":"lo","prog":0}' 'is restored'
rm "$mnt/clone_$$/3"
ok 'rmdir' rmdir "$mnt/clone_$$"
