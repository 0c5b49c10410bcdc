#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The struct_ops map of a TCP congestion control that a program has registered.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/kernel/lib.sh"
require fuse root bpf tool:jq tool:bash file:/sys/kernel/btf/vmlinux
start_attached congestion
mount_fs kernel
ops=$mnt/@$(id_of test_ops)

is "$(ls "$ops/")" 0 'one entry'
is "$(jq -r '[.state, .refcnt] | @text' "$ops/0")" '["in_use",1]' 'its state'
is "$(jq -r .name "$ops/0")" "bpf_test_$attached" 'members by name'
program=$(($(jq -r .ssthresh "$ops/0")))
is "$(bpftool -j prog show id "$program" | jq -r .name)" test_ssthresh \
	'functions are ids of programs'
is "$(cut -f 2 "$ops/.map/entries")" "$(cat "$ops/0")" '.map/entries has the same'
is "$(cat "$ops/.map/count")" 1 '.map/count'
is "$(cat "$ops/.map/btf")" \
	'/* value: struct bpf_struct_ops_tcp_congestion_ops of the kernel */' '.map/btf names its type'
write_fails EOPNOTSUPP "$ops/0" '{}'
fails_with EPERM rm "$ops/0"
fails_with ENOENT cat "$ops/1"
is "$(sysctl -n net.ipv4.tcp_available_congestion_control | tr ' ' '\n' |
	grep -c "bpf_test_$attached")" 1 'and it is still registered'
