#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The number of requests of everyday actions. This is a count, not a time: each must
# stay below its bound. Requests that nobody waits for (FORGET, RELEASE) are not
# counted. The best of five tries is used, because an expired 20 ms timeout repeats
# requests.

. "${top_srcdir:-.}/tests/lib.sh"
require fuse root bpf
allow_errors 'unique: .* error: -(2|38) '
mount_fs kernel -d

array=$mnt/$(unique ra) hash=$mnt/$(unique rh)
mkdir "$array" "$hash" || die 'no maps'
echo 'type=array value=u64 max_entries=10' >"$array/.map/def"
echo 'type=hash key=u32 value=u64 max_entries=1000' >"$hash/.map/def"

# Each includes the LOOKUP of the map, whose name is never remembered.

# requests COMMAND...: what one run of it costs, as words. A request is in the
# log before it is answered.
requests() {
	sleep 0.05 # what is remembered from before shall not help
	requests_from=$(wc -l <"$fs_log")
	"$@" >/dev/null 2>&1
	tail -n "+$((requests_from + 1))" "$fs_log" |
		sed -n 's/.*opcode: \([A-Z_]*\).*/\1/p' |
		grep -vE 'FORGET|RELEASE|INTERRUPT' | tr '\n' ' '
}

n=0
# at_most BOUND DESC SCRIPT: sh runs it; its $1 is a number not used before.
at_most() {
	bound=$1 desc=$2 best=
	for try in 1 2 3 4 5; do
		n=$((n + 1))
		words=$(requests sh -c "$3" sh $n)
		count=$(echo "$words" | wc -w)
		if [ -z "$best" ] || [ "$count" -lt "$best" ]; then
			best=$count best_words=$words
		fi
		[ "$best" -gt "$bound" ] || break
	done
	ok "$desc: $best of $bound: $best_words" test "$best" -le "$bound"
}

at_most 2 'stat of a key' "stat '$array/1'"
at_most 5 'cat of a key' "cat '$array/1'"
at_most 6 'echo > key' "echo 5 >'$array/1'"
at_most 6 'echo > new key' "echo 5 >'$hash/'\$1"
at_most 3 'rm' "rm '$hash'/\$((\$1 - 1))" 
at_most 5 'ls -l of 10 files' "ls -l '$array'"
at_most 38 'grep -r of 10 files' "grep -r . '$array'"
at_most 48 'tar of 10 files' "tar cf - -C '$array' . | cat"
at_most 6 'cat .map/info' "cat '$array/.map/info'"
# A mebibyte a request: with 128 KiB there would be seven more.
seq 0 999 | awk '{ printf "%d\t%1000d\n", $1, $1 }' >text
at_most 13 'cp of 1 MB to .map/entries' "cp text '$hash/.map/entries'"
rm -f "$hash"/*
rmdir "$hash" "$array"
