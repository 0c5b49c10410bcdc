# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# 32 clients on one mount, for LOAD_SECONDS (default: 10); sourced behind
# tests/lib.sh, with $mnt mounted.

load=$top_builddir/tests/load/load

descriptors() {
	ls "/proc/$fs_pid/fd" | wc -l
}

threads() {
	ls "/proc/$fs_pid/task" | wc -l
}

# In KiB; sanitizers keep what is freed. Each idle thread keeps a buffer of a megabyte.
memory() {
	sed -n 's/^VmRSS:[[:space:]]*\([0-9]*\).*/\1/p' "/proc/$fs_pid/status"
}

# What RELEASE and idle threads still hold goes in a moment.
is_back() {
	[ "$(descriptors)" -le "$1" ] && [ "$(threads)" -le "$2" ]
}

load_define() {
	mkdir "$mnt/$1"
	echo "$2" >"$mnt/$1/.map/def"
	ok "$1 is defined" test "$(cat "$mnt/$1/.map/type")" != ''
}

# load PREFIX: make the maps, and let the clients work.
load() {
	load_define "$1m" 'type=hash key=u32 value={n:u64,check:u64} max_entries=400'
	load_define "$1q" 'type=queue value=u64 max_entries=50'
	load_define "$1o" "type=hash_of_maps key=u32 max_entries=64 inner=$1m"
	# The pool of threads and the heap grow once.
	(cd "$mnt" && "$load" 2 32 "$1m" "$1q" "$1o" "$1n") >/dev/null
	wait_for is_back 1000 16
	load_fds=$(descriptors)
	load_threads=$(threads)
	load_memory=$(memory)
	(cd "$mnt" && "$load" "${LOAD_SECONDS:-10}" 32 "$1m" "$1q" "$1o" "$1n") >load.out
	ok 'no unexpected error, no torn value'
	sed 's/^/# /' load.out
	ok "descriptors ($load_fds) and threads ($load_threads) are back" \
		wait_for is_back "$load_fds" "$((load_threads > 16 ? load_threads : 16))"
	note "now $(descriptors) and $(threads); memory $load_memory, now $(memory) KiB"
	grep -q __asan_init "$daemon" || grep -q __tsan_init "$daemon" ||
		ok 'memory is back' test "$(memory)" -lt "$((load_memory + 32768))"
	echo yes >"$mnt/$1m/.map/clear"
	while cat "$mnt/$1q/.map/pop" >/dev/null 2>&1; do
		:
	done
	for load_map in "$1o" "$1q" "$1m"; do
		ok "$load_map is ended" rmdir "$mnt/$load_map"
	done
}
