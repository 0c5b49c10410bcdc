#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Looking at a map does not keep it alive: neither ls, nor cat, an open key or a shell
# in the directory. Afterwards open files fail with ESTALE, names with ENOENT.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/kernel/lib.sh"
require fuse root bpf tool:bash
mount_fs kernel

# A map that its creator alone holds.
new_map() {
	start_helper "$scratch/churn" "$top_builddir/tests/kernel/maps" churn hash
	id=$(id_of hash)
	dir=$mnt/@$id
}

# gone WHAT: its creator ends; so does the map, whatever else is open.
gone() {
	end_helper "$helper_pid"
	ok "freed: $1" wait_for is_freed "$id"
}

new_map
ls -l "$dir" >/dev/null 2>&1 # its keys come and go
cat "$dir/@00000000" "$dir/.map/info" "$dir/.map/btf" >/dev/null
head -n 1 "$dir/.map/entries" >/dev/null
gone 'after ls and cat'
fails_with ENOENT stat "$dir"
fails_with ENOENT cat "$dir/@00000000"

new_map
exec 3<"$dir/@00000000" 4<>"$dir/@01000000" 5<"$dir/.map/count"
read -r value <&3
gone 'with key files open'
is "$value" '@0000000000000000' 'a value was read'
fails_with ESTALE bash -c 'echo @0000000000000000 >&4'
fails_with ESTALE python3 -c 'import os; os.pread(3, 100, 0)'
exec 3<&- 4<&- 5<&-

new_map
cd "$dir" || die 'cd'
gone 'with a shell inside'
fails_with ENOENT ls
fails_with ENOENT cat @00000000
fails_with ENOENT cat .map/id
ok 'cd .. works' cd ..
is "$(pwd -P)" "$mnt" 'and leads to the root'
cd "$scratch" || die 'cd'

# A listing is one pass and may hold the map; it lets go when it is closed.
new_map
bash -c 'exec 3<"$1"; kill -TERM "$2"; sleep 0.1' bash "$dir" "$helper_pid"
wait "$helper_pid"
helpers=
ok 'freed: after an open directory was closed' wait_for is_freed "$id"
