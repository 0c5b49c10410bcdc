#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The maps of a running program: the tree shows the same as bpftool, nothing is listed
# twice while they change, and they disappear when the program ends.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/kernel/lib.sh"
require fuse root bpf tool:jq
start_workload
mount_fs kernel

names='flows hash pcphash array pcparray lru routes locked timers'
for name in $names; do
	ok "$name is listed" test -d "$mnt/$(map_name "$name")"
	is "$(cat "$mnt/$(map_name "$name")/.map/id")" "$(map_id "$name")" "$name has its id"
done
is "$(ls "$mnt" | grep -c "_$workload_suffix\$")" 9 'ls shows each map once'

# The program changes its maps all the time; the keys stay the same.
for i in 1 2 3 4 5; do
	for name in flows hash pcphash; do
		m=$mnt/$(map_name "$name")
		is "$(ls -f "$m" | grep -vcE '^\.\.?$')" 16 "$name: 16 keys while it is busy"
		cat "$m"/* >values || fail "$name: a value could not be read"
	done
	cat "$mnt/$(map_name locked)/7" >>locked.values
done
jq -se 'all(.a == .b and (has("lock") | not))' locked.values >/dev/null
ok 'values are read under their spin lock'

pause_workload

# entries NAME JQ: the map as bpftool sees it, in the tree's words.
entries() {
	bpftool_entries "$(map_id "$1")" "$2" >want
	sort "$mnt/$(map_name "$1")/.map/entries" >got
	ok "$1: there are entries" test -s want
	same want got "$1: .map/entries as bpftool"
	ls "$mnt/$(map_name "$1")" >got
	cut -f 1 want | sort >keys
	same keys got "$1: ls as bpftool"
	while IFS='	' read -r key value; do
		printf '%s\t%s\n' "$key" "$(cat "$mnt/$(map_name "$1")/$key")"
	done <want >got
	same want got "$1: cat as bpftool"
}

# per_cpu NAME JQ: JQ makes a CPU's value of its "value" member.
per_cpu() {
	bpftool_entries "$(map_id "$1")" '.formatted | "\(.key)\t" +
		([.values[].value | tostring] | "[\(join(","))]")' >want
	sort "$mnt/$(map_name "$1")/.map/entries" >got
	ok "$1: there are entries" test -s want
	same want got "$1: .map/entries as bpftool"
	bpftool_entries "$(map_id "$1")" '.formatted | "\(.key)\t\(.values[].value | tostring)"' |
		sort >want
	for file in "$mnt/$(map_name "$1")"/*; do
		sed "s|^|${file##*/}	|" "$file"
	done | sort >got
	same want got "$1: cat has one line per CPU, as bpftool"
}

bytes='def b: map(.[2:] | explode | reduce .[] as $c (0; . * 16 + if $c >= 97 then $c - 87 else $c - 48 end));
	def ip: map(tostring) | join(".");
	def u16: .[0] * 256 + .[1];
	def hex: map(.[2:]) | join("");'

simple='.formatted | "\(.key)\t\(.value)"'
entries hash "$simple"
entries array "$simple"
entries lru "$simple"
per_cpu pcphash
per_cpu pcparray
entries flows "$bytes"' (.key | b) as $k | .value as $raw | .formatted.value as $v |
	"saddr=\($k[0:4] | ip),daddr=\($k[4:8] | ip),sport=\($k[8:10] | u16)," +
	"dport=\($k[10:12] | u16),proto=\($k[12])\t" +
	({packets: $v.packets, bytes: $v.bytes, state: $v.state,
	  syn: ([$v.syn] | b[0]), ttl: ([$v.ttl] | b[0]), window: ([$v.window] | b[0]),
	  rest: 0, active: $v.active, mac: ($raw[25:31] | hex), comm: $v.comm,
	  tag: {mark: $v.tag.mark, bytes4: ($raw[48:52] | hex)}, size: $v.size,
	  delta: $v.delta} | tojson)'

entries routes "$bytes"' (.key | b) as $k | "\($k[4:8] | ip)_\($k[0])\t\(.formatted.value)"'

cd "$mnt/$(map_name hash)" || die 'cd'
end_helper "$workload_pid"
cd "$scratch" || die 'cd'
for name in $names; do
	ok "$name is freed" wait_for is_freed "$(map_id "$name")"
	fails_with ENOENT stat "$mnt/$(map_name "$name")"
	fails_with ENOENT stat "$mnt/by-id/$(map_id "$name")"
done
is "$(ls "$mnt" | grep -c "_$workload_suffix\$")" 0 'ls shows none of them any more'
