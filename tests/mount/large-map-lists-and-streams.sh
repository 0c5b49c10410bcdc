#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A hundred thousand entries: every key once in ls, find and .map/entries, while
# the daemon's memory stays bounded.

. "${top_srcdir:-.}/tests/lib.sh"
require fuse
n=100000
mount_fs memory -o "def=type=array value=u64 max_entries=$n"
cd "$mnt" || exit 1
mkdir a

is "$(ls -f a | wc -l)" $((n + 2)) 'ls -f'
is "$(ls a | sort -n | uniq | wc -l)" $n 'ls shows every index once'
is "$(find a -type f | wc -l)" $n 'find'
is "$(wc -l <a/.map/entries)" $n 'entries'
is "$(cut -f 1 a/.map/entries | sort -n | uniq | tail -n 1)" $((n - 1)) 'entries to the last'
is "$(wc -l <a/.map/keys)" $n 'keys'
is "$(cat a/.map/count)" $n 'count'
is "$(head -n 3 a/.map/entries | tr '\t\n' '= ')" '0=0 1=0 2=0 ' 'head of entries ends early'
is "$(tail -n 1 a/.map/entries)" "$(printf '%s\t0' $((n - 1)))" 'tail of entries'
dd if=a/.map/entries bs=10007 2>/dev/null | cksum >"$scratch/one"
dd if=a/.map/entries bs=1M 2>/dev/null | cksum >"$scratch/two"
ok 'entries in pieces of any size' cmp "$scratch/one" "$scratch/two"
is "$(cat a/99999)" 0 'the last one is read'
echo 5 >a/99999
is "$(cat a/99999)" 5 'and written'
is "$(tail -n 1 a/.map/entries)" "$(printf '%s\t5' $((n - 1)))" 'and seen in entries'

# A hash with many: room for 4,000, all of it used
mkdir h
echo 'type=hash key=u32 value=u32 max_entries=4000' >h/.map/def
for i in $(seq 4000); do
	echo "$i" >"h/$i"
done
is "$(ls h | sort -n | uniq | wc -l)" 4000 'ls of a full hash'
is "$(find h -type f -size 5c | wc -l)" 3001 'find -size'
is "$(sort -n h/.map/entries | awk '$1 == $2' | wc -l)" 4000 'entries of a full hash'
is "$(cat h/* | sort -n | uniq | wc -l)" 4000 'cat of all'
rm -r h
ok 'rm -r of a full hash' test ! -e h
cd "$scratch" || exit 1
