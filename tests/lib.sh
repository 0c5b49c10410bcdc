# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What shell tests share. POSIX sh. A test begins with
#
#	#!/bin/sh
#	. "${top_srcdir:-.}/tests/lib.sh"
#	require fuse
#	mount_fs memory
#
# and then uses "$mnt". It owns "$scratch", a directory of its own that is also
# the current one, and nothing else: no global name, no process but its own.
# At the end every mount is taken down; the test fails if an assertion
# failed, if a daemon did not end with status 0, or if its log shows a
# sanitizer report or an error that the test did not announce.

top_srcdir=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
top_builddir=${top_builddir:-$(pwd)}
daemon=$top_builddir/bpfmapfs
PATH=$PATH:/usr/sbin:/sbin
LC_ALL=C
export PATH LC_ALL top_srcdir top_builddir

DEADLINE=${TEST_DEADLINE:-30} # seconds until waiting for something is a failure
export DEADLINE

failures=0
fs_count=0 # mounts made so far; facts about mount N are in $fs_dir/N.*
fs_allowed_errors='' # extended regular expression, see allow_errors

# --- results -----------------------------------------------------------------

note() {
	printf '# %s\n' "$*"
}

pass() {
	printf 'ok - %s\n' "$*"
}

fail() {
	printf 'not ok - %s\n' "$*"
	failures=$((failures + 1))
}

# End the test: it cannot go on.
die() {
	fail "$@"
	exit 1
}

skip() {
	printf 'skipped: %s\n' "$*"
	exit 77
}

# ok DESC [COMMAND...]: COMMAND succeeds; without one, the last command did.
ok() {
	ok_status=$?
	ok_desc=$1
	shift
	if [ $# -gt 0 ]; then
		"$@"
		ok_status=$?
	fi
	if [ "$ok_status" -eq 0 ]; then
		pass "$ok_desc"
	else
		fail "$ok_desc (status $ok_status)"
	fi
}

# is GOT WANT DESC
is() {
	if [ "$1" = "$2" ]; then
		pass "$3"
	else
		fail "$3"
		note "got:  '$1'"
		note "want: '$2'"
	fi
}

# The text of an errno, as tools print it.
strerror() {
	case $1 in
	E2BIG) echo 'Argument list too long' ;;
	EACCES) echo 'Permission denied' ;;
	EAGAIN) echo 'Resource temporarily unavailable' ;;
	EBUSY) echo 'Device or resource busy' ;;
	EEXIST) echo 'File exists' ;;
	EFBIG) echo 'File too large' ;;
	EINVAL) echo 'Invalid argument' ;;
	EIO) echo 'Input/output error' ;;
	EISDIR) echo 'Is a directory' ;;
	ENAMETOOLONG) echo 'File name too long' ;;
	ENODATA) echo 'No data available' ;;
	ENOENT) echo 'No such file or directory' ;;
	ENOSPC) echo 'No space left on device' ;;
	ENOMEM) echo 'Cannot allocate memory' ;;
	ENOTDIR) echo 'Not a directory' ;;
	ENOTEMPTY) echo 'Directory not empty' ;;
	EOPNOTSUPP) echo 'Operation not supported' ;;
	EPERM) echo 'Operation not permitted' ;;
	ERANGE) echo 'Numerical result out of range' ;;
	EROFS) echo 'Read-only file system' ;;
	ESTALE) echo 'Stale file handle' ;;
	EXDEV) echo 'Invalid cross-device link' ;;
	*) die "strerror: add $1 to tests/lib.sh" ;;
	esac
}

# fails_with ERRNO COMMAND...: COMMAND fails and its stderr names ERRNO.
fails_with() {
	fails_errno=$1
	fails_text=$(strerror "$1") || exit 1
	shift
	fails_err=$("$@" 2>&1 >/dev/null)
	fails_status=$?
	fails_desc="$fails_errno: $*"
	if [ "$fails_status" -eq 0 ]; then
		fail "$fails_desc: succeeded"
		return
	fi
	case $fails_err in
	*"$fails_text"*) pass "$fails_desc" ;;
	*)
		fail "$fails_desc"
		note "said: $fails_err"
		;;
	esac
}

# write_fails ERRNO FILE TEXT: `echo TEXT > FILE` fails so. (bash: dash does
# not print which error a write gave.)
write_fails() {
	fails_with "$1" bash -c 'echo "$2" > "$1"' bash "$2" "$3"
}

# append_fails ERRNO FILE TEXT: the same with >>.
append_fails() {
	fails_with "$1" bash -c 'echo "$2" >> "$1"' bash "$2" "$3"
}

# --- what a test needs ---------------------------------------------------------

# Why the thing is not there; empty when it is.
missing() {
	case $1 in
	fuse)
		if [ ! -e /dev/fuse ]; then
			echo 'no /dev/fuse'
		elif ! (: <>/dev/fuse) 2>/dev/null; then
			echo '/dev/fuse cannot be opened'
		elif [ "$(id -u)" -ne 0 ]; then
			if ! command -v fusermount3 >/dev/null; then
				echo 'fusermount3 is missing'
			elif grep -q '^NoNewPrivs:[[:space:]]*1' /proc/self/status; then
				echo 'no_new_privs is set: fusermount3 cannot mount'
			fi
		fi
		;;
	bpf)
		if ! command -v bpftool >/dev/null; then
			echo 'bpftool is missing'
		elif ! bpftool map list >/dev/null 2>&1; then
			echo 'the maps of the kernel may not be listed'
		fi
		;;
	root)
		[ "$(id -u)" -eq 0 ] || echo 'needs root'
		;;
	namespace)
		unshare -m true 2>/dev/null ||
			echo 'no mount namespace can be made here, as in a chroot'
		;;
	tracefs)
		[ -r /sys/kernel/tracing/events/syscalls/sys_enter_getppid/id ] ||
			echo 'no tracefs with tracepoints of system calls is mounted'
		;;
	bpftrace)
		# In a chroot it may find neither tracefs nor a memory limit to raise.
		bpftrace -e 'BEGIN { exit(); } tracepoint:raw_syscalls:sys_enter { }' \
			>/dev/null 2>&1 ||
			echo 'bpftrace is missing, or cannot use tracepoints here'
		;;
	terminal)
		python3 -c 'import pty; pty.openpty()' 2>/dev/null ||
			echo 'no pseudoterminal can be opened here: is devpts mounted?'
		;;
	tool:*)
		command -v "${1#tool:}" >/dev/null || echo "${1#tool:} is missing"
		;;
	file:*)
		[ -e "${1#file:}" ] || echo "${1#file:} is missing"
		;;
	*)
		echo "require: unknown: $1"
		;;
	esac
}

# have WHAT: for a part of a test; says why that is left out.
have() {
	have_why=$(missing "$1")
	[ -z "$have_why" ] || note "left out: $have_why"
	[ -z "$have_why" ]
}

# require fuse|bpf|root|namespace|tracefs|bpftrace|terminal|tool:NAME|file:PATH...:
# skip the test where it is missing, or fail if TEST_REQUIRE names it ("fuse bpf root tool file").
require() {
	for require_what; do
		require_why=$(missing "$require_what")
		[ -n "$require_why" ] || continue
		case " ${TEST_REQUIRE-} " in
		*" ${require_what%%:*} "*) die "$require_why, but TEST_REQUIRE wants it" ;;
		esac
		skip "$require_why"
	done
}

# A map name (at most 15 bytes) that no test running beside this one uses.
unique() {
	printf '%.7s_%s\n' "$1" "$$"
}

# wait_for COMMAND...: until it succeeds; false after the deadline.
wait_for() {
	wait_end=$(($(date +%s) + DEADLINE))
	until "$@"; do
		[ "$(date +%s)" -lt "$wait_end" ] || return 1
		sleep 0.02
	done
}

# --- mounts --------------------------------------------------------------------

# Has this child of ours ended (reaped or not)?
has_ended() {
	! kill -0 "$1" 2>/dev/null ||
		grep -q '^State:[[:space:]]*Z' "/proc/$1/status" 2>/dev/null
}

is_up_or_ended() {
	mountpoint -q "$mnt" || has_ended "$fs_pid"
}

# mount_fs STORE [OPTION...]: start the daemon; sets mnt, fs_pid and fs_log.
# FS_OPTIONS in the environment are given too, as "-o io_uring"; FS_RUN is a command that
# executes the daemon, as "setpriv --bounding-set -all,+sys_admin". The machine's own
# configuration file counts for nothing.
mount_fs() {
	[ -x "$daemon" ] || die "$daemon is not built"
	fs_store=$1
	shift
	fs_count=$((fs_count + 1))
	mnt=$scratch/mnt$fs_count
	fs_log=$fs_dir/$fs_count.log
	mkdir "$mnt" || exit 1
	# shellcheck disable=SC2086
	${FS_RUN-} "$daemon" -f -o config= ${FS_OPTIONS-} "$@" "$fs_store" "$mnt" >"$fs_log" 2>&1 </dev/null &
	fs_pid=$!
	echo "$fs_pid" >"$fs_dir/$fs_count.pid"
	wait_for is_up_or_ended || die "no mount after $DEADLINE s"
	if ! mountpoint -q "$mnt"; then
		note "$daemon -f $* $fs_store $mnt"
		sed 's/^/# /' "$fs_log"
		die 'the daemon ended instead of mounting'
	fi
}

# allow_errors REGEX: such lines in a daemon's log are expected.
allow_errors() {
	fs_allowed_errors=${fs_allowed_errors:+$fs_allowed_errors|}$1
}

unmount_or_fail() {
	if [ "$(id -u)" -eq 0 ]; then
		umount "$1"
	else
		fusermount3 -u "$1"
	fi
}

not_mounted() {
	! mountpoint -q "$1" || unmount_or_fail "$1" 2>/dev/null
}

# Where the threads of a process are, as far as the machine can tell.
threads_of() {
	if command -v gdb >/dev/null; then
		gdb -p "$1" -batch -ex 'thread apply all backtrace' 2>/dev/null
	else
		head -n 3 "/proc/$1/task"/*/stack 2>/dev/null
	fi
}

# A mount namespace that another test made meanwhile has a copy of this mount,
# which keeps the daemon alive.
umount_copies() {
	[ "$(id -u)" -eq 0 ] || return 0
	for copies_pid in $(grep -ls " $1 " /proc/[0-9]*/mountinfo | cut -d/ -f3); do
		nsenter -t "$copies_pid" -m umount -l "$1" 2>/dev/null
	done
	# A process in a chroot does not show the copy in its own namespace. The kernel takes
	# all copies off with the directory.
	rmdir "$1" && mkdir "$1"
}

# umount_fs [N]: take mount N (default: the last) down and judge its daemon.
# The daemon may have ended before.
umount_fs() {
	umount_n=${1:-$fs_count}
	umount_mnt=$scratch/mnt$umount_n
	[ -e "$fs_dir/$umount_n.pid" ] || return 0
	umount_pid=$(cat "$fs_dir/$umount_n.pid")
	rm "$fs_dir/$umount_n.pid"
	if ! wait_for not_mounted "$umount_mnt"; then
		fail "$umount_mnt stays busy"
		umount -l "$umount_mnt" || fusermount3 -uz "$umount_mnt"
	fi
	has_ended "$umount_pid" || umount_copies "$umount_mnt"
	if ! wait_for has_ended "$umount_pid"; then
		fail "the daemon still runs $DEADLINE s after the unmount"
		threads_of "$umount_pid" | sed 's/^/# /'
		kill -KILL "$umount_pid"
	fi
	wait "$umount_pid"
	umount_status=$?
	if [ "$umount_status" -ne 0 ]; then
		fail "the daemon ended with status $umount_status"
		sed 's/^/# /' "$fs_dir/$umount_n.log"
	fi
	check_log "$fs_dir/$umount_n.log"
}

# Sanitizer reports and errors nobody announced make a test fail.
check_log() {
	if grep -Eq 'Sanitizer|runtime error:' "$1"; then
		fail 'a sanitizer found something'
		sed 's/^/# /' "$1"
		return
	fi
	check_errors=$(grep -i 'error' "$1" |
		grep -Ev "${fs_allowed_errors:-^no such line$}")
	if [ -n "$check_errors" ]; then
		fail 'the daemon logged an error'
		printf '%s\n' "$check_errors" | sed 's/^/# /'
	fi
}

finish() {
	finish_status=$?
	trap - EXIT
	cd / || exit 1
	finish_n=$fs_count
	while [ "$finish_n" -gt 0 ]; do
		umount_fs "$finish_n"
		finish_n=$((finish_n - 1))
	done
	command -v test_cleanup >/dev/null && test_cleanup
	# Never into a mount that would not go: that would delete its keys.
	if ! grep -q " $scratch/" /proc/self/mounts; then
		rm -rf "$scratch"
	fi
	if [ "$failures" -gt 0 ]; then
		note "$failures failed"
		exit 1
	fi
	case $finish_status in
	0 | 77) ;;
	*) note "the last command of the test ended with status $finish_status" ;;
	esac
	exit "$finish_status"
}

scratch=$(mktemp -d "${TMPDIR:-/tmp}/bpfmapfs-test.XXXXXX") || exit 1
scratch=$(cd "$scratch" && pwd -P) || exit 1
fs_dir=$scratch/.fs
mkdir "$fs_dir" || exit 1
trap finish EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
cd "$scratch" || exit 1
