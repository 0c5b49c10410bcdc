#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# by-name/NAME is the highest id of that name that a program uses or a pin holds.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/kernel/lib.sh"
require fuse root bpf tool:jq
own_bpffs
start_workload
pause_workload
mount_fs kernel -o "bpffs=$bpffs"

m=$(map_name locked)
id=$(map_id locked)
is "$(readlink "$mnt/by-name/$m")" "../$m" 'a map that a program uses'
is "$(cat "$mnt/by-name/$m/.map/id")" "$id" 'by-name leads to it'

# A map that only a process holds: this daemon.
unused=$(unique free)
mkdir "$mnt/$unused"
fails_with ENOENT stat "$mnt/by-name/$unused"
ls "$mnt/by-name" >list
ok 'the map of the program is listed' grep -qx "$m" list
ok 'a map that nothing uses is not listed' sh -c "! grep -qx '$unused' list"
bpftool map pin id "$(cat "$mnt/$unused/.map/id")" "$bpffs/held"
is "$(readlink "$mnt/by-name/$unused")" "../$unused" 'a map that nothing uses resolves when it is pinned'
ok 'a pinned map is listed' sh -c "ls '$mnt/by-name' | grep -qx '$unused'"
rm "$bpffs/held"
unheld() {
	! stat "$mnt/by-name/$unused" >/dev/null 2>&1
}
ok 'without its pin it is not in by-name' wait_for unheld
rmdir "$mnt/$unused"

# Another map of the program's name: pinned, it has the higher id.
second=$(pinned_map second "$m")
is "$(readlink "$mnt/by-name/$m")" "../$m@$second" 'of two maps in use, by-name leads to the one with the higher id'
mv "$bpffs/second" "$bpffs/moved"
is "$(readlink "$mnt/by-name/$m")" "../$m@$second" 'the directory of the pin does not matter'
is "$(ls "$mnt/by-name" | grep -cx "$m")" 1 'the name is listed once'
rm "$bpffs/moved"
ok 'the second map ends' wait_for is_freed "$second"
is "$(readlink "$mnt/by-name/$m")" "../$m" 'by-name leads to the first map again'

dotted=.$(unique d)
id=$(pinned_map dotted "$dotted")
is "$(cat "$mnt/by-name/%2E${dotted#.}/.map/id")" "$id" 'a leading dot is %2E'
fails_with ENOENT stat "$mnt/by-name/$m@$id"
fails_with EPERM rm "$mnt/by-name/$m"
fails_with EPERM ln -s "../$m" "$mnt/by-name/new"

end_helper "$workload_pid"
gone() {
	! readlink "$mnt/by-name/$m" >/dev/null 2>&1
}
ok 'the link goes with the program' wait_for gone
