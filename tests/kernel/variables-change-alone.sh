#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The variables of a running program are files; writing one changes nothing else, while
# the program changes its neighbours.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/kernel/lib.sh"
require fuse root bpf tool:bash tool:jq tool:python3
start_attached variables
program=$helper_pid
mount_fs kernel
data=$mnt/$attached.data bss=$mnt/$attached.bss
counts=$mnt/@$(id_of counts)

is "$(ls "$data" | tr '\n' ' ')" \
	'enabled hidden hits label last_verbose limits table verbose where ' \
	'.data lists its variables, static ones too'
is "$(ls "$bss" | tr '\n' ' ')" 'commands_seen last_command switches ' '.bss lists its own'

create_exclusively() {
	python3 -c 'import os, sys
os.open(sys.argv[1], os.O_CREAT | os.O_EXCL | os.O_WRONLY)' "$1"
}

# --- switched hundreds of times, the neighbour counts every call ---------------

switch_and_look() {
	for i in $(seq 100); do
		echo 0 >"$data/verbose" || fail 'verbose cannot be written'
		echo 1 >"$data/verbose"
	done
	[ "$(cat "$bss/switches")" -gt 300 ]
}
ok 'the program saw it switch hundreds of times' wait_for switch_and_look
is "$(cat "$data/verbose")" 1 'the last switch holds'
pause_helper "$program"
is "$(cat "$data/hits")" "$(($(cat "$counts/0") + 1))" \
	'no increment of the neighbour was lost'
ok 'there were some' test "$(cat "$data/hits")" -gt 500

# --- every kind of variable -----------------------------------------------------

before=$(grep -v '^limits' "$data/.map/entries")
is "$(cat "$data/limits")" \
	'{"low":10,"high":20,"strict":1,"level":5,"mode":"MODE_AUTO","total":{"bytes":1000}}' \
	'a struct, with bit-fields and an enum'
echo '{"level":2,"total":{"bytes":7}}' >>"$data/limits"
is "$(cat "$data/limits")" \
	'{"low":10,"high":20,"strict":1,"level":2,"mode":"MODE_AUTO","total":{"bytes":7}}' \
	'>> merges into a struct'
echo '{"low":3,"mode":"MODE_ON"}' >"$data/limits"
is "$(cat "$data/limits")" \
	'{"low":3,"high":0,"strict":0,"level":0,"mode":"MODE_ON","total":{"bytes":0}}' \
	'> replaces it'
is "$(grep -v '^limits' "$data/.map/entries")" "$before" 'nothing beside it changed'

is "$(cat "$data/table")" '[-1,0,1]' 'an array'
echo '[5,-6,7]' >"$data/table"
is "$(cat "$data/table")" '[5,-6,7]' 'an array is written'
is "$(cat "$data/label")" first 'a string'
echo second >"$data/label"
is "$(cat "$data/label")" second 'a string is written'
is "$(cat "$data/where")" 0x1122334455667788 'a pointer is hexadecimal'
echo 0x10 >"$data/where"
is "$(cat "$data/where")" 0x0000000000000010 'a pointer is written'
echo false >"$data/enabled"
is "$(cat "$data/enabled")" false 'a bool is written'
echo 9 >"$data/hidden"
is "$(cat "$data/hidden")" 9 'a static variable is written'
is "$(cat "$data/hidden@80")" 9 'NAME@OFFSET is understood'
is "$(stat -c %s "$data/label")" 7 'sizes are those of the text'

bpftool -j map dump name "$attached.data" | jq -r '.[0].formatted.value | .[] | .[]
	| to_entries[] | select(.key == "table" or .key == "hidden") | "\(.key) \(.value)"' |
	tr -d ' \n' >bpftool
is "$(cat bpftool)" 'table[5,-6,7]hidden9' 'bpftool sees the same'

# --- .map -----------------------------------------------------------------------

is "$(cat "$data/.map/count")" 9 '.map/count counts variables'
is "$(sort "$data/.map/keys")" "$(ls "$data")" '.map/keys names them'
is "$(grep '^label' "$data/.map/entries")" 'label	"second"' '.map/entries has one line per variable'
ok '.map/btf declares the variables' \
	grep -q '^volatile __u8 hidden; /\* offset 80, size 1 \*/$' "$data/.map/btf"
ok '.map/btf declares their types' grep -q '^struct limits {$' "$data/.map/btf"
mine=$mnt/@$(id_of .data.mine)
is "$(cat "$mine/.map/def")" 'type=array key=u32 value={mine:u32} max_entries=1 flags=mmapable' \
	'.map/def describes the section'

printf 'hidden\t11\ntable\t[1,2,3]\n' >"$data/.map/entries"
is "$(cat "$data/hidden" "$data/table" "$data/label" | tr '\n' ' ')" '11 [1,2,3] second ' \
	'writing .map/entries changes the variables it names'
fails_with EINVAL bash -c 'printf "hidden\t12\nnosuch\t1\n" >"$1"' bash "$data/.map/entries"
before=$(cat "$data/.map/entries")
cat "$data/.map/backup" >backup
cat "$data/.map/entries.bin" >bin
cat "$data/.map/entries.jsonl" >jsonl
echo "$before" >entries
for file in backup bin jsonl entries; do
	case $file in
	bin | jsonl) to=$data/.map/entries.$file ;;
	*) to=$data/.map/$file ;;
	esac
	echo third >"$data/label"
	echo 12 >"$data/hidden"
	cat "$file" >"$to"
	is "$(cat "$data/.map/entries")" "$before" "$file brings everything back"
	cat "$data/.map/entries.bin" >bin2
	same bin bin2 "$file: to the byte"
done
echo 9 >"$data/hidden"

raw=$data/.map/raw
is "$(od -An -tx1 "$raw/hidden" "$raw/table" | tr -d '\n')" ' 09 01 00 02 00 03 00' \
	'.map/raw has the bytes of one variable'
printf '\012' >"$raw/hidden"
printf '\007\000' | dd of="$raw/table" bs=2 seek=1 conv=notrunc 2>/dev/null
is "$(cat "$data/hidden" "$data/table" | tr '\n' ' ')" '10 [1,7,3] ' 'which can be written'
echo 9 >"$data/hidden"

# --- a section of one's own, constants --------------------------------------------

echo 1000 >"$mine/mine"
is "$(cat "$mine/mine")" 1000 'a section with a name of its own'
rodata=$mnt/$attached.rodata
is "$(cat "$rodata/fixed")" 5 '.rodata is read'
write_fails EPERM "$rodata/fixed" 6
is "$(cat "$rodata/fixed")" 5 'and unchanged'
ok 'errors say why' grep -q 'read-only data' "$rodata/.map/errors"
is "$(cat "$mnt/@$(id_of .rodata.target)/target")" "$program" '.rodata.target'

# --- errors -----------------------------------------------------------------------

write_fails EINVAL "$data/nosuch" 1
ok 'errors name the variables' grep -q 'expected one of: enabled, hidden, hits' "$data/.map/errors"
fails_with ENOENT cat "$data/nosuch"
fails_with ENOENT cat "$data/hidden@4"
fails_with EPERM rm "$data/verbose"
write_fails ERANGE "$data/hidden" 256
write_fails EINVAL "$data/table" '[1]]'
write_fails EFBIG "$data/label" '12345678901234567'
is "$(cat "$data/label")" second 'a refused text changes nothing'
fails_with EEXIST create_exclusively "$data/hidden"

# Nothing stays mapped: freezing would be EBUSY.
kill -CONT "$program"
before=$(cat "$counts/0")
counted_more() {
	[ "$(cat "$counts/0")" -gt "$before" ]
}
ok 'the program goes on' wait_for counted_more
end_helper "$program"
ok 'the map is freed' wait_for is_freed "$(id_of "$attached.data")"
