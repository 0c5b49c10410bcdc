#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# .map/hist of maps with a known distribution, of each shape and on both stores; for
# bpftrace's own maps, the lines are those that bpftrace prints.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/kernel/lib.sh"
require fuse bpf root tool:perl

bar() {
	printf '%.*s' "$1" @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
}

# line LABEL COUNT BAR
line() {
	printf '%-16s%8s |%-52s|\n' "$1" "$2" "$(bar "$3")"
}

# zeros N: N elements more of an array
zeros() {
	printf '%.*s' $((2 * $1)) ,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0
}

define() {
	m=$mnt/$(unique hist)
	[ ! -d "$m" ] || { rm -f "$m"/* 2>/dev/null; rmdir "$m"; }
	mkdir "$m"
	echo "$1" >"$m/.map/def"
}

# check_hist DESC: standard input is what the map's histogram should be.
check_hist() {
	cat >want
	cat "$m/.map/hist" >got
	same want got "$1"
	ok "$1: 80 columns" test "$(awk '{ print length }' got | sort -n | tail -n 1)" -le 80
}

check() {
	define 'type=array value=u64 max_entries=10'
	printf '%s\t%s\n' 2 1 3 4 5 2 >"$m/.map/entries"
	check_hist "$1: an array, index by index" <<END
$(line '[2]' 1 13)
$(line '[3]' 4 52)
$(line '[4]' 0 0)
$(line '[5]' 2 26)
END

	define 'type=percpu_array value=u32 max_entries=64'
	cpus=$(wc -l <"$m/0")
	printf '%s\t%s\n' 1 1 2 2 11 4 >"$m/.map/entries"
	{
		echo '# buckets are read as log2 slots of bcc'
		line '[0, 2)' "$cpus" 13
		line '[2, 4)' $((2 * cpus)) 26
		for label in '[4, 8)' '[8, 16)' '[16, 32)' '[32, 64)' '[64, 128)' '[128, 256)' \
			'[256, 512)' '[512, 1K)'; do
			line "$label" 0 0
		done
		line '[1K, 2K)' $((4 * cpus)) 52
	} | check_hist "$1: 64 slots, summed over the CPUs"

	define 'type=hash key=u32 value={n:u64,slots:u32[27]}'
	{
		printf '7\t{"slots":[1,0,4%s]}\n9\t{"n":5}\n' "$(zeros 24)"
		printf '8\t{"slots":[0%s,3%s]}\n' "$(zeros 10)" "$(zeros 15)"
	} >"$m/.map/entries"
	check_hist "$1: slots in values, a histogram per key" <<END
# buckets are read as log2 slots of libbpf-tools
8 slots:
$(line '[2K, 4K)' 3 52)

7 slots:
$(line '[0, 2)' 1 13)
$(line '[2, 4)' 0 0)
$(line '[4, 8)' 4 52)
END

	define 'type=percpu_hash key={comm:char[8],usecs:u64} value=u64'
	printf 'comm=%s,usecs=%s\t%s\n' a 3 1 a 5 2 'b%2C' 100 4 >"$m/.map/entries"
	check_hist "$1: the last member of the key" <<END
comm=a usecs:
$(line '[3]' "$cpus" 26)
$(line '[4]' 0 0)
$(line '[5]' $((2 * cpus)) 52)

comm=b%2C usecs:
$(line '[100]' $((4 * cpus)) 52)
END

	define 'type=hash key={disk:u32,bucket:u32} value=u64'
	printf 'disk=1,bucket=%s\t%s\n' 0 1 1 2 2 4 >"$m/.map/entries"
	check_hist "$1: exp2 of ebpf_exporter" <<END
# buckets are read as exp2 of ebpf_exporter
disk=1 bucket:
$(line '[0, 1]' 1 13)
$(line '[2]' 2 26)
$(line '(2, 4]' 4 52)
END
	echo 1 >"$m/disk=1,bucket=99"
	is "$(grep -c '^\[' "$m/.map/hist")" 100 "$1: a bucket that exp2 has not is another scale"

	define 'type=hash key={disk:u32,ms:lhist(0,30,10)} value=u64'
	printf 'disk=1,ms=%s\t%s\n' 0 1 1 2 4 4 >"$m/.map/entries"
	check_hist "$1: lhist of bpftrace by a word" <<END
disk=1 ms:
$(line '(..., 0)' 1 13)
$(line '[0, 10)' 2 26)
$(line '[10, 20)' 0 0)
$(line '[20, 30)' 0 0)
$(line '[30, ...)' 4 52)
END
	ok "$1: the definition says it" grep -q 'ms:lhist(0,30,10)' "$m/.map/def"
	define 'type=hash key={disk:u32,ms:exp2zero(3)} value=u64'
	printf 'disk=1,ms=%s\t%s\n' 0 1 3 4 4 4000 >"$m/.map/entries"
	check_hist "$1: exp2zero without the sum" <<END
disk=1 ms:
$(line '[0]' 1 13)
$(line '[1]' 0 0)
$(line '[2]' 0 0)
$(line '(2, 4]' 4 52)
END
	define 'type=hash key=linear32(5) value=u64'
	echo 2 >"$m/3"
	check_hist "$1: linear" <<END
$(line '[15, 20)' 2 52)
END
	write_fails EINVAL "$m/.map/def" 'key=lhist(0,30)'

	define 'type=hash key=u64 value=u64'
	printf '%s\t%s\n' 5 18446744073709551615 18446744073709551615 1 >"$m/.map/entries"
	{
		printf '%-23s%20s |%-33s|\n' '[5]' 18446744073709551615 "$(bar 33)"
		printf '%-23s%20s |%-33s|\n' '[18446744073709551615]' 1 ''
	} | check_hist "$1: long numbers take room from the bars"

	define 'type=hash key=u32 value=u32[2] max_entries=3000'
	seq 1 3000 | awk '{ printf "%d\t[%d,1]\n", $1, $1 }' >"$m/.map/entries"
	is "$(grep -c : "$m/.map/hist")" 1024 "$1: so many are kept"
	is "$(tail -n 1 "$m/.map/hist")" '# 1976 smaller histograms are left out' "$1: and it is said"
	is "$(grep : "$m/.map/hist" | sed -n '1p;$p' | tr '\n' ' ')" '1977: 3000: ' \
		"$1: the largest, in order"

	define 'type=hash key=u32 value=char[8]'
	fails_with ENOENT stat "$m/.map/hist"
	define 'type=lpm_trie key=prefix(ipv4) value=u64'
	fails_with ENOENT stat "$m/.map/hist"
	define 'type=hash key=char[8] value=u64'
	fails_with ENOENT stat "$m/.map/hist"
	rmdir "$m"
}

for store in memory kernel; do
	mount_fs "$store"
	check "$store"
done

# bpftrace counts reads of known sizes; a map is what it prints.
have bpftrace || exit 0
tag=$(printf '%06d' $(($$ % 1000000)))
cat >hist.bt <<END
tracepoint:syscalls:sys_enter_read /pid == cpid/ {
	@h$tag = hist(args->count);
	@k${tag}[comm] = hist(args->count);
}
interval:ms:50 { @tick$tag = count(); }
END
cat >reads.pl <<'END'
open(my $zero, '<', '/dev/zero');
my $text;
for my $n (0, 1, 2, 3, 4, 7, 8, 1023, 1024, 1024, 65536) {
	sysread($zero, $text, $n) for 0 .. $n % 7;
}
open(my $done, '>', 'reads.done');
close($done);
sleep 1000;
END
bpftrace -c "$(command -v perl) reads.pl" hist.bt >bpftrace.out 2>bpftrace.err &
helpers="$helpers $!"
bpftrace_pid=$!
wait_for test -e reads.done || die "bpftrace: $(cat bpftrace.err)"
h=$mnt/AT_h$tag
ok 'the map is there' test -d "$h"
grep -v '^#' "$h/.map/hist" >h.got
grep -v '^#\|:$' "$mnt/AT_k$tag/.map/hist" >k.got
kill -INT "$bpftrace_pid"
wait "$bpftrace_pid"
helpers=''
sed -n "/^@h$tag:/,/^\$/p" bpftrace.out | grep '|$' >h.want
sed -n "/^@k$tag/,/^\$/p" bpftrace.out | grep '|$' >k.want
ok 'bpftrace has counted' test -s h.want
same h.want h.got 'hist() is what bpftrace prints'
same k.want k.got 'and by key'
