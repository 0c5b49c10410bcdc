#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The command line: the effect of each option; a bad option prints one line and exits
# with status 2.

. "${top_srcdir:-.}/tests/lib.sh"
require fuse tool:bash
mkdir dir
: >file

# bad WORD ARGUMENT...: status 2 and one line with WORD on stderr
bad() {
	bad_word=$1
	shift
	"$daemon" "$@" >out 2>err </dev/null
	is $? 2 "status of bpfmapfs $*"
	is "$(wc -l <err)" 1 '  one line'
	ok "  that says $bad_word" grep -qF -- "$bad_word" err
	is "$(cat out)" '' '  and nothing on standard output'
	if mountpoint -q dir; then
		fail 'it was mounted'
		wait_for umount dir
	fi
}
bad 'mount point'
bad 'no mount point' kernel
bad nonsense nonsense dir
bad nosuch memory "$scratch/nosuch"
bad file memory "$scratch/file"
bad "unexpected argument 'third'" memory dir third
bad 'bpfmapfs memory dir' dir memory
bad 'missing argument' memory dir -o
mkdir full && : >full/precious
bad 'not empty' memory full
bad nonsense -o nonsense memory dir
bad nonsense -o ro,nonsense memory dir
bad "unknown option(s): \`--nonsense'" --nonsense memory dir
bad -x -x memory dir
bad uid -o uid=abc memory dir
bad uid -o uid=-1 memory dir
bad uid -o uid= memory dir
bad size -o size=abc memory dir
bad size -o size=0 memory dir
bad size -o size=1t memory dir
bad gid -o gid=12x memory dir
bad umask -o umask=9 memory dir
bad umask -o umask=01000 memory dir
bad 'column 1:' -o def=nonsense memory dir
bad 'in key=' -o def=key=u33 memory dir
bad 'up to 4294967295' -o def=max_entries=99999999999 memory dir
bad 'needs a value: -o maps=GLOB:GLOB' -o maps memory dir
bad 'needs a value: -o uid=USER' -o ro,uid memory dir
case $("$daemon" -V) in
*'libfuse 3.'[0-9].* | *'libfuse 3.1'[0-7].*) bad 'older than 3.18' -o io_uring memory dir ;;
*) mount_fs memory -o io_uring && umount_fs ;;
esac

"$daemon" --help >out 2>err
is $? 0 'status of --help'
is "$(cat err)" '' '  nothing on stderr'
ok '  usage' grep -q '^usage: bpfmapfs ' out
is "$(awk 'length > 80' out)" '' '  in 80 columns'
"$daemon" -h | cmp -s - out
ok '-h says the same'
"$daemon" -V >out 2>err
is $? 0 'status of -V'
is "$(wc -l <out)" 1 '  one line'
for word in 'libfuse 3' 'libbpf [01]' "Linux $(uname -r)"; do
	ok "  with $word" grep -q "$word" out
done
"$daemon" --version | cmp -s - out
ok '--version says the same'

# ro
mount_fs memory -o ro
fails_with EROFS mkdir "$mnt/m"
umount_fs

# -r is the same
for ro in '-o ro' -r; do
	# shellcheck disable=SC2086
	mount_fs memory -o 'def=type=queue value=u32' $ro
	fails_with EROFS mkdir "$mnt/m"
	umount_fs
done

# what libfuse wants to hear twice
mount_fs memory -o max_read=4096
mkdir "$mnt/m"
seq 2000 | sed 's/.*/&\t"&"/' >"$mnt/m/.map/entries"
is "$(cut -f 1 "$mnt/m/.map/entries" | sort -n)" "$(seq 2000)" '-o max_read=4096: a larger file is read'
umount_fs

# over something that is there
mount_fs memory
first=$mnt
mkdir "$mnt/kept"
bad 'has a bpfmapfs mounted already' memory "$first"
ok 'the mount is as before' test -d "$first/kept"
umount_fs
"$daemon" -o nonempty memory full
is $? 0 '-o nonempty mounts over files'
ok '  which are hidden' test ! -e full/precious
wait_for umount full

# def
mount_fs memory -o 'def=type=array value=u16 max_entries=3'
mkdir "$mnt/m"
is "$(cat "$mnt/m/.map/def")" 'type=array key=u32 value=u16 max_entries=3' '-o def='
umount_fs
mount_fs memory -o 'def=key={a:u8\,b:u8} value=u8'
mkdir "$mnt/m"
is "$(cat "$mnt/m/.map/def")" 'type=hash key={a:u8,b:u8} value=u8 max_entries=4096' \
	'-o def= with a comma'
umount_fs

# maps
mount_fs memory -o 'maps=fl*'
mkdir "$mnt/flows"
fails_with EPERM mkdir "$mnt/other"
is "$(ls "$mnt" | paste -sd' ')" 'by-id by-name flows' '-o maps='
umount_fs
mount_fs memory -o 'maps=flows:[x:y]1' -o maps=.bss
mkdir "$mnt/flows" "$mnt/x1" "$mnt/%2Ebss"
fails_with EPERM mkdir "$mnt/1"
fails_with EPERM mkdir "$mnt/x"
is "$(ls "$mnt" | paste -sd' ')" '%2Ebss by-id by-name flows x1' \
	'-o maps= with several patterns, given twice'
umount_fs

# in the background, as mount(8) starts it
"$daemon" memory dir
is $? 0 'status in the background'
ok '  mounted when the command returns' mountpoint -q dir
is "$(findmnt -no FSTYPE,SOURCE dir | tr -s ' ')" 'fuse.bpfmapfs memory' '  type and source'
wait_for umount dir
