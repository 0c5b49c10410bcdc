#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# by-pin shows the directories and pinned maps of a BPF file system, whatever their
# names, and nothing outside of it; it is read-only by default.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/kernel/lib.sh"
require fuse root bpf tool:jq
own_bpffs

name=$(unique flows)
mkdir -p "$bpffs/tc/globals"
id=$(pinned_map tc/globals/flows "$name")
mount_fs kernel -o "bpffs=$bpffs,pins=ro"
pins=$mnt/by-pin

is "$(cd "$pins" && find . | sort | paste -sd' ')" \
	'. ./tc ./tc/globals ./tc/globals/flows' 'all of it, and no files of the kernel'
is "$(readlink "$pins/tc/globals/flows")" "../../../$name" 'a pin is a link to the map'
is "$(cat "$pins/tc/globals/flows/.map/id")" "$id" 'which leads there'
is "$(cat "$mnt/$name/.map/pins")" "$bpffs/tc/globals/flows" '.map/pins says where'

# Two maps of one name, one map pinned twice.
second=$(pinned_map again "$name")
is "$(readlink "$pins/again")" "../$name@$second" 'the listed name of an ambiguous one'
rm "$bpffs/again"
wait_for is_freed "$second"
bpftool map pin id "$id" "$bpffs/twice"
is "$(cat "$mnt/$name/.map/pins" | sort)" \
	"$(printf '%s\n' "$bpffs/tc/globals/flows" "$bpffs/twice")" 'both pins are listed'
rm "$bpffs/twice"
wait_for test ! -L "$pins/twice"
ok 'an unpinned one goes'

# Owner and mode.
chmod 2751 "$bpffs/tc"
chown 65534:7 "$bpffs/tc"
chmod 640 "$bpffs/tc/globals/flows"
chown 3:4 "$bpffs/tc/globals/flows"
has_new_owner() {
	[ "$(stat -c '%a %u %g' "$pins/tc")" = '2751 65534 7' ]
}
# Attributes may lag by 20 ms.
ok "a directory's owner and mode" wait_for has_new_owner
is "$(stat -c '%a %u %g' "$pins/tc/globals/flows")" '640 3 4' "a pin's owner and mode"

# Names: every byte but '.' and '/'.
i=0
for byte in $(seq 1 255); do
	case $byte in 46 | 47) continue ;; esac
	byte=$(printf '\\%03o' "$byte")
	# shellcheck disable=SC2059
	printf "b$byte-\n-" >byte
	IFS= read -r first <byte
	file=$(cat byte; echo .)
	ln "$bpffs/tc/globals/flows" "$bpffs/${file%.}" || fail "name $byte"
	[ "$(readlink "$pins/${file%.}")" = "../$name" ] || fail "name $byte: $first"
	i=$((i + 1))
done
is "$(find "$pins" -mindepth 1 -maxdepth 1 -name 'b*' -printf x | wc -c)" "$i" 'names of every byte'
ok 'and .map/pins has one per line' \
	test "$(wc -l <"$mnt/$name/.map/pins")" -eq $((i + 1))
find "$bpffs" -maxdepth 1 -name 'b*-' -delete

# Nothing but maps, and no way out.
cp_program() {
	bpftool prog pin id "$1" "$bpffs/program" 2>/dev/null
}
program=$(bpftool -j prog list | jq '.[0].id // 0')
if [ "$program" -gt 0 ] && cp_program "$program"; then
	fails_with ENOENT readlink -v "$pins/program"
	ok 'a program is not listed' test -z "$(find "$pins" -name program)"
	rm "$bpffs/program"
fi
ln -s tc/globals/flows "$bpffs/link"
ln -s / "$bpffs/out"
mkdir "$bpffs/mounted"
mount -t tmpfs tmpfs "$bpffs/mounted"
mkdir "$bpffs/mounted/inside"
is "$(ls "$pins")" tc 'symlinks and mounts are not shown'
for path in link out out/etc mounted mounted/inside; do
	fails_with ENOENT stat "$pins/$path"
done
umount "$bpffs/mounted"
rm -r "$bpffs/link" "$bpffs/out" "$bpffs/mounted"

# Read-only.
fails_with EROFS ln -s "../$name" "$pins/new"
fails_with EROFS mkdir "$pins/new"
fails_with EROFS rm "$pins/tc/globals/flows"
fails_with EROFS rmdir "$pins/tc"
fails_with EROFS mv "$pins/tc" "$pins/new"
fails_with EROFS touch "$pins/new"
fails_with EROFS chmod 700 "$pins/tc"
ok 'the reason is in errors' grep -q 'rm by-pin/tc/globals/flows: .*pins=rw' "$mnt/.map/errors"
is "$(find "$bpffs" ! -type f | wc -l)" 3 'nothing was changed'

# A map that the mount hides, or no BPF file system.
mount_fs kernel -o "bpffs=$bpffs,pins=ro,maps=other*"
is "$(find "$mnt/by-pin" | wc -l)" 3 'a hidden map is not shown there either'
fails_with ENOENT readlink -v "$mnt/by-pin/tc/globals/flows"
mkdir none
for dir in missing none; do
	mount_fs kernel -o "bpffs=$dir"
	is "$(ls -A "$mnt/by-pin")" '' "$dir: an empty directory"
	fails_with ENOENT stat "$mnt/by-pin/x"
done
mount -t bpf bpf none
mkdir none/there
is "$(ls -A "$mnt/by-pin")" there 'one that is mounted later is shown'
exec 9<"$mnt/by-pin"
umount none
ok 'and does not stay busy, though a directory is open'
exec 9<&-
is "$(ls -A "$mnt/by-pin")" '' 'and goes'

# A service manager may take openat2(2) away. The kernel must not read that as "there is no
# OPENDIR", and read directories that were never opened.
FS_RUN="${FS_RUN-} $top_builddir/tests/kernel/without-openat2"
mount_fs kernel -o "bpffs=$bpffs"
fails_with EOPNOTSUPP ls "$mnt/by-pin"
is "$(cat "$mnt/@$id/.map/id")" "$id" 'without openat2(2) all else is there'
ok '  and can be listed' sh -c 'ls "$1" "$1/by-prog" "$1/by-id" >/dev/null' sh "$mnt"
