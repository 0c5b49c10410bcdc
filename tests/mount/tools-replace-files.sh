#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The table of tools in bpfmapfs(5), "Scratch files", holds: each tool changes
# an existing key to the new value, or fails and changes nothing.

. "${top_srcdir:-.}/tests/lib.sh"
require fuse tool:jq tool:sponge tool:rsync tool:perl tool:python3 tool:nano
require tool:vi

manual=$top_srcdir/man/bpfmapfs.5.in
mount_fs memory
mkdir "$mnt/hash" "$mnt/array"
echo 'type=hash key=u32 value=u32' >"$mnt/hash/.map/def"
echo 'type=array value=u32 max_entries=9' >"$mnt/array/.map/def"
echo 77 >new

# nano wants a terminal, and drops what is typed before it has drawn itself.
cat >keys.py <<'END'
import os, pty, select, sys
pid, fd = pty.fork()
if pid == 0:
    os.environ["TERM"] = "xterm"
    os.execvp(sys.argv[1], sys.argv[1:])
def settle():
    seen = False
    while select.select([fd], [], [], 0.3 if seen else 5)[0]:
        try:
            if not os.read(fd, 4096): return
        except OSError: return
        seen = True
for keys in b"\x0b", b"\x0b", b"77\r", b"\x0f", b"\r", b"\x18":
    settle()
    os.write(fd, keys)
settle()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
END

# use TOOL KEY: let the tool change the value of KEY from 10 to 77.
use() {
	case $1 in
	echo) echo 77 >"$2" ;;
	tee) echo 77 | tee "$2" >/dev/null ;;
	cp) cp new "$2" ;;
	'cp -b') cp -b new "$2" ;;
	install) install -m 600 new "$2" ;;
	dd) dd if=new of="$2" bs=1 conv=notrunc iflag=fullblock obs=512 2>dd.err ;;
	'jq FILE > FILE') jq '. + 67' "$2" >"$2" ;;
	sponge) sed s/10/77/ "$2" | sponge "$2" ;;
	'sed -i') sed -i s/10/77/ "$2" ;;
	'perl -i') perl -i -pe s/10/77/ "$2" ;;
	rsync) rsync -I new "$2" ;;
	'rsync --inplace') rsync -I --inplace new "$2" ;;
	mv) cp new moving && mv -f moving "$2" ;;
	'mv in the map') echo 77 >"${2%/*}/5" && mv -f "${2%/*}/5" "$2" ;;
	'python replace') python3 -c '
import os, sys, tempfile
d, k = os.path.split(sys.argv[1])
f = tempfile.NamedTemporaryFile("w", dir=d, delete=False)
f.write("77\n"); f.close(); os.replace(f.name, sys.argv[1])' "$2" ;;
	vim) vi -es -u NONE --cmd 'set backup backupskip= directory=.' -c '%s/10/77/' -c 'wq!' "$2" ;;
	nano) timeout "$DEADLINE" python3 keys.py nano -I -L "$2" ;;
	*) die "a tool that this test does not know: $1" ;;
	esac
}

# check TOOL MAP works|refused
check() {
	key=$mnt/$2/3
	echo 10 >"$key"
	if use "$1" "$key" 2>tool.err; then status=works; else status=refused; fi
	is "$status" "$3" "$1 on a key of $2: $3"
	[ "$3" = works ] && want=77 || want=10
	is "$(cat "$key")" "$want" "$1 on a key of $2: the value afterwards"
}

sed -n '/tools-begin/,/tools-end/p' "$manual" | grep -v '^\.' | sed 1d >table
ok 'the manual has the table' test -s table
# Columns are two spaces apart; tools have single ones.
while IFS= read -r row; do
	tool=$(printf '%s\n' "$row" | sed 's/   *[a-z]* *[a-z]*$//')
	# shellcheck disable=SC2046
	set -- $(printf '%s\n' "$row" | awk '{ print $(NF - 1), $NF }')
	check "$tool" hash "$1" </dev/null
	check "$tool" array "$2" </dev/null
done <table

is "$(ls -A "$mnt/hash")" 3 'nothing is left behind in the hash'
is "$(find "$mnt/array" -mindepth 1 | wc -l)" 9 'nothing is left behind in the array'
