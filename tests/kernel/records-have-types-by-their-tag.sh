#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A program writes records of three types into one ring buffer. With a view that knows
# two of them, events and consume show these as JSON, and the third in the raw form. (A
# full ring keeps the first records, so it does not matter how many are written.)

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/kernel/lib.sh"
require fuse root bpf tool:jq

start_attached kinds
mount_fs kernel -o steal
ring=$mnt/@$(id_of "kinds_$attached")

# first FILE N: its first lines
first() {
	timeout "$DEADLINE" sed "$2q" "$ring/.map/$1"
}

# What they are without a view: the third has the tag alone.
is "$(first events 3 | tr -d '0-9a-f' | sort -u)" @ 'without a view they are raw'
tag=$(first events 3 | tail -n 1)

echo 'show=kind:u32?1=struct kind_name,2=struct kind_number' >"$ring/.map/def"
ok 'a view names the types, which are in the BTF of the program'
is "$(grep -o 'show=.*' "$ring/.map/def")" \
	'show=kind:u32?1=struct kind_name,2=struct kind_number' 'def has it'
first events 5 >got
is "$(head -n 1 got)" '{"kind":"KIND_NAME","name":"first"}' 'the first type'
is "$(sed -n 2p got)" \
	'{"kind":"KIND_NUMBER","addr":"10.0.0.1","number":1,"rest":[-1,2]}' 'the second'
is "$(sed -n 3p got)" "$tag" 'one that the view does not know'
is "$(sed -n 5p got | jq -c '[.kind, .number]')" '["KIND_NUMBER",4]' 'and so on'

# The tag as a member of a struct, its values by name, and a member of a case.
echo 'value={head:enum kind} show=head?KIND_NAME=struct kind_name,KIND_NUMBER=struct kind_number,rest:x32' \
	>"$ring/.map/def"
first events 3 >got
is "$(head -n 1 got)" '{"kind":"KIND_NAME","name":"first"}' 'values of the tag have names'
is "$(sed -n 2p got | jq -c .rest)" '["0xffffffff","0x00000002"]' \
	'members of the cases can be retyped'
is "$(sed -n 3p got)" '{"head":"KIND_OTHER"}' 'without a case, the type of value='
ok '.map/btf declares them' grep -q '^struct kind_number {' "$ring/.map/btf"
if command -v gcc >/dev/null; then
	{ echo '#include <linux/types.h>'; cat "$ring/.map/btf"; } >types.h
	ok 'as a header that compiles' gcc -fsyntax-only -x c types.h
fi

# Those who take records see the same.
pause_helper "$helper_pid"
first events 6 >want
first consume 6 >got
same want got 'consume has the same types'

write_fails EINVAL "$ring/.map/def" 'show=kind:u32?1=struct no_such'
ok 'errors says which' grep -q 'no_such' "$ring/.map/errors"
echo >"$ring/.map/def"
is "$(first events 1 | cut -c 1)" @ 'without the view they are raw again'
