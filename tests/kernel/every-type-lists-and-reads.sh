#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Maps of every type that this kernel has are listed; all that is listed can be read;
# unsupported operations fail with EOPNOTSUPP or EPERM, never with EIO or the kernel's
# internal 524.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/kernel/lib.sh"
require fuse root bpf tool:bash
start_helper "$scratch/maps" "$top_builddir/tests/kernel/maps" all
mount_fs kernel

# complaint COMMAND...: what it said; empty when it worked.
complaint() {
	"$@" 2>&1 >/dev/null
}

# refused DESC TEXT ERRNO...: TEXT is empty or names one of these.
refused() {
	refused_desc="$1: $2" refused_text=$2
	shift 2
	[ -n "$refused_text" ] || return
	for refused_errno; do
		case $refused_text in
		*"$(strerror "$refused_errno")"*)
			pass "$refused_desc"
			return
			;;
		esac
	done
	fail "$refused_desc"
}

# Types whose entries cannot be listed have no count.
try_count() {
	count=$(ls -f "$dir/" | grep -vcE '^\.\.?$')
	case $type in
	queue | stack | bloom_filter | ringbuf | user_ringbuf | arena)
		is "$count" 0 "$type: nothing is listed"
		fails_with ENOENT cat "$dir/.map/count"
		try_no_entries
		;;
	perf_event_array | cgroup_array | inode_storage | sk_storage | xskmap)
		is "$count" 0 "$type: nothing is listed"
		for file in count keys clear drain; do
			ok "$type: no .map/$file" test ! -e "$dir/.map/$file"
		done
		is "$(grep -c '^count' "$dir/.map/info")" 0 "$type: no count in info"
		try_no_entries
		;;
	*)
		is "$(cat "$dir/.map/count")" "$count" "$type: .map/count is what ls shows"
		is "$(wc -l <"$dir/.map/entries")" "$count" \
			"$type: .map/entries has as many lines"
		ok "$type: .map/backup is listed" sh -c "ls '$dir/.map' | grep -qx backup"
		;;
	esac
}

# What nobody can list is not to be read as a whole, either; what can be written is
# there for writing.
try_no_entries() {
	is "$(ls "$dir/.map" | grep -c -E '^(entries|backup|hist|keys|sum)')" 0 \
		"$type: no file that needs its entries is listed"
	fails_with ENOENT cat "$dir/.map/backup"
	for file in entries entries.jsonl entries.bin; do
		if [ -e "$dir/.map/$file" ]; then
			is "$(stat -c %A "$dir/.map/$file" | tr -d 'wx-')" '' "$type: $file is not for reading"
			fails_with EACCES cat "$dir/.map/$file"
		fi
	done
}

# An entry that is a map: a link to the map's directory.
try_link() {
	inner=$(readlink "$1")
	ok "$type: ${1##*/} leads to $inner" test "$inner" -a -e "$dir/$inner/.map/id"
	is "$(cat "$1/.map/type")" array "$type: .map of ${1##*/}"
	is "${#inner}" "$(stat -c %s "$1")" "$type: size of ${1##*/}"
}

try_file() {
	is "$(complaint cat "$1")" '' "$type: cat ${1##*/}"
	is "$(wc -c <"$1")" "$(stat -c %s "$1")" "$type: size of ${1##*/}"
}

try_type() {
	type=$1 dir=$mnt/@$2
	is "$(cat "$dir/.map/type")" "${type%4}" "$type: .map/type"
	is "$(complaint ls -l "$dir/")" '' "$type: ls -l"
	is "$(complaint stat -L "$dir")" '' "$type: stat"
	is "$(complaint find "$dir/.map" -maxdepth 1 -type f -exec cat {} +)" '' "$type: .map/*"
	try_count
	for key in "$dir"/*; do
		if [ -L "$key" ]; then
			try_link "$key"
		elif [ -e "$key" ]; then
			try_file "$key"
		fi
	done
}

# An inner map is set and taken out by its link, and by nothing else.
try_write_link() {
	inner=$(readlink "$2")
	fails_with EEXIST ln -sT "$inner" "$2"
	ok "$1: ln -sfn" ln -sfn "$inner" "$2"
	is "$(readlink "$2")" "$inner" "$1: it is there again"
	ok "$1: rm" rm "$2"
	is "$(ls "${2%/*}")" '' "$1: nothing is left"
	fails_with ENOENT rm "$2"
}

# What cannot be written must say so (EINVAL: a cookie is no socket).
try_write() {
	for key in "$mnt/@$2"/*; do
		if [ -L "$key" ]; then
			try_write_link "$1" "$key"
			return
		fi
		[ -e "$key" ] || return
		text=$(complaint bash -c 'cat "$1" >copy; cat copy >"$1"' bash "$key")
		refused "$1: write" "$text" EOPNOTSUPP EPERM EINVAL
		refused "$1: rm" "$(complaint rm -f "$key")" EPERM
		return
	done
}

while read -r type id; do
	case $type in
	'#' | ready) continue ;;
	esac
	try_type "$type" "$id"
	try_write "$type" "$id"
done <maps

ok 'nothing said "Unknown error"' test -z "$(grep -h 'Unknown error' "$mnt"/@*/.map/errors)"
