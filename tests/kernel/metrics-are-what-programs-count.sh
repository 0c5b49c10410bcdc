#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# .map/metrics and .map/metrics.prom are valid texts with the right numbers and labels,
# of the memory store and of a program that counts.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/kernel/lib.sh"
require fuse bpf root tool:jq tool:promtool

# check_texts DIR DESC: both files are valid, and say the same.
check_texts() {
	promtool check metrics <"$1/metrics.prom" >promtool.out 2>&1
	ok "$2: promtool has nothing to say" test ! -s promtool.out
	sed 's/^/# /' promtool.out
	is "$(tail -n 1 "$1/metrics")" '# EOF' "$2: OpenMetrics ends with EOF"
	is "$(grep -v '^#' "$1/metrics" | sort)" \
		"$(grep -v '^#' "$1/metrics.prom" | grep -v '_count{' | sort)" "$2: both say the same"
	python3 -c 'import prometheus_client' 2>/dev/null || return
	python3 - "$1/metrics" <<'END'
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse
for family in parse(open(sys.argv[1]).read()):
    pass
END
	ok "$2: a parser of OpenMetrics takes it"
}

# sample NAME DIR: its samples, without the labels of the map.
sample() {
	sed -n "s/^$1{map_id=\"[0-9]*\",map_name=\"[^\"]*\",*/$1{/p" "$2/metrics"
}

define() {
	[ ! -d "$mnt/flows" ] || { rm -f "$mnt/flows"/* 2>/dev/null; rmdir "$mnt/flows"; }
	mkdir "$mnt/flows"
	echo "$1" >"$mnt/flows/.map/def"
	dot=$mnt/flows/.map
}

mount_fs memory
define 'type=hash key={who:char[8],map_id:u32} value={n:u64} max_entries=7'
printf '%s\t{}\n' 'who=a"b\,map_id=1' 'who=x%0Ay,map_id=2' >"$dot/entries"
check_texts "$dot" 'a map'
is "$(sample bpf_map_entries "$dot")" 'bpf_map_entries{map_type="hash"} 2' 'entries'
is "$(sample bpf_map_max_entries "$dot")" 'bpf_map_max_entries{map_type="hash"} 7' 'max_entries'
is "$(sample bpf_map_memlock_bytes "$dot" | sed 's/.* //')" "$(cat "$dot/memlock")" 'memory'
is "$(grep -c bpf_flows_ "$dot/metrics")" 0 'no member that nobody asked for'
check_texts "$mnt/.map" 'the root'
is "$(sample bpf_map_entries "$mnt/.map")" 'bpf_map_entries{map_type="hash"} 2' 'the root has it'

counter='struct{gadget_counter__u64 n;gadget_gauge__u32 g;gadget_histogram_slot__u32 slots[3];__u64 o;}'
define "type=hash key={who:char[8],map_id:u32} value=$counter"
printf '%s\t{"n":%s,"g":%s,"slots":[1,0,%s]}\n' 'who=a"b\,map_id=1' 18446744073709551615 5 2 \
	'who=x%0Ay,map_id=2' 3 0 0 >"$dot/entries"
check_texts "$dot" 'typedefs of Inspektor Gadget'
is "$(sample bpf_flows_n_total "$dot" | sort)" \
	'bpf_flows_n_total{who="a\"b\\",key_map_id="1"} 18446744073709551615
bpf_flows_n_total{who="x%0Ay",key_map_id="2"} 3' 'counters, labels escaped'
is "$(sample bpf_flows_g "$dot" | sort | head -n 1)" \
	'bpf_flows_g{who="a\"b\\",key_map_id="1"} 5' 'gauges'
is "$(sample bpf_flows_slots_bucket "$dot" | grep key_map_id=.1)" \
	'bpf_flows_slots_bucket{who="a\"b\\",key_map_id="1",le="1"} 1
bpf_flows_slots_bucket{who="a\"b\\",key_map_id="1",le="3"} 1
bpf_flows_slots_bucket{who="a\"b\\",key_map_id="1",le="7"} 3
bpf_flows_slots_bucket{who="a\"b\\",key_map_id="1",le="+Inf"} 3' 'histograms are cumulative'
is "$(grep -c 'bpf_flows_slots_count{.*} 3$' "$dot/metrics.prom")" 1 'Prometheus text has a count'
is "$(sample bpf_map_series_omitted "$dot")" 'bpf_map_series_omitted{} 0' 'nothing is left out'

# Keys that differ only in bytes that no member shows must not become one series.
define "type=hash key={a:u8,b:u32} value=$counter"
printf '%s\t{"n":1}\n' a=1,b=2 a=1,@1=00beef,b=2 >"$dot/entries"
check_texts "$dot" 'hidden bytes'
is "$(sample bpf_flows_n_total "$dot" | sort)" 'bpf_flows_n_total{a="1",b="2"} 1
bpf_flows_n_total{key="a=1,@1=00beef,b=2"} 1' 'they are in a label'

define "type=hash key=u32 value=$counter max_entries=30000"
seq 1 20000 | sed 's/$/	{"n":1}/' >"$dot/entries"
is "$(grep -c '^bpf_flows_' "$dot/metrics")" "$(($(sample bpf_flows_n_total "$dot" | wc -l) * 6))" \
	'six samples per entry'
ok 'series are bounded' test "$(grep -c '^bpf_flows_' "$dot/metrics")" -le 10000
is "$(($(sample bpf_map_series_omitted "$dot" | sed 's/.* //') + $(grep -c '^bpf_flows_' "$dot/metrics")))" \
	$((20000 * 6)) 'and what was left out is a number'
is "$(sample bpf_map_entries "$dot")" 'bpf_map_entries{map_type="hash"} 20000' 'entries are counted to the end'
umount_fs

start_attached metrics
# Maps of other tests come and go between two readings.
mount_fs kernel -o "maps=*_$attached"
pause_helper "$helper_pid"
calls=$mnt/calls_$attached
check_texts "$calls/.map" 'a program'
check_texts "$mnt/.map" 'all maps of the kernel'
bpftool -j map dump id "$(id_of "calls_$attached")" |
	jq -r '.[].formatted | "bpf_calls_total{comm=\"\(.key.comm)\",odd=\"\(.key.odd)\"} " +
		([.values[].value.calls] | add | tostring)' | sort >want
sample "bpf_calls_${attached}_calls_total" "$calls/.map" | sed "s/_${attached}_calls//" | sort >got
ok 'it has counted' test -s want
same want got 'counters are what the program counted'
end_helper "$helper_pid"
