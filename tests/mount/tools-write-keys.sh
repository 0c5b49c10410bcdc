#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The ways in which programs write keys: tee, cp, dd, jq, sponge, Python, tar, rsync,
# install. Each splits writes, truncates and closes in its own way.

. "${top_srcdir:-.}/tests/lib.sh"
require fuse tool:bash tool:jq tool:sponge tool:python3 tool:busybox tool:rsync
mount_fs memory
cd "$mnt" || exit 1
mkdir m s b
echo 'key=u32 value={a:u32,b:u32} max_entries=8' >m/.map/def
echo 'key=u32 value=char[20000] max_entries=8' >b/.map/def

# fresh; then: is_now DESC WANT
fresh() {
	echo '{"a":1,"b":2}' >m/1
}
is_now() {
	is "$(cat m/1)" "$2" "$1"
	fresh
}
fresh

echo '{"a":3}' | tee m/1 >/dev/null
is_now tee '{"a":3,"b":0}'
echo '{"a":3}' | tee -a m/1 >/dev/null
is_now 'tee -a merges' '{"a":3,"b":2}'
fails_with EINVAL sh -c 'printf "{\"a\":3}\n{\"b\":4}\n" | tee m/1'
is_now 'tee of two texts changes nothing' '{"a":1,"b":2}'

# cp
echo '{"a":5,"b":6}' >"$scratch/file"
cp "$scratch/file" m/1
is_now 'cp onto a key' '{"a":5,"b":6}'
cp "$scratch/file" m/3
is "$(cat m/3)" '{"a":5,"b":6}' 'cp makes a key'
cp m/1 m/3
is "$(cat m/3)" '{"a":1,"b":2}' 'cp a b in a map'
cp -p m/3 m/4
ok 'cp -p' cmp m/3 m/4
cp m/1 "$scratch/out"
is "$(cat "$scratch/out")" '{"a":1,"b":2}' 'cp from a key'
cp m/1 "m/$(printf 5)" && rm m/5
cp -f "$scratch/file" m/1
is_now 'cp -f' '{"a":5,"b":6}'
echo garbage >"$scratch/bad"
fails_with EINVAL cp "$scratch/bad" m/1
is_now 'cp of garbage changes nothing' '{"a":1,"b":2}'
fails_with EINVAL cp "$scratch/bad" m/7
ok '  and makes nothing' test ! -e m/7
install -m 600 "$scratch/file" m/4
is "$(cat m/4)" '{"a":5,"b":6}' install
busybox cp "$scratch/file" m/1
is_now 'busybox cp' '{"a":5,"b":6}'

# dd
for bs in 1 3 7 13 512; do
	dd if="$scratch/file" of=m/1 bs=$bs 2>/dev/null
	is_now "dd bs=$bs" '{"a":5,"b":6}'
	dd if="$scratch/file" of=m/1 bs=$bs conv=notrunc 2>/dev/null
	is_now "dd bs=$bs conv=notrunc" '{"a":5,"b":6}'
	dd if="$scratch/file" of=m/1 bs=$bs oflag=append conv=notrunc 2>/dev/null
	is_now "dd bs=$bs oflag=append" '{"a":5,"b":6}'
done
dd if=m/1 bs=2 2>/dev/null >"$scratch/out"
ok 'dd from a key' cmp m/1 "$scratch/out"
head -c 10000 /dev/zero | tr '\0' x >"$scratch/long"
for bs in 1 1000 4096 8192 65536; do
	dd if="$scratch/long" of=b/1 bs=$bs 2>/dev/null
	is "$(wc -c <b/1)" 10001 "dd bs=$bs of 10000 bytes of a string"
	echo >b/1
done

# in place
jq -c '.a = 7' m/1 >m/1
is_now 'jq -c k > k' '{"a":7,"b":2}'
jq '.a = 8' m/1 >m/1
is_now 'jq k > k' '{"a":8,"b":2}'
jq -c '.b += 1' m/1 | sponge m/1
is_now sponge '{"a":1,"b":3}'
sed 's/1/9/' m/1 >m/1
is_now 'sed k > k' '{"a":9,"b":2}'

# Python
cat >"$scratch/w.py" <<'E'
import json, os, sys
p = sys.argv[1]
def now(): return open(p).read().strip()
def check(what, want):
    got = now()
    print(('ok - python ' if got == want else 'not ok - got %s, python ' % got) + what)
open(p, 'w').write('{"a":3}'); check('text', '{"a":3,"b":0}')
open(p, 'wb').write(b'{"a":4}\n'); check('binary', '{"a":4,"b":0}')
open(p, 'wb', buffering=0).write(b'{"a":5}'); check('unbuffered', '{"a":5,"b":0}')
with open(p, 'w', buffering=1) as f:
    for i in range(6, 8):
        f.seek(0)
        f.write('{"a":%d}\n' % i)
check('line by line', '{"a":7,"b":0}')
with open(p, 'a') as f: f.write('{"b":1}\n')
check('append', '{"a":7,"b":1}')
with open(p, 'r+') as f:
    v = json.load(f); v['a'] += 1
    f.seek(0); json.dump(v, f); f.truncate()
check('r+ and truncate', '{"a":8,"b":1}')
with open(p, 'w') as f: json.dump({'a': 9, 'b': 9}, f, indent=4)
check('indented', '{"a":9,"b":9}')
os.truncate(p, 0); check('os.truncate', '{"a":9,"b":9}')
f = open(p, 'w', buffering=1)
try:
    f.write('bad\n')
    print('not ok - python bad text was taken')
except OSError as e:
    print('ok - python bad text: %s' % e)
try: f.close() # tries again; 3.13 says so if it is left to the garbage collector
except OSError: pass
try:
    open(os.path.dirname(p) + '/6', 'x').write('{"a":1}')
    open(os.path.dirname(p) + '/6', 'x')
    print('not ok - python x opened a key that is there')
except FileExistsError as e:
    print('ok - python x: %s' % e)
E
python3 "$scratch/w.py" "$mnt/m/1" >"$scratch/py" 2>&1
cat "$scratch/py"
is "$(grep -vc '^ok' "$scratch/py")" 0 'Python writes as it should'
is "$(cat m/6)" '{"a":1,"b":0}' 'Python makes a key with x'
fresh

# archives
rm m/*
fresh
echo '{"a":2,"b":3}' >m/2
tar cf "$scratch/m.tar" -C m .
ok 'tar c'
rm m/1
tar xf "$scratch/m.tar" -C m
ok 'tar x'
is "$(cat m/1 m/2)" "$(printf '{"a":1,"b":2}\n{"a":2,"b":3}')" 'tar x brings keys back'
mkdir "$scratch/copy"
rsync -a m/ "$scratch/copy/"
ok 'rsync from a map' diff -r m "$scratch/copy"
rm m/1
rsync -a --inplace "$scratch/copy/" m/
ok 'rsync --inplace into a map' diff -r m "$scratch/copy"
cp -r m "$scratch/copy2"
ok 'cp -r from a map' diff -r m "$scratch/copy2"
rm m/2
cp -r "$scratch/copy2/." m/
ok 'cp -r into a map' diff -r m "$scratch/copy2"
cd "$scratch" || exit 1
