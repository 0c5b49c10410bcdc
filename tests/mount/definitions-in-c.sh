#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Types as C declarations in .map/def: blanks in a token's value, quotes, and the
# .map/btf of another map.

. "${top_srcdir:-.}/tests/lib.sh"
require fuse tool:bash tool:cc
mount_fs memory
cd "$mnt" || exit 1

# define WHAT LINE LISTED: the definition LINE is read back as LISTED.
define() {
	mkdir m
	echo "$2" >m/.map/def || fail "$1"
	is "$(cat m/.map/def)" "$3" "$1"
	rmdir m
}

define 'a struct, unquoted' 'key=u32 value=struct { __u64 a; __u32 b; } max_entries=8' \
	'type=hash key=u32 value=struct { __u64 a; __u32 b; } max_entries=8'
define 'a struct in quotes' "key=u32 max_entries=8 value='struct a { __u64 b; }; struct a'" \
	"type=hash key=u32 value='struct a { __u64 b; }; struct a' max_entries=8"
define 'two words' 'key=unsigned int value=long long max_entries=8' \
	'type=hash key=unsigned int value=long long max_entries=8'
define 'an attribute' \
	'key="struct { __u8 a; __u32 b; } __attribute__((packed))" value=u8 max_entries=8' \
	"type=hash key='struct { __u8 a; __u32 b; } __attribute__((packed))' value=u8 max_entries=8"
define 'C inside the grammar' 'key={a:__be32,b:struct { __u16 c; }} value=u8 max_entries=8' \
	'type=hash key={a:__be32,b:struct { __u16 c; }} value=u8 max_entries=8'

mkdir a b d
echo 'key=u32 value=struct { struct { __be32 ip; __u8 bits:3, rest:5; } x; union { __u32 n; char s[4]; }; }' >a/.map/def
echo '{"x":{"ip":"10.0.0.1","bits":5},"s":"ab"}' >a/1
printf 'key=u32 value="%s"\n' "$(cat a/.map/btf)" >b/.map/def || fail 'definition'
is "$(wc -l <b/.map/def)" 1 'a definition is one line'
ok 'what .map/btf prints is a definition' cp a/1 b/1
is "$(cat b/1)" "$(cat a/1)" 'it has the same members'
is "$(od -An -tx1 b/.map/raw/1)" "$(od -An -tx1 a/.map/raw/1)" 'and the same layout'
cat b/.map/def >d/.map/def
is "$(cat d/.map/def)" "$(cat b/.map/def)" 'and what it prints is a definition'
rm a/1 b/1
mkdir c
write_fails EINVAL c/.map/def 'key=u32 value=struct { __u64 a; foo b; }'
ok 'the error names the column' grep -q 'expected a type, found "foo b' c/.map/errors
write_fails EINVAL c/.map/def 'key=u32 value=struct { __u64 a;'
# Programs write long text in blocks, which end within words and at ends of lines.
{
	echo 'type=hash key=u32 max_entries=4 value="struct {'
	for i in $(seq 400); do
		printf '\t__u32 member_%03d;\n' "$i"
	done
	echo '}"'
} >"$scratch/long"
for block in 4096 4100 "$(head -n 250 "$scratch/long" | wc -c)"; do
	mkdir e
	ok "a long definition in blocks of $block bytes" \
		dd if="$scratch/long" of=e/.map/def bs="$block" conv=notrunc status=none
	is "$(cat e/.map/value_size)" 1600 'is taken whole'
	rmdir e
done
rmdir a b c d

# Keys of a trie: what .map/btf prints of one, which begins with the length.
mkdir a b
echo 'type=lpm_trie key=prefix({if:u32,addr:ipv6}) value=u8' >a/.map/def
echo 1 >a/if=3,addr=2001:db8::_64
key=$(sed '/^.* value /,$d' a/.map/btf)
echo "type=lpm_trie value=u8 key='$key'" >b/.map/def || fail 'keys of a trie in C'
ok 'entries of a trie with keys in C' cp a/.map/entries b/.map/entries
is "$(ls b)" if=3,addr=2001:db8::_64 'their names'
cat b/.map/backup >"$scratch/backup"
rm b/*
ok 'a backup of it' cp "$scratch/backup" b/.map/backup
is "$(ls b)" if=3,addr=2001:db8::_64 'is restored'
rm a/* b/*
mkdir c
write_fails EINVAL c/.map/def 'type=lpm_trie key="struct {__u64 a; __u32 b;}" value=u8'
write_fails EINVAL c/.map/def 'type=lpm_trie key=u64 value=u8'
ok 'a key without a length is explained' grep -q 'has prefixes as keys' c/.map/errors
rmdir a b c

# what .map/btf prints compiles
for definition in 'key=char[64] value=char[256]' 'key={a:u8,b:ipv4} value=u32[4]' \
	'key=bytes[16] value=mac' 'type=queue value=char[4]' 'key=be16 value=bool' \
	'type=lpm_trie key=prefix(ipv6) value=ipv6[2]' \
	'key="void *" value="struct s { int a; } *"' 'key="void *const" value="char *[2]"' \
	'value="struct s { int a:3; char n[8]; } __attribute__((packed))"'; do
	mkdir h
	echo "$definition" >h/.map/def
	cp h/.map/btf "$scratch/h.h"
	ok "$definition: a header" cc -x c -fsyntax-only "$scratch/h.h"
	rmdir h
done
mkdir h
echo 'key=enum{A,B} value=enum{C,D}' >h/.map/def
is "$(grep -c ' = ' h/.map/btf)" 4 'enumerators of types without a name are declared once'
rmdir h
cd "$scratch" || exit 1
