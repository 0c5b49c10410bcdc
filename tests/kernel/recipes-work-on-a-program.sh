#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The scripts of contrib/recipes on the maps of a running program: a packet filter, to
# which the test sends packets.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/kernel/lib.sh"
require fuse root bpf tool:bpftool tool:jq

recipes=$(cd "$top_srcdir/contrib/recipes" && pwd)
object=$top_builddir/tests/bpf/firewall.bpf.o
[ -e "$object" ] || skip 'tests/bpf/firewall.bpf.o is not built: no clang for BPF'
own_bpffs
mkdir bpffs/maps # in a path libbpf makes "_" of "."
bpftool prog load "$object" bpffs/firewall pinmaps bpffs/maps 2>load.err ||
	die "$(cat load.err)"
mount_fs kernel -o "bpffs=$bpffs"
maps=$mnt/by-pin/maps

# send ADDRESS [COUNT [SIZE]]: packets of UDP from there; prints pass or drop
send() {
	{
		printf '\0\0\0\0\0\0\0\0\0\0\0\0\010\0\105\0\0\0\0\0\0\0\100\021\0\0'
		# shellcheck disable=SC2059 # octal digits made here
		printf "$(echo "$1" | awk -F . '{ printf "\\%o\\%o\\%o\\%o", $1, $2, $3, $4 }')"
		head -c $((${3:-60} - 30)) /dev/zero
	} >packet
	case $(bpftool -j prog run pinned "$bpffs/firewall" data_in packet \
		repeat "${2:-1}" | jq .retval) in
	1) echo drop ;;
	2) echo pass ;;
	*) echo neither ;;
	esac
}
# sent ADDRESS WANTED
sent() {
	is "$(send "$1")" "$2" "  $1: $2"
}

# a flag
sent 10.0.0.1 pass
is "$(cat "$maps/firewall_data/logged")" 0 'flag-while: off before'
"$recipes/flag-while" "$maps/firewall_data/verbose" 1 bpftool prog run pinned \
	"$bpffs/firewall" data_in packet repeat 5 >/dev/null
is $? 0 'flag-while'
is "$(cat "$maps/firewall_data/logged")" 5 '  on while the command ran'
is "$(cat "$maps/firewall_data/verbose")" 0 '  off again'
"$recipes/flag-while" "$maps/firewall_data/verbose" 1 sh -c 'exit 7'
is $? 7 '  with the status of the command'
is "$(cat "$maps/firewall_data/verbose")" 0 '  off again'

# a list of 10,000
awk 'BEGIN {
	print "# addresses and networks"
	for (i = 0; i < 9000; i++)
		printf "172.16.%d.%d  # host %d\n", i / 250, i % 250 + 1, i
	for (i = 0; i < 1000; i++)
		printf "10.%d.%d.0/24\n", 100 + i / 250, i % 250
}' >list
"$recipes/block-list" "$maps/blocked" list
is $? 0 'block-list'
is "$(cat "$maps/blocked/.map/count")" 10000 '  all are in'
sent 172.16.35.250 drop
sent 172.16.36.250 pass
sent 10.102.7.77 drop
sent 10.104.7.77 pass
printf '192.0.2.1\n198.51.100.0/24\n' >short
"$recipes/block-list" "$maps/blocked" short
is "$(ls "$maps/blocked")" "$(printf '192.0.2.1_32\n198.51.100.0_24')" \
	'  and the next list replaces it'
sent 172.16.35.250 pass
sent 198.51.100.9 drop
printf '192.0.2.1\n198.51.100.0/33\n' >wrong
"$recipes/block-list" "$maps/blocked" wrong 2>/dev/null
ok '  a bad line fails' test $? -ne 0
sent 198.51.100.9 drop

# the list in a slot
mkdir "$mnt/spare_$$"
cat "$maps/list/.map/def" >"$mnt/spare_$$/.map/def"
is "$("$recipes/swap-list" "$maps/lists" 0 "$mnt/spare_$$" list)" \
	"$(basename "$(readlink -f "$maps/list")")" 'swap-list names the old list'
sent 172.16.35.250 drop
sent 10.0.0.1 pass

# counters
echo yes >"$maps/counters/.map/clear"
send 10.0.0.1 100 >/dev/null
def=$(cat "$maps/counters/.map/def")
mkdir "$mnt/counts_$$"
echo "$def" >"$mnt/counts_$$/.map/def"
is "$("$recipes/exact-counters" "$maps/protocols" 0 "$mnt/counts_$$")" \
	"$(printf '17\t100')" 'exact-counters'
send 10.0.0.1 30 >/dev/null
is "$(cat "$mnt/counts_$$/17")" 30 '  what came after is in the new map'
is "$(cat "$mnt/counts_$$/.map/drain")" "$(printf '17\t30')" 'drain'
is "$(cat "$mnt/counts_$$/.map/count")" 0 '  leaves nothing'

# flows
echo yes >"$maps/flows/.map/clear"
for n in 1 2 3 4 5; do
	send "10.0.0.$n" $((n * n)) $((100 * n)) >/dev/null
done
is "$("$recipes/top" "$maps/flows" bytes 2)" \
	"$(printf '12500\t10.0.0.5\n6400\t10.0.0.4')" 'top'
"$recipes/who-uses" "$maps/flows" >users
ok 'who-uses: the program' grep -q '^progs:[0-9]*	firewall	' users
ok '  the pin' grep -qx "pins:$bpffs/maps/flows" users
is "$("$recipes/nearly-full" "$maps" 30)" "$maps/flows: 5 of 16 entries" 'nearly-full'
"$recipes/nearly-full" "$maps" 30 >/dev/null
is $? 1 '  fails then'
"$recipes/nearly-full" "$maps" 60
is $? 0 '  and not below the limit'

# a latency histogram
echo 0 >"$maps/latency_ns/.map/clear"
send 10.0.0.1 200 >/dev/null
cat "$maps/latency_ns/.map/hist" >latency
is "$(awk -F '|' 'NF > 1 { n += substr($1, match($1, /[0-9]+ *$/)) } END { print n }' latency)" \
	200 'hist has every packet'
is "$(awk 'length > 80' latency)" '' '  in 80 columns'
is "$(cut -f 2 "$maps/latency_ns/.map/sum.entries" | awk '{ n += $1 } END { print n }')" 200 \
	'sum.entries adds up the CPUs'

# follows PID FILE: it has opened the file of .map
follows() {
	find "/proc/$1/fd" -lname "*/.map/$2*" | grep -q .
}

# what changes in ten seconds (as soon as it has come it is enough here), and how fast
timeout 10 cat "$maps/flows/.map/changes" >changed &
following=$!
its_cat_follows() {
	follows "$(pgrep -P "$following")" changes
}
wait_for its_cat_follows
send 10.0.0.77 3 >/dev/null
has_changed() {
	grep -q '^+10\.0\.0\.77	{"packets":3,' changed
}
ok 'changes has the new flow' wait_for has_changed
kill "$following"
wait "$following"
# a slow machine sends less than once a second
while [ ! -e rates.end ]; do
	send 10.0.0.77 600 >/dev/null
done &
sender=$!
has_rates() {
	cat "$maps/flows/.map/rates" >rates || die 'rates fails'
	[ -s rates ]
}
ok 'rates has what grew' wait_for has_rates
: >rates.end
wait "$sender"
is "$(cut -f 1 rates)" 10.0.0.77 '  and nothing else'
ok '  by how much in a second' test "$(cut -f 2 rates | jq .packets)" -gt 0
rm "$maps/flows/10.0.0.77"

# a monitoring system
cp "$mnt/.map/metrics.prom" metrics.prom
ok 'metrics.prom counts the flows' grep -q \
	"^bpf_map_entries{.*map_id=\"$(cat "$maps/flows/.map/id")\".*} 5\$" metrics.prom
if command -v promtool >/dev/null; then
	promtool check metrics <metrics.prom >promtool 2>&1
	ok '  in a form that promtool accepts' test $? -eq 0
fi

# a reload with a value that grew
cat >reload <<END
rm -r "$bpffs/maps" "$bpffs/firewall"
mkdir bpffs/maps # in a path libbpf makes "_" of "."
bpftool prog load "${object%.bpf.o}-grown.bpf.o" bpffs/firewall pinmaps bpffs/maps
END
"$recipes/reload" "$maps/flows" sh ./reload 2>reload.err
is $? 0 'reload'
is "$(cat "$maps/flows/10.0.0.5")" '{"packets":25,"bytes":12500,"dropped":0}' \
	'  keeps the entries, and new members are zero'
is "$(cat "$maps/flows/.map/count")" 5 '  all of them'

# what is left over
id=$(cat "$maps/blocked/.map/id")
rm "$bpffs/firewall"
wait_for grep -q "^$id	" "$mnt/.map/maps"
is "$("$recipes/orphans" "$mnt" | grep "^$id	" | cut -f 2)" blocked 'orphans'
is "$("$recipes/largest" "$mnt" 1 | wc -l)" 1 'largest'
ok '  in order' sh -c "'$recipes/largest' '$mnt' 5 | sort -c -k 1 -rn"
