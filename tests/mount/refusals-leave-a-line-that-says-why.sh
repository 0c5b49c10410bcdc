#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Operations that the tree does not support are refused, with a line in the errors of
# the map in which they were tried, or of the root.

. "${top_srcdir:-.}/tests/lib.sh"
require fuse tool:bash tool:mkfifo
mount_fs memory
mkdir "$mnt/m" "$mnt/other"
echo 1 >"$mnt/m/a"

# leaves ERRORS REASON ERRNO COMMAND...: it fails so, and the file has one line
# more, with the reason.
leaves() {
	log=$1
	reason=$2
	before=$(wc -l <"$log")
	shift 2
	fails_with "$@"
	is "$(wc -l <"$log")" $((before + 1)) 'with one line'
	case $(tail -n 1 "$log") in
	*"$reason"*) pass "that says: $reason" ;;
	*) fail "that says: $reason, found $(tail -n 1 "$log")" ;;
	esac
}

in_map() {
	leaves "$mnt/m/.map/errors" "$@"
}

in_root() {
	leaves "$mnt/.map/errors" "$@"
}

is "$(cat "$mnt/.map/errors")" '' 'nothing yet'
in_map 'mkdir d: directories are maps, and maps can be created only in the root' \
	EPERM mkdir "$mnt/m/d"
in_map 'mkdir d: directories are maps' EPERM mkdir "$mnt/m/.map/d"
in_map 'symlink l: only entries of maps of maps are symlinks' EPERM ln -s ../other "$mnt/m/l"
in_map 'ln b: hard links are not supported' EPERM ln "$mnt/m/a" "$mnt/m/b"
in_map 'mknod p: devices, sockets and pipes are not supported' EPERM mkfifo "$mnt/m/p"
in_map 'create ids: no such file' EPERM cp /etc/hostname "$mnt/m/.map/ids"
in_map 'mv b: a key can be renamed only within its map' EPERM mv -T "$mnt/m/a" "$mnt/m/.map/b"
in_map 'rm id: this file belongs to the tree' EPERM rm "$mnt/m/.map/id"
in_map 'rmdir .map: ' EPERM rmdir "$mnt/m/.map"
in_map 'mv raw: only keys can be renamed' EPERM mv "$mnt/m/.map/raw" "$mnt/m/.map/cooked"

# in_one COMMAND...: the same in the last map made.
in_one() {
	leaves "$mnt/$one/.map/errors" "$@"
}

mkdir "$mnt/slots"
echo 'type=array key=u32 value={a:u32} max_entries=3' >"$mnt/slots/.map/def"
one=slots
in_one 'type array cannot be removed: echo 0 > .map/clear sets all values to zero' \
	EPERM bash -c "echo yes >$mnt/slots/.map/clear"
in_one 'expected "{", found "5" (' EINVAL bash -c "echo 5 >$mnt/slots/1"
rmdir "$mnt/slots"
in_map 'rmdir m: the map has entries: remove them first' ENOTEMPTY rmdir "$mnt/m"

one=routes
mkdir "$mnt/$one"
echo 'type=lpm_trie key=prefix(ipv4) value=u32 max_entries=9' >"$mnt/$one/.map/def"
in_one "lookup 10.0.0.0: no such key. Write the length of a prefix with '_', not '/': 10.0.0.0_8" \
	ENOENT bash -c "echo 1 > $mnt/$one/10.0.0.0/8"
is "$(cat "$mnt/$one/10.0.0.7" "$mnt/$one/10.0.0.0_8" 2>/dev/null)" '' 'other names are not there'
is "$(wc -l <"$mnt/$one/.map/errors")" 1 'without a line'
rmdir "$mnt/$one"

one=outer
mkdir "$mnt/$one"
echo 'type=hash_of_maps key=u32 inner=other max_entries=9' >"$mnt/$one/.map/def"
in_one 'symlink 1: column 1: "../m/.map" is not the directory of a map: expected ../MAP' \
	EINVAL ln -s ../m/.map "$mnt/$one/1"
in_one '"../nothing" is not the directory of a map' EINVAL ln -s ../nothing "$mnt/$one/1"
rmdir "$mnt/$one"

one=queue
mkdir "$mnt/$one"
echo 'type=queue value=u32 max_entries=9' >"$mnt/$one/.map/def"
in_one 'create 1: a map of type queue has no keys: write to .map/push' \
	EPERM bash -c "echo 7 > $mnt/$one/1"
rmdir "$mnt/$one"

one=full
mkdir "$mnt/$one"
echo 'key=u32 value={a:u32} max_entries=1' >"$mnt/$one/.map/def"
echo '{"a":1}' >"$mnt/$one/1"
in_one 'mv 2: the map is full: max_entries=1' ENOSPC mv "$mnt/$one/1" "$mnt/$one/2"
in_one 'mv 1~: a key cannot be renamed to a temporary file, as made by programs that make backups: use cp to copy it' \
	EPERM mv "$mnt/$one/1" "$mnt/$one/1~"
in_one 'write 1: column 3: expected one of a; found "b"' \
	EINVAL bash -c "echo '{\"b\":1}' > $mnt/$one/1"
in_one 'write .map/raw/2: the map is full: max_entries=1' \
	ENOSPC bash -c "printf '\\0\\0\\0\\0' > $mnt/$one/.map/raw/2"
in_one 'write .map/raw/2: column 1: a new value is written from its start on: expected a write at offset 0, found offset 2' \
	EINVAL dd if=/dev/zero of="$mnt/$one/.map/raw/2" bs=1 seek=2 count=2 conv=notrunc
printf 9 >>"$mnt/$one/.map/raw/1"
ok 'an appended part of a raw value, too' wait_for grep -q \
	'write .map/raw/1: column 2: a value has exactly 4 bytes, found 1' "$mnt/$one/.map/errors"
is "$(cat "$mnt/$one/1")" '{"a":1}' '  which changes nothing'
printf '\2\0\0\0' >>"$mnt/$one/.map/raw/1"
is "$(cat "$mnt/$one/1")" '{"a":2}' '  but the whole value does'
touch "$mnt/$one/.map/raw/2"
ok 'touch of a raw file leaves a line' wait_for grep -q \
	'create .map/raw/2: closed without a write, which inserts nothing here: a value has exactly 4 bytes' \
	"$mnt/$one/.map/errors"
rm "$mnt/$one/1"
rmdir "$mnt/$one"

in_root 'create f: files can be created only in maps: use mkdir to create a map' EPERM touch "$mnt/f"
in_root 'symlink l: symlinks can be created only in maps of maps' EPERM ln -s m "$mnt/l"
in_root 'ln f: hard links are not supported' EPERM ln "$mnt/m/a" "$mnt/f"
in_root 'mv m: only keys can be renamed, and only within their map' EPERM mv "$mnt/m" "$mnt/n"
in_root 'rmdir by-id: this directory belongs' EPERM rmdir "$mnt/by-id"
in_root "rm $(cat "$mnt/m/.map/id"): this file belongs" EPERM rm "$mnt/by-id/$(cat "$mnt/m/.map/id")"
in_root 'mkdir .x: column 1: a leading '"'.'"' is written %2E: mkdir %2Ex' EINVAL mkdir "$mnt/.x"
in_root 'the kernel chooses the id: mkdir x' EINVAL mkdir "$mnt/x@12"
in_root 'mkdir x-y: ' EINVAL mkdir "$mnt/x-y"

if [ "$(id -u)" = 0 ]; then
	in_map 'open .map/id: this file can only be read' EACCES cp /etc/hostname "$mnt/m/.map/id"
	in_map 'open .map/clear: this file can only be written' EACCES cat "$mnt/m/.map/clear"
	in_root 'open .map/version: this file' EACCES cp /etc/hostname "$mnt/.map/version"
fi
is "$(cat "$mnt/m/a")" 1 'and nothing changed'
is "$(cd "$mnt" && echo *)" 'by-id by-name m other' 'anywhere'
