#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Values of every definable type: the text that reading prints and that writing accepts;
# cp of a file onto another copies the value.

. "${top_srcdir:-.}/tests/lib.sh"
require fuse tool:bash
mount_fs memory
cd "$mnt" || exit 1

# value TYPE PRINTED INPUT...: each input, and the print itself, reads as PRINTED
value() {
	mkdir v
	echo "type=${map_type:-hash} key=u32 value=$1 max_entries=4" >v/.map/def ||
		fail "def $1"
	value_type=$1 value_printed=$2
	shift
	for input; do
		printf '%s\n' "$input" >v/1
		is "$(cat v/1)" "$value_printed" "$value_type: $input"
	done
	printf '%s' "$value_printed" >v/2
	is "$(cat v/2)" "$value_printed" '  and without a newline'
	cp v/1 v/3
	ok '  cp copies it' cmp v/1 v/3
	is "$(stat -c %s v/1)" "$(wc -c <v/1)" '  st_size is exact'
	rm -f v/* 2>/dev/null
	rmdir v
}
value u8 255 0xff '"255"' @ff
value s16 -2 '"-2"' @feff
value u64 18446744073709551615 0xffffffffffffffff
value u128 0x0000000000000000000000000000002a 42 0x2a '"0x2a"'
value bool true 1 @01
value bool 7 @07
value x16 0x00ff 255
value f32 0.1 0.1
value f64 1e+300 1e300
value f64 nan '"nan"'
value be32 1 @00000001
value ipv4 10.0.0.1 '"10.0.0.1"' @0a000001
value ipv6 ::1 @00000000000000000000000000000001
value mac 00:11:22:aa:bb:cc
value 'bytes[2]' 0aff @0aff
value 'char[8]' 'hi "x' '@6869202278000000'
value 'char[4]' @c3280000
value 'u8[3]' 010203 @010203
value 'u16[3]' '[1,2,3]' '[ 1, 2, 3 ]' @010002000300
value '{a:u8,b:char[4]}' '{"a":1,"b":"x"}' '{"b":"x","a":1}' '{ "a":"0x1", "b":"x"}'
value '{a:{b:ipv4},c:u16[2]}' '{"a":{"b":"1.2.3.4"},"c":[5,6]}'
map_type=lru_hash
value '{a:bool}' '{"a":true}' '{"a":1}'
unset map_type

# bad ERRNO TYPE TEXT...: refused, the value is as before, errors has a line
bad() {
	bad_errno=$1
	mkdir v
	echo "key=u32 value=$2" >v/.map/def
	shift 2
	touch v/1
	wait_for test -s v/1
	before=$(cat v/1)
	for text; do
		write_fails "$bad_errno" v/1 "$text"
		is "$(cat v/1)" "$before" '  and changes nothing'
		is "$(tail -n 1 v/.map/errors | grep -c 'write 1: column [0-9]*: .')" 1 \
			'  and errors says where'
		append_fails "$bad_errno" v/1 "$text"
		write_fails "$bad_errno" v/2 "$text"
		is "$(ls v)" 1 '  and makes no key'
	done
	rm v/1
	rmdir v
}
bad EINVAL u8 x 1x '' '1 2' '{}' '[1]' @0 @0001 null
bad ERANGE u8 256 -1 1e3
bad EINVAL bool maybe
bad EINVAL ipv4 1.2.3 1.2.3.4.5
bad EFBIG 'char[4]' abcde
bad EINVAL '{a:u8}' '{"a":}' '{"b":1}' '[1]' '{"a":1' '{"a":1,"a":2}' '{"a":[1]}'
bad ERANGE '{a:u8}' '{"a":256}'
bad EFBIG '{a:char[2]}' '{"a":"xyz"}'
bad EINVAL 'u16[2]' '[1,2,3]' '[1,2' '{}'

# reason TYPE TEXT WHY: what errors says of it
reason() {
	mkdir v
	echo "key=u32 value=$1" >v/.map/def
	echo "$2" >v/1
	is "$(sed -n 's/.*column [0-9]*: \(.*\) (.*)/\1/p' v/.map/errors)" "$3" "$1: $2"
	rmdir v
} 2>/dev/null
reason '{a:char[2]}' '{"a":x}' \
	'expected a string of at most 2 bytes in double quotes, found "x" without them'
reason '{a:ipv4}' '{"a":1.2.3.4}' \
	'expected an IPv4 address in double quotes, found "1.2.3.4" without them'

# > replaces, >> merges
mkdir v
echo 'key=u32 value={a:u8,b:u8}' >v/.map/def
echo '{"a":1,"b":2}' >v/1
echo '{"b":3}' >>v/1
is "$(cat v/1)" '{"a":1,"b":3}' '>> keeps what the text does not name'
echo '{"b":4}' >v/1
is "$(cat v/1)" '{"a":0,"b":4}' '> zeroes what the text does not name'
echo '{"a":9}' >>v/2
is "$(cat v/2)" '{"a":9,"b":0}' '>> makes a key'

# the raw form writes any value, also a CPU's
mkdir c
echo 'type=percpu_hash key=u32 value=u32' >c/.map/def
echo @05000000 >c/1
is "$(sort -u c/1)" 5 'the raw form sets every CPU'
write_fails EINVAL c/1 @0500
is "$(sort -u c/1)" 5 'too short a raw form changes nothing'
cd "$scratch" || exit 1
