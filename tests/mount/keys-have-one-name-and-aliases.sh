#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Keys of every definable type as file names: the names that ls shows, other spellings
# of the same key, and names that are not keys.

. "${top_srcdir:-.}/tests/lib.sh"
require fuse tool:bash
mount_fs memory
cd "$mnt" || exit 1

# key TYPE LISTED ALIAS...: a key made by any of the names is listed as LISTED
# and found by all of them.
key() {
	mkdir k
	echo "type=${map_type:-hash} key=$1 value=u8" >k/.map/def || fail "def $1"
	key_type=$1 key_listed=$2
	shift
	for key_made; do
		echo 1 >"k/$key_made" || fail "$key_type: create $key_made"
		is "$(ls -A k)" "$key_listed" "$key_type: $key_made is listed as $key_listed"
		for key_alias; do
			ok "  and found as $key_alias" test -e "k/$key_alias"
		done
		rm "k/$key_listed"
	done
	rmdir k
}

key u8 42 0x2a @2a 042 0x2A
key u16 258 0x102 @0201
key u32 7 @07000000
key u64 18446744073709551615 0xffffffffffffffff @ffffffffffffffff
key u128 0x0000000000000000000000000000002a 42 0x2a
key s8 -1 @ff
key s32 -2147483648 @00000080
key bool true 1
key x32 0x0000002a 42 0x2a @2a000000
key f64 1.5 @000000000000f83f
key be16 443 0x1bb @01bb
key be64 1 @0000000000000001
key ipv4 10.0.0.1 @0a000001
key ipv6 2001:db8::1 2001:0db8:0:0::1 @20010db8000000000000000000000001
key mac 00:11:22:aa:bb:cc @001122aabbcc
key 'bytes[4]' 0a000001 @0a000001
key 'char[8]' hello @68656c6c6f000000
key 'char[8]' 'a b' 'a%20b'
key 'char[8]' '%2Fx%25' '@2f78250000000000'
key 'char[8]' '%2Ehid' '@2e68696400000000'
key 'char[8]' '%40at' '@4061740000000000'
key 'char[8]' '%23no' '@236e6f0000000000'
key 'char[8]' 'bak%7E' '@62616b7e00000000'
key 'char[8]' '%00' '@0000000000000000'
key 'char[8]' 'a%0A' '@610a000000000000'
key 'char[4]' 'é' '@c3a90000'
key '{a:ipv4,p:be16}' 'a=10.0.0.1,p=443' 'p=443,a=10.0.0.1' @0a00000101bb0000
key '{a:{b:u8,c:u8},d:u16[2]}' 'a={b=1,c=2},d=[3,4]' @010203000400
key '{a:u8,d:u8[2]}' 'a=1,d=0304'
map_type=lpm_trie
key 'prefix(ipv4)' 10.0.0.0_8 @080000000a000000
key 'prefix(ipv4)' 10.1.2.3_32 10.1.2.3
key 'prefix(ipv6)' 2001:db8::_32 2001:0db8::_32
key 'prefix(char[8])' kwor_32 %6bwor_32
key 'prefix(ipv4)' 10.1.2.3_8 @080000000a010203 # host bits, as they are stored
key 'prefix(ipv4)' 0.0.0.0_0
unset map_type

# refused ERRNO TYPE NAME...: no key on lookup, ERRNO on create
refused() {
	refused_errno=$1 refused_type=$2
	shift 2
	mkdir k
	echo "key=$refused_type value=u8" >k/.map/def
	for name; do
		fails_with ENOENT cat "k/$name"
		fails_with "$refused_errno" bash -c ": >'k/$name'"
		ok '  with a line in errors' grep -q 'create .*: column ' k/.map/errors
	done
	is "$(ls -A k)" '' "  and left no key"
	rmdir k
}
refused EINVAL u32 x 1x ' 1' 1.5 @01 @0100000000 @0x000000 0x +1 1e 1@
refused ERANGE u32 4294967296 -1 99999999999999999999999999999999999999999
refused ERANGE s8 128 -129
refused ENAMETOOLONG 'char[4]' abcde
refused EINVAL 'char[4]' '%4' '%zz'
refused EINVAL ipv4 10.0.0 10.0.0.256 ::1
refused EINVAL '{a:u8,b:u8}' a=1 a=1,b=2,c=3 a=1,a=2 1,2
mkdir k
echo 'key={a:u8[2]}' >k/.map/def
fails_with EINVAL touch 'k/a=[1,2]'
is "$(sed -n 's/.*: \(expected.*\) (.*/\1/p' k/.map/errors)" \
	'expected 4 hex digits, found "[1,2]"' '  and errors quotes what is there'
rmdir k
mkdir k
echo 'type=lpm_trie key=prefix(ipv4)' >k/.map/def
fails_with EINVAL touch k/10.0.0.0_x
fails_with ERANGE touch k/10.0.0.0_33
rmdir k

# an array: every index, and none past the end
mkdir a
echo 'type=array value=u8 max_entries=3' >a/.map/def
is "$(ls a | tr '\n' ' ')" '0 1 2 ' 'an array lists its indexes'
is "$(cat a/0x1 a/@02000000)" "$(printf '0\n0')" 'aliases of an index'
fails_with ENOENT cat a/3
fails_with EFBIG touch a/3
fails_with EPERM rm a/0
cd "$scratch" || exit 1
