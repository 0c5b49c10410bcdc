#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The ways in which programs read and list keys.

. "${top_srcdir:-.}/tests/lib.sh"
require fuse tool:python3 tool:busybox tool:jq
mount_fs memory -o 'def=type=hash key=char[16] value=u64 max_entries=100'
cd "$mnt" || exit 1
mkdir m
for i in 1 2 3 4 5 6 7 8 9 10; do
	echo "$((i * 11))" >m/k$i
done

is "$(cat m/k3)" 33 cat
is "$(busybox cat m/k3)" 33 'busybox cat'
is "$(head -c 1 m/k3)" 3 'head -c'
is "$(tail -c 2 m/k10)" 0 'tail -c'
is "$(tail -n 1 m/k10)" 110 'tail -n'
is "$(wc -c <m/k10)" 4 'wc -c of standard input'
is "$(wc -c m/k10)" '4 m/k10' 'wc -c of a file'
is "$(wc -l <m/k10)" 1 'wc -l'
is "$(du -b m/k10 | cut -f 1)" 4 'du -b'
is "$(stat -c '%s %h %F' m/k10)" '4 1 regular file' stat
is "$(grep -rl 55 m)" m/k5 'grep -r'
is "$(grep -h . m/* | sort -n | tail -n 1)" 110 'sort of all values'
is "$(find m -type f | wc -l)" 10 'find -type f'
is "$(find m -type f -size -4c | wc -l)" 9 'find -size -4c'
is "$(find m -type f -size 4c)" m/k10 'find -size 4c'
is "$(find m -name 'k1*' | wc -l)" 2 'find -name'
is "$(find m -newermt '1 hour ago' -type f | wc -l)" 10 'find -newer'
is "$(ls m | wc -l)" 10 ls
is "$(ls -f m | wc -l)" 12 'ls -f'
is "$(ls -l m | grep -c '^-rw------- 1 ')" 10 'ls -l'
is "$(ls -l m/k10 | awk '{ print $5 }')" 4 'ls -l shows the size'
is "$(ls -lU m | awk 'NR > 1 { print $5 }' | sort -n | uniq -c | tr -s ' \n' ' ')" ' 9 3 1 4 ' \
	'ls -l shows every size'
is "$(echo m/k?)" 'm/k1 m/k2 m/k3 m/k4 m/k5 m/k6 m/k7 m/k8 m/k9' globs
is "$(while read -r v; do echo "$v"; done <m/k7)" 77 'while read'
is "$(jq . m/k7)" 77 jq
is "$(jq -s add m/*)" 605 'jq of many files'
is "$(cksum <m/k7)" "$(echo 77 | cksum)" cksum
ok cmp cmp m/k7 m/k7
ok 'diff finds a difference' sh -c '! diff m/k7 m/k8 >/dev/null'
is "$(dd if=m/k10 bs=1 skip=1 count=1 2>/dev/null)" 1 'dd skip'
is "$(tar cf - m | tar xOf - m/k10)" 110 'tar'
is "$(xargs -n 1 <m/k4)" 44 xargs
is "$(df --output=fstype m | tail -n 1)" fuse.bpfmapfs 'df shows the type'

cat >"$scratch/r.py" <<'E'
import mmap, os, sys
p = sys.argv[1]
def check(what, ok): print(('ok - ' if ok else 'not ok - ') + what)
with open(p, 'rb') as f:
    m = mmap.mmap(f.fileno(), 0, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ)
    check('mmap reads', m[:] == b'110\n')
fd = os.open(p, os.O_RDONLY)
check('pread of a middle', os.pread(fd, 2, 1) == b'10')
check('pread past the end', os.pread(fd, 2, 9) == b'')
os.pread(fd, 9, 0)
with open(p, 'w') as f: f.write('7')
check('pread at 0 is fresh', os.pread(fd, 9, 0) == b'7\n')
check('fstat follows', os.fstat(fd).st_size == 2)
a = os.stat(p)
for d in (os.path.dirname(p), os.path.dirname(p) + '/.map/raw'):
    check('scandir agrees with stat', all(e.inode() == e.stat().st_ino ==
          os.stat(e.path).st_ino for e in os.scandir(d)))
check('mtime is kept', os.stat(p).st_mtime_ns == a.st_mtime_ns)
E
python3 "$scratch/r.py" "$mnt/m/k10" >"$scratch/py" 2>&1
cat "$scratch/py"
is "$(grep -vc '^ok' "$scratch/py")" 0 'Python reads as it should'

# removing
rm m/k1
fails_with ENOENT rm m/k1
ok 'rm -f of nothing' rm -f m/k1
is "$(find m -name 'k2' -delete; ls m | wc -l)" 8 'find -delete'
rm -r m
ok 'rm -r of a map' test ! -e m
cd "$scratch" || exit 1
