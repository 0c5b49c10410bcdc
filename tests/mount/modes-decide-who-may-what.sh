#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Owner and mode of a map's directory, and their effect on another user if the mount has
# allow_other.

. "${top_srcdir:-.}/tests/lib.sh"
require fuse root tool:setpriv tool:bash
user=65534

chmod 755 "$scratch"
mount_fs memory -o allow_other
cd "$mnt" || exit 1
mkdir m
echo hello >m/k

# as_user COMMAND...
as_user() {
	setpriv --reuid $user --regid $user --clear-groups "$@"
}

# now WANT FORMAT FILE...: stat says so, at the latest when what the kernel
# remembers of keys is 20 ms old
now() {
	now_want=$1 now_format=$2
	shift 2
	is_now() {
		[ "$(stat -c "$now_format" "$@" | tr '\n' ' ')" = "$now_want " ]
	}
	ok "stat -c $now_format $* says $now_want" wait_for is_now "$@"
}

is "$(stat -c '%a %u %g' m)" '700 0 0' 'a map belongs to root'
is "$(stat -c '%a %u %g' m/k)" '600 0 0' 'and so does a key'
fails_with EACCES as_user ls .
fails_with EACCES as_user cat m/k
cd "$scratch" || exit 1
umount_fs

mount_fs memory -o allow_other,umask=022
cd "$mnt" || exit 1
mkdir m
echo hello >m/k
is "$(stat -c %a . m m/k m/.map m/.map/id m/.map/def .map | tr '\n' ' ')" \
	'755 755 644 755 444 644 700 ' 'umask=022'
is "$(as_user cat m/k)" hello 'the user reads'
is "$(as_user ls m)" k 'and lists'
is "$(as_user cat m/.map/type)" hash 'and reads .map'
fails_with EACCES as_user bash -c 'echo x >m/k'
fails_with EACCES as_user touch m/new
fails_with EACCES as_user rm m/k
fails_with EACCES as_user mkdir new
fails_with EACCES as_user rmdir m
fails_with EACCES as_user ls .map
fails_with EACCES as_user bash -c 'echo 1 >m/.map/frozen'
fails_with EPERM as_user chmod 777 m
is "$(cat m/k)" hello 'nothing changed'

chmod 700 m
now '700 600 700 400 700' %a m m/k m/.map m/.map/id m/.map/raw
fails_with EACCES as_user cat m/k
fails_with EACCES as_user cat m/.map/id
chmod 755 m
is "$(as_user cat m/k)" hello 'chmod 755'
chmod 777 m
now '666 666 777' %a m/k m/.map/def m/.map/raw
as_user bash -c 'echo mine >m/k'
is "$(cat m/k)" mine 'the user writes'
as_user touch m/new
ok 'and creates keys' test -e m/new
as_user rm m/new
ok 'and removes keys' test ! -e m/new
chmod 500 m
now '500 400' %a m m/k
chown $user m
now "$user $user $user $user" %u m m/k m/.map m/.map/id
is "$(as_user cat m/k)" mine 'the owner reads'
fails_with EACCES as_user bash -c 'echo x >m/k'
as_user chmod 700 m
as_user bash -c 'echo x >m/k'
is "$(cat m/k)" x 'the owner may change the mode for themselves'
chgrp $user m
now "$user $user" %g m m/k
chmod 000 m/k
chown 0 m/k
touch -d yesterday m/k
is "$(stat -c '%a %u' m/k)" "600 $user" 'chmod and chown of a key do nothing'
mkdir other
is "$(stat -c '%a %u' other)" '755 0' 'another map keeps its mode'
cd "$scratch" || exit 1
umount_fs

mount_fs memory -o "allow_other,uid=$user,gid=12,umask=077"
cd "$mnt" || exit 1
is "$(as_user stat -c '%a %u %g' .)" "700 $user 12" 'uid= gid= umask='
as_user mkdir m
as_user bash -c 'echo x >m/k'
is "$(cat m/k)" x 'the user of uid= may create maps'
ok 'and sees the root .map' as_user test -r .map/store
cd "$scratch" || exit 1
umount_fs

# Without allow_other nobody else gets in, whatever the modes
mount_fs memory -o umask=0
is "$(stat -c %a "$mnt")" 777 'umask=0'
fails_with EACCES as_user ls "$mnt"
