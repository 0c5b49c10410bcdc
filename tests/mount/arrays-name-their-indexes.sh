#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# key= in the definition of an array: names of its indexes. The kernel knows integers
# only, so it is the key= of a view.

. "${top_srcdir:-.}/tests/lib.sh"
require fuse tool:bash
mount_fs "${TEST_STORE:-memory}"
a=$mnt/$(unique na)
b=$mnt/$(unique nb)
mkdir "$a"

defined() {
	echo "$1" >"$a/.map/def" || fail "$1"
	is "$(cat "$a/.map/def")" "$1" 'the definition'
	is "$(cd "$a" && echo *)" "$2" '  names'
}
defined 'type=array key=enum {OFF,ON} value=u32 max_entries=2' 'OFF ON'
defined 'type=array key=s32 value=u32 max_entries=2' '0 1'
defined 'type=percpu_array key={a:u8,b:u8,c:u16} value=u32 max_entries=2' \
	'a=0,b=0,c=0 a=1,b=0,c=0'
defined 'type=array key=ipv4 value=u64 max_entries=2' '0.0.0.0 1.0.0.0'
echo 'type=array key=enum{OFF,ON=2}' >"$a/.map/def"
echo max_entries=3 >"$a/.map/def"
is "$(cat "$a/.map/def")" 'type=array key=enum{OFF,ON=2} value=u64 max_entries=3' \
	'a line without key= leaves it'
write_fails EINVAL "$a/.map/def" key=u64
write_fails EFBIG "$a/3" 1
echo 5 >"$a/ON"
echo 7 >"$a/1"
is "$(cat "$a/.map/entries" | tr '\t\n' '= ')" 'OFF=0 1=7 ON=5 ' 'entries'

mkdir "$b"
ok 'the definition makes such an array' cp "$a/.map/def" "$b/.map/def"
ok 'which takes the entries' cp "$a/.map/entries" "$b/.map/entries"
is "$(cat "$b/ON")" 5 'by the same names'
cat "$a/.map/backup" >"$scratch/backup"
echo 0 >"$a/ON"
ok 'a backup' cp "$scratch/backup" "$a/.map/backup"
is "$(cat "$a/ON")" 5 'is restored'

rmdir "$b"
mkdir "$b"
echo 'type=array key=s32 value=enum{NO,YES} max_entries=2' >"$b/.map/def"
echo YES >"$b/1"
cat "$b/.map/backup" >"$scratch/backup"
rmdir "$b"
mkdir "$b"
sed -n 's/^# def //p' "$scratch/backup" >"$b/.map/def"
ok 'a backup and its definition, with enumerators' cp "$scratch/backup" "$b/.map/backup"
is "$(cat "$b/1")" YES 'make the map again'

echo key=ipv4 >"$a/.map/def"
is "$(cat "$a/2.0.0.0")" 5 'another view'
echo >"$a/.map/def"
is "$(cat "$a/2")" 5 'or none'
is "$(cat "$a/.map/def")" 'type=array key=u32 value=u64 max_entries=3' 'as the definition says'
rmdir "$a" "$b"
