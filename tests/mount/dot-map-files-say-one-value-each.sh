#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Every file of a map's .map directory: content, exact size, mode; the
# directory resolves and is never listed.

. "${top_srcdir:-.}/tests/lib.sh"
require fuse tool:bash
mount_fs memory -o 'def=type=hash key=u32 value={n:u64} max_entries=10'
cd "$mnt" || exit 1
mkdir m
echo '{"n":7}' >m/3
cd m || exit 1

says() {
	is "$(cat ".map/$1")" "$2" "$1 says $2"
}
says type hash
says name m
says key_size 4
says value_size 8
says max_entries 10
says flags 0
says map_extra 0
says ifindex 0
says count 1
says frozen 0
says def 'type=hash key=u32 value={n:u64} max_entries=10'
says keys 3
says entries "$(printf '3\t{"n":7}')"
says errors ''
ok 'id is a number' test "$(cat .map/id)" -gt 0
ok 'memlock is a number' test "$(cat .map/memlock)" -gt 0
ok 'btf_id is a number' test "$(cat .map/btf_id)" -gt 0
ok 'btf has the member' grep -q 'n;' .map/btf
for file in id type name key_size value_size max_entries flags map_extra memlock btf_id \
	ifindex count frozen; do
	is "$(grep "^$file: " .map/info)" "$file: $(cat .map/$file)" "info has $file"
done

# help is the listing
ls .map >"$scratch/listed"
for file in $(cat "$scratch/listed"); do
	ok "help has a line on $file" grep -q "^$file " .map/help
done
is "$(cut -d ' ' -f 1 .map/help | sort | comm -3 - "$scratch/listed" | tr '\n' ' ')" \
	'changes clear delete drain rates ' \
	'help has one line per file, also those that are not listed'

# sizes
for file in $(cat "$scratch/listed"); do
	want=$(cat ".map/$file" | wc -c)
	case $file in
	metrics | metrics.prom) want=0 ;; # each stat(2) would go over the whole map
	esac
	is "$(stat -c %s ".map/$file")" "$want" "$file has its exact size"
	is "$(wc -c <".map/$file")" "$(cat ".map/$file" | wc -c)" "wc -c of $file"
done
is "$(stat -c %a .map/id)" 400 'mode of a read-only file'
is "$(stat -c %a .map/def)" 600 'mode of a writable file'

# hidden
is "$(ls -a | tr '\n' ' ')" '. .. 3 ' 'ls -a does not show it'
is "$(find . | tr '\n' ' ')" '. ./3 ' 'find does not show it'
is "$(echo .[!.]* *)" '.[!.]* 3' 'globs do not show it'
is "$(grep -rc 7 .)" './3:1' 'grep -r does not see it'
is "$(tar cf - . | tar tf - | tr '\n' ' ')" './ ./3 ' 'tar does not see it'

# what cannot be
fails_with EACCES bash -c 'echo 1 >.map/id'
fails_with EACCES bash -c ': >.map/keys'
fails_with EACCES cat .map/delete
fails_with EPERM rm .map/id
fails_with EPERM touch .map/new
fails_with EPERM mkdir .map/new
fails_with EPERM rmdir .map
fails_with ENOENT cat .map/nosuch

# frozen
write_fails EINVAL .map/frozen x
echo 0 >.map/frozen
ok 'writing 0 to frozen is accepted if the map is not frozen'
echo 1 >.map/frozen
ok 'freezing'
says frozen 1
echo 1 >.map/frozen
ok 'freezing again'
write_fails EPERM .map/frozen 0
write_fails EPERM 3 '{"n":8}'
write_fails EPERM 4 '{"n":8}'
fails_with EPERM rm 3
is "$(cat 3)" '{"n":7}' 'a frozen map keeps its values'
is "$(ls)" 3 'a frozen map keeps its keys'
fails_with EPERM cat .map/drain
ok 'errors says why' grep -q 'write 3: .*frozen' .map/errors
ok '  of rm, too' grep -q 'rm 3: .*frozen' .map/errors
ok '  and of drain' grep -q 'read .map/drain: .*frozen' .map/errors
cd "$scratch" || exit 1
