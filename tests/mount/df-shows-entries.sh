#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# df -i of a map shows its entries if counting is cheap, and nothing otherwise.

. "${top_srcdir:-.}/tests/lib.sh"
require fuse root tool:setpriv
mount_fs "${TEST_STORE:-memory}" -o allow_other,umask=022
chmod 755 "$scratch" "$fs_dir" 2>/dev/null
p=$(unique d)
cd "$mnt" || exit 1

# map NAME DEFINITION
map() {
	mkdir "$p$1" && echo "$2" >"$p$1/.map/def"
}

# inodes NAME: total, used, free
inodes() {
	df --output=itotal,iused,iavail "$p$1" | tail -n 1 | tr -s ' ' | sed 's/^ //'
}

map h 'type=hash key=u32 value=u32 max_entries=100'
echo 1 >"${p}h/1"
echo 1 >"${p}h/2"
is "$(inodes h)" '100 2 98' 'a small hash map'
rm "${p}h/1"
is "$(inodes h)" '100 1 99' 'after rm'
map a 'type=array key=u32 value=u32 max_entries=100000'
is "$(inodes a)" '100000 100000 0' 'an array of any size is full'
map l 'type=lpm_trie key=prefix(ipv4) value=u32 max_entries=50'
echo 1 >"${p}l/10.0.0.0_8"
is "$(inodes l)" '50 1 49' 'an LPM trie'
map q 'type=queue value=u32 max_entries=10'
echo 1 >"${p}q/.map/push"
is "$(inodes q)" '0 0 0' 'a queue lists nothing'
map b 'type=hash key=u32 value=u32 max_entries=100000'
echo 1 >"${p}b/1"
is "$(inodes b)" '0 0 0' 'counting a large map is not cheap'
is "$(df --output=itotal . | tail -n 1 | tr -d ' ')" 0 'the root has none'
nobody() {
	setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}
chmod 711 "${p}h"
is "$(nobody df --output=itotal,iused "${p}h" | tail -n 1 | tr -s ' ')" ' 0 0' \
	'users who may not list the map do not see how many there are'
chmod 755 "${p}h"
is "$(nobody df --output=itotal,iused "${p}h" | tail -n 1 | tr -s ' ')" ' 100 1' 'others do'
is "$(stat -f -c %l "${p}h")" "$(stat -f -c %l .)" 'the longest name is reported everywhere'
rm "${p}h/2" "${p}l"/* "${p}b/1"
cat "${p}q/.map/pop" >/dev/null
for m in h a l q b; do
	rmdir "$p$m"
done
