#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# -o pin=DIR: values, definitions, owners, modes and views that a call reported as done
# survive a SIGKILL at any time. KILLS=100 for more.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/kernel/lib.sh"
require fuse root bpf tool:bash
own_bpffs
pins=$bpffs/made

mount_pins() {
	mount_fs kernel -o "bpffs=$bpffs,pin=$pins,allow_other,umask=022"
}

kill_daemon() {
	kill -KILL "$fs_pid"
	wait_for has_ended "$fs_pid"
	umount -l "$mnt"
	rm "$fs_dir/$fs_count.pid"
}

# --- what is kept

mount_pins
name=$(unique kept)
mkdir "$mnt/$name"
echo 'key=u32 value={a:u32,b:u32}' >"$mnt/$name/.map/def"
echo '{"a":1,"b":2}' >"$mnt/$name/7"
chown 65534:27 "$mnt/$name"
chmod 750 "$mnt/$name"
lpm=$(unique lpm)
mkdir "$mnt/$lpm"
echo 'type=queue value=be16 max_entries=9' >"$mnt/$lpm/.map/def"
foreign=$(pinned_map foreign "$(unique view)")
echo 'key=ipv4' >"$mnt/$(unique view)/.map/def"
echo 'key=x32' >"$mnt/$name/.map/def"
shown=$(cat "$mnt/$name/.map/def")
queue=$(cat "$mnt/$lpm/.map/def")
is "$(ls "$mnt/$name")" 0x00000007 'the view is in effect'
is "$(ls "$pins" | grep -c @)" 2 'a record for each map'
kill_daemon
mount_pins
is "$(stat -c '%a %u %g' "$mnt/$name")" '750 65534 27' 'owner, group and mode are there again'
is "$(cat "$mnt/$name/.map/def")" "$shown" '  and the view'
is "$(cat "$mnt/$name/0x00000007")" '{"a":1,"b":2}' '  and the value'
is "$(cat "$mnt/$lpm/.map/def")" "$queue" 'a type whose BTF the kernel does not take, too'
echo >"$mnt/$name/.map/def"
chmod 700 "$mnt/$name"
umount_fs
mount_pins
is "$(stat -c %a "$mnt/$name") $(ls "$mnt/$name")" '700 7' 'a view that was removed is gone'
rm "$mnt/$name/7"
rmdir "$mnt/$name" "$mnt/$lpm"
is "$(ls "$pins")" '' 'rmdir leaves no record'

# A view that is too long for the record is refused, and nothing is changed.
mkdir "$mnt/$name"
echo 'key=u32 value=bytes[64]' >"$mnt/$name/.map/def"
: >"$mnt/$name/1"
for i in $(seq 64); do
	printf 'member_%080d:u8,' "$i"
done >members
is "$(bash -c 'echo "value={$1}" >"$2"' bash "$(sed 's/,$//' members)" \
	"$mnt/$name/.map/def" 2>&1)" 'bash: line 1: echo: write error: File too large' \
	'a view that is too long to be recorded'
ok '  is refused with the reason' grep -q 'at most 4095 bytes' "$mnt/$name/.map/errors"
is "$(ls "$mnt/$name")" 1 'a refused view changes nothing'
rm "$mnt/$name/1"
chmod 711 "$mnt/$name"
mount -o remount,ro "$bpffs"
fails_with EROFS chmod 777 "$mnt/$name"
fails_with EROFS chown 65534 "$mnt/$name"
is "$(stat -c '%a %u' "$mnt/$name")" '711 0' 'owner and mode that cannot be recorded stay'
mount -o remount,rw "$bpffs"
rmdir "$mnt/$name"
umount_fs
rm "$bpffs/foreign"

# --- killed in the middle of everything

# clerk N: makes a map, defines it, gives it an owner and a view, writes; again and again.
# What was acknowledged last is in clerk.N: "WHAT VALUE" lines, the next replaces it.
cat >clerk.sh <<'END'
n=$PWD/$1 name=$3 round=$4
# Inside, so that nothing is written below an empty mount point once it is unmounted.
cd "$2" || exit
say() {
	printf '%s\n' "$2" >"$n.$1.new" && mv "$n.$1.new" "$n.$1"
}
i=$((round * 1000))
while :; do
	i=$((i + 1))
	if [ ! -e "$n.made" ]; then
		mkdir -p "$name" && say made "$name" || exit
	fi
	if [ ! -e "$n.defined" ]; then
		# A map that was found again keeps the definition that it had.
		if ! grep -q 'value=u64 max_entries=64' "$name/.map/def" &&
			! echo 'key=u32 value=u64 max_entries=64' >"$name/.map/def"; then
			rm -f "$n.made"
			rmdir "$name" || exit
			continue
		fi
		say defined yes
	fi
	say wrote.begun $i
	echo $i >"$name/1" && say wrote $i || exit
	mode=7$((i % 8))$((i / 8 % 8))
	say mode.begun "$mode"
	chmod $mode "$name" && say mode "$mode" || exit
	type=$([ $((i % 2)) = 0 ] && echo ipv4 || echo x32)
	say view.begun "$type"
	echo "key=$type" >"$name/.map/def" && say view "$type" || exit
done 2>/dev/null
END

# agrees N WHAT VALUE: it is what was acknowledged last, or what was begun after that
agrees() {
	[ ! -e "$1.$2" ] && return
	case $3 in
	"$(cat "$1.$2")" | "$(cat "$1.$2.begun")") return ;;
	esac
	lost=$((lost + 1))
	note "$2 of $1: acknowledged $(cat "$1.$2"), begun $(cat "$1.$2.begun"), found '$3'"
}

check_clerk() {
	map=$mnt/$(clerk_map "$1")
	[ -e "$1.made" ] || return
	if [ ! -d "$map" ]; then
		lost=$((lost + 1))
		note "$map is gone"
		return
	fi
	[ ! -e "$1.defined" ] || grep -q 'value=u64 max_entries=64' "$map/.map/def" || {
		lost=$((lost + 1))
		note "the definition is $(cat "$map/.map/def")"
	}
	agrees "$1" wrote "$(cat "$map/@01000000" 2>/dev/null)"
	agrees "$1" mode "$(stat -c %a "$map")"
	agrees "$1" view "$(sed -n 's/.*key=\([^ ]*\).*/\1/p' "$map/.map/def")"
}

clerk_map() {
	printf 'c%s_%s\n' "$1" "$$"
}

lost=0
round=0
kills=${KILLS:-8}
while [ $round -lt "$kills" ]; do
	round=$((round + 1))
	mount_pins
	for n in 1 2 3; do
		check_clerk $n
	done
	clerks=''
	for n in 1 2 3; do
		sh clerk.sh $n "$mnt" "$(clerk_map $n)" $round &
		clerks="$clerks $!"
	done
	# On a slow machine nothing may be acknowledged yet.
	[ $round -lt "$kills" ] || wait_for test -e 1.view
	sleep "0.$((round * 37 % 60 + 10))"
	kill_daemon
	for pid in $clerks; do
		wait "$pid"
	done
done
mount_pins
for n in 1 2 3; do
	check_clerk $n
done
is $lost 0 "what was acknowledged is there after $round kills"
ok 'and something was' test -e 1.view
is "$(ls "$pins" | grep -c '@')" "$(ls "$pins" | grep -vc '@')" 'one record per map is left'
for n in 1 2 3; do
	find "$mnt/$(clerk_map $n)" -mindepth 1 -delete
	rmdir "$mnt/$(clerk_map $n)"
done
is "$(ls "$pins")" '' 'and none when they have ended'
