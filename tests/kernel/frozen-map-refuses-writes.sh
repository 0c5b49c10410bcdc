#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A frozen map refuses every change, and stays as it is.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/kernel/lib.sh"
require fuse root bpf tool:bash

bpffs=$scratch/bpffs
mkdir "$bpffs"
mount -t bpf bpf "$bpffs" || skip 'no BPF file system can be mounted'
test_cleanup() {
	umount "$bpffs"
}

# make PIN NAME FLAGS
make() {
	bpftool map create "$bpffs/$1" type hash key 4 value 4 entries 8 name "$2" flags "$3"
}

name=$(unique froz)
make frozen "$name" 0 || die 'no map'
mount_fs kernel
cd "$mnt/$name" || die 'cd'
echo @01000000 >@00000000
is "$(cat .map/frozen)" 0 'not frozen'
write_fails EINVAL .map/frozen maybe
echo 1 >.map/frozen
is "$(cat .map/frozen)" 1 'frozen by a write'
ok 'bpftool says so too' sh -c 'bpftool map show pinned "$1" | grep -q frozen' sh "$bpffs/frozen"
echo 1 >.map/frozen
ok 'freezing it again is fine'
write_fails EPERM .map/frozen 0
write_fails EPERM @00000000 @02000000
write_fails EPERM @01000000 @02000000
fails_with EPERM rm @00000000
is "$(cat @00000000)" @01000000 'the value is what it was'
is "$(ls)" @00000000 'no key was added'
is "$(cat .map/entries)" '@00000000	"@01000000"' 'it can be listed'
fails_with EPERM cat .map/drain
for refused in 'write @00000000' 'rm @00000000' 'read .map/drain'; do
	ok "errors say why: $refused" grep -q " $refused: .*frozen" .map/errors
done
cd "$scratch" || die 'cd'

# 128: BPF_F_RDONLY_PROG. Read-only for programs is not so for us.
name=$(unique rdon)
make rdonly "$name" 128 || die 'no map'
cd "$mnt/$name" || die 'cd'
is "$(cat .map/flags)" rdonly_prog 'a flag has its name'
echo @02000000 >@00000000
is "$(cat @00000000)" @02000000 'what programs may only read is written'
cd "$scratch" || die 'cd'
