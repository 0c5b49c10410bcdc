#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The word metrics of the configuration says which members of values are metrics, in the
# map's file and in the root's; it is read again on SIGHUP.

. "${top_srcdir:-.}/tests/lib.sh"
require fuse

cat >conf <<'END'
[map flow*]
metrics = packets:counter, in.bytes:gauge, n[1]
[map all]
metrics = yes
[map none]
metrics = no
[map lat]
metrics = value:histogram
[map wrong]
metrics = nothing:counter
END
mount_fs memory -o config="$scratch/conf"

define() {
	mkdir "$mnt/$1" && echo "$2" >"$mnt/$1/.map/def"
}
define flows 'key=ipv4 value={packets:u64,in:{bytes:u32},n:u16[2]} max_entries=2000'
define all 'key=u8 value={a:u64,b:s32}'
define none 'key=u8 value=struct{gadget_counter__u64 a;}'
define lat 'key={disk:u32,bucket:u64} value=u64'
define wrong 'key=u8 value={a:u64}'
define other 'key=u8 value={a:u64}'
echo '{"packets":5,"in":{"bytes":7},"n":[1,2]}' >"$mnt/flows/10.0.0.1"
echo '{"a":1,"b":-2}' >"$mnt/all/3"
for map in none wrong other; do
	echo '{"a":1}' >"$mnt/$map/1"
done
printf 'disk=8,bucket=%s\t%s\n' 0 1 2 4 >"$mnt/lat/.map/entries"

# members DIR: the samples of members, without the labels of their maps.
members() {
	sed -n 's/map_id="[0-9]*",map_name="[^"]*",*//; /^bpf_map/d; /^#/d; p' "$1/metrics" | sort
}
is "$(members "$mnt/flows/.map")" 'bpf_flows_in_bytes{key="10.0.0.1"} 7
bpf_flows_n_1{key="10.0.0.1"} 2
bpf_flows_packets_total{key="10.0.0.1"} 5' 'members by name, with their kinds'
is "$(grep '^# TYPE bpf_flows' "$mnt/flows/.map/metrics" | cut -d ' ' -f 4 | tr '\n' ' ')" \
	'counter gauge unknown ' 'kinds'
is "$(members "$mnt/all/.map")" 'bpf_all_a{key="3"} 1
bpf_all_b{key="3"} -2' 'all of them'
is "$(members "$mnt/none/.map")" '' 'none, whatever typedefs say'
is "$(members "$mnt/lat/.map")" 'bpf_lat_bucket{disk="8",le="+Inf"} 5
bpf_lat_bucket{disk="8",le="1"} 1
bpf_lat_bucket{disk="8",le="4"} 5' 'histograms with the bucket in the key'
is "$(members "$mnt/wrong/.map")" '' 'a member that is not there'
is "$(sed -n 's/^bpf_map_series_omitted.* //p' "$mnt/wrong/.map/metrics")" 1 'and that is a number'
is "$(members "$mnt/.map")" "$(for map in all flows lat; do members "$mnt/$map/.map"; done | sort)" \
	"the root's file has them all"
is "$(sed -n 's/^bpf_map_entries{map_id="[0-9]*",map_name="flows".* //p' "$mnt/.map/metrics")" 1 \
	'and the entries of a large map that is configured'
if command -v promtool >/dev/null; then
	promtool check metrics <"$mnt/.map/metrics.prom" >promtool.out 2>&1
	is "$(grep -c 'already been collected\|error' promtool.out)" 0 'promtool finds no error'
fi

printf '[map flow*]\nmetrics = bytes:speed\n' >wrong
"$daemon" --check-config "$scratch/wrong" >said 2>&1
ok 'a wrong kind is refused with what is expected' grep -q 'packets:counter' said

printf '[map other]\nmetrics = a:counter\n' >conf
kill -HUP "$fs_pid"
reloaded() {
	[ "$(members "$mnt/.map")" = 'bpf_other_a_total{key="1"} 1' ]
}
ok 'SIGHUP reads it again' wait_for reloaded
