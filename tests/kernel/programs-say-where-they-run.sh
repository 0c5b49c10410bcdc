#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# .map/progs and by-prog/NAME@ID/.map/info: type, place and runs of programs that are
# attached in many ways. Runs are counted only with kernel.bpf_stats_enabled.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/kernel/lib.sh"
require fuse root bpf tool:jq file:/sys/kernel/btf/vmlinux
[ -e "$top_builddir/tests/bpf/places.bpf.o" ] ||
	skip 'tests/bpf/places.bpf.o is not built: no clang for BPF'

cgroups=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
[ -n "$cgroups" ] || skip 'no cgroup2 file system is mounted'
group=$(unique 'a,b%')
mkdir "$cgroups/$group" || skip 'no cgroup can be made'
stats=$(cat /proc/sys/kernel/bpf_stats_enabled)

test_cleanup() {
	for cleanup_pid in $helpers; do
		kill -TERM "$cleanup_pid" 2>/dev/null
		wait "$cleanup_pid"
	done
	echo "$stats" >/proc/sys/kernel/bpf_stats_enabled
	rmdir "$cgroups/$group"
}

count_runs() {
	echo "$1" >/proc/sys/kernel/bpf_stats_enabled
}

count_runs 0
start_helper places.out "$top_builddir/tests/bpf/places" "$top_builddir/tests/bpf/places.bpf.o" \
	"$(printf '%06d' $(($$ % 1000000)))" "$cgroups/$group" lo
mount_fs kernel -o allow_other
progs=$mnt/@$(id_of map)/.map/progs

# column NAME N: of the program's line.
column() {
	awk -F '\t' -v id="$(id_of "$1")" -v n="$2" '$1 == id { print $n }' "$progs"
}

# is_at NAME TYPE PLACE
is_at() {
	if [ "$(id_of "$1")" = - ]; then
		note "$1: this kernel cannot attach it"
		return
	fi
	is "$(column "$1" 2)" "$1" "$1: the name"
	is "$(column "$1" 3)" "$2" "$1: the type"
	is "$(column "$1" 4)" "$3" "$1: the place"
}

bpftool -j prog list | jq -r ".[] | select(.map_ids // [] | index($(id_of map))) |
	\"\\(.id)\\t\\(.name)\\t\\(.type)\"" | sort >want
cut -f -3 "$progs" | sort >got
same want got 'ids, names and types are those of bpftool'
is "$(awk -F '\t' 'NF != 6' "$progs")" '' 'six columns each'
escaped=$(printf '%s' "$group" | sed 's/%/%25/g; s/,/%2C/g')
is_at at_raw raw_tracepoint raw_tracepoint/sys_exit
is_at at_fentry tracing fentry/bpf_fentry_test1
is_at at_tp_btf tracing raw_tracepoint/sched_process_exit
is_at at_iter tracing iter/bpf_map
is_at at_cgroup cgroup_skb "cgroup_inet_egress/$escaped"
is_at at_xdp xdp "xdp/lo@$(cat /sys/class/net/lo/ifindex)"
is_at nowhere sched_cls -
# Before Linux 6.6 the kernel tells no more than that it is a perf event.
if grep -q perf_event/ "$progs" || [ "$(column at_tracepoint 4)" = perf_event ]; then
	note 'places of perf events are not known here'
else
	is_at at_tracepoint tracepoint tracepoint/sys_enter_getppid
	is_at at_kprobe kprobe kprobe/bpf_fentry_test1
fi

# One program may be in several places.
bpftool -j link list | jq -r ".[] | select(.prog_id == $(id_of at_raw)) | .id" >links
is "$(wc -l <links)" "$(column at_raw 4 | tr , '\n' | wc -l)" 'a place for each link'

# Names of cgroups and interfaces are found with the daemon's rights.
chmod 755 "$scratch" "$mnt" "$mnt/@$(id_of map)/."
other() {
	setpriv --reuid=12345 --regid=12345 --clear-groups "$@"
}
if command -v setpriv >/dev/null; then
	other cat "$progs" >other
	ok 'other users read it'
	is "$(grep -c "lo@" other)" 0 'other users do not see the name of an interface'
	ok 'but its index' grep -q "xdp/@$(cat /sys/class/net/lo/ifindex)" other
	is "$(grep -c "$escaped" other)" 0 'nor that of a cgroup'
	ok 'but its id' grep -q "cgroup_inet_egress/@$(stat -c %i "$cgroups/$group")" other
	ok 'and what is no secret' grep -q raw_tracepoint/sys_exit other
fi

# ---- by-prog ----

info=$mnt/by-prog/at_raw@$(id_of at_raw)/.map/info
value() {
	sed -n "s/^$1: //p" "$info"
}
bpftool -j prog show id "$(id_of at_raw)" >prog.json
json() {
	jq -r "$1" prog.json
}
is "$(value id)" "$(id_of at_raw)" 'id'
is "$(value name)" at_raw 'name'
is "$(value type)" raw_tracepoint 'type'
is "$(value tag)" "$(json .tag)" 'tag, as bpftool has it'
is "$(value attach)" raw_tracepoint/sys_exit 'attach'
is "$(value uid)" "$(json .uid)" 'uid'
is "$(value maps)" "$(json '.map_ids | map(tostring) | join(",")')" 'maps'
is "$(value memlock)" "$(json .bytes_memlock)" 'memlock'
is "$(value instructions)" "$(json '.bytes_xlated / 8')" 'instructions'
loaded=$(date -d "$(value loaded)" +%s)
ok 'loaded, as bpftool has it' test $((loaded - $(json .loaded_at))) -ge -1 -a \
	$((loaded - $(json .loaded_at))) -le 1
dir=${info%/info}
is "$(ls "$dir/")" "$(printf 'help\ninfo')" 'the directory has two files'
is "$(cut -d ' ' -f 1 "$dir/help" | tr '\n' ' ')" 'help info ' 'which help lists'
is "$(ls -A "${dir%/.map}" | grep -c '^\.map$')" 0 'it is not listed'
is "$(stat -c '%a %s' "$info")" '400 0' 'mode and size'
chmod 711 "$mnt/by-prog"
has_its_mode() {
	[ "$(stat -c %a "$dir")$(stat -c %a "$info")" = 711400 ]
}
ok 'the mode is that of by-prog' wait_for has_its_mode
chmod 755 "$mnt/by-prog"
ok 'which opens it to others' other grep -q '^type: raw_tracepoint' "$info"
fails_with EACCES sh -c ": >'$info'"
fails_with ENOENT cat "$dir/id"
fails_with EPERM touch "$dir/new"
fails_with EPERM rm "$info"

# ---- runs ----

is "$(column at_raw 5)/$(column at_raw 6)" -/- 'runs are not known without statistics'
is "$(grep -c '^run_' "$info")" 0 'and left out of info'
count_runs 1
has_run() {
	[ "$(column at_raw 5)" -gt 0 ] 2>/dev/null && [ "$(value run_time_ns)" -gt 0 ]
}
ok 'with statistics they are counted' wait_for has_run
is "$(column nowhere 5)/$(column nowhere 6)" 0/0 'and those of a program that never ran are 0'
count_runs 0
is "$(column nowhere 5)/$(column nowhere 6)" -/- 'which is not known any more'
runs=$(column at_raw 5)
is "$runs" "$(value run_cnt)" 'what was counted stays'
is "$runs" "$(bpftool -j prog show id "$(id_of at_raw)" | jq .run_cnt)" 'as bpftool has it'

# ---- the end ----

exec 3<"$info"
end_helper "$helper_pid"
gone() {
	! stat "$dir" >/dev/null 2>&1
}
ok 'they go with the program' wait_for gone
fails_with ENOENT cat "$info"
ok 'what was opened before can be read' grep -q '^name: at_raw' <&3
exec 3<&-
