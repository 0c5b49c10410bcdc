#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Whatever has no place in the tree is refused with a line in the errors of the
# map it was tried in, or of the root.

. "${top_srcdir:-.}/tests/lib.sh"
require fuse tool:mkfifo
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
in_map 'mkdir d: a directory is a map, and maps are made in the root' \
	EPERM mkdir "$mnt/m/d"
in_map 'mkdir d: a directory is a map' EPERM mkdir "$mnt/m/.map/d"
in_map 'symlink l: only entries of maps of maps are symlinks' EPERM ln -s ../other "$mnt/m/l"
in_map 'ln b: nothing here has a second name' EPERM ln "$mnt/m/a" "$mnt/m/b"
in_map 'mknod p: there are no' EPERM mkfifo "$mnt/m/p"
in_map 'create ids: there is no such file' EPERM cp /etc/hostname "$mnt/m/.map/ids"
in_map 'mv b: a key stays' EPERM mv -T "$mnt/m/a" "$mnt/m/.map/b"
in_map 'rm id: this file belongs to the tree' EPERM rm "$mnt/m/.map/id"
in_map 'rmdir .map: ' EPERM rmdir "$mnt/m/.map"
in_map 'mv raw: only keys are renamed' EPERM mv "$mnt/m/.map/raw" "$mnt/m/.map/cooked"

in_root 'create f: a file is a key of a map: mkdir makes a map' EPERM touch "$mnt/f"
in_root 'symlink l: symlinks are made in maps of maps' EPERM ln -s m "$mnt/l"
in_root 'ln f: nothing here has a second name' EPERM ln "$mnt/m/a" "$mnt/f"
in_root 'mv m: only keys are renamed, inside their map' EPERM mv "$mnt/m" "$mnt/n"
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
