#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A program writes numbered records, a consumer with libbpf reads them, and taps read
# .map/events at the same time: the consumer gets every record; each tap gets every
# record, or reports how many bytes it lost. A waiting tap does not keep the map alive.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/kernel/lib.sh"
require fuse root bpf tool:python3 tool:busybox tool:jq

# start_records consumer|alone: sets ring and ring_id; `order` gives it a command
start_records() {
	[ -e "$top_builddir/tests/bpf/records.bpf.o" ] ||
		skip 'tests/bpf/records.bpf.o is not built: no clang for BPF'
	rm -f orders
	mkfifo orders
	start_helper "$scratch/records" "$top_builddir/tests/bpf/records" \
		"$top_builddir/tests/bpf/records.bpf.o" \
		"$(printf '%06d' $(($$ % 1000000)))" "$1" "$scratch/orders"
	exec 9>orders
	ring_id=$(awk '/^records_/ { print $2 }' records)
	ring=$mnt/@$ring_id
	sent=0
}

# order WORDS WORD: until the program says WORD
order() {
	lines=$(grep -c "^$2" records)
	echo "$1" >&9
	wait_for more_lines "$2" "$lines" || die "the program does not do '$1'"
	sent=$(awk '/^sent/ { n = $2 } END { print n }' records)
}

more_lines() {
	[ "$(grep -c "^$1" records)" -gt "$2" ]
}

# Another lookup of the name makes the kernel show it as deleted.
has_opened() {
	find "/proc/$1/fd" -lname '*/.map/events*' | grep -q .
}

# start_taps N: cat .map/events into tap.1 ...; they have opened it
start_taps() {
	taps=''
	for i in $(seq "$1"); do
		cat "$ring/.map/events" >"tap.$i" &
		taps="$taps $!"
	done
	for pid in $taps; do
		wait_for has_opened "$pid" || fail "tap $pid does not open its file"
	done
}

end_taps() {
	# shellcheck disable=SC2086
	kill $taps
	# shellcheck disable=SC2086
	wait $taps || :
}

# judge FILE FIRST END: records FIRST..END-1 are in it or were lost. A record takes 40
# bytes in the ring; one in 64 more was discarded, which may be among the lost ones.
judge() {
	python3 - "$@" <<'END'
import struct, sys
name, first, end = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
expected, got, lost, missing = first, 0, 0, 0
for line in open(name):
    if line == "# full\n":  # the consumer had no CPU for a while
        continue
    if line.startswith("# lost "):
        lost += int(line[7:])
        continue
    assert line[0] == "@" and len(line) == 66, line
    number, _, check, state, _ = struct.unpack("=QQQII", bytes.fromhex(line[1:-1]))
    assert check == number * 0x9e3779b97f4a7c15 % 2**64, "torn: %s" % line
    assert state == number % 3
    assert number >= expected, "again, or out of order: %d" % number
    missing += number - expected
    expected = number + 1
    got += 1
missing += end - expected
print("# %s: got %d, missing %d, lost %d bytes" % (name, got, missing, lost))
assert lost % 40 == 0
assert missing <= lost // 40 <= missing + missing // 64 + lost // 65536 + 2
END
}

caught_up() {
	judge "$@" >/dev/null 2>&1
}

mount_fs kernel
start_records consumer
start_taps 3
for rate in 100 10000 100000; do
	begin=$sent
	order "$rate $((rate * 2))" consumed
	grep -q "^consumed $sent wrong 0" records
	ok "$rate records a second: the consumer gets every one"
done
for i in 1 2 3; do
	wait_for caught_up "tap.$i" 0 "$sent"
	ok "  tap $i gets every one or says how many it lost" judge "tap.$i" 0 "$sent"
done

# Where it can keep up, nothing is lost.
end_taps
start_taps 3
begin=$sent
order '2000 4000' consumed
for i in 1 2 3; do
	wait_for caught_up "tap.$i" "$begin" "$sent"
	is "$(grep -c '^@' "tap.$i") $(grep -c '#' "tap.$i")" '4000 0' \
		"2000 records a second: tap $i gets every one"
done
end_taps

# has_records FILE N: at least N are in it
has_records() {
	[ "$(grep -c '^@' "$1")" -ge "$2" ]
}

# A waiting tap holds nothing, and ends with the map.
start_taps 200
i=0
while [ $i -lt 50 ]; do
	cat "$ring/.map/id" >/dev/null || die 'the map cannot be read'
	i=$((i + 1))
done
pass 'other files are read beside 200 that wait'
order '1000 10' consumed
for i in 1 100 200; do
	ok "tap $i of 200 gets them all" wait_for has_records "tap.$i" 10
done
end_helper "$helper_pid"
ok 'the map ends though taps wait' wait_for is_freed "$ring_id"
for pid in $taps; do
	wait "$pid" || fail "tap $pid: status $?"
done
pass 'and so do they'

# Typed records; taking them is for those who say so.
start_records alone
order '1000 3' sent
echo 'value={number:u64,time:u64,check:x64,state:u32,size:u32}' >"$ring/.map/def"
ok 'records get a type'
start_taps 1
has_three() {
	[ "$(wc -l <tap.1)" -ge 3 ]
}
wait_for has_three
is "$(jq -c '[.number, .state]' tap.1 | tr '\n' ' ')" '[0,0] [1,1] [2,2] ' 'and are JSON'
end_taps
echo show=state:ifname >"$ring/.map/def"
start_taps 1
wait_for has_three
is "$(jq -c .state tap.1 | head -n 2 | tr '\n' ' ')" '0 "lo" ' 'root reads names of the host'
end_taps
fails_with EBUSY cat "$ring/.map/consume"
ok 'errors says why' grep -q 'another process has the map open' "$ring/.map/errors"
umount_fs
mount_fs kernel -o steal
ring=$mnt/@$ring_id
timeout 2 cat "$ring/.map/consume" >taken
is "$(grep -c '^@' taken)" 3 '-o steal: consume takes them'
timeout 2 cat "$ring/.map/consume" >taken
is "$(cat taken)" '' 'once'
order '1000 2' sent
echo 'value={number:u64,time:u64,check:x64,state:ifname,size:u32}' >"$ring/.map/def"
timeout 2 cat "$ring/.map/consume" >taken
is "$(jq -c .state taken | tr '\n' ' ')" '0 1 ' 'and the next ones, without names of the host'
end_helper "$helper_pid"
umount_fs
mount_fs kernel -o ro

# Nobody consumes.
start_records alone
fails_with EROFS cat "$ring/.map/consume"
order full sent
start_taps 1
wait_for grep -q '^# full' tap.1
ok 'a full ring without a consumer is reported'
is "$(grep -c '^@' tap.1)" "$sent" 'and its records are there'
busybox cat "$ring/.map/events" >spliced &
spliced=$!
wait_for grep -q '^# full' spliced
ok 'busybox cat gets them, too'
cmp -s spliced tap.1
ok 'the same'
kill "$spliced"
wait "$spliced" || :
end_taps
