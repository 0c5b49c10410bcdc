#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# LPM tries of a running program: exact prefixes, bare addresses, host bits, and common
# layouts of keys. A file is exactly one prefix; .map/match finds the longest.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/kernel/lib.sh"
require fuse bpf root tool:bpftool

start_attached prefixes
mount_fs kernel
plain=$mnt/p_plain_$attached
in6=$mnt/p_in6_$attached
scoped=$mnt/p_scop_$attached
mac=$mnt/p_mac_$attached

# --- {__u32 prefixlen; __u32 data}: IPv4 ---
echo 1 >"$plain/20.0.0.0_8"
echo 2 >"$plain/20.1.0.0_16"
is "$(ls "$plain" | sort | tr '\n' ' ')" '20.0.0.0_8 20.1.0.0_16 ' 'IPv4: names'
ok 'IPv4: a covered prefix is no file' test ! -e "$plain/20.1.2.0_24"
is "$(bpftool -j map lookup id "$(id_of "p_plain_$attached")" key 8 0 0 0 20 0 0 0 |
	jq -c .formatted.value)" 1 'IPv4: bpftool finds what was written'
echo 0 >"$plain/10.1.2.3"
is "$(ls "$plain" | grep _32)" 10.1.2.3_32 'IPv4: a bare address is its full prefix'
wait_for test "$(cat "$plain/10.1.2.3_32")" -gt 0
ok 'IPv4: the program counts in it' test "$(cat "$plain/10.1.2.3_32")" -gt 0
ok 'IPv4: match finds what the program finds' \
	test "$(cat "$plain/.map/match/10.1.2.3")" -gt 0
is "$(cat "$plain/.map/match/20.1.9.9")" 2 'IPv4: longest match'
rm "$plain/10.1.2.3"
ok 'IPv4: rm by the bare address' test ! -e "$plain/10.1.2.3_32"
fails_with ENOENT rm "$plain/20.1.2.0_24"
write_fails ERANGE "$plain/20.0.0.0_33" 1
is "$(cat "$plain/20.0.0.0_8")" 1 'IPv4: nothing else changed'

# --- host bits: stored as bpftool wrote them, one name each ---
bpftool map update id "$(id_of "p_plain_$attached")" \
	key 8 0 0 0 11 9 9 9 value 5 0 0 0 0 0 0 0
host=11.9.9.9_8
is "$(ls "$plain" | grep '^11')" $host 'host bits: the name has them'
is "$(cat "$plain/$host")" 5 'host bits: reads'
is "$(cat "$plain/11.0.0.0_8")" 5 'host bits: the prefix itself is the same entry'
rm "$plain/$host"
ok 'host bits: removed' test ! -e "$plain/11.0.0.0_8"

# --- bpf_lpm_trie_key and __u8[16]: IPv6 ---
echo 6 >"$in6/2001:db8::_32"
echo 7 >"$in6/2001:0DB8:0:0::1"
is "$(ls "$in6" | sort | tr '\n' ' ')" '2001:db8::1_128 2001:db8::_32 ' 'IPv6: names'
is "$(cat "$in6/.map/match/2001:db8::2")" 6 'IPv6: longest match'

# --- several members: static bits before the address ---
bpftool map update id "$(id_of "p_scop_$attached")" \
	key 40 0 0 0 1 0 0 1 10 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 value 8 0 0 0
zeros=000000000000000000000000000000
name=$(ls "$scoped")
is "$name" cluster_id=1,pad=0,family=1,ip6=0a${zeros}_40 'scoped: a typed name'
is "$(cat "$scoped/$name")" 8 'scoped: the name leads back'
ok 'scoped: rm by name' rm "$scoped/$name"

# --- other data: a MAC address's bytes ---
echo 3 >"$mac/0a1b2c000000_24"
is "$(ls "$mac")" 0a1b2c000000_24 'bytes: hex digits'
is "$(cat "$mac/.map/match/0a1b2c334455")" 3 'bytes: longest match'

is "$(cat "$in6/.map/entries" | sort | tr '\t\n' '  ')" '2001:db8::1_128 7 2001:db8::_32 6 ' \
	'entries: names and values'
