#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# contrib/views on the maps of their tools: read as strings, numbers and addresses while
# the tools run, and edited.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/kernel/lib.sh"
require fuse bpf root tool:bash tool:jq
views=$top_srcdir/contrib/views

for file in "$views"/*.conf; do
	ok "$(basename "$file") has no errors" "$daemon" --check-config "$file"
done

# The names of this run end in $$: other programs may have maps of the usual ones.
sed "s/^\\[map AT_\\(.*\\)\\]/[map AT_\\1_$$]/" "$views/bpftrace.conf" |
	cat - "$views/xdp-filter.conf" >conf

try_bpftrace() {
	cat >script.bt <<END
tracepoint:raw_syscalls:sys_enter /comm == "cat"/ {
	@calls_$$[comm] = count();
	@start_$$[tid] = nsecs;
	@usecs_$$ = hist(7);
	@n_$$ = 5;
}
END
	bpftrace script.bt >bpftrace.out 2>&1 &
	helpers="$helpers $!"
	bpftrace=$!
	wait_for sh -c "cat /dev/null; [ -e '$mnt/AT_calls_$$/cat' ]" || {
		sed 's/^/# /' bpftrace.out
		fail 'bpftrace has no maps'
		return
	}
	is "$(ls "$mnt/AT_calls_$$")" cat '@calls[comm]: a string is the name'
	is "$(wc -l <"$mnt/AT_calls_$$/cat")" "$(bpftool -j map dump name "AT_calls_$$" |
		jq '.[0].values | length')" '  a number for each CPU'
	ok '  which are numbers' sh -c "! grep -qv '^[0-9]*\$' '$mnt/AT_calls_$$/cat'"
	is "$(cat "$mnt/AT_n_$$/0")" 5 '@n: a number'
	is "$(ls "$mnt/AT_usecs_$$")" "$(bpftool -j map dump name "AT_usecs_$$" |
		jq -r '.[0].key | map(ltrimstr("0x")) | reverse | add' |
		sed 's/^0*//')" '@usecs = hist(): a bucket'
	ok '  that hist draws' grep -q '@@' "$mnt/AT_usecs_$$/.map/hist"
	tid=$(ls "$mnt/AT_start_$$" | head -n 1)
	ok '@start[tid]: a time' test "$(cat "$mnt/AT_start_$$/$tid")" -gt 1000000
	echo 1000000 >"$mnt/AT_calls_$$/cat"
	rm "$mnt/AT_start_$$/$tid"
	kill -INT "$bpftrace"
	wait_for has_ended "$bpftrace"
	wait "$bpftrace"
	helpers=$(printf '%s\n' "$helpers" | sed "s/ $bpftrace\\>//")
	calls=$(sed -n "s/^@calls_$$\\[cat\\]: //p" bpftrace.out)
	ok "what was written is in bpftrace's output: ${calls:-nothing}" \
		test "${calls:-0}" -ge 1000000
}

try_xdp_filter() {
	mountpoint -q /sys/fs/bpf || {
		note 'xdp-filter left out: no BPF file system for its pins'
		return
	}
	ip link add "vf$$" type veth peer name "vg$$" || return
	cleanup_link="vf$$"
	: >filter.out
	if [ -e /sys/fs/bpf/xdp-filter ] || ! xdp-filter load -m skb "vf$$" >filter.out 2>&1; then
		note "xdp-filter is in use or cannot be loaded: $(cat filter.out)"
		return
	fi
	xdp-filter ip 10.1.2.3 >filter.out && xdp-filter ether 00:11:22:33:44:55 >filter.out
	pins=$mnt/by-pin/xdp-filter
	is "$(ls "$pins/filter_ipv4/")" 10.1.2.3 'xdp-filter: an address'
	is "$(ls "$pins/filter_ethernet/")" 00:11:22:33:44:55 '  a hardware address'
	echo 1 >"$pins/filter_ipv4/10.9.8.7"
	ok '  and one that is added here' sh -c "xdp-filter status | grep -q 10.9.8.7"
	xdp-filter unload "vf$$" >filter.out
}

test_cleanup() {
	for cleanup_pid in $helpers; do
		kill -INT "$cleanup_pid" 2>/dev/null
		wait "$cleanup_pid"
	done
	[ -z "${cleanup_link-}" ] || ip link del "$cleanup_link"
}

mount_fs kernel -o config="$scratch/conf"
have bpftrace && try_bpftrace
have tool:xdp-filter && try_xdp_filter
true
