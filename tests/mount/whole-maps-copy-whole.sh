#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Programs that rely on the size of a file copy whole-map files completely: those that
# call fstat(2) up to 16 MiB, those that rely on an earlier stat(2) up to 1 MiB.

. "${top_srcdir:-.}/tests/lib.sh"
require fuse tool:busybox tool:python3
mount_fs "${TEST_STORE:-memory}"

map=$mnt/$(unique sz)
mkdir "$map"
echo 'key=u32 value={a:u64,b:u64} max_entries=200000' >"$map/.map/def"

fill() {
	seq "$1" | sed 's/.*/&	{"a":&,"b":7}/' >lines
	cat lines >"$map/.map/entries"
}

# copies FILE COMMAND...: with "$file" read, "to" is what cat reads.
copies() {
	file=$1
	copies_tool=$2
	shift
	command -v "$copies_tool" >/dev/null || {
		note "no $copies_tool"
		return
	}
	rm -rf to
	(export file && eval "$*") >log 2>&1
	ok "$*" cmp want to
}

# Programs that look at the open file.
with_fstat() {
	copies "$1" cp '"$file"' to
	copies "$1" cp -a '"$file"' to
	copies "$1" install -m 600 '"$file"' to
	copies "$1" rsync '"$file"' to
	copies "$1" dd 'if="$file" of=to'
	copies "$1" sort '"$file"' '>sorted; sort want | cmp - sorted && cp want to'
	copies "$1" gio copy '"$file"' to
	copies "$1" perl -e "'open F, \$ENV{file}; read F, \$_, -s F; print'" '>to'
	copies "$1" python3 -c "'import os, shutil; shutil.copy(os.environ[\"file\"], \"to\")'"
	copies "$1" node -e \
		"'const f = require(\"fs\"); f.writeFileSync(\"to\", f.readFileSync(process.env.file))'"
	copies "$1" zip -q to.zip '"$file"' '&& unzip -p to.zip >to; rm -f to.zip'
	[ "${1##*.}" = bin ] || copies "$1" tac '"$file"' '| tac >to'
	is "$(wc -c <"$1")" "$(wc -c <want)" 'wc -c'
	copies "$1" git hash-object '"$file"' '>one; git hash-object want | cmp - one && cp want to'
}

# Programs that rely on an earlier stat(2), and read that many bytes.
with_stat() {
	copies "$1" tar -c -C '"${file%/*}"' '"${file##*/}"' '| tar -xO >to'
	copies "$1" busybox tar -c -C '"${file%/*}"' '"${file##*/}"' '| tar -xO >to'
	copies "$1" cpio --version '>&2; cd "${file%/*}" && echo "${file##*/}" | cpio -o -H newc |' \
		'(cd "$scratch" && cpio -i --to-stdout >to)'
	copies "$1" busybox cp '"$file"' to
	copies "$1" busybox cat '"$file"' '>to'
	copies "$1" git diff --no-index --quiet want '"$file"' '&& cp want to'
	is "$(stat -c %s "$1")" "$(wc -c <want)" 'stat'
}
export scratch

fill 100
for name in entries entries.bin; do
	cat "$map/.map/$name" >want
	with_fstat "$map/.map/$name"
	with_stat "$map/.map/$name"
done

# About 1.5 MB: only open files have a size.
fill 60000
cat "$map/.map/entries" >want
with_fstat "$map/.map/entries"
is "$(stat -c %s "$map/.map/entries")" 0 'beyond 1 MiB stat reports 0'

# What was written just now is in the copy, and has its size.
echo yes >"$map/.map/clear"
fill 10
for n in 1 2 3 4 5 6 7 8 9; do
	printf '%s\t{"a":1}\n' "10$n" >>"$map/.map/entries"
	tar -c -C "$map/.map" entries | tar -xO >to
	is "$(wc -l <to)" "$((10 + n))" "a line more, $n"
done
is "$(python3 - "$map" <<-'END'
import os, sys
m = sys.argv[1]
e = m + "/.map/entries"
for n in range(50):
    size = os.stat(e).st_size
    with open("%s/%d" % (m, 1000 + n), "w") as f:
        f.write('{"a":1,"b":1}\n')
    with open(e) as f:
        if os.fstat(f.fileno()).st_size == size or "%d\t" % (1000 + n) not in f.read():
            print("old", n)
END
)" '' 'a reader sees what it wrote'
echo yes >"$map/.map/clear"
rmdir "$map"

# The first entries are not typical: the rest of an array is unused.
mkdir "$map"
echo 'type=array value=char[256] max_entries=20000' >"$map/.map/def"
long=$(printf '%0250d' 7)
seq 0 1199 | sed "s/.*/&	\"$long\"/" >"$map/.map/entries"
cat "$map/.map/entries" >want
with_stat "$map/.map/entries"
rmdir "$map"

# Few slots of many hold a map. (The kernel takes 10 ms for each.)
if [ "${TEST_STORE:-memory}" = memory ]; then
	mkdir "$map" "${map}o"
	echo 'type=array value=u32 max_entries=1' >"$map/.map/def"
	echo "type=array_of_maps inner=${map##*/} max_entries=200000" >"${map}o/.map/def"
	seq 0 10 199990 | sed "s/.*/&	\"${map##*/}\"/" >"${map}o/.map/entries"
	cat "${map}o/.map/entries" >want
	is "$(wc -l <want)" 20000 'maps of an array'
	with_stat "${map}o/.map/entries"
	echo yes >"${map}o/.map/clear"
	rmdir "${map}o" "$map"
fi
