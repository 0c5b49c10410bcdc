#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Every errno of writing, creating and removing, per map type: after an error the value
# is unchanged and .map/errors has a line about it.

. "${top_srcdir:-.}/tests/lib.sh"
require fuse tool:bash
mount_fs memory -o 'def=type=hash key=u32 value=u32 max_entries=2'
cd "$mnt" || exit 1

make() {
	mkdir "$1"
	echo "type=$1 $2" >"$1/.map/def" || fail "def $1"
}
# logged MAP OPERATION NAME: the last line of errors is about that
logged() {
	ok "  errors of $1 has $2 $3" sh -c \
		"tail -n 1 '$1/.map/errors' | grep -q ' $2 $3: .*(.*)\$'"
}
# unchanged FILE WANT
unchanged() {
	is "$(cat "$1")" "$2" "  $1 is unchanged"
}

for type in hash percpu_hash; do
	make "$type" 'key=u32 value=u32 max_entries=2'
	m=$type
	echo 5 >$m/1
	old=$(cat $m/1)
	write_fails EINVAL $m/1 nonsense
	logged $m write 1
	unchanged $m/1 "$old"
	write_fails ERANGE $m/1 4294967296
	logged $m write 1
	unchanged $m/1 "$old"
	echo 6 >$m/2
	write_fails ENOSPC $m/3 7
	logged $m write 3
	is "$(ls $m | tr '\n' ' ')" '1 2 ' '  and the full map keeps its keys'
	echo 8 >$m/2
	ok "  and a key of a full $m can be changed"
	fails_with EINVAL touch $m/x
	logged $m create x
	fails_with ERANGE touch $m/4294967296
	logged $m create 4294967296
	fails_with ENOENT cat $m/9
	fails_with ENOENT rm $m/9
	fails_with EEXIST dd if=/dev/null of=$m/1 conv=excl
	unchanged $m/1 "$old"
	rm $m/1
	ok "rm of a key of a $m" test "$(ls $m)" = 2
	fails_with EPERM ln $m/2 $m/1
	fails_with EPERM ln -s 2 $m/1
	fails_with EPERM mkdir $m/1
	echo 1 >$m/.map/frozen
	old=$(cat $m/2)
	write_fails EPERM $m/2 1
	logged $m write 2
	fails_with EPERM rm $m/2
	logged $m rm 2
	unchanged $m/2 "$old"
done

for type in array percpu_array; do
	make "$type" 'value=u32 max_entries=2'
	m=$type
	echo 5 >$m/1
	old=$(cat $m/1)
	write_fails EINVAL $m/1 nonsense
	unchanged $m/1 "$old"
	fails_with ENOENT cat $m/2
	write_fails EFBIG $m/2 1
	logged $m create 2
	fails_with EINVAL touch $m/x
	fails_with EPERM rm $m/1
	logged $m rm 1
	unchanged $m/1 "$old"
done

for type in lru_hash lru_percpu_hash; do
	make "$type" 'key=u32 value=u32 max_entries=16'
	for i in $(seq 200); do
		echo "$i" >"$type/$i" || fail "$type is full"
	done
	ok "$type makes room" test "$(cat $type/.map/count)" -le 16
	is "$(head -n 1 $type/200)" 200 '  and keeps the newest'
	write_fails EINVAL $type/200 x
	is "$(head -n 1 $type/200)" 200 '  and its value after an error'
done

make lpm_trie 'key=prefix(ipv4) value=u32 max_entries=2'
m=lpm_trie
echo 8 >$m/10.0.0.0_8
echo 24 >$m/10.1.1.0_24
fails_with ENOENT cat $m/10.1.1.1
fails_with ENOENT cat $m/10.1.0.0_16
fails_with ENOENT rm $m/10.1.1.1
write_fails ENOSPC $m/11.0.0.0_8 1
logged $m write 11.0.0.0_8
fails_with ERANGE touch $m/10.0.0.0_33
logged $m create 10.0.0.0_33
write_fails EINVAL $m/10.0.0.0_8 x
unchanged $m/10.0.0.0_8 8
rm $m/10.0.0.0_8
unchanged $m/10.1.1.0_24 24
is "$(ls $m)" 10.1.1.0_24 'rm of a prefix leaves what it covered'
cd "$scratch" || exit 1
