#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# show= in .map/def: other types for single members of keys and values, both ways, and
# everything that it refuses.

. "${top_srcdir:-.}/tests/lib.sh"
require fuse
mount_fs memory
cd "$mnt" || exit 1

last_error() {
	tail -n 1 "$1/.map/errors" | sed 's/.*write .map\/def: column [0-9]*: //'
}

mkdir m
members='{ts:u64,e:s32,dev:u32,f:u32,h:bytes[4],n:bytes[8],arr:u32[2],q:u64,in:{x:u8,y:u8}[2]}'
echo "type=hash key={a:bytes[4],p:{s:u16,d:u16}} value=$members max_entries=4" >m/.map/def
plain='{"ts":1500000000,"e":-2,"dev":8388609,"f":255,"h":"0a000001",'\
'"n":"0161026d79000000","arr":[1,2],"q":3,"in":[{"x":1,"y":2},{"x":3,"y":4}]}'
echo "$plain" >'m/a=0a000001,p={s=20480,d=2}'
cp m/.map/entries.bin "$scratch/before"
show=ts:ktime,e:errno,dev:majorminor,f:hex,h:hex,n:dname,arr:hex,p.s:be16,a:ipv4
echo "show=$show,q:percent(24),in.y:bool" >m/.map/def
is "$(ls m)" 'a=10.0.0.1,p={s=80,d=2}' 'members of keys'
shown='{"ts":1.500000000,"e":"-ENOENT","dev":"8:1","f":"0x000000ff","h":"0a000001",'\
'"n":"a.my","arr":["0x00000001","0x00000002"],"q":"12.5%","in":[{"x":1,"y":2},{"x":3,"y":4}]}'
is "$(cat m/a*)" "$shown" 'members of values'
ok 'def has it' grep -q " show=$show,q:percent(24),in.y:bool\$" m/.map/def
ok 'btf too' grep -q 'ktime ts;' m/.map/btf
ok 'bytes are the same' cmp m/.map/entries.bin "$scratch/before"
cat m/a* >"$scratch/text"
cat "$scratch/text" >"m/a=10.0.0.1,p={s=80,d=2}"
ok 'also when that text is written' cmp m/.map/entries.bin "$scratch/before"
cat m/.map/backup >"$scratch/backup"
rm m/a*
cat "$scratch/backup" >m/.map/backup
ok 'or restored from a backup' cmp m/.map/entries.bin "$scratch/before"
rm m/a*
cat >m/.map/entries.jsonl <<END
{"key":{"a":"10.0.0.1","p":{"s":80,"d":2}},"value":$shown}
END
ok 'or from jsonl' cmp m/.map/entries.bin "$scratch/before"
echo show= >m/.map/def
is "$(cat m/a*)" "$plain" 'show= can be removed alone'

# hostile and mistaken texts
for text in ',' a: :a a:b:c 'u32,u32' nope:u32 a.b:u8 a:u64 a:u32,a:u32 'a:{' 'a:ktime(' \
	'n:dname[0]' 'f:percent' 'f:percent()' 'f:percent(0)' 'f:percent(1000000001)' \
	'p.:u16' '.p:u16' 'p..s:u16' key.nope:u8 value.a:ipv4 in.z:u8 in:u64 \
	"$(seq -s, 300)" "$(head -c 5000 /dev/zero | tr '\0' '(')" 'a:struct { int :3; }'; do
	write_fails EINVAL m/.map/def "show='$text'"
done
is "$(cat m/a*)" "$plain" 'and change nothing'
write_fails EINVAL m/.map/def show=a:u64
is "$(last_error m)" 'in show=: u64 has 8 bytes, but a has 4 (Invalid argument)' 'sizes are named'
write_fails EINVAL m/.map/def show=nope:u8
is "$(last_error m)" \
	'in show=: "nope" is not a member of key or value, or is given twice (Invalid argument)' \
	'so are members'

# whole values, and members called key and value
mkdir s
echo 'key=u32 value=u64 show=ktime' >s/.map/def
echo 1.5 >s/1
is "$(cat s/.map/def)" 'type=hash key=u32 value=u64 max_entries=4096 show=ktime' 'of a new map'
for pair in 'ktime 1.500000000' 'hex 0x0000000059682f00' 'u64 1500000000' 'percent(1000000000) 150%' \
	'majorminor 1430:536320' 'be64 13344055366778880' 'bytes 002f685900000000' \
	'u32[2] [1500000000,0]' '{a:u16,b:u8[6]} {"a":12032,"b":"685900000000"}'; do
	echo "show='${pair%% *}'" >s/.map/def
	is "$(cat s/1)" "${pair#* }" "${pair%% *}"
	cat s/1 >"$scratch/one"
	cat "$scratch/one" >s/1
	is "$(od -An -tx8 s/.map/raw/1)" ' 0000000059682f00' '  and back'
done
echo show=kdate >s/.map/def
date=$(cat s/1)
echo "$date" >s/1
echo show=u64 >s/.map/def
is "$(cat s/1)" 1500000000 "a date leads back: $date"
echo show=syscall >s/.map/def
echo write >s/1
is "$(cat s/1)" write 'a system call'
echo 100000 >s/1
is "$(cat s/1)" 100000 'a number without a name'
echo show=key:hex >s/.map/def
is "$(ls s)" 0x00000001 'a whole key'
mkdir k
echo 'key={key:u32,x:u32} value={v:u32,x:u32}' >k/.map/def
echo '{"v":16,"x":16}' >k/key=1,x=1
echo show=key:ipv4,value.x:hex >k/.map/def
is "$(ls k) $(cat k/*)" 'key=1.0.0.0,x=1 {"v":16,"x":"0x00000010"}' \
	'a member called key, and one of the value only'
echo show=x:hex >k/.map/def
is "$(ls k) $(cat k/*)" 'key=1,x=0x00000001 {"v":16,"x":"0x00000010"}' 'or of both'

# one struct in two places: one of them changes
mkdir t
echo "key=u8 value='struct end { __u32 ip; }; struct { struct end src; struct end dst; }'" >t/.map/def
echo '{"src":{"ip":1},"dst":{"ip":2}}' >t/1
echo show=dst.ip:ipv4 >t/.map/def
is "$(cat t/1)" '{"src":{"ip":1},"dst":{"ip":"2.0.0.0"}}' 'only the place that is named'
