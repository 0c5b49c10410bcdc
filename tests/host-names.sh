# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# ksym, cgroup and ifname: root reads names, other users numbers, regardless of earlier
# reads; no name is taken as input. In a mount of maps in memory all users read numbers.
# Sourced behind tests/lib.sh by a test of each store. The current directory is a mount
# with allow_other; maps are called $p and a letter.

as_nobody() {
	setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
}

# uid 0 of a container
as_plain_root() {
	setpriv --bounding-set -sys_admin --inh-caps -sys_admin "$@"
}

define() { # define MAP LINE
	mkdir "$1" && echo "$2" >"$1/.map/def" || fail "def of $1"
	chmod 755 "$1"
}

logged() { # logged MAP TEXT: the last line of its errors has TEXT
	ok "  and errors say: $2" sh -c 'tail -n 1 "$1" | grep -q -F -e "$2"' sh \
		"$1/.map/errors" "$2"
}

# reads_as FILE ROOT NOBODY: the content and its size, in turns, because neither may
# see what was made for the other
reads_as() {
	for _ in 1 2; do
		is "$(sort "$1")" "$2" "root reads names: $1"
		is "$(as_nobody sort "$1")" "$3" '  others numbers'
		is "$(stat -c %s "$1")" "$(cat "$1" | wc -c)" '  the size is that of the names'
		is "$(as_nobody stat -c %s "$1")" "$(as_nobody cat "$1" | wc -c)" \
			'  and of the numbers'
	done
	is "$(as_plain_root sort "$1")" "$3" '  root without CAP_SYS_ADMIN, too'
}

# What root reads: $lo for interface 1, $cgroup for the first cgroup, $cgroup_id.
find_names() { # find_names STORE
	dir=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
	cgroup_id=$(stat -c %i "${dir:-/}")
	lo=lo cgroup='"/"'
	[ -n "$dir" ] || cgroup=$cgroup_id
	[ "$1" = kernel ] || lo=1 cgroup=$cgroup_id
	lo_json=\"$lo\"
	[ "$lo" != 1 ] || lo_json=1
}

try_views() {
	define "${p}n" 'key=u32 value={cg:u64,dev:u32,n:u32}'
	echo "{\"cg\":$cgroup_id,\"dev\":1,\"n\":5}" >"${p}n/1"
	echo '{"cg":18446744073709551615,"dev":-1}' >"${p}n/2" 2>/dev/null ||
		echo '{"cg":18446744073709551615,"dev":4294967295}' >"${p}n/2"
	echo show=cg:cgroup,dev:ifname >"${p}n/.map/def"
	plain="{\"cg\":$cgroup_id,\"dev\":1,\"n\":5}"
	named="{\"cg\":$cgroup,\"dev\":$lo_json,\"n\":5}"
	nameless='{"cg":18446744073709551615,"dev":-1,"n":0}'
	reads_as "${p}n/1" "$named" "$plain"
	reads_as "${p}n/2" "$nameless" "$nameless"
	reads_as "${p}n/.map/entries" "$(printf '1\t%s\n2\t%s' "$named" "$nameless")" \
		"$(printf '1\t%s\n2\t%s' "$plain" "$nameless")"
	reads_as "${p}n/.map/entries.jsonl" \
		"$(printf '{"key":%s,"value":%s}\n' 1 "$named" 2 "$nameless")" \
		"$(printf '{"key":%s,"value":%s}\n' 1 "$plain" 2 "$nameless")"
	ok 'a long listing has the size of the names' \
		[ "$(ls -l "${p}n" | awk 'NF > 2 && $NF == 1 { print $5 }')" = $((${#named} + 1)) ]
	ok '  for others of the numbers' [ "$(as_nobody ls -l "${p}n" |
		awk 'NF > 2 && $NF == 1 { print $5 }')" = $((${#plain} + 1)) ]
}

try_writes() {
	cat "${p}n/1" >"$scratch/names"
	cp "${p}n/.map/entries.bin" "$scratch/before"
	fails_with EINVAL sh -c "cat '$scratch/names' >'${p}n/2'"
	append_fails EINVAL "${p}n/1" '{"dev":"lo"}'
	logged "${p}n" 'expected a number (names can be read, but not written), found "lo"'
	fails_with EINVAL cp "${p}n/.map/entries" "${p}n/.map/entries.jsonl"
	fails_with EINVAL sh -c "cat '${p}n/.map/entries.jsonl' >'$scratch/jsonl' &&
		cat '$scratch/jsonl' >'${p}n/.map/entries.jsonl'"
	ok 'nothing has changed' cmp "${p}n/.map/entries.bin" "$scratch/before"
	echo '{"n":6}' >>"${p}n/1"
	is "$(as_nobody cat "${p}n/1")" "{\"cg\":$cgroup_id,\"dev\":1,\"n\":6}" \
		'other members are merged'
	echo '{"n":5}' >>"${p}n/1"
	as_nobody cat "${p}n/1" >"$scratch/numbers"
	cat "$scratch/numbers" >"${p}n/1"
	ok 'numbers are taken' cmp "${p}n/.map/entries.bin" "$scratch/before"
	cat "${p}n/.map/backup" >"$scratch/backup"
	ok 'a backup has numbers' grep -qF "$plain" "$scratch/backup"
	rm "${p}n/1"
	cat "$scratch/backup" >"${p}n/.map/backup"
	ok '  and restores them' cmp "${p}n/.map/entries.bin" "$scratch/before"
}

# What is read by several readers, or given to another one, has numbers.
try_shared_texts() {
	cat "${p}n/.map/changes" >"$scratch/changes" &
	reader=$!
	wait_for sh -c "
		echo '{\"dev\":1,\"n\":'\$\$'}' >'${p}n/3'
		grep -q '^[+~]3' '$scratch/changes'"
	kill "$reader"
	wait "$reader" 2>/dev/null
	ok 'changes have numbers' grep -q '^[+~]3	{"cg":0,"dev":1,' "$scratch/changes"
	chmod 777 "${p}n"
	is "$(cat "${p}n/.map/drain" | sort | sed -n '1s/"n":.*//p')" \
		"1	{\"cg\":$cgroup_id,\"dev\":1," 'so does drain'
	chmod 755 "${p}n"
}

# One thread with several identities: what was made for its stat, and open files.
try_changes_of_identity() {
	echo "{\"cg\":$cgroup_id,\"dev\":1,\"n\":5}" >"${p}n/1"
	python3 - "${p}n" >"$scratch/python" <<-'END'
		import os, sys
		m = sys.argv[1]
		entries = m + '/.map/entries'
		size = os.stat(entries).st_size
		root = os.open(m + '/1', os.O_RDONLY)
		named = os.pread(root, 1000, 0)
		os.seteuid(65534)
		fd = os.open(entries, os.O_RDONLY)
		text = os.read(fd, 100000)
		print('lo' in str(text), len(text) == os.fstat(fd).st_size, size > len(text))
		other = os.open(m + '/1', os.O_RDONLY)
		print(os.fstat(other).st_size == len(os.pread(other, 1000, 0)))
		print(os.pread(root, 1000, 0) == named)
		os.seteuid(0)
		print('lo' in str(named), 'lo' in str(os.pread(other, 1000, 0)))
		print('lo' in str(os.read(os.open(entries, os.O_RDONLY), 100000)))
	END
	is "$(cat "$scratch/python")" 'False True True
True
True
True False
True' 'who opens a file decides, and texts are not passed on'
}

try_elements() {
	define "${p}q" 'type=queue value=ifname max_entries=3'
	echo 1 >"${p}q/.map/push"
	write_fails EINVAL "${p}q/.map/push" lo
	reads_as "${p}q/.map/peek" $lo 1
	is "$(cat "${p}q/.map/pop")" $lo 'pop'
	define "${p}t" 'type=lpm_trie key=prefix(ipv4) value=ifname'
	echo 1 >"${p}t/10.0.0.0_8"
	reads_as "${p}t/.map/match/10.1.2.3" $lo 1
	define "${p}c" 'type=percpu_array value={dev:ifname,n:u32} max_entries=1'
	echo '{"dev":1,"n":1}' >"${p}c/0"
	is "$(head -n 1 "${p}c/0")" "{\"dev\":$lo_json,\"n\":1}" 'a value per CPU'
	is "$(as_nobody head -n 1 "${p}c/0")" '{"dev":1,"n":1}' '  as numbers'
	cpus=$(wc -l <"${p}c/0")
	is "$(cat "${p}c/.map/sum/0")" "{\"n\":$cpus}" '  names are not summed up'
}

try_keys() {
	for line in key=ifname 'key={a:u32,b:ksym}' 'type=lpm_trie key=prefix(ifname)' \
		'type=bloom_filter value=cgroup' 'key=u64 show=key:ksym'; do
		mkdir "${p}k"
		write_fails EINVAL "${p}k/.map/def" "$line"
		logged "${p}k" 'the name of a key is the same for all readers'
		rmdir "${p}k"
	done
	for wrong in dev:ksym dev:cgroup cg:ifname; do
		write_fails EINVAL "${p}n/.map/def" "show=$wrong"
	done
}

try_host_names() { # try_host_names STORE
	find_names "$1"
	try_views
	[ "$1" != kernel ] || try_writes
	[ "$1" != kernel ] || try_changes_of_identity
	try_shared_texts
	try_elements
	try_keys
}
