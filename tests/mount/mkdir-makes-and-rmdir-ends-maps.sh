#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# mkdir, .map/def and rmdir: their effect, and everything that they refuse.

. "${top_srcdir:-.}/tests/lib.sh"
require fuse tool:bash
mount_fs memory
cd "$mnt" || exit 1

builtin='type=hash key=char[64] value=char[256] max_entries=4096'
mkdir m
is "$(cat m/.map/def)" "$builtin" 'mkdir makes the built-in definition'
echo world >m/hello
is "$(cat m/hello)" world 'mkdir and echo suffice'

# names
fails_with EEXIST mkdir m
fails_with EEXIST mkdir by-id
fails_with EEXIST mkdir .map
fails_with EINVAL mkdir a-b
fails_with EINVAL mkdir 'a b'
fails_with EINVAL mkdir m@77
fails_with EINVAL mkdir @77
fails_with ENAMETOOLONG mkdir abcdefghijklmnop
ok 'a name of 15 bytes' mkdir abcdefghijklmno
ok 'errors says why' grep -q 'mkdir a-b: column 2: ' .map/errors

# def
mkdir d
good() {
	echo "$1" >d/.map/def
	ok "def takes $1"
	is "$(cat d/.map/def)" "$2" "  and says $2"
}
good 'type=array value=u64 max_entries=4' 'type=array key=u32 value=u64 max_entries=4'
good 'type=hash key={a:u32,b:be16[2]} value=u8' \
	'type=hash key={a:u32,b:be16[2]} value=u8 max_entries=4'
good 'max_entries=9' 'type=hash key={a:u32,b:be16[2]} value=u8 max_entries=9'
good 'type=lpm_trie key=prefix(ipv4) value=u64' \
	'type=lpm_trie key=prefix(ipv4) value=u64 max_entries=9 flags=no_prealloc'
good 'type=hash key=u32 value=u32 flags=no_prealloc' \
	'type=hash key=u32 value=u32 max_entries=9 flags=no_prealloc'
good 'type=percpu_hash flags=0' 'type=percpu_hash key=u32 value=u32 max_entries=9'
good 'type=lru_hash' 'type=lru_hash key=u32 value=u32 max_entries=9'

# who is in the directory stays in it, and in what it holds for the new type
mkdir here
cd here || exit 1
cat .map/count >"$scratch/count"
for type in array queue; do
	inode=$(stat -c %i .)
	echo "type=$type" >.map/def
	is "$(stat -c %i ../here) $(ls -i .. | sed -n 's/^ *\([0-9]*\) here$/\1/p')" "$inode $inode" \
		"replaced as $type: the same inode"
	is "$(/bin/pwd)" "$mnt/here" '  getcwd finds it'
done
fails_with ENOENT cat .map/count
fails_with ENOENT stat .map/count
cd .. || exit 1
rmdir here

before=$(cat d/.map/def)
bad() {
	write_fails "$1" d/.map/def "$2"
	is "$(cat d/.map/def)" "$before" '  and changes nothing'
}
bad EINVAL 'type=nonsense'
bad EINVAL 'nonsense=1'
bad EINVAL 'nonsense'
bad EINVAL 'key=u32 key=u32'
bad EINVAL 'key=u33'
bad EINVAL 'key={a:u32,a:u32}'
bad EINVAL 'key={1a:u32}'
bad EINVAL 'key={a:u32'
bad EINVAL 'key=char[0]'
bad EINVAL 'value='
bad EINVAL 'max_entries=x'
bad EINVAL 'max_entries=0'
bad ERANGE 'max_entries=4294967296'
bad EINVAL 'flags=nonsense'
bad EINVAL 'type=array key=u64'
bad EINVAL 'type=lpm_trie key=u32'
bad EINVAL ''
bad EOPNOTSUPP 'type=user_ringbuf'
bad EINVAL 'type=bloom_filter extra=16'
ok 'errors names what may be wrong' grep -q 'extra=16 and flags' d/.map/errors
ok 'errors says why and where' grep -q 'write .map/def: column [0-9]*: ' d/.map/errors

# a map in use is not defined anew
echo 5 >d/1
write_fails EBUSY d/.map/def 'type=hash'
rm d/1
write_fails EBUSY d/.map/def 'type=hash'

# rmdir
fails_with ENOTEMPTY rmdir m
rm m/hello
ok 'rmdir of an emptied map' rmdir m
fails_with ENOENT stat m
fails_with ENOENT rmdir m
mkdir a
echo 'type=array value=u32 max_entries=3' >a/.map/def
echo 5 >a/1
ok 'rmdir of an array, whose entries nobody can delete' rmdir a
mkdir f
echo 1 >f/a
echo 1 >f/.map/frozen
fails_with ENOTEMPTY rmdir f
mkdir q
echo 'type=queue value=u32' >q/.map/def
echo 5 >q/.map/push
fails_with ENOTEMPTY rmdir q
cat q/.map/pop >/dev/null
ok 'rmdir of a queue that was emptied' rmdir q
fails_with ENOTDIR rmdir "@$(cat d/.map/id)"
fails_with EPERM rmdir .map
mkdir m
ok 'a name can be used again' test "$(cat m/.map/count)" = 0

# a descriptor of .map/def that is older than the end of its map, or than another one
in_stale_def() {
	fails_with ESTALE bash -c 'exec 4>old/.map/def; eval "$1"; echo "$2" >&4' bash "$@"
}
for line in 'key=bytes[64]' 'show=key:bytes' 'type=array' ''; do
	mkdir old
	in_stale_def 'rmdir old' "$line"
	mkdir old
	in_stale_def 'echo max_entries=7 >old/.map/def' "$line"
	is "$(cat old/.map/def)" 'type=hash key=char[64] value=char[256] max_entries=7' \
		'  and changes nothing'
	rmdir old
done
cd "$scratch" || exit 1
