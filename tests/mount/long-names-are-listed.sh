#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Names are listed up to the length that the kernel accepts, which statfs reports: 1,024
# or 4,095 bytes. Longer names are listed in the raw form if that fits, otherwise not at
# all, and never make the listing fail.

. "${top_srcdir:-.}/tests/lib.sh"
require fuse
mount_fs memory
name_max() {
	stat -f -c %l "$mnt"
}
is_known() {
	[ "$(name_max)" = 4095 ]
}
# A kernel that takes no more says so itself; else the daemon finds out in a moment.
if LC_ALL=C stat "$mnt/$(printf %01200d 0)" 2>&1 | grep -q 'too long'; then
	max=1024
	is "$(name_max)" 1024 'statfs reports what the kernel takes'
else
	max=4095
	ok 'statfs reports what the kernel takes' wait_for is_known
fi
note "names of $max bytes"
mkdir "$mnt/m"
echo 'type=hash key=bytes[2100] value=u32 max_entries=4' >"$mnt/m/.map/def"
hex() { # hex DIGITS: a key with this many digits, the rest zeros
	printf "%0$1d"'\t5\n' 0
}
hex 4200 >"$mnt/m/.map/entries"
is "$(ls "$mnt/m" | wc -l)" 0 'a name of 4,200 bytes is not listed'
is "$(wc -l <"$mnt/m/.map/keys")" 1 'but is in .map/keys'
mkdir "$mnt/n"
echo 'type=hash key=bytes[600] value=u32 max_entries=4' >"$mnt/n/.map/def"
hex 1200 >"$mnt/n/.map/entries"
name=$(printf %01200d 0)
if [ "$max" -gt 1200 ]; then
	is "$(ls "$mnt/n")" "$name" 'a name of 1,200 bytes is listed'
	is "$(cat "$mnt/n/$name")" 5 '  and read'
	ok '  and removed' rm "$mnt/n/$name"
else
	is "$(ls "$mnt/n" | wc -l)" 0 'a name of 1,200 bytes is not listed'
fi
