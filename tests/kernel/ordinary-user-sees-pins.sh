#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A user who may not list maps sees those whose pins they may open, and can change those
# whose pins they may write. The user has uid 65534, in separate namespaces, with a
# /dev/fuse that they may open.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/kernel/lib.sh"
require fuse root bpf tool:jq tool:unshare tool:setpriv
unshare -Urm true 2>/dev/null || skip 'no user namespaces here'
own_bpffs

id=$(pinned_map open "$(unique open)")
pinned_map readable "$(unique ro)" >/dev/null
pinned_map closed "$(unique no)" >/dev/null
chmod 666 "$bpffs/open"
chmod 644 "$bpffs/readable"
bpftool map update id "$id" key 1 0 0 0 value 1 0 0 0 0 0 0 0
bpftool map update pinned "$bpffs/readable" key 1 0 0 0 value 2 0 0 0 0 0 0 0
bpftool map create "$bpffs/ring" type ringbuf entries 4096 name "$(unique ring)"
chmod 644 "$bpffs/ring"
mkdir "$bpffs/secret"
pinned_map secret/open "$(unique secret)" >/dev/null
chmod 666 "$bpffs/secret/open"
chmod 700 "$bpffs/secret"

# as_user COMMAND...: as uid 65534, which may mount in its own namespace. (The
# mounts of other tests, which come along, would keep their daemons running.)
# shellcheck disable=SC2016
as_user() {
	unshare -m sh -c '
		awk "\$3 ~ /^fuse/ { print \$2 }" /proc/self/mounts | xargs -r umount -l
		rm -f fuse && mknod fuse c 10 229 && chmod 666 fuse && mount --bind fuse /dev/fuse &&
		exec setpriv --reuid 65534 --regid 65534 --clear-groups \
			unshare -Um --map-root-user "$@"' sh "$@"
}

mkdir m home
printf '%s\n' '[map ro_*]' 'key = ipv4' 'value = {a:u32,b:u32}' >conf
chown 65534 conf
chmod 755 "$scratch" m
chmod 777 home
cat >look <<'END'
cd "$1/home" || exit 1
"$2" -f -o "$4" "$3" ../m 2>err &
timeout "$DEADLINE" sh -c "until mountpoint -q ../m; do sleep 0.02; done"
eval "$5"
umount ../m
wait $!
echo $? >status
END
chmod 644 look

# look SOURCE OPTIONS SCRIPT
look() {
	rm -f home/*
	as_user sh "$scratch/look" "$scratch" "$daemon" "$@"
	is "$(cat home/status)" 0 'the daemon ends well'
}

# shellcheck disable=SC2016
look kernel "bpffs=$bpffs" '
	cat ../m/.map/store >store
	ls ../m >list
	cat ../m/by-pin/open/.map/id >id
	cat ../m/by-pin/open/@01000000 ../m/by-pin/readable/@01000000 >values
	echo @0500000000000000 >../m/by-pin/open/@02000000 2>write.err
	bash -c "echo @0500000000000000 >../m/by-pin/readable/@02000000" 2>ro.err
	touch ../m/by-pin/readable/@03000000 2>touch.err
	ls -l ../m/by-pin >pins 2>&1
	ls ../m/by-pin/secret 2>secret.err
	ls ../m/by-pin/closed/ 2>closed.err
	mkdir ../m/new 2>mkdir.err
	bash -c "echo x >../m/by-pin/readable/.map/entries" 2>entries.err
	bash -c "echo yes >../m/by-pin/readable/.map/clear" 2>clear.err
	cat ../m/by-pin/readable/.map/progs >progs 2>progs.err
	rm ../m/by-pin/readable/@01000000 2>rm.err
	cat ../m/by-pin/ring/.map/events 2>events.err
	cat ../m/by-pin/ring/.map/errors >ring.errors
	cat ../m/by-pin/readable/.map/errors >errors
	cat ../m/.map/errors >root.errors'
is "$(cat home/store)" kernel 'kernel: the maps of the kernel'
is "$(cat home/list)" "$(printf '%s\n' by-id by-name by-pin "$(unique open)" "$(unique ring)" "$(unique ro)" |
	sort)" \
	'only pins that he may open'
is "$(cat home/id)" "$id" 'by their pins'
is "$(cat home/values | paste -sd' ')" '@0100000000000000 @0200000000000000' 'values are read'
is "$(cat home/write.err)" '' 'a map whose pin is writable accepts a write'
is "$(bpftool -j map lookup id "$id" key 2 0 0 0 | jq -r '.value[0]')" 0x05 'and its value has changed'
ok 'a map whose pin is read-only refuses a write' grep -q 'Permission denied' home/ro.err
ok 'a pin that the user may not open is shown' grep -q ' closed' home/pins
ok 'but following it fails' grep -q 'Permission denied' home/closed.err
ok 'a directory that the user may not open refuses access' grep -q 'Permission denied' home/secret.err
ok 'mkdir fails' grep -q 'Permission denied' home/mkdir.err
is "$(wc -l <home/err)" 1 'one line says what is shown'

# What is missing is said, whatever was refused.
denied='the mode of the pin in the BPF file system does not permit this'
for refused in 'create @02000000' 'create @03000000' 'open entries' 'write .map/clear' 'rm @01000000'; do
	ok "errors say why: $refused" grep -q " $refused: $denied" home/errors
done
for refused in touch entries clear rm; do
	ok "  EACCES: $refused" grep -q 'Permission denied' home/$refused.err
done
ok 'programs that cannot be listed are an error, not none' \
	grep -q 'Permission denied' home/progs.err
ok '  that says why' grep -q 'listing programs needs CAP_SYS_ADMIN' home/errors
ok 'a ring buffer whose pin can only be read is not followed' \
	grep -q 'Permission denied' home/events.err
ok '  and errors says what to do' \
	grep -q ' open .map/events: .*give write permission on its pin' home/ring.errors
ok 'mkdir fails without CAP_BPF and unprivileged BPF' grep -q ' mkdir new: .*needs CAP_BPF' home/root.errors

# shellcheck disable=SC2016
look kernel "bpffs=$bpffs,config=$scratch/conf" '
	cat ../m/by-pin/readable/1.0.0.0 >typed
	cat ../m/by-pin/readable/.map/def >def'
is "$(cat home/typed)" '{"a":2,"b":0}' 'a map whose types may not be seen is typed by a view'
is "$(cat home/def)" 'type=hash key=ipv4 value={a:u32,b:u32} max_entries=8' '  in its definition, too'

look auto "bpffs=$bpffs" 'cat ../m/.map/store >store'
is "$(cat home/store)" kernel 'auto: the kernel store, if a pin can be opened'
look auto "bpffs=$bpffs/tc" 'cat ../m/.map/store >store'
is "$(cat home/store)" memory 'auto: the memory store, if none can be opened'
ok 'with one line' grep -q '^bpfmapfs: showing maps in memory, .*CAP_SYS_ADMIN' home/err
look kernel "bpffs=$bpffs/tc" 'ls ../m >list'
is "$(paste -sd' ' home/list)" 'by-id by-name by-pin' 'kernel: mounts even if no pin can be opened yet'
