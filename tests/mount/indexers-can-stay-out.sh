#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The settings in bpfmapfs(8) for indexers keep them out of the mount; without these
# settings they enter it.

. "${top_srcdir:-.}/tests/lib.sh"
require fuse root tool:updatedb tool:locate
mount_fs memory
mkdir "$mnt/flows"
echo 1 >"$mnt/flows/needle"
: >outside

# found PRUNEFS: what is in the database then
found() {
	updatedb --prunefs "$1" --prunepaths '' --require-visibility no \
		-U "$scratch" -o "$scratch/files.db" &&
		locate -d "$scratch/files.db" --regex '/(needle|outside)$' | sort | tr '\n' ' '
}
is "$(found '')" "$mnt/flows/needle $scratch/outside " 'updatedb goes into the mount'
is "$(found 'proc fuse.bpfmapfs')" "$scratch/outside " 'but not with PRUNEFS'
is "$(find "$scratch" -xdev -name needle)" '' 'find -xdev stays out'
is "$(tar -cf - --one-file-system -C "$scratch" . | tar -tf - | grep -c needle)" 0 \
	'so does tar --one-file-system'
