#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Stack traces that a program collects: kernel frames as symbols, only for root; user
# frames by build id; ids can be deleted.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/kernel/lib.sh"
require fuse root bpf tool:bash tool:jq tool:setpriv
. "$top_srcdir/tests/host-names.sh"
start_attached variables
mount_fs kernel -o allow_other
chmod 755 "$mnt" "$scratch"
kernel=$mnt/@$(id_of stacks) user=$mnt/@$(id_of user_stacks)

has_stack() {
	[ -n "$(ls "$1")" ]
}
ok 'there are kernel stacks' wait_for has_stack "$kernel"
ok 'there are user stacks' wait_for has_stack "$user"
pause_helper "$helper_pid"

id=$(ls "$kernel" | head -n 1)
cat "$kernel/$id" >stack
ok 'the innermost frame is the program' \
	grep -Eq '^bpf_prog_[0-9a-f]+_on_sys_enter\+0x[0-9a-f]+ \[bpf\]$' stack
ok 'the others are functions of the kernel' grep -Eq '^do_syscall_64\+0x[0-9a-f]+$' stack
is "$(grep -Evc '^[A-Za-z0-9_.]+\+0x[0-9a-f]+( \[[a-z_0-9]+\])?$' stack)" 0 \
	'every line is symbol+0xOFFSET'
is "$(stat -c %s "$kernel/$id")" "$(wc -c <stack)" 'the size is exact'

# dash has no numbers as large.
sum() {
	bash -c 'printf "%016x\n" "$((16#$1 + $2))"' bash "$1" "$2"
}

# Against what the kernel says of the same addresses.
bpftool -j map lookup id "$(id_of stacks)" key hex \
	"$(printf %02x "$id")" 00 00 00 |
	jq -r '.value | [range(0; length; 8) as $i | .[$i:$i + 8] | reverse
		| map(ltrimstr("0x")) | join("")] | .[]' |
	grep -v '^0*$' >addresses
is "$(wc -l <addresses)" "$(wc -l <stack)" 'one frame per line'
while read -r address && read -r line <&3; do
	name=${line%%+*} offset=${line#*+} offset=${offset%% *}
	start=$(awk -v n="$name" '$3 == n { print $1 }' /proc/kallsyms)
	found=no
	for at in $start; do
		[ "$(sum "$at" "$offset")" = "$address" ] && found=yes
	done
	is "$found" yes "$address is $line"
done <addresses 3<stack

is "$(grep "^$id	" "$kernel/.map/entries" | cut -f 2 | jq -r '.[]')" "$(cat stack)" \
	'.map/entries has the frames as an array'

chmod 755 "$kernel"
reads_as "$kernel/$id" "$(sort stack)" "$(sed 's/^0*/0x/' addresses | sort)"
ok 'whole-map files have symbols' grep -q do_syscall_64 "$kernel/.map/entries"
is "$(as_nobody cat "$kernel/.map/entries" "$kernel/.map/backup" | grep -c syscall)" 0 \
	'  but not for other users'
is "$(grep -c syscall "$kernel/.map/backup")" 0 '  and a backup has none'

cat "$user/$(ls "$user" | head -n 1)" >stack
ok 'user frames have a build id' grep -Eq '^[0-9a-f]{40}\+0x[0-9a-f]+$' stack
is "$(grep -Evc '^([0-9a-f]{40}\+)?0x[0-9a-f]+$' stack)" 0 'or by address'

write_fails EOPNOTSUPP "$kernel/$id" 1
rm "$kernel/$id"
ok 'a stack is deleted'
fails_with ENOENT cat "$kernel/$id"
