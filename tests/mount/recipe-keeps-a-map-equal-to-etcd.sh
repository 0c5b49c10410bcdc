#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# contrib/recipes/etcd-block-list with an etcd server: existing keys, each change, a
# server that stops and comes back, a history that was compacted meanwhile.

. "${top_srcdir:-.}/tests/lib.sh"
require fuse tool:jq tool:etcd tool:etcdctl

export ETCDCTL_API=3 ETCDCTL_ENDPOINTS=unix://client:1 # a socket in this directory
etcd_pid='' recipe_pid=''
test_cleanup() {
	[ -z "$recipe_pid" ] || env kill -- "-$recipe_pid" 2>/dev/null
	[ -z "$etcd_pid" ] || kill "$etcd_pid" 2>/dev/null
	wait
}
start_etcd() {
	etcd --data-dir data --listen-client-urls unix://client:1 \
		--advertise-client-urls unix://client:1 --listen-peer-urls unix://peer:1 \
		--initial-advertise-peer-urls unix://peer:1 \
		--initial-cluster default=unix://peer:1 >>etcd.log 2>&1 &
	etcd_pid=$!
	wait_for etcdctl endpoint health >/dev/null 2>&1 || die "etcd: $(tail -n 3 etcd.log)"
}
# has ENTRIES DESC: the map has these in a while, and no others
has_now() {
	[ "$(sort "$mnt/blocked/.map/entries")" = "$want" ]
}
has() {
	want=$(printf '%b' "$1")
	wait_for has_now
	is "$(sort "$mnt/blocked/.map/entries")" "$want" "$2"
}

mount_fs memory
mkdir "$mnt/blocked"
echo 'type=lpm_trie key=prefix(ipv4) value=u32' >"$mnt/blocked/.map/def"
echo 9 >"$mnt/blocked/203.0.113.0_24"
start_etcd
etcdctl put block/10.0.0.0/8 1 >/dev/null
etcdctl put block/192.0.2.7 2 >/dev/null
etcdctl put other/192.0.2.8 3 >/dev/null

setsid "$top_srcdir/contrib/recipes/etcd-block-list" "$mnt/blocked" block/ >recipe.log 2>&1 &
recipe_pid=$!
has '10.0.0.0_8\t1\n192.0.2.7_32\t2' 'what is there, and nothing else'
etcdctl put block/198.51.100.0/24 4 >/dev/null
etcdctl put block/10.0.0.0/8 7 >/dev/null
etcdctl del block/192.0.2.7 >/dev/null
has '10.0.0.0_8\t7\n198.51.100.0_24\t4' 'each change'

kill "$etcd_pid"
wait "$etcd_pid"
has '10.0.0.0_8\t7\n198.51.100.0_24\t4' 'all stays while the server is gone'
start_etcd
etcdctl put block/192.0.2.9 5 >/dev/null
has '10.0.0.0_8\t7\n192.0.2.9_32\t5\n198.51.100.0_24\t4' 'and goes on when it is back'

# Changes that a watch cannot deliver any more: the recipe does not run meanwhile.
env kill -STOP -- "-$recipe_pid"
etcdctl del block/10.0.0.0/8 >/dev/null
etcdctl put block/192.0.2.10 6 >/dev/null
etcdctl compaction "$(etcdctl get x -w json | jq .header.revision)" >/dev/null
kill "$etcd_pid"
wait "$etcd_pid"
start_etcd
env kill -CONT -- "-$recipe_pid"
has '192.0.2.10_32\t6\n192.0.2.9_32\t5\n198.51.100.0_24\t4' 'a history that is gone'
