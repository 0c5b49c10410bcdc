#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# .map/entries and the other whole-map files: text that was read can be written back,
# byte for byte; a bad line is reported and ends the writing; a truncated backup deletes
# nothing. tests/kernel runs this on the kernel's maps.

. "${top_srcdir:-.}/tests/lib.sh"
require fuse tool:bash tool:busybox
store=${TEST_STORE:-memory}
mount_fs "$store"
allow_errors 'error'

# make DEF: two maps of that definition, and paths to their files.
make_maps() {
	for dir in ${a:+"$a"} ${b:+"$b"}; do
		empty "$dir"
		rmdir "$dir" || fail "rmdir $dir"
	done
	a=$mnt/$(unique a)
	b=$mnt/$(unique b)
	mkdir "$a" "$b" || die "mkdir"
	echo "$1" >"$a/.map/def" && echo "$1" >"$b/.map/def" || die "$1"
}

empty() {
	echo yes >"$1/.map/clear" 2>/dev/null || : # arrays cannot be
}

# The bytes of all entries, in the order of their keys' names. (sort itself
# reads a file of size 0 in tiny pieces.)
content() {
	cat "$1/.map/entries" | sort
	od -An -v -tx1 -w"$(($(cat "$1/.map/key_size") + size))" "$1/.map/entries.bin" | sort
}

equal() {
	size=$(($(wc -c <"$a/.map/entries.bin") / $(wc -l <"$a/.map/keys") - \
		$(cat "$a/.map/key_size")))
	content "$a" >one
	content "$b" >two
	cmp -s one two || {
		diff one two | head -n 5 | sed 's/^/# /'
		return 1
	}
}

# --- every type, every format ----------------------------------------------------

cpus=$(getconf _NPROCESSORS_CONF)
zeros=$(printf '0,%.0s' $(seq "$cpus"))

# round_trips DEF LINE...: the lines are entries of such a map.
round_trips() {
	make_maps "$1"
	def=$1
	shift
	printf '%s\n' "$@" >lines
	ok "$def: written" sh -c 'cat lines >"$1"' sh "$a/.map/entries"
	for file in entries entries.jsonl entries.bin backup; do
		empty "$b"
		cat "$a/.map/$file" >copy
		ok "$file is taken" sh -c 'cat copy >"$1"' sh "$b/.map/$file"
		ok "$file makes it equal" equal
	done
	cat "$b/.map/backup" >again
	ok 'backups compare equal' sh -c 'sort copy >c1; sort again >c2; cmp c1 c2'
	dd if=copy bs=13 2>/dev/null >"$b/.map/backup"
	ok 'in pieces of 13 bytes' equal
}

tab=$(printf '\t')
round_trips 'type=hash key=u32 value={packets:u64,bytes:s32,mac:mac} max_entries=100' \
	"1$tab{\"packets\":1,\"bytes\":-5,\"mac\":\"02:00:00:00:00:01\"}" \
	"0x10$tab{\"packets\":18446744073709551615}" "3$tab{\"bytes\":-2147483648}" \
	"4$tab  {\"bytes\" : 7 }  "
round_trips 'type=hash key={addr:ipv4,port:be16} value=char[16] max_entries=100' \
	"addr=10.0.0.1,port=443${tab}\"web\"" "@0a00000200500001${tab}\"@41\""
round_trips 'type=hash key=char[32] value=bytes[3] max_entries=100' \
	"a%2Fb${tab}[1,2,3]" "%40x${tab}\"0000ff\"" "with space${tab}[9,9,9]" \
	"@$(printf '%064d' 1)${tab}[1,1,1]"
round_trips 'type=array key=u32 value=x32 max_entries=50' "0${tab}\"0x1\"" "49${tab}7"
round_trips 'type=lru_hash key=u64 value=f32 max_entries=1000' "1${tab}1.5" "2${tab}\"nan\"" "3${tab}-0"
round_trips 'type=lpm_trie key=prefix(ipv4) value=u32 max_entries=100' \
	"10.0.0.0_8${tab}1" "10.1.0.0_16${tab}2" "0.0.0.0_0${tab}3" "10.1.2.3${tab}4" \
	"@080000000b010203${tab}5"
round_trips 'type=lpm_trie key=prefix(ipv6) value=ipv6 max_entries=100' \
	"2001:db8::_32${tab}\"::1\"" "::_0${tab}\"fe80::1\""
round_trips 'type=lpm_trie key=prefix({id:u8,addr:ipv4}) value=u32 max_entries=100' \
	"id=1,addr=10.0.0.0_16${tab}1"
round_trips 'type=percpu_hash key=u16 value=u32 max_entries=100' \
	"1${tab}5" "2${tab}[${zeros%,}]" "3${tab}[$(seq -s , "$cpus")]"
round_trips 'type=percpu_array key=u32 value={n:u64,s:char[4]} max_entries=5' \
	"1${tab}{\"n\":3,\"s\":\"abc\"}"
round_trips 'type=percpu_hash key=u16 value=u16[3] max_entries=100' "1${tab}[1,2,3]"
round_trips 'type=lru_percpu_hash key=u16 value=char[8] max_entries=1000' "1${tab}\"x\""

# Entries of maps of maps are maps.
inner1=$(unique i)
inner2=$(unique j)
for dir in "$inner1" "$inner2"; do
	mkdir "$mnt/$dir" && echo 'key=u32 value=u64 max_entries=3' >"$mnt/$dir/.map/def" ||
		die 'no inner map'
done
round_trips "type=array_of_maps key=u32 max_entries=5 inner=$inner1" \
	"1$tab\"$inner1\"" "4$tab\"$inner2\""
round_trips "type=hash_of_maps key={a:u16,b:u16} max_entries=5 inner=$inner1" \
	"a=1,b=2$tab\"$inner2\"" "a=3,b=0$tab\"$inner1\"" "a=3,b=1$tab\"$inner1\""

# What only the kernel has.
if [ "$store" = kernel ]; then
	round_trips 'type=devmap key=u32 value=u32 max_entries=4' "0${tab}1" "3${tab}\"lo\""
	round_trips 'type=devmap_hash key=u32 value=u32 max_entries=4' "77${tab}1" "5${tab}1"
	round_trips 'type=cpumap key=u32 value=u32 max_entries=1' "0${tab}64"
fi

# What text does not show survives a backup: padding, the bits of a NaN.
make_maps 'type=hash key=u32 value={a:u8,f:f32} max_entries=10'
printf '\001\0\0\0\005\377\376\375\001\0\300\177' >"$a/.map/entries.bin"
cat "$a/.map/backup" >"$b/.map/backup"
ok 'a backup keeps padding and NaNs' equal
is "$(cat "$a/.map/entries")" "1$tab{\"a\":5,\"f\":\"nan\"}" 'entries show their meaning'

# --- pieces and lines -----------------------------------------------------------------

make_maps 'type=hash key=u32 value=u32 max_entries=100000'
seq 50000 | sed "s/.*/&$tab&/" >many
dd if=many of="$a/.map/entries" bs=4097 conv=notrunc 2>/dev/null
ok 'lines split over writes' test "$(awk '$1 == $2' "$a/.map/entries" | wc -l)" -eq 50000
(head -n 10 many; tail -n +11 many) >"$b/.map/entries"
ok 'two programs, one file' equal
empty "$b"
bash -c 'exec 3>"$1"; for i in 1 2 3; do printf "%s\t%s\n" $i $i >&3; done' bash "$b/.map/entries"
is "$(sort "$b/.map/entries" | tr '\t\n' '= ')" '1=1 2=2 3=3 ' 'a shell writes line by line'
printf '# a comment\n\n7\t7\n#8\t8\n9\t9' >>"$b/.map/entries"
is "$(sort "$b/.map/keys" | tr '\n' ' ')" '1 2 3 7 9 ' \
	'comments and empty lines are skipped, a last line needs no newline'
make_maps 'type=hash key=u32 value=bytes[600000] max_entries=3'
{
	printf '1\t"'
	head -c 1200000 /dev/zero | tr '\0' a
	printf '"\n2\t"'
	head -c 1200000 /dev/zero | tr '\0' b
	printf '"\n'
} >long
cat long >"$a/.map/entries"
is "$(sort "$a/.map/entries" | cut -f 2 | tr -d '\n' | tr -s ab)" '"a""b"' 'lines of a megabyte'
cat "$a/.map/entries" >"$b/.map/entries"
ok 'and read' equal

# --- a descriptor closed within a line ------------------------------------------------

# Every process that writes its piece closes its copy of the descriptor.
apart() {
	apart_file=$1
	shift
	(for piece; do /usr/bin/printf "$piece"; done) >"$apart_file"
}

make_maps 'type=hash key=u32 value=u32 max_entries=100'
apart "$a/.map/entries" '1\t1' '2\n# 2' '\t2\n3\t3' '\n' '4\t' '4'
is "$(sort "$a/.map/entries" | tr '\t\n' '= ')" '1=12 3=3 4=4 ' 'a line continues after a close'
ok 'no error if nothing was written' \
	bash -c '(printf "9\t"; sleep 0.01; printf "9\n") 2>&1 >"$1" | (! grep .)' \
	bash "$a/.map/entries"
is "$(cat "$a/9")" 9 'and does not end a line'
apart "$a/.map/entries.jsonl" '{"key":5,"value":5' '0}\n{"key":6,"value":6}'
is "$(cat "$a/5" "$a/6" | tr '\n' ' ')" '50 6 ' 'of JSON, too'
head -n 50 many >"$a/.map/entries"
apart "$a/.map/delete" '1' '2\n3' '3\n50'
ok 'the last name is deleted without newline' wait_for test ! -e "$a/50"
is "$(awk '{ n++; s += $1 } END { print n, s }' "$a/.map/keys")" "47 $((1275 - 12 - 33 - 50))" \
	'the beginning of a name deletes nothing'
apart "$a/.map/backup" '7\t7\n8\t8\n#' ' end ' '2' '\n'
is "$(sort "$a/.map/keys" | tr '\n' ' ')" '7 8 ' 'the end of a backup'

# --- the first bad line ----------------------------------------------------------------

make_maps 'type=hash key=u8 value=u8 max_entries=200'

# refused ERRNO WHERE FILE TEXT...: one write of the lines fails so.
refused() {
	refused_errno=$1
	refused_where=$2
	refused_file=$3
	shift 3
	printf '%s\n' "$@" >text
	fails_with "$refused_errno" dd if=text of="$a/.map/$refused_file" bs=1M conv=notrunc
	ok "errors name $refused_where" \
		sh -c 'tail -n 1 "$1" | grep -q "$2"' sh "$a/.map/errors" "$refused_where"
}

refused EINVAL 'entries: line 3, column 3: ' entries "1${tab}1" '# x' "2${tab}x" "3${tab}3"
is "$(cat "$a/.map/keys")" 1 'lines before the bad line are applied, none after it'
refused ERANGE 'line 1, column 3' entries "2${tab}256"
refused ERANGE 'line 1, column 1' entries "256${tab}1"
refused EINVAL 'line 1, column 4' entries '2 1'
refused EINVAL 'line 2, column 19' entries.jsonl '{"key":2,"value":2}' '{"key":3,"value": x}'
refused EINVAL '"value" is missing' entries.jsonl '{"key":3}'
refused EINVAL 'line 1' entries.jsonl '{"key":3,"value":3,"more":1}'
refused EINVAL 'line 1' entries.jsonl '{"key":3,"value":3} {}'
ok 'members in any order' sh -c 'echo "{\"value\":9,\"key\":5}" >"$1"' sh "$a/.map/entries.jsonl"
is "$(cat "$a/5")" 9 'are the same entry'
printf abc >short
fails_with EINVAL dd if=short of="$a/.map/entries.bin" conv=notrunc
bash -c 'exec 3>"$1"; echo "1	x" >&3; echo "9	9" >&3' bash "$a/.map/entries" 2>/dev/null
ok 'after a bad line every write fails' test ! -e "$a/9"

make_maps 'type=array key=u32 value=u8 max_entries=4'
refused EFBIG 'line 2' entries "3${tab}1" "4${tab}1"
is "$(cat "$a/3")" 1 'up to the last index'

make_maps 'type=hash key=u32 value=u32 max_entries=1000'
fails_with ENOSPC dd if=many of="$a/.map/entries" bs=1M conv=notrunc
is "$(cat "$a/.map/count")" 1000 'a full map is full'
ok 'and says where' sh -c 'tail -n 1 "$1" | grep -q "line 1001, .*max_entries=1000"' sh "$a/.map/errors"
make_maps 'type=percpu_hash key=u32 value=u32 max_entries=10'
refused EINVAL "one per CPU, found more" entries "1${tab}[${zeros}0]"
make_maps 'type=hash key=u32 value=u32 max_entries=10'
ok 'frozen' sh -c 'echo 1 >"$1"' sh "$a/.map/frozen"
refused EPERM 'line 1' entries "1${tab}1"

# --- delete, clear ------------------------------------------------------------------------

make_maps 'type=hash key=u32 value=u32 max_entries=10000'
head -n 9000 many >"$a/.map/entries"
seq 2 2 9000 >"$a/.map/delete"
ok 'delete removes the keys that are written to it' test "$(awk '$1 % 2' "$a/.map/keys" | wc -l)" -eq 4500
is "$(cat "$a/.map/count")" 4500 'and no others'
printf '1\n2\n3\n' >"$a/.map/delete"
ok 'a key that does not exist is not an error' test ! -e "$a/3"
refused EINVAL 'delete: line 2' delete 5 x 7
ok 'the key before a bad line is deleted' test ! -e "$a/5"
ok 'the key after it is not' test -e "$a/7"
write_fails EINVAL "$a/.map/clear" no
echo yes >"$a/.map/clear"
is "$(cat "$a/.map/count")" 0 'clear'
head -n 9 many >"$a/.map/entries"
write_fails EINVAL "$a/.map/clear" ye
is "$(cat "$a/.map/count")" 9 'half a word clears nothing'
apart "$a/.map/clear" y es
is "$(cat "$a/.map/count")" 0 'a word in pieces does'
make_maps 'type=array key=u32 value=u8 max_entries=4'
write_fails EPERM "$a/.map/clear" yes
write_fails EPERM "$a/.map/delete" 1
for type in array percpu_array; do
	make_maps "type=$type key=u32 value=u32[3] max_entries=70000"
	seq 0 69999 | sed 's/$/	[1,2,3]/' >"$a/.map/entries"
	write_fails EINVAL "$a/.map/clear" 1
	ok "$type: 0 is taken" sh -c 'echo 0 >"$1"' sh "$a/.map/clear"
	is "$(cut -f 2 "$a/.map/entries" | tr -d '0,[]\n')" '' "$type: every value is zero"
	is "$(cat "$a/.map/count")" 70000 "$type: all are still there"
done

# --- drain -----------------------------------------------------------------------------------

for def in 'hash key=u32' 'lru_hash key=u32' 'percpu_hash key=u32' 'lru_percpu_hash key=u32' \
	'lpm_trie key=prefix(ipv4)'; do
	make_maps "type=$def value=u32 max_entries=20000"
	seq 3000 | awk -v def="$def" '{
		key = def ~ /lpm/ ? sprintf("10.0.%d.%d_32", $1 / 256, $1 % 256) : $1
		print key "\t" $1
	}' >"$a/.map/entries"
	sort "$a/.map/entries" >want
	# A shell reads byte by byte, and takes no line more than it uses.
	read -r line <"$a/.map/drain"
	printf '%s\n' "$line" >got
	head -c 100 "$a/.map/drain" >part
	cat "$a/.map/drain" >rest
	head -n "$(tr -dc '\n' <part | wc -c)" part >whole
	sort got whole rest >sorted
	ok "$def: drain prints each entry once" cmp want sorted
	is "$(cat "$a/.map/count" "$a/.map/drain")" 0 "$def: then the map is empty"
done
make_maps 'type=hash key=u32 value=u32 max_entries=10'
echo 1 >"$a/1"
busybox cat "$a/.map/drain" >got
is "$(cat got)" "1${tab}1" 'drain by sendfile'

# --- a backup deletes only at its end --------------------------------------------------------

make_maps 'type=hash key=u32 value=u32 max_entries=1000'
head -n 1000 many >"$a/.map/entries"
cat "$a/.map/backup" >saved
is "$(sed -n '1p;$p' saved | tr '\n' ' ')" \
	'# def type=hash key=u32 value=u32 max_entries=1000 # end 1000 ' 'a backup has def and end lines'

spoil() {
	empty "$a"
	seq 2001 3000 | sed "s/.*/&${tab}1/" >"$a/.map/entries"
}

spoil
seq 1 500 >"$a/.map/delete"
head -n 500 saved >short
fails_with EINVAL cp short "$a/.map/backup"
is "$(awk '$1 > 2000' "$a/.map/keys" | wc -l)" 1000 'a backup cut off deletes nothing'
fails_with EINVAL bash -c "cat short >'$a/.map/backup'"
(head -c 5000 saved) >"$a/.map/backup" 2>/dev/null
is "$(awk '$1 > 2000' "$a/.map/keys" | wc -l)" 1000 'nor does one that is cut off within a line'
no_end_told() {
	grep -q 'backup: line .* has no end, so nothing was deleted' "$a/.map/errors" &&
		grep -q 'backup: line .* ends within a line' "$a/.map/errors"
}
ok 'which is in errors' wait_for no_end_told
empty "$a"
printf '%s' "1${tab}23" >"$a/.map/backup" 2>/dev/null
is "$(cat "$a/.map/keys")" '' 'a line cut off is no entry of a backup'
spoil
sed '$s/.*/# end 999/' saved >wrong
fails_with EINVAL dd if=wrong of="$a/.map/backup" bs=1M conv=notrunc
is "$(awk '$1 > 2000' "$a/.map/keys" | wc -l)" 1000 'a wrong count deletes nothing'
sed '700s/.*/nonsense/' saved >wrong
fails_with EINVAL dd if=wrong of="$a/.map/backup" bs=1M conv=notrunc
is "$(awk '$1 > 2000' "$a/.map/keys" | wc -l)" 1000 'nor does one with a bad line'
cat saved >"$a/.map/backup"
ok 'a full map is restored' test $? -eq 0
cat "$a/.map/backup" >restored
ok 'and is what it was' sh -c 'sort saved >s1; sort restored >s2; cmp s1 s2'
sed 's/key=u32/key=u64/' saved >wrong
fails_with EINVAL dd if=wrong of="$a/.map/backup" bs=1M conv=notrunc
ok 'a backup of another map is named' grep -q 'keys have 8 bytes' "$a/.map/errors"

# --- readers ---------------------------------------------------------------------------------

cd "$a/.map" || die 'cd'
cat backup >"$scratch/want"
for reader in 'cat backup' 'cat <backup' 'dd if=backup bs=999' 'head -c 10000000 backup' \
	'tail -n +1 backup' 'grep "" backup' 'python3 -c "print(open(\"backup\").read(), end=\"\")"' \
	'sed "" backup' "awk 1 backup"; do
	command -v "${reader%% *}" >/dev/null || continue
	sh -c "$reader" 2>/dev/null >"$scratch/got"
	ok "$reader" cmp "$scratch/want" "$scratch/got"
done
is "$(head -n 1 backup 2>&1 | cut -c 1-5)" '# def' 'head may seek back'
is "$(while read -r line; do echo "$line"; done <backup | tail -n 1)" '# end 1000' 'shells may seek back, too'
cp backup "$scratch/got"
ok 'cp' cmp "$scratch/want" "$scratch/got"
is "$(wc -c <backup)" "$(wc -c <"$scratch/want")" 'wc -c'
cd "$scratch" || die 'cd'
