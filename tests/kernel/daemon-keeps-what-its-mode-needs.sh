#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# /proc shows that a running daemon and its child processes have exactly the privileges
# of bpfmapfs(8), PRIVILEGES, in each mode, and the tree works with them.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/kernel/lib.sh"
require fuse root bpf namespace tool:jq tool:setpriv tool:bash
grep -q '^#define HAVE_LIBCAP_NG' "$top_builddir/config.h" || skip 'built without libcap-ng'
filter=0
grep -q '^#define WANT_SECCOMP' "$top_builddir/config.h" && filter=2
all=$(awk '$1 == "CapPrm:" { print $2 }' /proc/self/status)
[ "$((0x$all & 0x2801cf))" -eq "$((0x2801cf))" ] || skip 'this root lacks capabilities itself'

# status PID: "CapEff CapPrm CapBnd NoNewPrivs Seccomp" without leading zeros
status() {
	awk '/^(CapEff|CapPrm|CapBnd|NoNewPrivs|Seccomp):/ {
		sub(/^0+/, "", $2); printf "%s%s", sep, $2 == "" ? 0 : $2; sep = " "
	}' "/proc/$1/status"
}

# child NAME: the process of the daemon that has it
child() {
	for child_pid in $(cat "/proc/$fs_pid/task/$fs_pid/children"); do
		[ "$(cat "/proc/$child_pid/comm")" != "$1" ] || echo "$child_pid"
	done
}

# In the order of the kernel: CapPrm, CapEff, CapBnd, NoNewPrivs, Seccomp.
keeps() {
	is "$(status "$1")" "$2 $2 0 1 $filter" "$3"
}

threads_keep() {
	for task in "/proc/$fs_pid/task"/*; do
		grep -q "^CapEff:[[:space:]]*0*$1\$" "$task/status" || return 1
	done
}

# --- modes

# Before Linux 6.9 CAP_SYS_ADMIN is not enough to make maps of devices.
own_bpffs
net=0
if ! setpriv --bounding-set -net_admin bpftool map create "$bpffs/devices" \
	type devmap key 4 value 4 entries 1 name devices >/dev/null 2>&1; then
	note 'maps of devices take CAP_NET_ADMIN'
	net=0x1000
fi
rm -f "$bpffs/devices"

# caps BITS: with what this kernel wants of a daemon that makes maps
caps() {
	printf '%x\n' "$(($1 | net))"
}

mount_fs kernel
ok 'the tree is served' ls "$mnt" >/dev/null
keeps "$fs_pid" "$(caps 0x200000)" 'kernel: CAP_SYS_ADMIN'
ok '  in all threads' wait_for threads_keep "$(caps 0x200000)"
keeps "$(child bpfmapfs-helper)" 80004 '  the helper: CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH'
keeps "$(child bpfmapfs-umount)" 200000 '  the unmounter: CAP_SYS_ADMIN'
umount_fs

mount_fs kernel -o ro
keeps "$fs_pid" 200000 'kernel, ro: CAP_SYS_ADMIN'
umount_fs

mount_fs kernel -o "bpffs=$bpffs,pins=rw"
keeps "$fs_pid" "$(caps 0x2000cf)" 'pins=rw: what acting for callers takes'
umount_fs
run=${FS_RUN-}
FS_RUN="$run setpriv --bounding-set -setuid"
mount_fs kernel -o "bpffs=$bpffs,pins=rw"
ok '  a daemon that lacks it says so' grep -q 'pins cannot be changed' "$fs_log"
umount_fs
FS_RUN=$run
mount_fs kernel -o "pin=$bpffs/made"
keeps "$fs_pid" "$(caps 0x200000)" 'pin=: nothing more'
umount_fs
mount_fs kernel -o "bpffs=$bpffs,pins=ro"
keeps "$fs_pid" "$(caps 0x200004)" 'pins=ro: CAP_DAC_READ_SEARCH'
umount_fs

mount_fs memory
keeps "$fs_pid" 0 'memory: nothing'
is "$(child bpfmapfs-helper)" '' '  no helper'
umount_fs

# --- a daemon of an ordinary user, in a namespace whose /dev/fuse it may open

# shellcheck disable=SC2016
user_daemon() {
	rm -f left
	unshare -m sh -c '
		awk "\$3 ~ /^fuse/ { print \$2 }" /proc/self/mounts | xargs -r umount -l
		rm -f fuse && mknod fuse c 10 229 && chmod 666 fuse && mount --bind fuse /dev/fuse
		setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
		echo $? $(grep -c /theirs /proc/self/mountinfo) >left' sh "$daemon" -f "$@" \
		"$scratch/theirs" 2>err &
	user_shell=$!
	wait_for serves_user || die "no mount: $(cat err)"
}

serves_user() {
	user_pid=$(pgrep -P "$user_shell" -x bpfmapfs) &&
		grep -q '^Seccomp:[[:space:]]*[02]' "/proc/$user_pid/status" &&
		grep -q /theirs "/proc/$user_pid/mountinfo" &&
		grep -q '^NoNewPrivs:[[:space:]]*1' "/proc/$user_pid/status"
}

if command -v fusermount3 >/dev/null; then
	chmod 755 "$scratch"
	mkdir theirs
	chown 65534 theirs
	chmod 755 "$bpffs"
	pinned_map kept "$(unique kept)" >/dev/null
	chmod 644 "$bpffs/kept"
	for source in memory "kernel -o bpffs=$bpffs"; do
		# shellcheck disable=SC2086
		user_daemon $source
		is "$(status "$user_pid" | cut -d' ' -f1,2,4)" '0 0 1' "a user's $source keeps nothing"
		[ "$filter" = 0 ] ||
			is "$(stat -c %u "/proc/$user_pid/environ")" 0 '  and is not dumpable'
		kill -TERM "$user_pid"
		wait "$user_shell"
		is "$(cat left)" '0 0' '  it ends well, and its mount is gone'
	done
fi

# --- read only, and made writable behind the daemon's back

id=$(pinned_map counters "$(unique counter)")
map=$(unique counter)
bpftool map update id "$id" key 1 0 0 0 value 5 0 0 0 0 0 0 0
mount_fs kernel -o ro
mount -i -o remount,rw "$mnt"
fails_with EROFS bash -c 'echo 6 >"$1"' bash "$mnt/$map/@01000000"
fails_with EROFS rm "$mnt/$map/@01000000"
is "$(bpftool -j map lookup id "$id" key 1 0 0 0 | jq -r '.value[0]')" 0x05 'nothing changed'

# While a stream of entries is held, the daemon has the map open.
exec 5<"$mnt/$map/.map/entries.jsonl"
head -c 1 <&5 >/dev/null
open_flags() {
	for info in "/proc/$fs_pid/fdinfo"/*; do
		grep -q "^map_id:[[:space:]]*$id\$" "$info" && awk '$1 == "flags:" { print $2 }' "$info"
	done
}
case $(open_flags) in
*[13567]) fail 'a map is open for writing' ;;
*) pass 'maps are opened read-only' ;;
esac
exec 5<&-
