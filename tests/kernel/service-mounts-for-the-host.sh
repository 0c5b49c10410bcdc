#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A daemon as the systemd unit runs it: in a private mount namespace, with the unit's
# capabilities, notifying a manager; and -o abort when it hangs.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/kernel/lib.sh"
require fuse root bpf namespace tool:setpriv tool:python3
# setns(2) leaves a chroot for the root of the namespace.
[ "$(nsenter --mount=/proc/self/ns/mnt stat -c %d:%i /)" = "$(stat -c %d:%i /)" ] ||
	skip 'this is a chroot, where paths of the namespace are others'

unit=$top_srcdir/contrib/systemd/bpfmapfs.service.in
capabilities=$(sed -n 's/^CapabilityBoundingSet=//p' "$unit" | tr ' ' '\n' |
	sed 's/^CAP_//' | tr 'A-Z\n' 'a-z,' | sed 's/,$//; s/,/,+/g')
ok 'the unit has capabilities' test -n "$capabilities"

# What a service manager receives.
cat >manager.py <<'END'
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print("ready", flush=True)
while True:
    print(s.recv(4096).decode(), flush=True)
END
start_helper messages /usr/bin/env python3 manager.py notify

# --- mounted for the host

mkdir mnt
name=$(unique served)
cat >conf <<END
[map $name]
value = ksym
END
# ProtectKernelTunables= takes /proc/kallsyms away.
NOTIFY_SOCKET=$scratch/notify unshare -m --propagation private \
	sh -c 'mount --bind /dev/null /proc/kallsyms && exec "$@"' sh \
	setpriv --no-new-privs --bounding-set "-all,+$capabilities" \
	"$daemon" -f -o "ro,namespace=/proc/$$/ns/mnt,config=$scratch/conf" kernel \
	"$scratch/mnt" 2>err &
service=$!
is_ready() {
	grep -q '^READY=1' messages || has_ended "$service"
}
ok 'the manager is notified' wait_for is_ready
ok '  and it is mounted then' mountpoint -q mnt
ok 'its own namespace is another' test \
	"$(readlink "/proc/$service/ns/mnt")" != "$(readlink /proc/self/ns/mnt)"
bpftool map create "/sys/fs/bpf/$name" type hash key 4 value 8 entries 4 name "$name"
is "$(cat "mnt/$name/.map/type")" hash 'maps are served'
# shellcheck disable=SC2046
bpftool map update pinned "/sys/fs/bpf/$name" key hex 1 0 0 0 value hex $(
	awk '$3 == "vfs_read" { print $1 }' /proc/kallsyms | fold -w 2 | tac)
is "$(cat "mnt/$name/1")" vfs_read+0x0 '  with symbols of the kernel'
rm "/sys/fs/bpf/$name"
is "$(awk '$1 == "CapEff:" { print $2 }' "/proc/$service/status")" 0000000000200000 \
	'it keeps the capabilities of its mode'
kill -TERM "$service"
wait "$service"
is $? 0 'it ends well'
ok '  and unmounts in the namespace of the host' sh -c '! mountpoint -q mnt'
ok '  and the manager is notified' wait_for grep -q '^STOPPING=1' messages

"$daemon" -f -o "namespace=$scratch/nowhere" kernel mnt 2>err
is "$? $(cat err)" "1 bpfmapfs: -o namespace=$scratch/nowhere: No such file or directory" \
	'a file that is not a namespace is refused'

# --- a daemon that hangs, as one that waits for the kernel would

"$daemon" -f kernel "$scratch/mnt" 2>err &
hung=$!
wait_for mountpoint -q mnt
kill -STOP "$hung"
ls mnt/by-id >ls.out 2>&1 &
client=$!
ok 'a client waits' wait_for grep -q '^State:[[:space:]]*[SD]' "/proc/$client/status"
unshare -m --propagation slave timeout "$DEADLINE" "$daemon" -o abort "$scratch/mnt"
ok 'abort in another namespace unmounts the mount there' \
	grep -q " $scratch/mnt " /proc/self/mountinfo
unshare -m --propagation slave timeout "$DEADLINE" \
	"$daemon" -o "abort,namespace=/proc/$$/ns/mnt" "$scratch/mnt"
is $? 0 'with namespace= it unmounts the mount of the host without waiting'
ok '  the mount is gone' sh -c '! grep -q " $1 " /proc/self/mountinfo' sh "$scratch/mnt"
wait "$client"
ok '  and its clients have failed' test $? -ne 0
kill -CONT "$hung"
wait "$hung"
is $? 0 'the daemon ends when it can'
"$daemon" -o abort "$scratch/mnt" 2>err
is "$? $(cat err)" "1 bpfmapfs: $scratch/mnt: No such file or directory" 'abort fails if nothing is mounted'
