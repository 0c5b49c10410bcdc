#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# bpftool reads what was written, created and removed in the tree, and the tree shows
# what bpftool writes.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/kernel/lib.sh"
require fuse root bpf tool:jq tool:bash
start_workload
pause_workload
mount_fs kernel

# value NAME KEY-BYTES: the value's bytes as hex, from bpftool.
value() {
	value_id=$(map_id "$1")
	shift
	bpftool -j map lookup id "$value_id" key "$@" | jq -r '.value | map(.[2:]) | join("")'
}

lacks() {
	lacks_id=$(map_id "$1")
	shift
	! bpftool -j map lookup id "$lacks_id" key "$@" | jq -e .value >/dev/null 2>&1
}

cd "$mnt/$(map_name hash)" || die 'cd'
echo 513 >3
is "$(value hash 3 0 0 0)" 0102000000000000 'an entry is overwritten'
echo 18446744073709551615 >77
is "$(value hash 77 0 0 0)" ffffffffffffffff 'an entry is created'
touch 78
is_there() {
	value hash "$@" >/dev/null 2>&1
}
# The zero comes with RELEASE, which nobody waits for.
ok 'touch creates a key' wait_for is_there 78 0 0 0
is "$(value hash 78 0 0 0)" 0000000000000000 '  which is zero'
rm 77
ok 'an entry is removed' lacks hash 77 0 0 0
write_fails ERANGE 3 18446744073709551616
write_fails EINVAL 3 many
is "$(value hash 3 0 0 0)" 0102000000000000 'a refused write changes nothing'
bpftool map update id "$(map_id hash)" key 3 0 0 0 value 9 0 0 0 0 0 0 0
is "$(cat 3)" 9 'an update by bpftool is read'
bpftool map update id "$(map_id hash)" key 79 0 0 0 value 1 0 0 0 0 0 0 0
is "$(cat 79)" 1 'a key that bpftool created is listed'
bpftool map delete id "$(map_id hash)" key 79 0 0 0
fails_with ENOENT cat 79

cd "$mnt/$(map_name array)" || die 'cd'
echo 0x10 >7
is "$(value array 7 0 0 0)" 1000000000000000 'an array element is written'
fails_with EPERM rm -f 7
write_fails EFBIG 8 1

cd "$mnt/$(map_name pcparray)" || die 'cd'
cpus=$(wc -l <1)
echo 5 >1
is "$(sort -u 1)" 5 'one line sets every CPU'
seq 100 "$((99 + cpus))" >1
is "$(bpftool -j map dump id "$(map_id pcparray)" |
	jq -r '.[1].formatted.values[].value')" "$(seq 100 "$((99 + cpus))")" \
	'as many lines as CPUs set each its own'
fails_with EINVAL bash -c 'seq 1 "$1" >1' bash "$((cpus + 1))"
is "$(head -n 1 1)" 100 'too many lines change nothing'

cd "$mnt/$(map_name pcphash)" || die 'cd'
echo '{"count":3}' >400
is "$(sort -u 400)" '{"count":3,"nanoseconds":0}' 'a per-CPU hash entry is created'
echo '{"nanoseconds":8}' >>400
is "$(sort -u 400)" '{"count":3,"nanoseconds":8}' '>> keeps the other members'

cd "$mnt/$(map_name flows)" || die 'cd'
key='saddr=192.0.2.1,daddr=192.0.2.2,sport=1,dport=65535,proto=17'
echo '{"packets":1,"state":"FLOW_OPEN","mac":"0a0b0c0d0e0f","comm":"x","window":258}' >"$key"
is "$(value flows 192 0 2 1 192 0 2 2 0 1 255 255 17 0 0 0)" \
	"$(printf '%s' 0100000000000000 0000000000000000 05000000 00040200 00 \
		0a0b0c0d0e0f 7800000000000000000000000000000000 00000000 00000000 \
		00000000 00000000)" 'a struct is written'
echo '{"tag":{"mark":2},"delta":-2}' >>"$key"
is "$(jq -c '[.packets, .tag, .delta]' "$key")" '[1,{"mark":2,"bytes4":"02000000"},-2]' \
	'a union is written through one member'
jq '.state = "FLOW_CLOSED"' "$key" >"$key"
is "$(jq -r '.state + " " + .comm' "$key")" 'FLOW_CLOSED x' 'jq works in place'
rm "$key"
ok 'it is removed' lacks flows 192 0 2 1 192 0 2 2 0 1 255 255 17 0 0 0

cd "$mnt/$(map_name routes)" || die 'cd'
echo 7 >10.1.0.0_16
is "$(value routes 16 0 0 0 10 1 0 0)" 07000000 'a prefix is written'
is "$(cat 10.1.0.0_16)" 7 'and read'
fails_with ENOENT cat 10.1.2.3
echo 8 >10.1.2.3
is "$(cat 10.1.2.3_32)" 8 'a bare address is its full-length prefix'
rm 10.1.0.0_16
fails_with ENOENT cat 10.1.0.0_16
fails_with ENOENT rm 10.1.2.0_24

cd "$mnt/$(map_name locked)" || die 'cd'
echo '{"turns":1,"a":2,"b":2}' >7
is "$(value locked 7 0 0 0)" 000000000100000002000000000000000200000000000000 \
	'a value is written under its spin lock'
seq 100 110 | while read -r key; do
	echo '{"turns":1}' >"$key" 2>/dev/null
done
write_fails ENOSPC 111 '{"turns":1}'
ok 'a full map says so' grep -q 'full' .map/errors
