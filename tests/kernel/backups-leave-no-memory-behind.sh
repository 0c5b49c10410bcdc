#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Writing a backup takes memory for its keys. That memory is freed afterwards, whichever
# thread allocated it.

. "${top_srcdir:-.}/tests/lib.sh"
require fuse root bpf
mount_fs kernel
if grep -Eq 'lib[a-z]*san' "/proc/$fs_pid/maps"; then
	skip 'sanitizers keep what was freed'
fi

entries=400000
map=$mnt/$(unique backup)
mkdir "$map" || die 'no map'
echo "type=hash key=u32 value=u32 max_entries=$entries" >"$map/.map/def"
awk -v n=$entries 'BEGIN { for (i = 0; i < n; i++) print i "\t1" }' >"$map/.map/entries"
is "$(cat "$map/.map/count")" $entries 'the map is full'
cat "$map/.map/backup" >backup

anonymous() {
	awk '/^RssAnon/ { print $2 }' "/proc/$fs_pid/status"
}

# The first ones fill buffers that stay.
for n in 1 2; do
	cat backup >"$map/.map/backup" || fail "backup $n"
done
before=$(anonymous)
for n in 3 4 5 6 7; do
	cat backup >"$map/.map/backup" || fail "backup $n"
done

# RELEASE comes after close(2) is done.
is_small() {
	test $(($(anonymous) - before)) -lt 12288
}
note "$before KiB after two, $(anonymous) after seven"
wait_for is_small
ok 'no more memory after seven backups than after two' is_small
echo yes >"$map/.map/clear"
rmdir "$map"
