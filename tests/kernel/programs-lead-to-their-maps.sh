#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# by-prog has a directory for each program with links to its maps, and .map lists the
# programs and processes that use a map.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/kernel/lib.sh"
require fuse root bpf tool:jq
start_workload
pause_workload
mount_fs kernel

m=$(map_name locked)
id=$(map_id locked)
bpftool -j prog list | jq -r ".[] | select(.map_ids // [] | index($id)) | .id" | sort >want
cut -f 1 "$mnt/$m/.map/progs" | sort >got
ok 'some program uses it' test -s want
same want got '.map/progs has the programs that bpftool lists'
ok '.map/pids has the loader' grep -q "^$workload_pid workload\$" "$mnt/$m/.map/pids"

while read -r prog name rest; do
	dir=$mnt/by-prog/$name@$prog
	ok "$name@$prog is listed" test -d "$dir"
	is "$(readlink "$dir/$m")" "../../$m" 'it has a link to the map'
	is "$(cat "$dir/$m/.map/id")" "$id" 'which leads there'
	bpftool -j prog show id "$prog" | jq '.map_ids[]' | sort >want
	cat "$dir"/*/.map/id "$dir"/.[!.]*/.map/id 2>/dev/null | sort >got
	same want got 'it has all its maps, and no other'
	fails_with ENOENT stat "$dir/no_such_map"
	fails_with ENOENT stat "$mnt/by-prog/@$prog"
	fails_with EPERM mkdir "$dir/new"
	fails_with EPERM rm "$dir/$m"
done <"$mnt/$m/.map/progs"
dir=$mnt/by-prog/$(ls "$mnt/by-prog" | grep '^turn_locked@' | tail -n 1)

# The kernel cuts names at 15 bytes; the whole ones are in the BTF, and bpftool's.
hash=$(map_id hash)
bpftool -j prog list | jq -r ".[] | select(.map_ids // [] | index($hash)) |
	\"\\(.id) \\(.name)\"" | sort >want
cut -f -2 "$mnt/$(map_name hash)/.map/progs" | tr '\t' ' ' | sort >got
same want got 'names are whole'
read -r prog name <got
is "$name" count_system_calls_of_target 'also one of more than 15 bytes'
is "$(cat "$mnt/by-prog/$name@$prog/$(map_name hash)/.map/id")" "$hash" 'in by-prog, too'
ok 'which lists it' test -n "$(find "$mnt/by-prog" -maxdepth 1 -name "$name@$prog")"
fails_with ENOENT stat "$mnt/by-prog/count_system_ca@$prog"

end_helper "$workload_pid"
gone() {
	! stat "$mnt/$m" >/dev/null 2>&1
}
ok 'they go with the program' wait_for gone
