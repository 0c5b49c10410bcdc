#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# key= and value= in .map/def of a map that is in use: names and content follow, the
# bytes do not change, and types that do not fit are refused.

. "${top_srcdir:-.}/tests/lib.sh"
require fuse root tool:setpriv tool:bash file:/sys/kernel/btf/vmlinux
user=65534
chmod 755 "$scratch"
mount_fs memory -o allow_other,umask=066
cd "$mnt" || exit 1

# raw DIR TYPE...: a map with such a definition
raw() {
	raw_dir=$1
	shift
	mkdir "$raw_dir" && echo "$*" >"$raw_dir/.map/def" || fail "def $*"
}

last_error() {
	tail -n 1 "$1/.map/errors" | cut -d ' ' -f 2-
}

raw m 'type=hash key=bytes[4] value=bytes[8] max_entries=16'
echo 0700000000000000 >m/0a000001
echo 2a00000000000000 >m/0a000002
cp m/.map/entries.bin "$scratch/before"
bash -c 'exec 3<m/0a000001; echo "key=ipv4 value=x64" >m/.map/def; cat <&3' >"$scratch/held"
is "$(cat "$scratch/held")" 0700000000000000 'an open file keeps the types that it was opened with'
is "$(ls m | tr '\n' ' ')" '10.0.0.1 10.0.0.2 ' 'names follow'
is "$(cat m/10.0.0.2)" 0x000000000000002a 'values follow'
echo value=u64 >m/.map/def
is "$(ls m | head -n 1) $(cat m/10.0.0.2)" '10.0.0.1 42' 'a word that the line lacks stays'
is "$(sort m/.map/entries | tr '\t\n' '  ')" '10.0.0.1 7 10.0.0.2 42 ' 'so does entries'
is "$(grep -c '"key":"10.0.0.1","value":7' m/.map/entries.jsonl)" 1 'and entries.jsonl'
is "$(cat m/.map/def)" 'type=hash key=ipv4 value=u64 max_entries=16' 'def shows the view'
ok 'btf declares the view' grep -q 'unsigned long long' m/.map/btf
ok 'bytes are the same' cmp m/.map/entries.bin "$scratch/before"
fails_with ENOENT cat m/0a000001
echo 9 >m/10.0.0.3
is "$(od -An -tx1 m/.map/raw/10.0.0.3)" ' 09 00 00 00 00 00 00 00' 'a write through the view'
rm m/10.0.0.3

write_fails EINVAL m/.map/def 'key=u64'
is "$(last_error m)" "write .map/def: column 1: key= has 8 bytes, but the keys of this \
map have 4 (Invalid argument)" 'both sizes are in the line'
write_fails EINVAL m/.map/def 'value={a:u32}'
write_fails EINVAL m/.map/def 'value=struct nowhere'
write_fails EBUSY m/.map/def 'max_entries=5 key=u32'
write_fails EBUSY m/.map/def 'type=array'
is "$(cat m/10.0.0.1)" 7 'a refused view changes nothing'

cat m/.map/backup >"$scratch/saved"
echo >m/.map/def
is "$(cat m/.map/def)" 'type=hash key=bytes[4] value=bytes[8] max_entries=16' \
	'an empty line takes the view away'
is "$(cat m/0a000001)" 0700000000000000 'and its types'
echo 'key=ipv4 value=u64' >m/.map/def
echo 'key=' >m/.map/def
is "$(cat m/.map/def)" 'type=hash key=bytes[4] value=u64 max_entries=16' \
	'an empty word removes only that type'
echo 'key=ipv4' >m/.map/def
rm m/10.0.0.1
cat "$scratch/saved" >m/.map/backup
is "$(cat m/10.0.0.1)" 7 'a backup of a view is restored through it'

# two spellings of the same view in C
echo "value='struct { __u32 low; __u32 high; }'" >m/.map/def
is "$(cat m/10.0.0.2)" '{"low":42,"high":0}' 'a C declaration'
ok 'btf is a header' grep -q 'unsigned int low;' m/.map/btf

# types of the running kernel
echo 'key=enum xdp_action value=atomic64_t' >m/.map/def
: >m/XDP_TX
wait_for test -e m/XDP_TX
is "$(cat m/3)" '{"counter":0}' 'an enum and a typedef of the kernel'
ok 'btf declares them' grep -q 'XDP_TX = 3' m/.map/btf
ok 'a backup declares its types itself' grep -q '^# def .* value={counter:s64} ' m/.map/backup
write_fails EINVAL m/.map/def 'value=struct list_head'
is "$(last_error m)" "write .map/def: column 1: value= has 16 bytes, but the values of this \
map have 8 (Invalid argument)" 'one of another size'
write_fails EINVAL m/.map/def 'value=struct no_such_struct'
is "$(last_error m)" "write .map/def: column 8: in value=: no BTF of the map, its programs or \
the kernel has a type struct no_such_struct (Invalid argument)" 'one that nothing has'
write_fails EINVAL m/.map/def 'value=struct task_struct'
echo 'value=struct { struct task_struct *task; }' >m/.map/def
is "$(cat m/XDP_TX)" '{"task":"0x0000000000000000"}' 'a pointer, whose target is not looked up'
mkdir k
echo 'type=hash key=enum xdp_action value=struct list_head max_entries=2' >k/.map/def
echo '{"next":1}' >k/XDP_DROP
is "$(cat k/1)" '{"next":"0x0000000000000001","prev":"0x0000000000000000"}' 'a new map'
cat k/.map/backup >"$scratch/saved"
rm k/XDP_DROP
cat "$scratch/saved" >k/.map/backup
ok 'and its backup' test -e k/XDP_DROP
rm m/XDP_TX
echo 'key=ipv4 value=u64' >m/.map/def

# keys stay bijective: text that does not lead back is raw
raw s 'type=hash key=bytes[4] value=u8 max_entries=4'
for key in 61000000 61006200 00000000 ff000000; do
	echo 1 >s/$key
done
echo 'key=char[4]' >s/.map/def
is "$(ls s | sort | tr '\n' ' ')" '%00 %FF a a%00b ' 'each key has one name'
echo 'key=f32' >s/.map/def
is "$(ls s | wc -l)" 4 'of floats, too'

# write permission on a map does not allow to set its view
chmod 777 m
fails_with EACCES setpriv --reuid $user --regid $user --clear-groups \
	bash -c 'echo key=u32 >m/.map/def'
ok 'the reason is there for root' grep -q 'only the owner of the map' m/.map/errors
chown $user m
ok 'the owner may' setpriv --reuid $user --regid $user --clear-groups \
	bash -c 'echo key=u32 >m/.map/def'
is "$(ls m | sort -n | head -n 1)" 16777226 'and did'

# every type
raw a 'type=array key=u32 value=bytes[4] max_entries=3'
echo 0000803f >a/1
echo "key='enum { NONE, DROP, PASS }' value=f32" >a/.map/def
is "$(ls a | sort | tr '\n' ' ') $(cat a/DROP)" 'DROP NONE PASS  1' 'an array'
write_fails EINVAL a/.map/def key=u16
raw p 'type=percpu_hash key=bytes[2] value=bytes[4] max_entries=3'
echo '"01000000"' >p/0050
echo 'key=be16 value=u32' >p/.map/def
is "$(sort -u p/80)" 1 'a per-CPU map'
raw l 'type=lpm_trie key=prefix(bytes[4]) value=bytes[1] max_entries=3'
echo 07 >l/10.0.0.0_8
write_fails EINVAL l/.map/def key=u64
write_fails EINVAL l/.map/def 'key={a:u16,b:u16,c:u32}'
echo 'key=prefix({vlan:be16,port:be16}) value=u8' >l/.map/def
is "$(ls l) $(cat l/*)" 'vlan=2560,port=0_8 7' 'an LPM trie'
raw q 'type=queue value=bytes[4] max_entries=3'
echo 0a000001 >q/.map/push
write_fails EINVAL q/.map/def key=u32
echo value=ipv4 >q/.map/def
is "$(cat q/.map/peek)" 10.0.0.1 'a queue'
echo 10.0.0.2 >q/.map/push
is "$(cat q/.map/pop; cat q/.map/pop)" "10.0.0.1
10.0.0.2" 'and what is pushed'
raw b 'type=bloom_filter value=bytes[4] max_entries=3'
touch b/0a000001
wait_for test -e b/0a000001
echo value=ipv4 >b/.map/def
ok 'a bloom filter' test -e b/10.0.0.1
write_fails EINVAL b/.map/def key=u32
raw inner 'type=hash key=u32 value=u32 max_entries=1'
raw o 'type=hash_of_maps key=bytes[4] inner=inner max_entries=2'
ln -s ../inner o/0a000001
echo key=ipv4 >o/.map/def
is "$(readlink o/10.0.0.1)" ../inner 'a map of maps'
write_fails EINVAL o/.map/def value=u32
