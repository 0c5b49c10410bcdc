#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The configuration file of a mount: the effect of its words, SIGHUP with a good and
# with a bad file, files that are refused, and a missing file.

. "${top_srcdir:-.}/tests/lib.sh"
require fuse tool:bash
conf=$scratch/conf

# logs TEXT: the daemon's log has it
logs() {
	ok "the log says: $1" wait_for grep -q -e "$1" "$fs_log"
}

# configure: stdin becomes the configuration, which the daemon reads again
configure() {
	cat >"$conf"
	configure_count=$(grep -c 'read again' "$fs_log")
	kill -HUP "$fs_pid"
	wait_for is_configured || fail 'not read again'
}

is_configured() {
	[ "$(grep -c 'read again' "$fs_log")" -gt "$configure_count" ]
}

# reject: stdin becomes the configuration, which the daemon refuses
reject() {
	cat >"$conf"
	reject_count=$(grep -c 'stays as it was' "$fs_log")
	kill -HUP "$fs_pid"
	wait_for is_rejected || fail 'not refused'
}

is_rejected() {
	[ "$(grep -c 'stays as it was' "$fs_log")" -gt "$reject_count" ]
}

has_mode() {
	[ "$(stat -c %a "$mnt/$2")" = "$1" ]
}

cat >"$conf" <<'END'
# first come, first served
[map a*]
mode = 0750

[map a2]
mode = 0700
readonly = yes

[map secret*]
hidden = yes

[map team]
mode = 02775
group = 0
END
mount_fs memory -o "config=$conf"
mkdir "$mnt/a1" "$mnt/a2" "$mnt/b" "$mnt/team"
ok 'mode' has_mode 750 a1
ok 'the first section with a word wins' has_mode 750 a2
ok 'maps that no section matches stay as they are' has_mode 700 b
ok 'mode with a setgid bit' has_mode 2775 team
echo x >"$mnt/a1/k"
ok 'keys have it, too' has_mode 640 a1/k
ok 'and .map' has_mode 750 a1/.map
is "$(cat "$mnt/a1/k")" x 'and can be written'

note 'readonly'
write_fails EPERM "$mnt/a2/k" x
fails_with EPERM touch "$mnt/a2/t"
write_fails EPERM "$mnt/a2/.map/entries" "$(printf 'k\tx')"
write_fails EPERM "$mnt/a2/.map/frozen" 1
write_fails EPERM "$mnt/a2/.map/clear" yes
write_fails EPERM "$mnt/a2/.map/def" 'key=u32'
fails_with EPERM rmdir "$mnt/a2"
fails_with EPERM cat "$mnt/a2/.map/drain"
write_fails EPERM "$mnt/a2/.map/raw/k" x
is "$(ls "$mnt/a2")" '' 'nothing is in it'
ok 'errors say why' grep -q 'configuration' "$mnt/a2/.map/errors"

note 'hidden'
fails_with EPERM mkdir "$mnt/secret"
ok 'errors say why' grep -q 'the configuration hides maps of this name' "$mnt/.map/errors"

note 'SIGHUP'
chmod 0711 "$mnt/b"
configure <<'END'
[map a1]
mode = 0711
[map a2]
mode = 0710
[map team]
hidden = yes
[map *]
mode = 0777
END
ok 'another mode' has_mode 711 a1
ok '  of .map' has_mode 711 a1/.map
is_711() { has_mode 611 a1/k || has_mode 600 a1/k; }
ok '  of keys' wait_for is_711
ok 'another mode of the other' has_mode 710 a2
ok 'chmod takes precedence over the configuration' has_mode 711 b
ok 'a map made here is not hidden' test -d "$mnt/team"
ok '  and listed' sh -c "ls '$mnt' | grep -qx team"
echo y >"$mnt/a2/k"
configure <<'END2'
[map a2]
readonly = yes
[map a1]
mode = 0711
END2
fails_with EPERM rm "$mnt/a2/k"
fails_with EPERM mv "$mnt/a2/k" "$mnt/a2/l"
write_fails EPERM "$mnt/a2/.map/delete" k
append_fails EPERM "$mnt/a2/k" z
is "$(cat "$mnt/a2/k")" y 'a2 can be written now'
mkdir "$mnt/secret"
ok 'and secret is made' test -d "$mnt/secret"

note 'key and value'
configure <<'END'
[map typed*]
value = u64
[map *]
key = ipv4
value = u32
[map a1]
mode = 0711
END
mkdir "$mnt/typed"
echo 'key=bytes[4] value=bytes[8]' >"$mnt/typed/.map/def"
is "$(cat "$mnt/typed/.map/def")" 'type=hash key=ipv4 value=u64 max_entries=4096' \
	'words of two sections'
echo 300 >"$mnt/typed/10.0.0.1"
is "$(cat "$mnt/typed/.map/entries.jsonl")" '{"key":"10.0.0.1","value":300}' 'names and values'
is "$(cat "$mnt/a1/k")" x 'a view that does not fit leaves the map as it is'
ls "$mnt/a1" >/dev/null
is "$(grep -c 'view configuration: line 4: ' "$mnt/a1/.map/errors")" 1 'and one line in its errors'
echo 'key=u32' >"$mnt/typed/.map/def"
is "$(ls "$mnt/typed")" 16777226 'what is written to def takes precedence'
configure <<'END'
[map typed*]
key = x32
[map a1]
mode = 0711
END
is "$(ls "$mnt/typed")" 16777226 '  after SIGHUP, too'
echo >"$mnt/typed/.map/def"
is "$(ls "$mnt/typed")" 0a000001 '  until it is removed'
configure <<'END'
[map typed*]
key = be32
[map a1]
mode = 0711
END
is "$(ls "$mnt/typed")" 167772161 'then another view of the configuration counts'
configure <<'END'
[map a1]
mode = 0711
END
is "$(ls "$mnt/typed")" 0a000001 'and goes with it'

note 'a bad file: the old one stays'
allow_errors 'conf:[0-9]+: |conf: the configuration stays'
allow_errors "$conf: "
reject <<'END'
[map a1]
mode = 0700
[map a2]
mood = 0700
END
logs "$conf:4: unknown word \"mood\": expected one of key, value"
logs "$conf: the configuration stays as it was"
ok 'nothing of it is in effect' has_mode 711 a1
reject <<'END'
[map a1]
mode = 0700
value = {a:u32,b:u46}
END
logs "$conf:3: value=\"{a:u32,b:u46}\": expected a type, found \"u46}\""
ok '  nor of one with a type that is none' has_mode 711 a1
echo >"$conf"
chmod 666 "$conf"
kill -HUP "$fs_pid"
logs "$conf: it must belong to root"
ok 'a file that others may write is refused' has_mode 711 a1
chmod 600 "$conf"
mv "$conf" "$conf.away"
kill -HUP "$fs_pid"
logs "$conf: No such file or directory"
ok 'a file that is missing changes nothing' has_mode 711 a1
configure <<'END'
END
ok 'an empty file takes all away' has_mode 700 a1
note 'how often a map is read for its changes'
configure <<'END'
[map slow]
interval = 3600
END
for m in slow quick; do
	mkdir "$mnt/$m"
	cat "$mnt/$m/.map/changes" >"$m.changes" &
done
readers=$(jobs -p)
n=0
is_changed() {
	n=$((n + 1))
	echo $n >"$mnt/slow/k"
	echo $n >"$mnt/quick/k"
	grep -q k quick.changes
}
ok 'once a second' wait_for is_changed
is "$(cat slow.changes)" '' 'and once an hour'
# shellcheck disable=SC2086 # several words
kill $readers

kill -TERM "$fs_pid"
wait_for has_ended "$fs_pid" || fail 'SIGTERM ends the daemon'
umount_fs

note 'without a configuration SIGHUP ends the daemon'
mount_fs memory -o config=
kill -HUP "$fs_pid"
ok 'it has ended' wait_for has_ended "$fs_pid"
umount_fs

note 'the example of the manual, and the one that is installed'
awk '/^\.Sh CONFIGURATION/ { inside = 1 }
	inside && /^\.Ed/ { exit }
	lines { sub("group = adm", "group = root"); print }
	inside && /^\.Bd/ { lines = 1 }' "$top_builddir/man/bpfmapfs.8" >example
sed 's/group = adm/group = root/' "$top_srcdir/contrib/bpfmapfs.conf" >installed
for file in example installed; do
	ok "$file has no errors" "$daemon" --check-config $file
	mount_fs memory -o config=$file -o 'def=key=bytes[4] value=bytes[16] max_entries=9'
	mkdir "$mnt/fw_drops"
	is "$(cat "$mnt/fw_drops/.map/def")" \
		'type=hash key=ipv4 value={packets:u64,bytes:u64} max_entries=9' '  its types'
	ok '  its first section' has_mode 750 fw_drops
	write_fails EPERM "$mnt/fw_drops/10.0.0.1" 1
	umount_fs
done

note '-o config= and --check-config'
mkdir dir
cat >bad <<'END'
key = u32
[map a]
mode = rwx
nonsense
[maps a]
END
printf '%s\n' '[map a]' 'mode = 0700' >good
"$daemon" -f -o config=nosuch memory dir >out 2>&1
is "$?" 1 'a named file that is missing is an error'
is "$(cat out)" "bpfmapfs: $scratch/nosuch: No such file or directory" '  that says so'
"$daemon" -f -o config=bad memory dir >out 2>&1
is "$?" 1 'a bad file'
"$daemon" --check-config bad >checked 2>&1
is "$?" 1 'status of --check-config of a bad file'
is "$(cut -d: -f1,2 checked | tr '\n' ' ')" 'bad:1 bad:3 bad:4 bad:5 ' 'a line per error'
sed "s|^|$scratch/|" checked | cmp -s - out
ok 'the daemon says the same when it starts'
"$daemon" --check-config good >out 2>&1
is "$?$(cat out)" 0 'a good file has status 0, and no output'
"$daemon" --check-config nosuch >out 2>&1
is "$?" 1 'a missing file'
"$daemon" --check-config dir >out 2>&1
is "$? $(cat out)" '1 bpfmapfs: dir: Is a directory' 'a directory'
chmod 606 good
"$daemon" --check-config good >out 2>&1
is "$?" 1 'a file that others may write'

note 'hostile files'
head -c 2000000 /dev/zero | tr '\0' 'a' >huge
"$daemon" --check-config huge >out 2>&1
is "$? $(cat out)" '1 bpfmapfs: huge: File too large' 'a huge file'
head -c 1000000 huge >long
"$daemon" --check-config long >out 2>&1
is "$? $(cut -c 1-20 out)" '1 long:1: expected WOR' 'a huge line'
printf '[map a]\nmode = 07\00000\n' >nul
"$daemon" --check-config nul >out 2>&1
is "$? $(cat out)" '1 nul:2: unexpected NUL byte' 'a NUL'
yes '[map a]' | head -n 100000 >many
"$daemon" --check-config many >out 2>&1
is "$? $(cat out)" '1 many:1025: more than 1024 sections' 'many sections'
yes 'x' | head -n 100000 >errors
"$daemon" --check-config errors >out 2>&1
is "$? $(wc -l <out)" '1 100' 'many errors'
