#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# All spellings of a prefix are one file, which is listed with the host bits that the
# trie has stored; a write by another spelling keeps them.

. "${top_srcdir:-.}/tests/lib.sh"
require fuse tool:bash
mount_fs "${TEST_STORE:-memory}"
m=$mnt/$(unique p)
mkdir "$m"
echo 'type=lpm_trie key=prefix(ipv4) value={a:u32,b:u32} max_entries=10000' >"$m/.map/def"
cd "$m" || exit 1

ino() { stat -c %i "$1"; }

echo '{"a":1,"b":2}' >10.1.2.3_8
is "$(ls)" 10.1.2.3_8 'a new prefix is stored as it was spelled'
is "$(ino 10.0.0.0_8)" "$(ino 10.1.2.3_8)" 'both spellings are one inode'
is "$(ls -i | awk '{ print $1 }')" "$(ino 10.9.9.9_8)" 'which the listing has, too'
is "$(ls -i .map/raw | awk '{ print $1 }')" "$(stat -c %i .map/raw/10.9.9.9_8)" 'also in .map/raw'
ok 'another length is another file' test ! -e 10.1.2.3_9

echo '{"a":5,"b":6}' >10.0.0.0_8
is "$(ls) $(cat 10.1.2.3_8)" '10.1.2.3_8 {"a":5,"b":6}' '> by another spelling keeps the name'
echo '{"b":7}' >>10.255.255.255_8
is "$(ls) $(cat 10.1.2.3_8)" '10.1.2.3_8 {"a":5,"b":7}' '>> too'
printf '\001\000\000\000\002\000\000\000' >.map/raw/10.0.0.0_8
is "$(ls) $(cat 10.1.2.3_8)" '10.1.2.3_8 {"a":1,"b":2}' 'raw/ too'
printf '\011' | dd of=.map/raw/10.0.0.0_8 conv=notrunc status=none
is "$(ls) $(cat 10.1.2.3_8)" '10.1.2.3_8 {"a":9,"b":2}' 'a patch of raw/ too'
is "$(ino .map/raw/10.0.0.0_8)" "$(ino .map/raw/10.1.2.3_8)" 'raw/ has one inode for both'
touch 10.0.0.0_8
is "$(ls) $(cat 10.1.2.3_8)" '10.1.2.3_8 {"a":9,"b":2}' 'touch changes nothing'
fails_with EEXIST dd if=/dev/null of=10.4.4.4_8 conv=excl status=none
is "$(ls)" 10.1.2.3_8 '  and an exclusive create nothing'

echo '{"a":3,"b":3}' >11.1.1.1_8
mv 11.0.0.0_8 10.0.0.0_8
is "$(ls) $(cat 10.1.2.3_8)" '10.1.2.3_8 {"a":3,"b":3}' 'mv onto another spelling keeps the name'

# An open file and its key, which goes away under it
exec 5>>10.1.2.3_8
rm 10.0.0.0_8
ok 'rm by another spelling' test ! -e 10.1.2.3_8
echo '{"a":1,"b":1}' >10.7.7.7_8
is "$(ls)" 10.7.7.7_8 'a prefix that was removed is a new one'
fails_with ENOENT bash -c 'echo "{}" >&5'
exec 5>&-
rm 10.1.2.3_8

# Many, of which each twentieth has host bits
i=0
while [ $i -lt 2000 ]; do
	echo "10.$((i / 200)).$((i % 200)).$((i % 50 == 7 ? 77 : 0))/24	{\"a\":$i,\"b\":0}"
	i=$((i + 1))
done >"$scratch/list"
cp "$scratch/list" .map/entries
ls | sort >"$scratch/before"
is "$(wc -l <"$scratch/before") $(grep -c '77_' "$scratch/before")" '2000 40' 'a list of prefixes'
i=7
while [ $i -lt 2000 ]; do
	echo '{"a":4294967295}' >>"10.$((i / 200)).$((i % 200)).1_24"
	i=$((i + 50))
done
ls | sort >"$scratch/after"
ok 'each keeps its name' cmp "$scratch/before" "$scratch/after"
is "$(grep -c 4294967295 .map/entries)" 40 '  and has the new value'

# A whole map is written as it is spelled: a backup must come back
printf '10.0.7.0/24\t{"a":1,"b":0}\n' >.map/entries
is "$(ls | grep '^10\.0\.7\.')" 10.0.7.0_24 'entries: stored as the line spells it'
cd "$scratch" || exit 1
echo yes >"$m/.map/clear"
rmdir "$m"
