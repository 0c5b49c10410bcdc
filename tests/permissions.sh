# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Who may do what to owners and modes, and what they then mean, as root, nobody
# and the member of a group; sourced behind tests/lib.sh by a test of each store.
# The current directory is a mount with allow_other; maps are called $p and a
# letter.

nobody=65534
member=65533
group=65500
other_group=65501

# as_nobody COMMAND..., as_member COMMAND...
as_nobody() {
	setpriv --reuid $nobody --regid $nobody --clear-groups "$@"
}

as_member() {
	setpriv --reuid $member --regid $member --groups $group "$@"
}

# has WANT FORMAT FILE: stat says so, at the latest when what the kernel caches of
# keys has expired
has() {
	has_want=$1 has_format=$2 has_file=$3
	is_so() {
		[ "$(stat -c "$has_format" "$has_file")" = "$has_want" ]
	}
	ok "stat -c '$has_format' $has_file says $has_want" wait_for is_so
}

# One map for one group, in three commands. The map is pinned or in memory, so
# by-name leads to it.
try_one_map_for_one_group() {
	m=$1
	fails_with EACCES as_member ls .
	fails_with EACCES as_member cat "$m/1"
	chmod 711 . by-name
	chgrp $group "$m"
	chmod 750 "$m"
	has "711 0 0" '%a %u %g' .
	has "711 0 0" '%a %u %g' by-name
	has "750 0 $group" '%a %u %g' "$m"
	has "640 0 $group" '%a %u %g' "$m/1"
	has "440 0 $group" '%a %u %g' "$m/.map/id"
	has "640 0 $group" '%a %u %g' "$m/.map/entries"
	has "400 0 $group" '%a %u %g' "$m/.map/pids"

	is "$(as_member cat "$m/1")" 11 'the member reads a key'
	is "$(as_member cat "by-name/$m/1")" 11 '  through by-name'
	is "$(as_member ls "$m")" 1 '  lists'
	is "$(as_member cat "$m/.map/entries")" "$(printf '1\t11')" '  reads it whole'
	is "$(as_member cat "$m/.map/type")" hash '  and its type'
	fails_with EACCES as_member bash -c "echo 2 >$m/1"
	fails_with EACCES as_member bash -c "echo 2 >$m/2"
	fails_with EACCES as_member rm "$m/1"
	fails_with EACCES as_member bash -c "echo 1 >$m/.map/frozen"
	fails_with EACCES as_member bash -c "echo key=u64 >$m/.map/def"
	fails_with EACCES as_member bash -c "echo yes >$m/.map/clear"
	fails_with EACCES as_member bash -c "echo 1 >$m/.map/delete"
	fails_with EACCES as_member cat "$m/.map/drain"
	fails_with EACCES as_member cat "$m/.map/pids"
	fails_with EACCES as_member ls .
	fails_with EACCES as_member ls by-name
	fails_with EACCES as_member ls by-id
	fails_with EACCES as_member cat .map/version
	fails_with EACCES as_member mkdir "${p}new"
	fails_with EACCES as_member rmdir "$m"
	fails_with EPERM as_member chmod 770 "$m"
	fails_with EPERM as_member chgrp $member "$m"
	fails_with EPERM as_member chown $member "$m"
	fails_with EPERM as_member chmod 777 .
	fails_with EACCES as_nobody ls "$m"
	fails_with EACCES as_nobody cat "$m/1"
	fails_with EACCES as_nobody cat "by-name/$m/1"
	fails_with EACCES as_nobody cat "$m/.map/id"
	is "$(cat "$m/1")" 11 'nothing has changed'

	chmod 770 "$m"
	has "660 0 $group" '%a %u %g' "$m/1"
	as_member bash -c "echo 12 >$m/1"
	is "$(cat "$m/1")" 12 'chmod 770: the member writes'
	as_member bash -c "echo 2 >$m/2"
	ok '  makes' test -e "$m/2"
	ok '  and removes' as_member rm "$m/2"
	fails_with EACCES as_nobody cat "$m/1"
	echo 11 >"$m/1"
}

# The rules for the owner of a map, who is not root.
try_owner_of_map() {
	m=$1
	chown $member "$m"
	chgrp $group "$m"
	chmod 700 "$m"
	has "700 $member $group" '%a %u %g' "$m"
	ok 'the owner may change the mode' as_member chmod 711 "$m"
	has "711 $member $group" '%a %u %g' "$m"
	ok '  and choose one of their groups' as_member chgrp $member "$m"
	has "711 $member $member" '%a %u %g' "$m"
	ok '  the other one' as_member chgrp $group "$m"
	fails_with EPERM as_member chgrp $other_group "$m"
	fails_with EPERM as_member chown $nobody "$m"
	fails_with EPERM as_nobody chmod 777 "$m"
	fails_with EPERM as_nobody chown $nobody "$m"
	has "711 $member $group" '%a %u %g' "$m"
	fails_with EACCES as_nobody cat "$m/1"
	chmod 1777 "$m"
	has "1777 $member $group" '%a %u %g' "$m"
	has "777 $member $group" '%a %u %g' "$m/.map"
	fails_with EPERM as_nobody rm "$m/1"
	ok 'a sticky directory: nobody writes' as_nobody bash -c "echo 11 >$m/1"
	chown 0:0 "$m"
	chmod 700 "$m"
	has "700 0 0" '%a %u %g' "$m"
}

# The root and what is in it.
try_directories_of_tree() {
	m=$1
	chmod 755 .
	for dir in by-*; do
		chmod 700 "$dir"
		fails_with EACCES as_member ls "$dir"
		chgrp $group "$dir"
		chmod 750 "$dir"
		has "750 0 $group" '%a %u %g' "$dir"
		ok "chmod 750 $dir: the member lists it" as_member ls "$dir"
		fails_with EACCES as_nobody ls "$dir"
		fails_with EPERM as_member chmod 755 "$dir"
		chown $member "$dir"
		ok "  as owner changes its mode" as_member chmod 700 "$dir"
		has "700 $member $group" '%a %u %g' "$dir"
		fails_with EPERM as_member chown 0 "$dir"
		fails_with EPERM as_member chgrp $other_group "$dir"
		chown 0:0 "$dir"
	done
	chmod 711 .

	has '700 0 0' '%a %u %g' .map
	for file in .map/*; do
		has '400 0 0' '%a %u %g' "$file"
	done
	chgrp $group .map
	chmod 750 .map
	has "750 0 $group" '%a %u %g' .map
	for file in version help; do
		has "440 0 $group" '%a %u %g' ".map/$file"
		ok "chmod 750 .map: the member reads $file" as_member cat .map/$file
		fails_with EACCES as_nobody cat .map/$file
	done
	for file in store errors; do
		has "400 0 $group" '%a %u %g' ".map/$file"
		fails_with EACCES as_member cat .map/$file
	done
	chmod 700 .map
	fails_with EACCES as_member cat .map/version

	note 'chmod 1777 of the root: who makes a map owns it'
	chmod 1777 .
	ok 'the member makes a map' as_member mkdir "${p}own"
	has "$member $member" '%u %g' "${p}own"
	as_member bash -c "echo hello >${p}own/k"
	is "$(as_member cat "${p}own/k")" hello '  writes to it'
	fails_with EACCES as_nobody cat "${p}own/k"
	ok '  opens it to a group of theirs' as_member chgrp $group "${p}own"
	as_member rm "${p}own/k"
	fails_with EPERM as_nobody rmdir "${p}own"
	ok '  and ends it' as_member rmdir "${p}own"
	chmod 700 .
	fails_with EACCES as_nobody ls "$m"
}

# A new definition keeps owner and mode; another map of that name does not.
try_definition_keeps_owner() {
	mkdir "${p}d"
	chown $member:$group "${p}d"
	chmod 750 "${p}d"
	echo 'key=u32 value=u64' >"${p}d/.map/def"
	has "750 $member $group" '%a %u %g' "${p}d"
	has "640 $member $group" '%a %u %g' "${p}d/.map/def"
	chmod 711 .
	ok 'the owner defines it anew' as_member bash -c "echo key=u64 >${p}d/.map/def"
	has "750 $member $group" '%a %u %g' "${p}d"
	rmdir "${p}d"
	mkdir "${p}d"
	has '700 0 0' '%a %u %g' "${p}d"
	rmdir "${p}d"
	chmod 700 .
}
