#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# .map/raw/KEY reads and writes the value's bytes; .map/match/ADDR is the longest
# matching prefix. On both stores.

. "${top_srcdir:-.}/tests/lib.sh"
require fuse bpf root

check() {
	h=rw_h_$$
	l=rw_l_$$
	p=rw_p_$$
	mkdir "$mnt/$h" "$mnt/$l" "$mnt/$p"
	echo 'type=hash key=u32 value={state:u32,n:u64}' >"$mnt/$h/.map/def"
	echo 'type=lpm_trie key=prefix(ipv4) value=char[8] max_entries=9' >"$mnt/$l/.map/def"
	echo 'type=percpu_array value=u32 max_entries=2' >"$mnt/$p/.map/def"
	raw=$mnt/$h/.map/raw

	echo '{"state":1,"n":2}' >"$mnt/$h/1"
	is "$(od -An -tx1 "$raw/1" | tr -d ' \n')" 01000000000000000200000000000000 "$1: bytes"
	is "$(stat -c %s "$raw/1")" 16 "$1: exact size"
	printf '\005' | dd of="$raw/1" conv=notrunc bs=1 seek=8 2>/dev/null
	is "$(cat "$mnt/$h/1")" '{"state":1,"n":5}' "$1: pwrite patches"
	cp "$raw/1" "$raw/2"
	is "$(cat "$mnt/$h/2")" '{"state":1,"n":5}' "$1: cp makes a key"
	(printf abc >"$raw/3") 2>/dev/null
	ok "$1: too few bytes make no key" test ! -e "$mnt/$h/3"
	fails_with EFBIG dd if=/dev/zero of="$raw/1" bs=17 count=1
	is "$(cat "$mnt/$h/1")" '{"state":1,"n":5}' "$1: too many bytes change nothing"
	ok "$1: the errors say so" grep -q 'exactly 16 bytes' "$mnt/$h/.map/errors"
	is "$(ls "$raw" | sort | tr '\n' ' ')" '1 2 ' "$1: lists as the map does"
	ok "$1: a missing key" test ! -e "$raw/7"
	ok "$1: a name that is no key" test ! -e "$raw/x"
	is "$(stat -c %s "$mnt/$p/.map/raw/0")" $((8 * $(wc -l <"$mnt/$p/0"))) "$1: per-CPU stride"

	match=$mnt/$l/.map/match
	ok "$1: nothing matches" test ! -e "$match/10.2.3.4"
	echo default >"$mnt/$l/0.0.0.0_0"
	echo ten >"$mnt/$l/10.0.0.0_8"
	echo host >"$mnt/$l/10.1.2.3"
	is "$(cat "$match/10.2.3.4")" ten "$1: longest match"
	is "$(cat "$match/10.1.2.3")" host "$1: an exact host"
	is "$(cat "$match/10.1.0.0_16")" ten "$1: a prefix is matched by what covers it"
	is "$(cat "$match/9.9.9.9")" default "$1: the default"
	ok "$1: a file is one prefix, not a match" test ! -e "$mnt/$l/10.1.0.0_16"
	write_fails EACCES "$match/10.2.3.4" x
	is "$(ls "$match")" '' "$1: match lists nothing"
	ok "$1: hash has no match" test ! -e "$mnt/$h/.map/match"
	rm "$mnt/$h"/* "$mnt/$l"/*
	rmdir "$mnt/$h" "$mnt/$l" "$mnt/$p"
}

for store in memory kernel; do
	mount_fs "$store"
	check "$store"
done
