#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Every type of map that this kernel has is listed; what is listed can be
# read; what cannot be done fails with EOPNOTSUPP or EPERM, never with EIO or
# the kernel's internal 524.

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

try_type() {
	type=$1 dir=$mnt/@$2
	is "$(cat "$dir/.map/type")" "${type%4}" "$type: .map/type"
	is "$(complaint ls -l "$dir/")" '' "$type: ls -l"
	is "$(complaint stat -L "$dir")" '' "$type: stat"
	is "$(complaint find "$dir/.map" -maxdepth 1 -type f -exec cat {} +)" '' "$type: .map/*"
	count=$(ls -f "$dir/" | grep -vcE '^\.\.?$')
	is "$(cat "$dir/.map/count")" "$count" "$type: .map/count is what ls shows"
	is "$(wc -l <"$dir/.map/entries")" "$count" "$type: .map/entries has as many lines"
	for key in "$dir"/*; do
		[ -e "$key" ] || continue
		is "$(complaint cat "$key")" '' "$type: cat ${key##*/}"
		is "$(wc -c <"$key")" "$(stat -c %s "$key")" "$type: size of ${key##*/}"
	done
}

# What cannot be written must say so (EINVAL: a cookie is no socket).
try_write() {
	for key in "$mnt/@$2"/*; do
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

# Types whose entries are handles: an update would do something else.
for type in array_of_maps hash_of_maps; do
	id=$(id_of "$type")
	[ -n "$id" ] || continue
	ok "$type: its entry is still there" test -e "$mnt/@$id/0" -o -e "$mnt/@$id/@00000000"
done
ok 'nothing said "Unknown error"' test -z "$(grep -h 'Unknown error' "$mnt"/@*/.map/errors)"
