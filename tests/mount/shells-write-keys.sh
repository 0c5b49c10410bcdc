#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# echo and printf of bash, dash and busybox, alone and in groups, pipelines
# and here-documents; errors reach the exit status.

. "${top_srcdir:-.}/tests/lib.sh"
require fuse tool:bash tool:dash tool:busybox
mount_fs memory
cd "$mnt" || exit 1
mkdir m n s
echo 'key=u32 value={a:u32,b:u32} max_entries=8' >m/.map/def
echo 'key=u32 value=u32 max_entries=8' >n/.map/def

# does SCRIPT FILE WANT
does() {
	$sh -c "$1"
	ok "$shell: $1"
	is "$(cat "$2")" "$3" "  makes it $3"
}
# refuses SCRIPT: a status that is not 0
refuses() {
	$sh -c "$1" 2>"$scratch/err"
	ok "$shell refuses: $1" test $? -ne 0
}

for shell in bash dash busybox; do
	sh=$shell
	[ $shell != busybox ] || sh='busybox sh'
	echo 7 >n/1
	does 'echo 5 >n/1' n/1 5
	does 'printf 6 >n/1' n/1 6
	does 'printf "%s" 1 2 3 >n/1' n/1 123
	does 'echo 8 >>n/1' n/1 8
	does '{ echo 1; } >n/1' n/1 1
	does '(printf 1; printf 2) >n/1' n/1 12
	does '{ printf 4; /bin/echo 2; } >n/1' n/1 42
	does 'echo 3 | cat >n/1' n/1 3
	does 'for i in 1 2 3; do echo $i >n/1; done' n/1 3
	does 'for i in 1 2 4; do echo $i; done >>n/1' n/1 4
	does 'exec 3>n/1; echo 9 >&3' n/1 9
	does 'echo 5 1<>n/1' n/1 5
	does 'cat >n/1 <<E
77
E' n/1 77
	does 'echo "{\"a\":1}" >m/1' m/1 '{"a":1,"b":0}'
	does 'echo "{\"b\":2}" >>m/1' m/1 '{"a":1,"b":2}'
	does '{ printf "{\"a\":"; printf "3}"; } >m/1' m/1 '{"a":3,"b":0}'
	does '{ printf "{\"a\":"; /bin/echo "4}"; } >m/1' m/1 '{"a":4,"b":0}'
	does 'cat >m/1 <<E
{"a":7,
 "b":8}
E' m/1 '{"a":7,"b":8}'
	does 'cat m/1 >m/2' m/2 '{"a":7,"b":8}'
	does 'read -r v <n/1; echo $((v + 1)) >n/1' n/1 78
	does 'while read -r line; do echo "$line" >n/2; done <n/1' n/2 78
	does 'echo "two words" >s/a' s/a 'two words'
	does ': >s/a' s/a 'two words'
	does 'echo >s/a' s/a ''
	refuses 'echo x >n/1'
	refuses 'printf 4294967296 >n/1'
	refuses '{ echo 5; echo 6; } >n/3'
	refuses 'echo 1 >n/x'
	is "$(cat n/1)" 78 '  which changes nothing'
	is "$(cat n/3)" 5 '  but what was complete before'
	rm n/3
done

# A new key that nothing was written to. The kernel does not wait for the last
# close to arrive, hence the polling.
says() {
	test "$(cat "$1")" = "$2"
}
for shell in bash dash busybox; do
	sh=$shell
	[ $shell != busybox ] || sh='busybox sh'
	$sh -c ': >n/7'
	ok "$shell: a new key from : >" wait_for says n/7 0
	rm n/7
	$sh -c 'echo x >n/7' 2>"$scratch/err"
	ok '  and none from a refused write' test ! -e n/7
	$sh -c 'false >n/7'
	ok "$shell: zeros from a command that says nothing" wait_for says n/7 0
	rm n/7
done
touch n/8
ok 'touch makes zeros' wait_for says n/8 0
echo 5 >n/8
touch n/8
is "$(cat n/8)" 5 'touch of a key changes nothing'
cd "$scratch" || exit 1
