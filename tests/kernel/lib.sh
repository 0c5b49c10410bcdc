# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Functions for tests with real maps; sourced after tests/lib.sh. They start programs
# that hold maps, which end with the test.

helpers='' # process ids

# start_helper OUTPUT COMMAND...: run it in the background until it says
# "ready"; sets helper_pid.
start_helper() {
	helper_out=$1
	shift
	[ -x "$1" ] || skip "$1 is not built"
	: >"$helper_out" # what another one left there is not for us
	"$@" >"$helper_out" 2>"$helper_out.err" &
	helper_pid=$!
	helpers="$helpers $helper_pid"
	wait_for helper_is_ready || die "$1 is not ready after $DEADLINE s"
	grep -q '^ready' "$helper_out" ||
		die "$1 ended: $(cat "$helper_out.err")"
}

helper_is_ready() {
	grep -q '^ready' "$helper_out" || has_ended "$helper_pid"
}

# end_helper PID: ask it to end, and wait until it has.
end_helper() {
	kill -CONT "$1"
	kill -TERM "$1"
	wait "$1"
	end_status=$?
	[ "$end_status" -eq 0 ] || fail "helper $1 ended with status $end_status"
	helpers=$(printf '%s\n' "$helpers" | sed "s/ $1\\>//")
}

test_cleanup() {
	mountpoint -q "${bpffs:-/nowhere}" && umount "$bpffs"
	for cleanup_pid in $helpers; do
		kill -CONT "$cleanup_pid" 2>/dev/null
		kill -TERM "$cleanup_pid" 2>/dev/null
		wait "$cleanup_pid"
	done
}

# start_workload: the BPF programs of tests/bpf; map_id and map_name know their maps.
# Stop $workload_pid, and they stand still except for the timer.
start_workload() {
	workload_suffix=$(printf '%06d' $(($$ % 1000000)))
	[ -e "$top_builddir/tests/bpf/workload.bpf.o" ] ||
		skip 'tests/bpf/workload.bpf.o is not built: no clang for BPF'
	start_helper "$scratch/workload.maps" "$top_builddir/tests/bpf/workload" \
		"$top_builddir/tests/bpf/workload.bpf.o" "$workload_suffix"
	workload_pid=$helper_pid
}

# start_attached OBJECT: tests/bpf/OBJECT.bpf.c, attached; $attached begins the
# names of its sections' maps, id_of knows all maps.
start_attached() {
	require tracefs
	attached=$(printf '%06d' $(($$ % 1000000)))
	[ -e "$top_builddir/tests/bpf/$1.bpf.o" ] ||
		skip "tests/bpf/$1.bpf.o is not built: no clang for BPF"
	start_helper "$scratch/$1.maps" "$top_builddir/tests/bpf/attach" \
		"$top_builddir/tests/bpf/$1.bpf.o" "$attached"
}

# pause_helper PID: it stands still.
pause_helper() {
	kill -STOP "$1"
	wait_for grep -q '^State:[[:space:]]*T' "/proc/$1/status"
}

pause_workload() {
	pause_helper "$workload_pid"
}

# own_bpffs: a BPF file system of this test's own; sets bpffs.
own_bpffs() {
	bpffs=$scratch/bpffs
	mkdir "$bpffs"
	mount -t bpf -o mode=755 bpf "$bpffs" || skip 'no BPF file system can be mounted'
}

# pinned_map PATH NAME: a hash map, 4-byte keys and 8-byte values, pinned there
# in own_bpffs; prints its id.
pinned_map() {
	bpftool map create "$bpffs/$1" type hash key 4 value 8 entries 8 name "$2" &&
		bpftool -j map show pinned "$bpffs/$1" | jq .id
}

# map_name hash: its name in this run.
map_name() {
	printf '%s_%s\n' "$1" "$workload_suffix"
}

# id_of NAME: from what the last helper printed ("NAME ID" lines).
id_of() {
	awk -v name="$1" '$1 == name { print $2 }' "$helper_out"
}

# has_map NAME: false, with a note, if the last helper left the map out because
# the kernel lacks its type.
has_map() {
	[ "$(id_of "$1")" = - ] || return 0
	note "$1 is left out: this kernel has no such type"
	return 1
}

map_id() {
	awk -v name="$(map_name "$1")" '$1 == name { print $2 }' "$scratch/workload.maps"
}

is_alive() {
	bpftool -j map show id "$1" >/dev/null 2>&1
}

is_freed() {
	! is_alive "$1"
}

# bpftool_entries ID JQ: its dump, one entry per line, sorted.
bpftool_entries() {
	bpftool -j map dump id "$1" | jq -r ".[] | $2" | sort
}

# same FILE FILE DESC
same() {
	if cmp -s "$1" "$2"; then
		pass "$3"
	else
		fail "$3"
		diff -u "$1" "$2" | head -n 20 | sed 's/^/# /'
	fi
}
