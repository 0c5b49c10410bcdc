#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# busybox cat uses sendfile, which ends at the size that the kernel has cached;
# whole-map files must be complete nevertheless, also with other readers of the same
# file.

. "${top_srcdir:-.}/tests/lib.sh"
require fuse tool:busybox

readers=
mount_fs memory
mkdir "$mnt/m"
echo 'type=hash key=u32 value={a:u64,b:u64} max_entries=100000' >"$mnt/m/.map/def"
ok 'empty' test -z "$(busybox cat "$mnt/m/.map/entries")"
seq 0 59999 | awk '{ print $1 "\t{\"a\":" $1 ",\"b\":7}" }' >written
cat written >"$mnt/m/.map/entries"
sort written >want

for file in entries keys entries.jsonl entries.bin backup; do
	cat "$mnt/m/.map/$file" >by-read
	busybox cat "$mnt/m/.map/$file" >by-splice
	ok "$file into a file" cmp by-read by-splice
	busybox cat "$mnt/m/.map/$file" | cat >by-splice
	ok "$file into a pipe" cmp by-read by-splice
	is "$(stat -c %o "$mnt/m/.map/$file")" 1048576 "$file: large pieces"
done

# All at once: each open file has a size of its own.
for i in 1 2 3 4; do
	busybox cat "$mnt/m/.map/entries" >"spliced.$i" &
	readers="$readers $!"
	cat "$mnt/m/.map/entries" >"read.$i" &
	readers="$readers $!"
	stat "$mnt/m/.map/entries" >/dev/null
	wc -c <"$mnt/m/.map/entries" >/dev/null
done
# shellcheck disable=SC2086
wait $readers
for i in 1 2 3 4; do
	sort "spliced.$i" >got
	ok "spliced beside others, $i" cmp got want
	sort "read.$i" >got
	ok "read beside others, $i" cmp got want
done
