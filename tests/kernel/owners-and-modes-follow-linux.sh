#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# chmod, chown and chgrp of directories, on maps of the kernel that a program of another
# user could have created.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/kernel/lib.sh"
require fuse bpf root tool:setpriv tool:bash tool:jq
. "$top_srcdir/tests/permissions.sh"
p=$(unique p)
own_bpffs

chmod 755 "$scratch"
other=$(unique m)
id=$(pinned_map pin "$other")
mount_fs kernel -o "allow_other,bpffs=$bpffs"
cd "$mnt" || exit 1
echo 'key=u32 value=u64' >"$scratch/def"
mkdir "${p}t"
cat "$scratch/def" >"${p}t/.map/def"
echo 11 >"${p}t/1"
bpftool map pin id "$(cat "${p}t/.map/id")" "$bpffs/typed"
try_one_map_for_one_group "${p}t"
try_owner_of_map "${p}t"
try_directories_of_tree "${p}t"
try_definition_keeps_owner

note 'a map that was not made through the tree'
has '700 0 0' '%a %u %g' "$other"
chmod 711 .
chgrp $group "$other"
chmod 770 "$other"
as_member bash -c "echo @0200000000000000 >$other/@01000000"
is "$(bpftool -j map dump pinned "$bpffs/pin" | jq -c '.[0].value[0]')" '"0x02"' 'the member writes to it'
fails_with EACCES as_nobody cat "$other/@01000000"
rm "$bpffs/pin"
ok 'it ends' wait_for is_freed "$id"
pinned_map pin "$other" >/dev/null
has '700 0 0' '%a %u %g' "$other"

note 'by-pin with -o pins=rw is the mirrored directory'
cd "$scratch" || exit 1
umount_fs
mount_fs kernel -o "allow_other,pins=rw,bpffs=$bpffs"
chmod 751 "$mnt/by-pin"
is "$(stat -c %a "$bpffs")" 751 'chmod acts there'
rm "$bpffs/typed" "$bpffs/pin"
