#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Sections of the configuration that match maps by pins, programs and ids, which may
# appear after the map; hidden maps.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/kernel/lib.sh"
require fuse bpf root tool:jq tool:bash
conf=$scratch/conf
m=$(unique m)
secret=$(unique s)
group=65500

# has MODE MAP: stat says so, soon
has() {
	has_want=$1 has_file=$mnt/$2
	ok "$2 has mode and group $1" wait_for is_so
}

is_so() {
	[ "$(stat -c '%a %g' "$has_file" 2>/dev/null)" = "$has_want" ]
}

bpffs=$scratch/bpffs
mkdir "$bpffs"
cat >"$conf" <<END
[pin $bpffs/keep/*]
hidden = no
[pin $bpffs/team/*]
mode = 0750
group = $group
[pin *]
mode = 0710
[prog turn_lock*]
mode = 0711
group = $group
[map $secret*]
hidden = yes
END
mount_fs kernel -o "config=$conf,bpffs=$bpffs"

note 'the BPF file system is mounted later'
mount -t bpf -o mode=755 bpf "$bpffs" || skip 'no BPF file system can be mounted'
mkdir "$bpffs/other" "$bpffs/keep"
id=$(pinned_map other/first "$m")
has '710 0' "$m"

note 'pins that come later'
mkdir "$bpffs/team" "$bpffs/team/deep"
bpftool map pin id "$id" "$bpffs/team/deep/again"
has "750 $group" "$m"
has "750 $group" "$m/.map"
rm "$bpffs/team/deep/again"
has "750 $group" "$m"
second=$(pinned_map other/second "$m")
has '710 0' "$m@$second"
mv "$bpffs/other/second" "$bpffs/team/second"
has "750 $group" "$m@$second"
rm "$bpffs/team/second"
ok 'the second goes' wait_for is_freed "$second"
chmod 700 "$mnt/$m"
has "700 $group" "$m"
bpftool map pin id "$id" "$bpffs/team/more"
ls "$mnt" >/dev/null
has "700 $group" "$m"

note 'programs that come later'
start_workload
locked=$(map_name locked)
has "711 $group" "$locked"
is "$(stat -c '%a %g' "$mnt/by-id/$(map_id locked)/")" "711 $group" 'by id, too'
is "$(stat -c '%a %g' "$mnt/$(map_name hash)")" '700 0' 'maps of other programs are left alone'
bpftool map pin name "$locked" "$bpffs/other/locked"
end_helper "$workload_pid"
has "710 $group" "$locked"
rm "$bpffs/other/locked"

note 'hidden'
hidden=$(pinned_map other/secret "$secret")
fails_with ENOENT stat "$mnt/$secret"
fails_with ENOENT stat "$mnt/$secret@$hidden"
fails_with ENOENT stat "$mnt/@$hidden"
fails_with ENOENT stat "$mnt/by-id/$hidden"
fails_with ENOENT stat "$mnt/by-name/$secret"
ok 'not listed' sh -c "! ls '$mnt' '$mnt/by-id' '$mnt/by-name' | grep -e '$secret' -e '^$hidden\$'"
ok 'its pin leads nowhere' sh -c "! cat '$mnt/by-pin/other/secret/.map/id' 2>/dev/null"
fails_with EPERM mkdir "$mnt/$secret"
bpftool map pin id "$hidden" "$bpffs/keep/secret"
ok 'another pin shows it' wait_for test -d "$mnt/$secret"
has '710 0' "$secret"
is "$(cat "$mnt/by-pin/other/secret/.map/id")" "$hidden" 'and its pin leads there'

note 'ids, and SIGHUP'
cat >"$conf" <<END
[id $id]
hidden = yes
[id $hidden]
mode = 0701
END
(cd "$mnt/$m" && kill -HUP "$fs_pid" && wait_for grep -q 'read again' "$fs_log" &&
	! ls . >"$scratch/out" 2>&1)
ok 'a shell in the directory of a map that is hidden now is outside'
fails_with ENOENT stat "$mnt/$m"
has '701 0' "$secret"
echo >"$conf"
kill -HUP "$fs_pid"
has '700 0' "$secret"
has '700 0' "$m"

note 'a file for pins that are there'
cat >"$conf" <<END
[pin $bpffs/team/*]
mode = 0750
group = $group
[pin $bpffs/*]
key = ipv4
value = {packets:u32,
         port:be16,
         state:u16}
END
kill -HUP "$fs_pid"
has "700 $group" "$m"
has '700 0' "$secret"
bpftool map update id "$id" key 10 0 0 1 value 1 0 0 0 1 187 2 0
is "$(cat "$mnt/$m/.map/entries")" "$(printf '10.0.0.1\t{"packets":1,"port":443,"state":2}')" \
	'a map without types has those of the configuration'
if [ -e "$top_builddir/tests/bpf/workload.bpf.o" ]; then
	cat >"$conf" <<END
[id $id]
key = struct flow_key
btf = $top_builddir/tests/bpf/workload.bpf.o
END
	kill -HUP "$fs_pid"
	other() {
		grep -q 'configuration: line 2: key= has 16 bytes' "$mnt/$m/.map/errors"
	}
	is_refused() {
		ls "$mnt/$m" >/dev/null && other
	}
	ok 'btf= names types: one of another size is refused' wait_for is_refused
	flow=$(unique flow)
	bpftool map create "$bpffs/other/flow" type hash key 16 value 8 entries 8 name "$flow"
	printf '%s\n' "[map $flow]" 'key = struct flow_key' \
		"btf = $top_builddir/tests/bpf/workload.bpf.o" \
		"[pin $bpffs/*]" 'key = ipv4' 'value = {packets:u32,port:be16,state:u16}' >"$conf"
	kill -HUP "$fs_pid"
	is_typed() {
		echo @0000000000000000 >"$mnt/$flow/saddr=10.0.0.1,daddr=10.0.0.2,sport=1,dport=2,proto=6" 2>/dev/null ||
			[ -e "$mnt/$flow/saddr=10.0.0.1,daddr=10.0.0.2,sport=1,dport=2,proto=6" ]
	}
	ok '  one of the right size types its keys' wait_for is_typed
	ok '  def keeps the name of the type' grep -q 'key=.*struct flow_key' "$mnt/$flow/.map/def"
	clone=$(unique clone)
	mkdir "$mnt/$clone"
	fails_with EINVAL sh -c "cat '$mnt/$flow/.map/def' >'$mnt/$clone/.map/def'"
	head -n 1 "$mnt/$flow/.map/backup" | sed 's/^# def //' >"$mnt/$clone/.map/def"
	cat "$mnt/$flow/.map/entries" >"$mnt/$clone/.map/entries"
	ok '  the definition in a backup has it in full' \
		cmp "$mnt/$flow/.map/entries" "$mnt/$clone/.map/entries"
	rm "$mnt/$clone"/*
	rmdir "$mnt/$clone"
	rm "$bpffs/other/flow"
fi
echo '{"port":80}' >>"$mnt/$m/10.0.0.1"
is "$(bpftool -j map dump id "$id" | jq -c '.[0].value')" \
	'["0x01","0x00","0x00","0x00","0x00","0x50","0x02","0x00"]' 'and is written with them'

note 'a program that hides its maps, and comes later'
umount_fs
wait_for is_freed "$(map_id hash)"
printf '%s\n' '[prog turn_lock*]' 'hidden = yes' >"$conf"
mount_fs kernel -o "config=$conf,bpffs=$bpffs"
start_workload
# The very first request says so: its id leads to the map before the program is known.
fails_with ENOENT stat "$mnt/@$(map_id locked)"
fails_with ENOENT stat "$mnt/$(map_name locked)"
ok 'other programs show theirs' test -d "$mnt/$(map_name hash)"
end_helper "$workload_pid"
