#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A program declares a map of every type: entries of each are listed, read, written and
# deleted as far as its type allows, and refusals have the errno of the type.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/kernel/lib.sh"
require fuse root bpf tool:bash
start_attached every-type
mount_fs kernel
nothing='"mac":"000000000000","up":false,"via":{"ip4":"0.0.0.0","raw":"00000000"}}'
closed='{"packets":3,"state":"STATE_CLOSED","label":"a",'$nothing
zero='{"packets":0,"state":"STATE_NEW","label":"",'$nothing

use() {
	has_map "t_$1_$attached" || return 1
	dir=$mnt/@$(id_of "t_$1_$attached")
	note "$(cat "$dir/.map/type")"
}

lists() {
	is "$(find "$dir/" -mindepth 1 -printf '%f\n' | sort | xargs)" "$1" 'listing'
}

# takes KEY: values are written, merged into, refused.
takes() {
	ok 'write' sh -c 'echo "{\"packets\":3,\"label\":\"a\"}" >"$1"' sh "$dir/$1"
	ok 'merge' sh -c 'echo "{\"state\":\"STATE_CLOSED\"}" >>"$1"' sh "$dir/$1"
	is "$(sort -u "$dir/$1")" "$closed" 'read'
	write_fails EINVAL "$dir/$1" '{"state":"STATE_NONE"}'
	write_fails ERANGE "$dir/$1" '{"packets":18446744073709551616}'
	write_fails EFBIG "$dir/$1" '{"label":"123456789"}'
	is "$(sort -u "$dir/$1")" "$closed" 'and nothing has changed'
}

for type in hash pchash lru pclru; do
	use $type
	key=addr=10.0.0.1,port=443,zone=7
	fails_with ENOENT cat "$dir/$key"
	takes $key
	lists $key
	fails_with EINVAL sh -c ': >"$1"' sh "$dir/port"
	ok 'rm' rm "$dir/$key"
	fails_with ENOENT rm "$dir/$key"
done
for type in array pcarra; do
	use $type
	lists '0 1 2'
	is "$(sort -u "$dir/0")" "$zero" 'read'
	takes 1
	fails_with EPERM rm "$dir/1"
	fails_with EFBIG sh -c ': >"$1"' sh "$dir/3"
done
use lpm
takes 10.0.0.0_8
lists 10.0.0.0_8
is "$(cat "$dir/.map/match/10.2.3.4")" "$closed" 'longest match'
fails_with ENOENT cat "$dir/10.2.0.0_16"
ok 'rm' rm "$dir/10.0.0.0_8"
for type in queue stack; do
	use $type
	fails_with ENODATA cat "$dir/.map/pop"
	value=@$(printf "%0$((2 * $(cat "$dir/.map/value_size")))d" 1)
	ok 'push' sh -c 'echo "$2" >"$1"; echo "$2" >"$1"' sh "$dir/.map/push" "$value"
	write_fails ENOSPC "$dir/.map/push" "$value"
	is "$(cat "$dir/.map/peek" "$dir/.map/pop" "$dir/.map/pop" | sort -u)" "$value" 'pop'
	lists ''
	fails_with EPERM sh -c ': >"$1"' sh "$dir/x"
done
use bloom
ok 'push' touch "$dir/addr=10.0.0.1,port=443,zone=7"
is "$(cat "$dir/addr=10.0.0.1,port=443,zone=7")" '' 'a member'
fails_with EPERM rm "$dir/addr=10.0.0.1,port=443,zone=7"
lists ''
for type in amaps:1 hmaps:@0000000000000001; do
	use "${type%:*}"
	key=${type#*:}
	ok 'ln -s' ln -s "../inner_$attached" "$dir/$key"
	is "$(cat "$dir/$key/0")" "$zero" 'the entry of an inner map'
	fails_with EINVAL ln -sfn "../t_hash_$attached" "$dir/$key"
	ok 'rm' rm "$dir/$key"
done
for type in progs devs devh cpus socks sockh xsks reuse perf cgrps; do
	use $type
	key=0
	[ $type != sockh ] || key=@0000000000000001
	lists ''
	case $type in
	perf | cgrps | xsks) fails_with EOPNOTSUPP cat "$dir/$key" ;;
	*) fails_with ENOENT cat "$dir/$key" ;;
	esac
	case $type in
	perf) write_fails EOPNOTSUPP "$dir/$key" 1 ;;
	*) write_fails EINVAL "$dir/$key" none/such ;;
	esac
done
use trace
ok 'stacks are listed' test -n "$(ls "$dir")"
for type in ring uring arena; do
	use $type || continue
	lists ''
	fails_with ENOENT cat "$dir/0"
done
use task
takes $$
lists $$
ok 'rm' rm "$dir/$$"
use inode
exec 5<"$scratch/every-type.maps"
takes $$:5
lists ''
ok 'rm' rm "$dir/$$:5"
fails_with ENOENT cat "$dir/$$:5"
use sk
lists ''
fails_with ENOENT cat "$dir/$$:5"
write_fails EINVAL "$dir/$$:5" '{}'
if use cgrp; then
	fails_with ENOENT cat "$dir/no_such_cgroup"
fi
for type in cgold cgpc; do
	use $type
	lists ''
	fails_with ENOENT cat "$dir/cgroup_inode_id=1,attach_type=0"
done
dir=$mnt/@$(id_of .data.every)
note 'global data'
ok 'merge' sh -c 'echo "{\"state\":\"STATE_CLOSED\"}" >>"$1"' sh "$dir/variable"
is "$(grep -c '"state":"STATE_CLOSED","label":"data"' "$dir/variable")" 1 'read'
fails_with EPERM rm "$dir/variable"
write_fails EPERM "$mnt/@$(id_of .rodata.target)/target" 5
start_attached congestion
dir=$mnt/@$(id_of test_ops)
note "$(cat "$dir/.map/type")"
lists 0
is "$(grep -c bpf_test_ "$dir/0")" 1 'its state'
write_fails EOPNOTSUPP "$dir/0" '{}'
fails_with EPERM rm "$dir/0"
ok 'nothing said "Unknown error"' test -z "$(grep -h 'Unknown error' "$mnt"/@*/.map/errors)"
