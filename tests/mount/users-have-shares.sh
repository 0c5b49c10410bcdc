#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# With -o allow_other no user can exhaust the resources that others need: open files,
# memory, threads. Requests beyond the limits fail with ENFILE or ENOMEM, and root is
# not affected.

. "${top_srcdir:-.}/tests/lib.sh"
require fuse root tool:python3 tool:prlimit
# Without a service manager the hard limit may be 4,096, of which a user has a quarter.
[ "$(prlimit --nofile --output HARD --noheadings)" -ge 8192 ] ||
	prlimit --pid $$ --nofile=8192 || skip 'no 8,192 descriptors'
python=$(command -v /usr/bin/python3 || command -v python3)
mount_fs "${USERS_STORE-memory}" -o allow_other,umask=000
chmod 755 "$scratch" "$fs_dir" 2>/dev/null
name=$(unique users)
m=$mnt/$name
test_cleanup() {
	rmdir "$m" "${m}b" 2>/dev/null
}
mkdir "$m"
echo 'type=hash key=u32 value=u64 max_entries=400000' >"$m/.map/def"
seq 1 200000 | sed 's/$/	1/' >"$m/.map/entries"

cat >hog.py <<'END'
# hog.py DAEMON-PID MAP WHAT COUNT: as another user, do WHAT COUNT times or until it
# fails; then, as root, read a key. Prints how often it went well, the error, what root
# read, and the daemon's memory (KiB) and threads meanwhile.
import errno, os, sys
pid, m, what, count = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])

def read_entries():
    fd = os.open(m + "/.map/entries", os.O_RDONLY)
    for _ in range(2):
        os.read(fd, 1 << 20)
    return fd

def list_keys():
    it = os.scandir(m)
    next(it)
    return it

def write_text():
    fd = os.open(m + "/.map/entries", os.O_WRONLY)
    os.write(fd, b"1\t" + b" " * 1000000)
    return fd

def write_long_line():
    fd = os.open(m + "/.map/entries", os.O_WRONLY)
    os.write(fd, b"1\t")
    for _ in range(16):
        os.write(fd, b" " * 1000000)
    return fd

def write_and_cut():
    fd = os.open(m + "/.map/def", os.O_WRONLY)
    os.write(fd, b"type=hash".ljust(255 * 4096))
    os.ftruncate(fd, 9)
    os.pwrite(fd, b" " * 4096, 9)
    return fd

def write_raw_again():
    fd = os.open(m + "b/.map/raw/%d" % len(held), os.O_WRONLY | os.O_CREAT)
    os.write(fd, b"x" * 1000000)
    os.pwrite(fd, b"x", 0)
    return fd

def open_large_writer():
    return os.open(m + "b/.map/entries", os.O_WRONLY)

hogs = {
    "large": open_large_writer,
    "raw": write_raw_again,
    "line": write_long_line,
    "cut": write_and_cut,
    "key": lambda: os.open(m + "/1", os.O_RDONLY),
    "entries": read_entries,
    "write": write_text,
    "list": list_keys,
}
held = []
done, report = os.pipe()
wait, leave = os.pipe()
if not os.fork():
    os.setgroups([])
    os.setuid(65534)
    error = 0
    try:
        while len(held) < count:
            held.append(hogs[what]())
    except OSError as e:
        error = e.errno
    os.write(report, b"%d %s" % (len(held), errno.errorcode.get(error, "-").encode()))
    os.close(leave)
    os.read(wait, 1)
    os._exit(0)
said = os.read(done, 100).decode()
value = open(m + "/1").read().strip()
status = dict(line.split(":", 1) for line in open("/proc/%s/status" % pid))
print(said, value, status["VmRSS"].split()[0], status["Threads"].strip())
END

# hog WHAT COUNT: sets $got, $error, $root, $memory, $threads
hog() {
	hog_line=$("$python" hog.py "$fs_pid" "$m" "$1" "$2")
	note "$1: $hog_line"
	# shellcheck disable=SC2086
	set -- $hog_line
	got=$1 error=$2 root=$3 memory=$4 threads=$5
}

hog key 3000
is "$error" ENFILE 'open files of one user end with ENFILE'
ok '  not before a thousand' test "$got" -ge 1000
is "$root" 1 '  and root reads'
hog entries 300
is "$error" ENOMEM 'memory of one user ends with ENOMEM'
is "$root" 1 '  and root reads'
ok '  helper threads are few' test "$threads" -lt 60
case $(tr '\0' '\n' <"/proc/$fs_pid/maps" | grep -c 'lib[at]san') in
0) ok '  memory is bounded' test "$memory" -lt 400000 ;;
esac
hog list 600
is "$error" ENOMEM 'open directories, too'
ok '  helper threads are few' test "$threads" -lt 60
hog write 300
is "$error" ENOMEM 'held texts, too'
is "$root" 1 '  and root reads'
hog line 20
is "$error" ENOMEM 'a long line is charged as long as it is held'
is "$root" 1 '  and root reads'
hog cut 300
is "$got" 300 'truncated text is no longer charged'
case $(tr '\0' '\n' <"/proc/$fs_pid/maps" | grep -c 'lib[at]san') in
0) ok '  and uses no memory' test "$memory" -lt 250000 ;;
esac
mkdir "${m}b" && echo 'type=hash key=u32 value=bytes[1048576] max_entries=2' >"${m}b/.map/def"
hog raw 300
is "$got" 300 'nor do bytes of a value that were replaced'
case $(tr '\0' '\n' <"/proc/$fs_pid/maps" | grep -c 'lib[at]san') in
0) ok '  and they use no memory' test "$memory" -lt 250000 ;;
esac
rmdir "${m}b"
mkdir "${m}b" && echo 'type=array key=u32 value=bytes[16777216] max_entries=2' >"${m}b/.map/def"
hog large 10
is "$got $error" '1 ENOMEM' 'an open writer is charged for its large entries in advance'
rmdir "${m}b"
ok 'the errors say why' grep -q 'this user has too many open files' "$mnt/.map/errors"

# All descriptors go back.
files() {
	find "/proc/$fs_pid/fd" -mindepth 1 | wc -l
}
few_files() {
	[ "$(files)" -lt 40 ]
}
ok 'descriptors are released' wait_for few_files

# Slow requests of one user: root's are served beside them.
cat >slow.py <<'END'
import os, sys, time
m = sys.argv[1]
children = []
for _ in range(140):
    pid = os.fork()
    if not pid:
        os.setgroups([])
        os.setuid(65534)
        try:
            for _ in range(50):
                open(m + "/.map/count").read()
        except OSError as e:
            os._exit(e.errno)
        os._exit(0)
    children.append(pid)
time.sleep(0.2)
worst = 0
for _ in range(20):
    begin = time.monotonic()
    open(m + "/1").read()
    worst = max(worst, time.monotonic() - begin)
left = sum(os.waitpid(pid, os.WNOHANG)[0] == 0 for pid in children)
for pid in children:
    os.kill(pid, 9)
print(left, int(worst * 1000))
END
# shellcheck disable=SC2046
set -- $("$python" slow.py "$m")
note "140 readers of count: $1 still at it after 20 reads of root's, the slowest took $2 ms"
ok 'root reads while one user has 140 readers' test "$1" -gt 100

# More requests of one user at a time than may wait are refused, and every one has an
# answer.
cat >flood.py <<'END'
import errno, os, sys, threading
m = sys.argv[1]
text = b"".join(b"%d\t1\n" % n for n in range(1, 130000))[:1000000].rpartition(b"\n")[0] + b"\n"
said = []
all_open = threading.Barrier(60)

def write():
    fd = os.open(m + "/.map/entries", os.O_WRONLY)
    all_open.wait()
    try:
        os.write(fd, text)
        said.append("-")
    except OSError as e:
        said.append(errno.errorcode[e.errno])
    os.close(fd)

os.setgroups([])
os.setuid(65534)
threads = [threading.Thread(target=write) for _ in range(60)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(len(said), " ".join(sorted(set(said))))
END
"$python" flood.py "$m" >flood 2>&1 &
# A request without an answer cannot be killed: only the end of the daemon ends it.
wait_for has_ended $! || kill -KILL "$fs_pid"
note "60 writes of 1 MB at once: $(cat flood)"
case $(cat flood) in
'60 -' | '60 - ENOMEM') pass 'all are answered' ;;
*) fail 'all are answered' ;;
esac
umount_fs
