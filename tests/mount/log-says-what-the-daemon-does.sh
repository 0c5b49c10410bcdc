#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Messages: with -d, each operation with its map, key and result on stderr; in the
# background, to syslog. What comes from users cannot forge lines.

. "${top_srcdir:-.}/tests/lib.sh"
require fuse

allow_errors ': No such file|: Invalid argument|error: -'
mount_fs memory -d
mkdir "$mnt/flows"
echo one >"$mnt/flows/a"
cat "$mnt/flows/a" >/dev/null
write_fails EFBIG "$mnt/flows/a" "$(printf '%300s' x)"
rm "$mnt/flows/a"
rm "$mnt/flows/a" 2>/dev/null
esc=$(printf '\033')
cat "$mnt/flows/x${esc}[31m" 2>/dev/null
umount_fs

has() {
	grep -q "$1" "$fs_log" || {
		fail "a debug line: $1"
		grep 'bpfmapfs: [a-z]* ' "$fs_log" | sed 's/^/# /' | head -n 60
		return
	}
	pass "a debug line: $1"
}
has '^bpfmapfs: mkdir "flows": done$'
has '^bpfmapfs: create [0-9]* flows "a": done$'
has '^bpfmapfs: open [0-9]* flows "a": done$'
has '^bpfmapfs: read "a": done$'
has '^bpfmapfs: write "a": File too large$'
has '^bpfmapfs: rm [0-9]* flows "a": done$'
has '^bpfmapfs: lookup [0-9]* flows "a": No such file or directory$'
ok 'no control byte gets through' sh -c "! grep -q '$esc' '$fs_log'"

if [ "$(id -u)" -ne 0 ]; then
	note 'the part on syslog needs root'
	exit
fi
# A /dev of its own, with a log that is read here.
cat >private <<-'END'
	mount -t tmpfs tmpfs /dev
	mknod /dev/null c 1 3
	mknod /dev/fuse c 10 229
	python3 -c '
	import socket, sys
	s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
	s.settimeout(float(sys.argv[2]))
	s.bind("/dev/log")
	open(sys.argv[1] + "/ready", "w").close()
	open(sys.argv[1] + "/message", "wb").write(s.recv(4096))
	' "$2" "$4" &
	listener=$!
	while ! [ -e "$2/ready" ]; do sleep 0.01; done
	"$1" memory "$3"
	wait $listener
	umount "$3"
END
require namespace tool:python3
mkdir at
unshare --mount sh private "$daemon" "$PWD" "$PWD/at" "$DEADLINE"
ok 'a daemon in the background writes to syslog' \
	grep -q "bpfmapfs\[[0-9]*\]: mounted at $PWD/at" message
