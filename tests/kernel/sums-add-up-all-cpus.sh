#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# .map/sum/KEY and .map/sum.entries are the sums of per-CPU values, member by member; on
# both stores, and with a program that counts.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/kernel/lib.sh"
require fuse bpf root tool:jq

tab=$(printf '\t')

# define DEF: another map of that definition, in $m.
define() {
	[ -z "${m-}" ] || { rm -f "$m"/* 2>/dev/null; rmdir "$m"; }
	m=$mnt/$(unique sums)
	mkdir "$m"
	echo "$1" >"$m/.map/def"
}

# first_cpu VALUE OTHERS: entry 1 is VALUE on the first CPU, OTHERS on the rest.
first_cpu() {
	printf '1\t[%s' "$1" >line
	i=1
	while [ "$i" -lt "$cpus" ]; do
		printf ',%s' "$2" >>line
		i=$((i + 1))
	done
	echo ']' >>line
	cat line >"$m/.map/entries"
}

check() {
	m=''
	define 'type=percpu_array value=u64 max_entries=2'
	cpus=$(wc -l <"$m/0")
	is "$(ls "$m/.map/sum" | sort | tr '\n' ' ')" '0 1 ' "$1: lists as the map does"
	first_cpu 5 7
	is "$(cat "$m/.map/sum/1")" $((5 + 7 * (cpus - 1))) "$1: a sum"
	is "$(stat -c %s "$m/.map/sum/1")" "$(wc -c <"$m/.map/sum/1")" "$1: exact size"
	is "$(sort "$m/.map/sum.entries")" "$(printf '0\t0\n1\t%s' $((5 + 7 * (cpus - 1))))" \
		"$1: sum.entries"
	write_fails EACCES "$m/.map/sum/1" 3
	first_cpu 18446744073709551615 0
	is "$(cat "$m/.map/sum/1")" 18446744073709551615 "$1: the largest"
	if [ "$cpus" -gt 1 ]; then
		first_cpu 18446744073709551615 2
		is "$(cat "$m/.map/sum/1")" $((2 * (cpus - 1) - 1)) "$1: wraps in 64 bits"
	fi
	fails_with ENOENT cat "$m/.map/sum/2"

	define 'type=percpu_hash key=u32 value={n:u32,who:char[8],ip:ipv4,d:s16[2],in:{b:u64}}'
	fails_with ENOENT cat "$m/.map/sum/1"
	first_cpu '{"n":4294967295,"who":"x","ip":"1.2.3.4","d":[-5,6],"in":{"b":1}}' \
		'{"n":4294967295,"d":[1,1],"in":{"b":10}}'
	is "$(cat "$m/.map/sum/1")" \
		"{\"n\":$((4294967295 * cpus)),\"d\":[$((cpus - 6)),$((cpus + 5))],\"in\":{\"b\":$((10 * cpus - 9))}}" \
		"$1: members that are numbers, in 64 bits"
	is "$(cat "$m/.map/sum.entries")" "1$tab$(cat "$m/.map/sum/1")" "$1: the same in sum.entries"
	ok "$1: help has both" test "$(grep -c '^sum' "$m/.map/help")" = 2

	define 'type=percpu_hash key=u32 value=char[8]'
	fails_with ENOENT stat "$m/.map/sum"
	fails_with ENOENT stat "$m/.map/sum.entries"
	define 'type=hash key=u32 value=u64'
	fails_with ENOENT stat "$m/.map/sum"
	rmdir "$m"
}

for store in memory kernel; do
	mount_fs "$store"
	check "$store"
done

# A program counts: the sums are those of what bpftool prints.
start_workload
for map in pcphash pcparray; do
	cat "$mnt/$(map_name $map)/.map/sum.entries" >got
	ok "$map: sums can be read while it is busy"
done
pause_workload
bpftool_entries "$(map_id pcphash)" '.formatted | "\(.key)\t{\"count\":" +
	([.values[].value.count] | add | tostring) + ",\"nanoseconds\":"' >want
sort "$mnt/$(map_name pcphash)/.map/sum.entries" | sed 's/[0-9]*}$//' >got
same want got 'structs as bpftool'
bpftool_entries "$(map_id pcparray)" '.formatted | "\(.key)\t\([.values[].value] | add)"' >want
sort "$mnt/$(map_name pcparray)/.map/sum.entries" >got
same want got 'counters as bpftool'
ok 'it has counted' test "$(cat "$mnt/$(map_name pcparray)/.map/sum/0")" -gt 0
end_helper "$workload_pid"
