#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Only users who may enter a map's directory can create a link to the map, however its
# path is written, and a refusal does not reveal the directory's content.

. "${top_srcdir:-.}/tests/lib.sh"
require fuse root tool:setpriv tool:bash
mount_fs "${TEST_STORE-memory}" -o allow_other,umask=022
[ "$fs_dir" = "$scratch" ] || chmod 755 "$scratch" "$fs_dir" 2>/dev/null
p=c$$_
cd "$mnt" || exit 1
test_cleanup() {
	cd "$mnt" 2>/dev/null || return
	rm -f "${p}o"/* "${p}s"/* 2>/dev/null
	rmdir "${p}o" "${p}s" "${p}open" "${p}closed" 2>/dev/null
	cd /
}
for m in open closed; do
	mkdir "$p$m"
	echo 'type=hash key=u32 value=u32 max_entries=2' >"$p$m/.map/def"
done
for m in o s; do
	mkdir "$p$m"
	echo "type=hash_of_maps key=u32 max_entries=4 inner=${p}open" >"$p$m/.map/def"
done
chmod 777 "${p}o"
ln -s "../${p}open" "${p}s/5"
chmod 700 "${p}closed" "${p}s"

as_user() {
	setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
}

ok 'an open map is linked' as_user ln -s "../${p}open" "${p}o/1"
fails_with EACCES as_user ln -s "../${p}closed" "${p}o/2"
fails_with EACCES as_user ln -s "../@$(cat "${p}closed/.map/id")" "${p}o/2"
fails_with EACCES as_user ln -s "../by-id/$(cat "${p}closed/.map/id")" "${p}o/2"
fails_with EACCES as_user ln -s "../${p}s/5" "${p}o/2"
fails_with EACCES as_user ln -s "../${p}s/6" "${p}o/2"
fails_with EACCES as_user bash -c "printf '2\t\"${p}closed\"\n' >${p}o/.map/entries"
python3 -c 'import struct, sys
sys.stdout.buffer.write(struct.pack("=II", 2, int(sys.argv[1])))' \
	"$(cat "${p}closed/.map/id")" >"$scratch/entry"
chmod 644 "$scratch/entry"
fails_with EACCES as_user bash -c "cat '$scratch/entry' >${p}o/.map/entries.bin"
is "$(ls "${p}o")" 1 'nothing was linked'
chgrp 65534 "${p}closed"
chmod 710 "${p}closed"
ok 'a group that may enter may link' wait_for as_user ln -s "../${p}closed" "${p}o/3"
ok 'root may link anything' ln -s "../${p}s/5" "${p}o/4"
