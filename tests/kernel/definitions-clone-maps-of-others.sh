#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The definition of a map that was created elsewhere, here by another mount, creates a
# map that accepts its entries, also with enumerators, unions, bit-fields and packed
# structures.

. "${top_srcdir:-.}/tests/lib.sh"
require fuse bpf root
mount_fs kernel
theirs=$mnt
mount_fs kernel
source=$theirs/$(unique of)
clone=$mnt/$(unique cl)

empty() {
	echo yes >"$1/.map/clear" || echo 0 >"$1/.map/clear"
} 2>/dev/null

# clones WHAT LINE ENTRY...: a map of definition LINE; an entry has a tab.
clones() {
	what=$1
	mkdir "$source" "$clone"
	echo "$2" >"$source/.map/def" || fail "$what: def"
	shift 2
	printf '%s\n' "$@" >"$source/.map/entries" || fail "$what: entries"
	seen=$mnt/@$(cat "$source/.map/id")
	ok "$what: the definition is one" cp "$seen/.map/def" "$clone/.map/def"
	ok "$what: the entries are taken" cp "$seen/.map/entries" "$clone/.map/entries"
	is "$(sort "$clone/.map/entries")" "$(sort "$source/.map/entries")" "$what: they are the same"
	is "$(cat "$clone/.map/def")" "$(cat "$seen/.map/def")" "$what: so is the definition"
	cat "$seen/.map/backup" >"$scratch/backup"
	empty "$clone"
	ok "$what: a backup is restored there" cp "$scratch/backup" "$clone/.map/backup"
	is "$(sort "$clone/.map/entries")" "$(sort "$source/.map/entries")" "$what: all of it"
	ok "$what: and where it is from" cp "$scratch/backup" "$seen/.map/backup"
	empty "$clone"
	empty "$source"
	rmdir "$clone" "$source"
}

tab=$(printf '\t')

clones 'words of the grammar' 'key={a:ipv4,p:be16} value={n:u64,s:char[5]}' \
	"a=10.0.0.1,p=80$tab{\"n\":1,\"s\":\"ab\"}"
clones 'enumerators' 'key="enum dir {IN=1, OUT}" value="struct v {enum {NEW, OLD=7} state; __u32 n;}"' \
	"IN$tab{\"state\":\"OLD\",\"n\":3}" "OUT$tab{\"state\":\"NEW\",\"n\":4}" "9$tab{\"state\":5,\"n\":6}"
clones 'a union' 'key="struct k {__u16 f; union {__be32 v4; struct in6_addr v6;};}" value=u8' \
	"f=2,v6=a00:1::${tab}1"
clones 'bit-fields' 'key="struct {__u8 a:3; __u8 b:5;}" value="struct {int x:5; unsigned :3; unsigned y:20;}"' \
	"a=7,b=1$tab{\"x\":-16,\"y\":9}"
clones 'no holes' 'key="struct {__u8 a; __u64 b;} __attribute__((packed))" value={a:u8,b:u16}' \
	"a=1,b=2$tab{\"a\":3,\"b\":4}"
clones 'hidden bytes' 'key="struct {__u8 a; __u8 :8; __u16 b;}" value=u8' "a=1,@1=ff,b=2${tab}3"
clones 'an array of enums' 'type=array max_entries=2 value="enum color {RED, BLUE=4}[2]"' \
	"0${tab}[\"RED\",\"BLUE\"]" "1${tab}[\"BLUE\",3]"
clones 'a trie of enumerators' \
	'type=lpm_trie key="struct {__u32 prefixlen; enum {A=1, B} e; __be32 ip;}" value=u8' \
	"e=B,ip=10.0.0.0_40${tab}1"
clones 'a trie with a hole behind the length' \
	'type=lpm_trie key="struct {__u32 prefixlen; __u64 id;}" value=u8' "5_64${tab}1"

note 'what nobody can declare shorter'
mkdir "$source"
echo 'key=u32 value="union {__u32 a; __u8 b[4];}"' >"$source/.map/def"
is "$(cat "$mnt/@$(cat "$source/.map/id")/.map/def")" \
	'type=hash key=u32 value=union { unsigned int a; unsigned char b[4]; }; max_entries=4096' \
	'a union is in C'
rmdir "$source"

note 'what some versions of libbpf write with another layout'
mkdir "$source" "$clone"
echo 'key=u32 value="struct {__s16 a:6, b:12;} __attribute__((packed, aligned(8)))"' >"$source/.map/def"
cat "$mnt/@$(cat "$source/.map/id")/.map/def" >"$clone/.map/def"
echo '{"a":1,"b":2}' >"$source/1"
case $(cat "$clone/.map/def") in
*bytes*) od -An -tx1 "$source/.map/raw/1" | tr -d ' ' >"$clone/1" ;;
*) cat "$source/1" >"$clone/1" ;;
esac
ok 'a definition never means another layout' cmp "$source/.map/raw/1" "$clone/.map/raw/1"
rm "$source/1" "$clone/1"
rmdir "$source" "$clone"
