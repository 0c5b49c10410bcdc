# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Queues, stacks, bloom filters and maps of maps as a user meets them; sourced
# behind tests/lib.sh by a test of each store. The current directory is the
# mount; maps are called $p and a letter.

define() { # define MAP LINE
	mkdir "$1" && echo "$2" >"$1/.map/def" || fail "def of $1"
}

logged() { # logged MAP TEXT: the last line of its errors has TEXT
	ok "  and errors say: $2" sh -c 'tail -n 1 "$1" | grep -q -e "$2"' sh \
		"$1/.map/errors" "$2"
}

try_queue() {
	define "${p}q" 'type=queue value=u32 max_entries=3'
	is "$(ls -A "${p}q")" '' 'a queue lists nothing'
	is "$(cat "${p}q/.map/def")" 'type=queue value=u32 max_entries=3' 'def of a queue'
	is "$(cat "${p}q/.map/btf")" "$(printf '/* value */\nunsigned int;')" \
		'its values have a type'
	fails_with ENODATA cat "${p}q/.map/peek"
	fails_with ENODATA cat "${p}q/.map/pop"
	echo 1 >"${p}q/.map/push"
	(
		echo 2
		echo 0x3
	) >"${p}q/.map/push"
	write_fails ENOSPC "${p}q/.map/push" 4
	logged "${p}q" 'the queue is full: max_entries=3'
	write_fails ERANGE "${p}q/.map/push" 4294967296
	write_fails EINVAL "${p}q/.map/push" four
	for file in entries entries.jsonl entries.bin backup keys delete; do
		fails_with ENOENT cat "${p}q/.map/$file"
	done
	is "$(cat "${p}q/.map/peek" "${p}q/.map/peek")" "$(printf '1\n1')" 'peek removes nothing'
	is "$(stat -c %s "${p}q/.map/peek" "${p}q/.map/pop" | tr '\n' ' ')" '2 0 ' \
		'stat removes nothing'
	ls -l "${p}q/.map" >/dev/null
	is "$(cat "${p}q/.map/pop")" 1 'pop gives the oldest'
	is "$(dd if="${p}q/.map/pop" bs=1 2>/dev/null)" 2 'pop byte by byte removes one element'
	: <"${p}q/.map/pop"
	is "$(cat "${p}q/.map/pop")" 3 'opening pop removes nothing'
	is "$(stat -c %A "${p}q/.map/peek" "${p}q/.map/pop" "${p}q/.map/push" | tr '\n' ' ')" \
		'-r-------- -r-------- --w------- ' 'modes'
	chmod 755 "${p}q"
	ok 'other users may peek' wait_for sh -c \
		"stat -c %a '${p}q/.map/peek' | grep -q 444"
	is "$(stat -c %A "${p}q/.map/peek" "${p}q/.map/pop" "${p}q/.map/push" | tr '\n' ' ')" \
		'-r--r--r-- -r-------- --w------- ' 'users who may not write may not pop'
	ok 'pop and push are not listed' sh -c \
		"! ls -A '${p}q/.map' | grep -qxE 'pop|push|count'"
	fails_with EPERM touch "${p}q/1"
	echo 9 >"${p}q/.map/push"
	echo 1 >"${p}q/.map/frozen"
	fails_with EPERM cat "${p}q/.map/pop"
	is "$(cat "${p}q/.map/peek")" 9 'peek works on a frozen queue'
	write_fails EPERM "${p}q/.map/push" 1
	# Its element can no longer be taken out, so it ends with the mount.
	fails_with ENOTEMPTY rmdir "${p}q"
	define "${p}s" 'type=stack value={a:u8,b:char[4]} max_entries=2'
	echo '{"a":1,"b":"x"}' >"${p}s/.map/push"
	printf '{"a":2,' >"${p}s/.map/push" 2>/dev/null
	printf '{"a":2,\n"b":"y"}' >"${p}s/.map/push"
	is "$(cat "${p}s/.map/pop")" '{"a":2,"b":"y"}' 'a stack gives the newest'
	is "$(cat "${p}s/.map/pop")" '{"a":1,"b":"x"}' 'and then the one before it'
	fails_with ENODATA cat "${p}s/.map/pop"
	rmdir "${p}s"
	ok 'and rmdir ends it' test ! -e "${p}s"
}

try_bloom() {
	define "${p}b" 'type=bloom_filter value=ipv4 max_entries=1000 extra=4'
	is "$(cat "${p}b/.map/def")" 'type=bloom_filter value=ipv4 max_entries=1000 extra=4' \
		'def of a filter'
	touch "${p}b/10.0.0.1"
	: >"${p}b/10.0.0.2"
	echo >"${p}b/10.0.0.3"
	for i in 1 2 3; do
		ok "the filter may hold 10.0.0.$i" test -f "${p}b/10.0.0.$i"
	done
	is "$(cat "${p}b/10.0.0.1")" '' 'without content'
	fails_with ENOENT cat "${p}b/10.0.0.4"
	fails_with ENOENT cat "${p}b/nonsense"
	fails_with EINVAL touch "${p}b/nonsense"
	write_fails EINVAL "${p}b/10.0.0.5" 1
	logged "${p}b" 'use touch'
	fails_with EPERM rm "${p}b/10.0.0.1"
	fails_with EEXIST dd if=/dev/null of="${p}b/10.0.0.1" conv=excl
	is "$(ls -A "${p}b")" '' 'a filter lists nothing'
	rmdir "${p}b"
	ok 'rmdir ends it' test ! -e "${p}b"
}

try_hash_of_maps() {
	define "${p}1" 'type=hash key=u32 value=u64 max_entries=10'
	define "${p}2" 'type=hash key=u32 value=u64 max_entries=20'
	define "${p}x" 'type=hash key=u32 value=u32 max_entries=10'
	mkdir "${p}o"
	write_fails EINVAL "${p}o/.map/def" 'type=hash_of_maps key=u32'
	logged "${p}o" 'needs inner='
	write_fails EINVAL "${p}o/.map/def" 'type=hash_of_maps key=u32 inner=no_such_map'
	write_fails EINVAL "${p}o/.map/def" "type=hash_of_maps value=u32 inner=${p}1"
	echo "type=hash_of_maps key=u32 max_entries=3 inner=${p}1" >"${p}o/.map/def"
	is "$(cat "${p}o/.map/def")" "type=hash_of_maps key=u32 max_entries=3 inner=${p}1" \
		'def of a hash of maps'
	ok 'ln -s sets a slot' ln -s "../${p}1" "${p}o/5"
	is "$(readlink "${p}o/5")" "../${p}1" 'which is a link to the directory'
	is "$(stat -c %F:%s "${p}o/5")" "symbolic link:$((${#p} + 4))" 'of the right size'
	echo 7 >"${p}o/5/1"
	is "$(cat "${p}1/1")" 7 'and leads there'
	fails_with EEXIST ln -sT "../${p}2" "${p}o/5"
	ok 'ln -sfn replaces it' ln -sfn "../${p}2" "${p}o/5"
	is "$(readlink "${p}o/5")" "../${p}2" 'by the other map'
	is "$(ls -A "${p}o")" 5 'and leaves nothing behind'
	is "$(cat "${p}o/.map/entries")" "$(printf '5\t"%s2"' "$p")" 'entries'
	ok 'a link by id' ln -s "../by-id/$(cat "${p}1/.map/id")" "${p}o/6"
	is "$(readlink "${p}o/6")" "../${p}1" 'reads as the name'
	ok 'a link by slot' ln -s "../${p}o/6" "${p}o/7"
	is "$(readlink "${p}o/7")" "../${p}1" 'leads to the map in that slot'
	fails_with ENOSPC ln -s "../${p}1" "${p}o/8"
	rm "${p}o/7"
	ok 'an absolute path' ln -s "$PWD/${p}2/../${p}1" "${p}o/7"
	is "$(readlink "${p}o/7")" "../${p}1" 'below the mount point'
	rm "${p}o/7"
	for target in ../no_such_map /etc ../../etc "../by-id" "../${p}1/.map" "../${p}1/1"; do
		fails_with EINVAL ln -s "$target" "${p}o/8"
		fails_with EINVAL ln -sfn "$target" "${p}o/5"
	done
	fails_with EINVAL ln -s "../${p}x" "${p}o/8"
	logged "${p}o" 'that map does not fit'
	fails_with EINVAL ln -s "../${p}o" "${p}o/8"
	fails_with ERANGE ln -s "../${p}1" "${p}o/4294967296"
	write_fails EOPNOTSUPP "${p}o/8" x
	logged "${p}o" 'are symlinks'
	is "$(ls "${p}o" | sort | tr '\n' ' ')" '5 6 ' 'none of these refusals changed the map'
	ok 'mv to a free key' mv "${p}o/6" "${p}o/9"
	ok 'mv onto a key' mv -T "${p}o/9" "${p}o/5"
	is "$(readlink "${p}o/5") $(ls "${p}o")" "../${p}1 5" 'sets and deletes'
	fails_with EINVAL ln -s "../${p}2" "${p}o/new"
	fails_with EINVAL ln -s "../${p}2" "${p}o/.new"
	ln -s "../${p}2" "${p}o/CuAbCd01" && ln -s "../${p}2" "${p}o/CuAbCd02"
	is "$(readlink "${p}o/CuAbCd01"; readlink "${p}o/CuAbCd02"; ls -A "${p}o")" \
		"$(printf '../%s2\n../%s2\n5' "$p" "$p")" 'scratch links are held, not listed'
	ok 'a scratch link onto a key' mv -T "${p}o/CuAbCd01" "${p}o/5"
	is "$(readlink "${p}o/5")" "../${p}2" 'sets it'
	fails_with ENOENT readlink -v "${p}o/CuAbCd01"
	ok 'rm of a scratch link' rm "${p}o/CuAbCd02"
	fails_with ENOENT readlink -v "${p}o/CuAbCd02"
	ok 'the lock file of an editor leads nowhere' ln -s user@host.1 "${p}o/.#5"
	is "$(readlink "${p}o/.#5")" user@host.1 'and is a scratch link'
	rm "${p}o/.#5"
	rm -f "${p}1/1"
	ok 'rmdir ends a map that is in no slot' rmdir "${p}1"
	fails_with EBUSY rmdir "${p}2"
	fails_with ENOTEMPTY rmdir "${p}o"
	ok 'rm empties a slot' rm "${p}o/5"
	fails_with ENOENT rm "${p}o/5"
	rmdir "${p}o" "${p}2" "${p}x"
	is "$(ls -d "${p}"[!q] 2>/dev/null)" '' 'rmdir ends all maps then'
}

try_array_of_maps() {
	define "${p}1" 'type=array value=u64 max_entries=4'
	define "${p}2" 'type=array value=u64 max_entries=5'
	define "${p}o" "type=array_of_maps max_entries=3 inner=${p}1"
	is "$(cat "${p}o/.map/def")" "type=array_of_maps key=u32 max_entries=3 inner=${p}1" \
		'def of an array of maps'
	is "$(ls -A "${p}o")" '' 'empty slots are not listed'
	ln -s "../${p}1" "${p}o/2"
	ln -sfn "../${p}1" "${p}o/0"
	fails_with EEXIST ln -sT "../${p}1" "${p}o/2"
	fails_with EFBIG ln -s "../${p}1" "${p}o/3"
	fails_with EINVAL ln -sfn "../${p}2" "${p}o/2"
	is "$(ls -l "${p}o" | sed -n 's/.* \(. ->\)/\1/p')" \
		"$(printf '0 -> ../%s1\n2 -> ../%s1' "$p" "$p")" 'listing'
	is "$(find "${p}o" -type l | wc -l)" 2 'find sees links'
	is "$(cat "${p}o/.map/count")" 2 'count'
	echo 5 >"${p}o/2/3"
	is "$(cat "${p}1/3")" 5 'a write through a slot'
	rm "${p}o/0"
	fails_with ENOENT rm "${p}o/0"
	fails_with EBUSY rmdir "${p}1"
	echo 1 >"${p}o/.map/frozen"
	fails_with EPERM ln -s "../${p}1" "${p}o/0"
	fails_with EPERM rm "${p}o/2"
}
