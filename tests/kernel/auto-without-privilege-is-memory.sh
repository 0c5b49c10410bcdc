#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# For a user who may not list BPF maps and has no pins, `auto` selects the in-process
# store and prints one line that says so. In a user namespace the daemon may mount, but
# has no access to the kernel's maps. (`kernel`: ordinary-user-sees-pins.sh)

. "${top_srcdir:-.}/tests/lib.sh"
require fuse root tool:unshare
unshare -Urm true 2>/dev/null || skip 'no user namespaces here'
if unshare -Ur bpftool map list >/dev/null 2>&1; then
	skip 'everybody may list maps here'
fi

mkdir m
# shellcheck disable=SC2016
unshare -Urm sh -c '
	"$1" -f -o bpffs=none auto m 2>err &
	timeout "$DEADLINE" sh -c "until mountpoint -q m; do sleep 0.02; done"
	cat m/.map/store >store
	mkdir m/new && echo 1 >m/new/key && cat m/new/key >key
	umount m
	wait $!
	echo $? >status' sh "$daemon"
is "$(wc -l <err)" 1 'auto: one line'
ok 'that says what and why' \
	grep -q "^bpfmapfs: showing maps in memory, not the kernel's: .*CAP_SYS_ADMIN" err
is "$(cat store)" memory 'it is the memory store'
is "$(cat key)" 1 'which works'
is "$(cat status)" 0 'and ends well'
