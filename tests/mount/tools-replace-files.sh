#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The table of tools in bpfmapfs(5), "Scratch files", holds: each tool changes
# an existing key to the new value, or fails and changes nothing. In a full map
# a tool works only if its temporary files never enter the map.

. "${top_srcdir:-.}/tests/lib.sh"
require fuse tool:jq tool:sponge tool:rsync tool:perl tool:python3 tool:nano
require tool:vi tool:patch tool:gio tool:busybox tool:cpio tool:git tool:mktemp

manual=$top_srcdir/man/bpfmapfs.5.in
mount_fs "${TEST_STORE:-memory}"
prefix=r$$_

# map COLUMN DEFINITION
map() {
	mkdir "$mnt/$prefix$1"
	echo "$2" >"$mnt/$prefix$1/.map/def"
}
map u 'type=hash key=u32 value=u32 max_entries=64'
map uf 'type=hash key=u32 value=u32 max_entries=2'
map s 'type=hash key=char[64] value=u32 max_entries=64'
map sf 'type=hash key=char[64] value=u32 max_entries=2'
map a 'type=array key=u32 value=u32 max_entries=9'
echo 77 >new

# nano wants a terminal, and drops what is typed before it has drawn itself.
cat >keys.py <<'END'
import os, pty, select, sys
deadline = int(os.environ.get("TEST_DEADLINE", 30))
pid, fd = pty.fork()
if pid == 0:
    os.environ["TERM"] = "xterm"
    os.execvp(sys.argv[1], sys.argv[1:])
def settle():
    seen = False
    while select.select([fd], [], [], deadline / (100 if seen else 6))[0]:
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

printf '%s\n' '--- a/3' '+++ b/3' '@@ -1 +1 @@' -10 +77 >3.diff
mkdir archive
echo 77 >archive/3
tar cf 3.tar -C archive 3
(cd archive && echo 3 | cpio -o --quiet) >3.cpio

# edit OPTION KEY: with vim, which makes a backup.
edit() {
	vi -es -u NONE -i NONE --cmd "set nocompatible $1 backupskip= directory=." \
		-c '%s/10/77/' -c 'wq!' "$2"
}

# use TOOL KEY: let the tool change the value of KEY from 10 to 77.
use() {
	dir=${2%/*}
	case $1 in
	echo) echo 77 >"$2" ;;
	tee) echo 77 | tee "$2" >/dev/null ;;
	cp) cp new "$2" ;;
	'cp -b') cp -b new "$2" ;;
	'cp --remove-destination') cp --remove-destination new "$2" ;;
	install) install -m 600 new "$2" ;;
	'install -b') install -b -m 600 new "$2" ;;
	dd) dd if=new of="$2" bs=1 conv=notrunc iflag=fullblock obs=512 2>dd.err ;;
	'jq FILE > FILE') jq '. + 67' "$2" >"$2" ;;
	sponge) sed s/10/77/ "$2" | sponge "$2" ;;
	'sed -i') sed -i s/10/77/ "$2" ;;
	'perl -i') perl -i -pe s/10/77/ "$2" ;;
	rsync) rsync -I new "$2" ;;
	'rsync --inplace') rsync -I --inplace new "$2" ;;
	mv) cp new moving && mv -f moving "$2" ;;
	'mv in the map') echo 77 >"$dir/5" && mv -f "$dir/5" "$2" ;;
	'mktemp and mv') t=$(mktemp "$2.XXXXXX") && cat new >"$t" && mv -f "$t" "$2" ;;
	'python replace') python3 -c '
import os, sys, tempfile
d, k = os.path.split(sys.argv[1])
f = tempfile.NamedTemporaryFile("w", dir=d, delete=False)
f.write("77\n"); f.close(); os.replace(f.name, sys.argv[1])' "$2" ;;
	patch) patch -s -d "$dir" 3 "$scratch/3.diff" ;;
	'git apply') (cd "$dir" && git apply "$scratch/3.diff") ;;
	'gio save') gio save "$2" <new ;;
	'gio copy') gio copy new "$2" ;;
	tar) tar xf 3.tar -C "$dir" ;;
	# It exits with status 0 where it could not remove the file.
	cpio) ! (cd "$dir" && cpio -iu --quiet <"$scratch/3.cpio" 2>&1) | grep . >&2 ;;
	'busybox sed -i') busybox sed -i s/10/77/ "$2" ;;
	'busybox cp') busybox cp new "$2" ;;
	'busybox tar') busybox tar xf 3.tar -C "$dir" ;;
	vim) edit 'backup backupcopy=auto' "$2" ;;
	'vim backupcopy=yes') edit 'backup backupcopy=yes' "$2" ;;
	'vim backupcopy=no') edit 'nobackup writebackup backupcopy=no' "$2" ;;
	nano) timeout "$DEADLINE" python3 keys.py nano -I -L "$2" ;;
	*) die "a tool that this test does not know: $1" ;;
	esac
}

# check TOOL MAP works|refused: the map has the keys 3 and 5, the array has more.
check() {
	dir=$mnt/$prefix$2
	echo 10 >"$dir/3"
	echo 50 >"$dir/5"
	keys=$(ls -A "$dir" | sort | tr '\n' ' ')
	if use "$1" "$dir/3" 2>tool.err; then status=works; else status=refused; fi
	is "$status" "$3" "$1 on a key of $2: $3"
	[ "$3" = works ] && want=77 || want=10
	is "$(cat "$dir/3")" "$want" "$1 on a key of $2: the value afterwards"
	[ -e "$dir/5" ] || echo 50 >"$dir/5"
	is "$(ls -A "$dir" | sort | tr '\n' ' ')" "$keys" "$1 on a key of $2: the keys afterwards"
}

sed -n '/tools-begin/,/tools-end/p' "$manual" | grep -v '^\.' | sed 1,2d >table
ok 'the manual has the table' test "$(wc -l <table)" -gt 20
no_terminal=$(missing terminal)
# Columns are two spaces apart; tools have single ones.
while IFS= read -r row; do
	tool=$(printf '%s\n' "$row" | sed 's/   *[a-z][a-z ]*$//')
	if [ "$tool" = nano ] && [ -n "$no_terminal" ]; then
		note "nano is left out: $no_terminal"
		continue
	fi
	# shellcheck disable=SC2046
	set -- $(printf '%s\n' "$row" | awk '{ for (i = NF - 4; i <= NF; i++) print $i }')
	check "$tool" u "$1" </dev/null
	check "$tool" uf "$2" </dev/null
	check "$tool" s "$3" </dev/null
	check "$tool" sf "$4" </dev/null
	check "$tool" a "$5" </dev/null
done <table

note 'names that only look like temporary ones are keys'
keys=$mnt/${prefix}s
echo 1 >one
for name in .ads.example core~ track.example; do
	ok "echo > $name" sh -c 'echo 1 >"$1"' sh "$keys/$name"
done
ok 'cp to sedative1' cp one "$keys/sedative1"
is "$(cut -f 1 "$keys/.map/entries" | sort | xargs)" \
	'%2Eads.example 3 5 core%7E sedative1 track.example' 'all of them'
fails_with EINVAL cp one "$mnt/${prefix}u/sedative"
rm "$keys/.ads.example" "$keys/core~" "$keys/track.example" "$keys/sedative1"

note 'a key is renamed to a word, and not to what only tools make'
echo 5 >"$keys/a"
ok 'mv a www.google' mv "$keys/a" "$keys/www.google"
is "$(cat "$keys/www.google")" 5 '  it has the value'
for name in www.gO0gl3 www.tmp www.google~ .www.g00Gle sedAb12Cd; do
	fails_with EPERM mv "$keys/www.google" "$keys/$name"
done
is "$(cat "$keys/www.google")" 5 '  the key is still there'
rm "$keys/www.google"

note 'no program meets a temporary file'
rm "$keys/3~" # vim's backup
cat >temporary.py <<'END'
import os, sys
keys = sys.argv[1]
def count(): return len(open(keys + '/.map/keys').read().split())
before = count()
for name, mode in (('sedAbCd01', os.O_RDWR), ('tmpab_cd012', os.O_RDWR),
                   ('3.AbCd01', os.O_RDWR), ('.3.AbCd01', os.O_RDWR),
                   ('.3.swp', os.O_WRONLY), ('.goutputstream-AbCd01', os.O_WRONLY),
                   ('3.oAbCd01', os.O_WRONLY), ('3~', os.O_WRONLY)):
    fd = os.open(keys + '/' + name, mode | os.O_CREAT | os.O_EXCL)
    os.write(fd, b'8\n')
    print('ok' if count() == before else 'not ok', '-', name, 'is no key')
    os.close(fd)
    os.rename(keys + '/' + name, keys + '/3')
    print('ok' if open(keys + '/3').read() == '8\n' else 'not ok', '- it becomes 3')
END
python3 temporary.py "$keys" >temporary.out 2>&1
cat temporary.out
is "$(grep -c '^ok' temporary.out) $(grep -vc '^ok' temporary.out)" '16 0' 'none of them'

for map in u uf s sf; do
	rm "$mnt/$prefix$map"/*
done
rmdir "$mnt/$prefix"*
ok 'nothing is left behind' test "$(find "$mnt" -maxdepth 1 -name "$prefix*" | wc -l)" -eq 0
