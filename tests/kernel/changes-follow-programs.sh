#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# .map/changes and .map/rates of maps that programs change, and that are freed
# meanwhile.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/kernel/lib.sh"
require fuse root bpf tool:jq
start_workload
own_bpffs
mount_fs kernel

flows=$mnt/$(map_name flows)
# shellcheck disable=SC2010
is "$(ls -A "$flows/.map" | grep -Ec '^(changes|rates)$')" 0 'neither is listed'
cat "$flows/.map/rates" >rates
ok 'rates ends by itself' test -s rates
# Rounded, and a packet may be counted between the two.
is "$(cut -f 2 rates | jq -c '(.bytes - .packets * 1500) as $off |
	select(.packets < 0 or $off > 3000 or $off < -3000)')" '' 'bytes grow by 1500 a packet'
head -n 4 "$flows/.map/changes" >changes
is "$(grep -c '^~saddr=10.0.0' changes)" 4 'changes names the keys'
cut -f 2,3 changes | tr '\t' '\n' | jq -e .packets >/dev/null
ok 'and has both values'
cat "$mnt/$(map_name pcparray)/.map/rates" >rates
ok 'per-CPU counters are added up' grep -Eq '^0	[1-9][0-9]*$' rates
pause_workload
is "$(cat "$flows/.map/rates")" '' 'nothing grows while the program stands still'

# A reader does not keep the map.
id=$(pinned_map gone "$(unique gone)")
cat "$mnt/@$id/.map/changes" >changes &
reader=$!
bpftool map update id "$id" key 1 0 0 0 value 2 0 0 0 0 0 0 0
wait_for test -s changes
bpftool map update id "$id" key 1 0 0 0 value 3 0 0 0 0 0 0 0
wait_for grep -q '^~' changes
ok 'bpftool adds and changes an entry'
rm "$bpffs/gone"
ok 'the map ends though it is read' wait_for is_freed "$id"
wait "$reader"
is $? 0 'and so does the reader'
