#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Texts over 4 KiB and over 128 KiB: strings and arrays that every tool writes in pieces
# read back complete; texts that are too long are refused.

. "${top_srcdir:-.}/tests/lib.sh"
require fuse tool:bash tool:jq tool:python3
mount_fs memory
cd "$mnt" || exit 1
mkdir s a
echo 'key=u32 value=char[200000] max_entries=4' >s/.map/def
echo 'key=u32 value=u32[50000] max_entries=4' >a/.map/def

text() {
	head -c "$1" /dev/zero | tr '\0' x
}
for n in 4095 4096 4097 8192 65536 131071 131072 131073 199999 200000; do
	text $n >"$scratch/t"
	cat "$scratch/t" >s/1
	is "$(wc -c <s/1)" $((n + 1)) "cat of a string of $n"
	cp "$scratch/t" s/2
	ok '  cp' cmp s/1 s/2
	dd if="$scratch/t" of=s/2 bs=4096 2>/dev/null
	ok '  dd bs=4096' cmp s/1 s/2
	bash -c 'echo "$(cat "$1")" >s/2' bash "$scratch/t"
	ok '  bash echo' cmp s/1 s/2
	dash -c 'printf "%s\n" "$(cat "$1")" >s/2' dash "$scratch/t"
	ok '  dash printf' cmp s/1 s/2
	python3 -c 'import sys; open(sys.argv[2], "w").write(open(sys.argv[1]).read())' \
		"$scratch/t" s/2
	ok '  python' cmp s/1 s/2
	is "$(stat -c %s s/1)" $((n + 1)) '  st_size'
	(cat "$scratch/t"; echo) >s/2
	ok '  two programs' cmp s/1 s/2
	cat s/1 >s/2
	ok '  key to key' cmp s/1 s/2
done
text 200001 >"$scratch/t"
before=$(cksum <s/1)
fails_with EFBIG cp "$scratch/t" s/1
is "$(cksum <s/1)" "$before" 'a string that is too long changes nothing'
fails_with EFBIG cp "$scratch/t" s/3
ok '  and makes nothing' test ! -e s/3

python3 -c 'print("[" + ",".join(str(i * 70000) for i in range(50000)) + "]")' >"$scratch/t"
cp "$scratch/t" a/1
ok 'cp of a large array' cmp "$scratch/t" a/1
dd if="$scratch/t" of=a/2 bs=4096 2>/dev/null
ok 'dd of a large array' cmp "$scratch/t" a/2
cat a/1 >a/3
ok 'cat of a large array' cmp "$scratch/t" a/3
jq '.[7] = 5' a/1 >a/1
is "$(jq '.[7], .[8], length' a/1 | tr '\n' ' ')" '5 560000 50000 ' 'jq in place, indented'
head -c 300000 "$scratch/t" >"$scratch/cut"
fails_with EINVAL cp "$scratch/cut" a/2
ok 'a text that is cut off changes nothing' cmp "$scratch/t" a/2
is "$(head -c 10 a/2)" "$(head -c 10 "$scratch/t")" 'head -c of a large array'
is "$(tail -c 10 a/2)" "$(tail -c 10 "$scratch/t")" 'tail -c of a large array'
cd "$scratch" || exit 1
