#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Maps of common programs: every map can be listed and read, and agrees with bpftool.
# Maps change while they are compared, so an entry is compared only if bpftool prints
# the same before and after.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/kernel/lib.sh"
require fuse bpf root namespace tool:bpftool tool:python3 tool:bpftrace tool:xdp-filter
# Debian 13 has them as NAME-libbpf.
suffix=
command -v syscount-libbpf >/dev/null && suffix=-libbpf
for tool in syscount runqlat mountsnoop softirqs offcputime execsnoop; do
	require "tool:$tool$suffix"
done

cat >compare.py <<'END'
import json, os, subprocess, sys

root, ids = sys.argv[1], sys.argv[2:]
problems = []
compared = entries = 0

def complain(what, e):
    problems.append(f"{what}: {e}")

def read(path):
    with open(path, "rb") as f:
        return f.read()

# What the contract lets a file say: types whose values nobody can read.
MANY = 1000
GONE = {2, 116}  # since it was listed, or since it was opened
UNREADABLE = {"perf_event_array", "cgroup_array", "xskmap", "sockmap", "sockhash"}

def read_all(d, kind):
    """Every listed key and every file of .map reads, without an error."""
    for name in os.listdir(d)[:500]:
        try:
            if not os.path.islink(f"{d}/{name}"):
                read(f"{d}/{name}")
        except OSError as e:
            if e.errno not in GONE and (kind not in UNREADABLE or e.errno != 95):
                complain(f"{d}/{name}", e)
    for name in os.listdir(f"{d}/.map"):
        path = f"{d}/.map/{name}"
        try:
            if os.path.isfile(path) and os.access(path, os.R_OK):
                read(path)
        except OSError as e:
            if e.errno != 61:  # peek at an empty queue
                complain(path, e)

def hexed(numbers):
    return "@" + "".join(f"{int(n, 16):02x}" for n in numbers)

def value_of(entry):
    if "value" in entry:
        return [entry["value"]]
    return [v["value"] for v in sorted(entry["values"], key=lambda v: v["cpu"])]

def raw(d, name):
    try:
        return read(f"{d}/.map/raw/{name}")
    except OSError as e:
        if e.errno not in GONE and e.errno != 95:
            complain(f"{d}/.map/raw/{name}", e)
        return None

def dump(mapid):
    """{raw name: bytes} as bpftool has it; None where it cannot print it."""
    out = subprocess.run(["bpftool", "-j", "map", "dump", "id", mapid],
                         capture_output=True).stdout
    try:
        entries = json.loads(out)
        return {hexed(e["key"]): bytes_of(e) for e in entries
                if "error" not in e and isinstance(e["key"], list)}
    except (ValueError, KeyError, TypeError):
        return None

def bytes_of(entry):
    values = value_of(entry)
    stride = -(-len(values[0]) // 8) * 8 if "values" in entry else 0
    return b"".join(bytes(int(b, 16) for b in v).ljust(stride, b"\0") for v in values)

def compare(d, mapid):
    """Our bytes against bpftool's, for what it says twice."""
    global compared, entries
    if "." in os.path.basename(d) and not os.path.exists(f"{d}/0"):
        return  # a section of variables: bpftool prints it as one value
    before = dump(mapid)
    if before is None:
        return
    compared += 1
    names = list(before)
    if len(names) > MANY:  # a table of ports: those that say something
        names = [n for n in names if before[n].strip(b"\0")][:MANY]
    ours = {n: raw(d, n) for n in names}
    after = dump(mapid) or {}
    for n in names:
        if n in after and after[n] == before[n] and ours[n] is not None:
            entries += 1
            if ours[n] != before[n]:
                complain(f"{d}/{n}", f"is {ours[n].hex()}, bpftool says {before[n].hex()}")

for i in ids:
    d = os.path.realpath(f"{root}/by-id/{i}")
    try:
        kind = read(f"{d}/.map/type").decode().strip()
        read_all(d, kind)
        if os.path.isdir(f"{d}/.map/raw"):
            compare(d, i)
    except FileNotFoundError as e:
        complain(d, e)
for p in problems:
    print(p)
print(f"{len(ids)} maps, {compared} compared, {entries} entries agree", file=sys.stderr)
END

# maps_of PID: ids of the maps that it holds.
maps_of() {
	cat /proc/"$1"/fdinfo/* 2>/dev/null | awk '$1 == "map_id:" { print $2 }' | sort -un
}

has_maps() {
	[ -n "$(maps_of "$1")" ] || has_ended "$1"
}

# check NAME IDS: what compare.py complains about is a failure.
check() {
	# shellcheck disable=SC2086
	said=$(python3 compare.py "$mnt" $2 2>summary) || said="$said $(cat summary)"
	is "$said" '' "$1: $(tail -n 1 summary)"
}

# Tracepoints want tracefs, which nobody may have mounted: in a mount name space
# of the peer's own.
cat >traced.sh <<'END'
mountpoint -q /sys/kernel/tracing || mount -t tracefs tracefs /sys/kernel/tracing
exec "$@"
END

# peer NAME COMMAND...: run it, let it see something, compare, end it.
peer() {
	name=$1
	shift
	unshare -m sh traced.sh "$@" >"$name.out" 2>&1 </dev/null &
	pid=$!
	helpers="$helpers $pid"
	wait_for has_maps "$pid" || fail "$name makes no maps"
	ids=$(maps_of "$pid")
	ok "$name has maps" test -n "$ids"
	ls / >/dev/null
	sh -c 'true | cat' >/dev/null
	check "$name" "$ids"
	kill -INT "$pid"
	wait "$pid"
	helpers=${helpers% "$pid"}
}

mount_fs kernel
peer bpftrace bpftrace -e 'tracepoint:raw_syscalls:sys_enter {
	@calls[comm] = count(); @by[pid, comm] = sum(1); @size = hist(args->args[2]);
	@lin = lhist(args->id, 0, 400, 20); @stack[kstack] = count(); @avg = avg(args->id); }'
# These end at a signal, or long after any comparison.
peer syscount "syscount$suffix" -d 3600
peer runqlat "runqlat$suffix" 3600 1
peer mountsnoop "mountsnoop$suffix"
peer softirqs "softirqs$suffix" 3600 1
peer offcputime "offcputime$suffix" 3600
peer execsnoop "execsnoop$suffix"

# xdp-filter pins its maps: in a name space of its own, with an interface there.
cat >xdp.sh <<'END'
mount -t bpf bpf /sys/fs/bpf && ip link set lo up &&
xdp-filter load lo --mode skb -f tcp,udp,ipv6,ipv4,ethernet &&
xdp-filter ip 10.1.2.3 && xdp-filter port 4433 && xdp-filter ether 02:00:00:00:00:01 &&
for pin in $(find /sys/fs/bpf -type f); do
	bpftool -j map show pinned "$pin" 2>/dev/null | jq '.id // empty'
done | sort -un | sed 's/^/map /'
ping -c 1 127.0.0.1 >/dev/null 2>&1
echo ready
read -r end
xdp-filter unload lo
END
mkfifo end
unshare -m -n sh xdp.sh <end >xdp.out 2>xdp.err &
xdp=$!
exec 9>end
wait_for grep -q ready xdp.out || fail "xdp-filter: $(cat xdp.err)"
ids=$(awk '$1 == "map" { print $2 }' xdp.out)
ok 'xdp-filter has maps' test -n "$ids"
check xdp-filter "$ids"
exec 9>&-
wait "$xdp"
