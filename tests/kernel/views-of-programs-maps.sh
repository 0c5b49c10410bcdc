#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Views of maps that were created elsewhere: without types, with types of a program,
# with a program that is using them, queues and ring buffers.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/kernel/lib.sh"
require root bpf fuse tool:bpftool tool:setpriv tool:bash file:/sys/kernel/btf/vmlinux
user=65534

test_cleanup() {
	[ -z "$bpftrace_pid" ] || kill "$bpftrace_pid" 2>/dev/null
	umount "$scratch/bpffs" 2>/dev/null
}
bpftrace_pid=
chmod 755 "$scratch"
mkdir "$scratch/bpffs"
mount -t bpf bpf "$scratch/bpffs" || die 'no BPF file system'
bpffs=$scratch/bpffs
mount_fs kernel -o "allow_other,umask=066,bpffs=$bpffs"

# make NAME TYPE KEY VALUE ENTRIES: a pinned map without BTF
make() {
	bpftool map create "$bpffs/$1" type "$2" ${3:+key "$3"} ${4:+value "$4"} \
		entries "$5" name "$1" >/dev/null || fail "create $1"
}

last_error() {
	tail -n 1 "$1/.map/errors" | sed 's/.*write .map\/def: //'
}

# iproute2's and xdp tools' kind: bytes
hits=$(unique hits)
make "$hits" hash 4 8 16
bpftool map update pinned "$bpffs/$hits" key hex 0a 00 00 01 value hex 07 00 00 00 00 00 00 00
cd "$mnt" || exit 1
is "$(ls "$hits")" @0a000001 'without a view the key is raw'
write_fails EINVAL "$hits/@0a000001" 7
is "$(tail -n 1 "$hits/.map/errors" | sed 's/.*; //')" \
	'to set its type: echo value=u64 > .map/def (Invalid argument)' 'a refusal says how to go on'
echo 'key=ipv4 value=u64' >"$hits/.map/def"
is "$(ls "$hits") $(cat "$hits"/*)" '10.0.0.1 7' 'a view types the key'
echo 5 >"$hits/10.0.0.2"
is "$(bpftool -j map lookup pinned "$bpffs/$hits" key hex 0a 00 00 02 | jq -c .value)" \
	'["0x05","0x00","0x00","0x00","0x00","0x00","0x00","0x00"]' 'bpftool reads what was written'
is "$(bpftool -j map show pinned "$bpffs/$hits" | jq -c '[.bytes_key,.bytes_value,.btf_id]')" \
	'[4,8,null]' 'the map is as it was'
write_fails EPERM "$hits/.map/def" type=array
write_fails EPERM "$hits/.map/def" 'key=ipv4 max_entries=3'
write_fails EINVAL "$hits/.map/def" value=u32
is "$(last_error "$hits")" 'column 1: value= has 4 bytes, but the values of this map have 8 (Invalid argument)' \
	'both sizes are named'
write_fails EINVAL "$hits/.map/def" 'value=struct task_struct'
chmod 777 "$hits"
fails_with EACCES setpriv --reuid $user --regid $user --clear-groups \
	bash -c "echo key=u32 >$hits/.map/def"
is "$(ls "$hits" | head -n 1)" 10.0.0.1 'only the owner may set a view'
echo >"$hits/.map/def"
ok 'an empty line removes the view' test -e "$hits/@0a000001"

queue=$(unique queue)
make "$queue" queue '' 4 4
bpftool map push pinned "$bpffs/$queue" value hex 0a 00 00 01
echo value=ipv4 >"$queue/.map/def"
is "$(cat "$queue/.map/peek")" 10.0.0.1 'a queue'
echo 10.0.0.2 >"$queue/.map/push"
is "$(cat "$queue/.map/pop" "$queue/.map/pop" | tr '\n' ' ')" '10.0.0.1 10.0.0.2 ' 'an element is pushed in the form of the view'
write_fails EINVAL "$queue/.map/def" key=u32
ring=$(unique ring)
make "$ring" ringbuf '' '' 4096
echo 'value={pid:u32,comm:char[16]}' >"$ring/.map/def"
is "$(cat "$ring/.map/def")" 'type=ringbuf value={pid:u32,comm:char[16]} max_entries=4096' \
	'records of a ring buffer'
ok 'records of the view are declared in .map/btf' grep -q 'char comm\[16\];' "$ring/.map/btf"
write_fails EINVAL "$ring/.map/def" key=u32
slots=$(unique slots)
make "$slots" percpu_array 4 8 5
echo 'key=enum xdp_action value=u64' >"$slots/.map/def"
is "$(ls "$slots" | sort | tr '\n' ' ')" 'XDP_ABORTED XDP_DROP XDP_PASS XDP_REDIRECT XDP_TX ' \
	'an enum of the kernel names slots'
echo 3 >"$slots/XDP_DROP"
is "$(sort -u "$slots/1")" 3 'and can be read and written'
prefixes=$(unique lpm)
bpftool map create "$bpffs/$prefixes" type lpm_trie key 8 value 4 entries 4 name "$prefixes" flags 1
echo 7 >"$prefixes/10.0.0.0_8" 2>/dev/null || echo @07000000 >"$prefixes/10.0.0.0_8"
echo 'key=prefix({vlan:be16,port:be16}) value=u32' >"$prefixes/.map/def"
is "$(ls "$prefixes") $(cat "$prefixes"/*)" 'vlan=2560,port=0_8 7' 'an LPM trie'
write_fails EINVAL "$prefixes/.map/def" key=u64
for type in devmap prog_array; do
	other=$(unique "$type")
	make "$other" "$type" 4 4 2
	write_fails EINVAL "$other/.map/def" value=u32
done

# bpftrace's maps have neither types nor, once read, anything to say what they are
if have bpftrace; then
	bpftrace -e 'tracepoint:syscalls:sys_enter_getppid { @calls[comm] = count(); }' \
		>/dev/null 2>"$scratch/bpftrace.err" &
	bpftrace_pid=$!
	calls() {
		for map in AT_calls@* AT_calls calls@* calls; do
			[ -d "$map" ] || continue
			awk -v pid="$bpftrace_pid" '$1 == pid { f = 1 } END { exit !f }' "$map/.map/pids" && return
		done
		return 1
	}
	ok 'bpftrace runs' wait_for calls
	bash -c 'exec -a caller perl -e "getppid() for 1 .. 3"'
	echo 'key=char[16] value=u64' >"$map/.map/def" ||
		fail "$(cat "$map/.map/info")"
	counted() {
		[ -e "$map/perl" ]
	}
	ok 'its keys are strings' wait_for counted
	ok 'its values numbers' awk '{ n += $1 } END { exit n < 3 }' "$map/perl"
	echo 1000 >"$map/edited"
	is "$(sort -u "$map/edited")" 1000 'and both are written'
	kill -INT "$bpftrace_pid"
	wait "$bpftrace_pid"
	bpftrace_pid=
fi
