#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The content of the root: maps by name, aliases as symlinks, by-id, a hidden .map.

. "${top_srcdir:-.}/tests/lib.sh"
require fuse
mount_fs memory
cd "$mnt" || exit 1

is "$(ls -A | paste -sd' ')" 'by-id by-name' 'an empty store lists by-id and by-name'
mkdir flows %2Edots a.b_C9
is "$(ls)" "$(printf '%%2Edots\na.b_C9\nby-id\nby-name\nflows')" 'maps are listed by name'
is "$(readlink .dots)" %2Edots 'a name with a leading dot is a link to its listed form'
is "$(ls by-name)" "$(printf '%%2Edots\na.b_C9\nflows')" 'by-name lists the names'
is "$(readlink by-name/flows)" ../flows 'by-name/NAME is a symlink to the map'
fails_with EINVAL mkdir .x
fails_with EINVAL mkdir flows@77

id=$(cat flows/.map/id)
is "$(readlink "flows@$id")" flows 'NAME@ID is a symlink to NAME'
is "$(readlink "@$id")" flows '@ID is a symlink to NAME'
is "$(readlink "by-id/$id")" ../flows 'by-id/ID is a symlink to ../NAME'
is "$(ls by-id | wc -l)" 3 'by-id lists every map'
echo world >"@$id/hello"
is "$(cat "by-id/$id/hello")" world 'aliases lead to the same keys'

for name in nosuch "nosuch@$id" "flows@99999" @99999 "@0$id" "flows@0$id" @ flows@ \
	"@$id@$id" "by-id/0$id" by-name/nosuch "by-name/flows@$id" by-id/flows by-id/99999 'by-id/@1' 'fl*'; do
	fails_with ENOENT stat "$name"
done

is "$(stat -c %A flows)" drwx------ 'a map is a directory for its owner'
is "$(stat -c %h flows)" 1 'nlink is 1'
ok 'root .map resolves' test -d .map
is "$(ls .map | tr '\n' ' ')" 'errors help maps metrics metrics.prom read_only store version ' \
	'files of the root .map'
is "$(cat .map/store)" memory 'store names the store'
ok 'version is not empty' test -s .map/version
for file in errors store version; do
	ok "help names $file" grep -q "^$file " .map/help
done
is "$(stat -c %a .map)" 700 'root .map is for the owner'

fails_with EPERM touch file
fails_with EPERM ln -s flows link
fails_with EPERM rm "@$id"
fails_with EPERM rm "by-id/$id"
fails_with EPERM mkdir by-id/x
fails_with EPERM mkdir flows/x
fails_with EPERM mv flows other
fails_with EPERM mkfifo fifo
fails_with EPERM rmdir by-id
is "$(ls -A | wc -l)" 5 'nothing of that left a trace'

cd flows || exit 1
rm hello
rmdir ../flows
fails_with ENOENT ls hello
fails_with ENOENT stat .map/id
ok 'cd .. out of a map that has gone' cd ..
fails_with ENOENT stat flows
cd "$scratch" || exit 1
