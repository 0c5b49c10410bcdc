#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The root: NAME for a unique name, NAME@ID for a shared name, @ID for no name, names
# with a leading dot; by-id; maps appear and disappear with the kernel's.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/kernel/lib.sh"
require fuse root bpf tool:jq

bpffs=$scratch/bpffs
mkdir "$bpffs"
mount -t bpf bpf "$bpffs" || skip 'no BPF file system can be mounted'
test_cleanup() {
	umount "$bpffs"
}

# make PIN NAME: a hash map; prints its id.
make() {
	bpftool map create "$bpffs/$1" type hash key 4 value 8 entries 8 name "$2" &&
		bpftool -j map show pinned "$bpffs/$1" | jq .id
}

listed() {
	ls -A "$mnt" | grep -xF "$1"
}

name=$(unique one)
mount_fs kernel
fails_with ENOENT stat "$mnt/$name"
id=$(make first "$name")
is "$(cat "$mnt/$name/.map/id")" "$id" 'a new map is there at once'
is "$(listed "$name")" "$name" 'and listed by its name'
is "$(readlink "$mnt/$name@$id")" "$name" 'NAME@ID is a link to it'
is "$(readlink "$mnt/@$id")" "$name" '@ID too'
is "$(readlink "$mnt/by-id/$id")" "../$name" 'by-id too'
is "$(cat "$mnt/by-id/$id/.map/name")" "$name" 'which leads there'
fails_with ENOENT stat "$mnt/other@$id"
fails_with ENOENT stat "$mnt/$name@0$id"

second=$(make second "$name")
fails_with ENOENT stat "$mnt/$name"
is "$(ls -A "$mnt" | grep "^$name")" "$(printf '%s\n' "$name@$id" "$name@$second" | sort)" \
	'two maps of one name are listed with ids'
is "$(cat "$mnt/$name@$second/.map/id")" "$second" 'NAME@ID is the map'
is "$(readlink "$mnt/@$second")" "$name@$second" '@ID is a link to it'
ok 'the ambiguous name is explained' grep -q 'NAME@ID' "$mnt/.map/errors"
rm "$bpffs/first"
ok 'the first goes' wait_for is_freed "$id"
is "$(cat "$mnt/$name/.map/id")" "$second" 'the name means the other one now'

dot=.$(unique d)
id=$(make dot "$dot")
is "$(listed "%2E${dot#.}")" "%2E${dot#.}" 'a leading dot is listed as %2E'
is "$(cat "$mnt/%2E${dot#.}/.map/name")" "$dot" 'for that map'
is "$(readlink "$mnt/$dot")" "%2E${dot#.}" 'and the bare form is a link to it'
for special in . .. .map; do
	id=$(make special "$special") || continue
	is "$(cat "$mnt/$special@$id/.map/id")" "$id" "a map called $special has its id"
	rm "$bpffs/special"
done
ok 'the root is still the root' test -f "$mnt/.map/version"
