#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# chmod, chown and chgrp of directories, on the in-process store.

. "${top_srcdir:-.}/tests/lib.sh"
require fuse root tool:setpriv tool:bash
. "$top_srcdir/tests/permissions.sh"
p=p

chmod 755 "$scratch"
mount_fs memory -o allow_other
cd "$mnt" || exit 1
mkdir "${p}m"
echo 'key=u32 value=u64' >"${p}m/.map/def"
echo 11 >"${p}m/1"
try_one_map_for_one_group "${p}m"
try_owner_of_map "${p}m"
try_directories_of_tree "${p}m"
try_definition_keeps_owner
cd "$scratch" || exit 1
umount_fs

# Names of users and groups
user=$(id -un $nobody) && name=$(getent group 12 | cut -d: -f1)
mount_fs memory -o "allow_other,uid=$user,gid=$name"
is "$(stat -c '%a %u %g' "$mnt")" "700 $nobody 12" "uid=$user gid=$name"
ok 'the owner may open the root' as_nobody chmod 755 "$mnt"
fails_with EPERM as_member chmod 777 "$mnt"
is "$(as_member ls "$mnt/.map" 2>&1 | grep -c denied)" 1 'but .map stays shut'
ok '  until its owner opens it' as_nobody chmod 755 "$mnt/.map"
is "$(as_member cat "$mnt/.map/version")" "$(cat "$mnt/.map/version")" 'then version is read'
fails_with EACCES as_member cat "$mnt/.map/errors"
