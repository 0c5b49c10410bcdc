#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The folders of src/ are layers. Who may include what is told in src/README;
# here it is enforced.

src=${top_srcdir:-.}/src
failed=0

complain() {
	printf '%s\n' "$1" | sed 's/^/    /'
	echo "not ok - $2"
	failed=1
}

# only HEADER FOLDER...: HEADER is included in these places and nowhere else.
only() {
	header=$1
	shift
	allowed=$(printf '|%s' "$@")
	hits=$(cd "$src" && grep -rn --include='*.[ch]' "#include *[<\"]${header}[>\"]" . |
		grep -Ev "^\./(${allowed#|})[:/]")
	[ -z "$hits" ] || complain "$hits" "<$header> only in: $*"
}

# layer FOLDER FOLDER...: the first may include from the others and itself.
layer() {
	folder=$1
	[ -d "$src/$folder" ] || return
	allowed=$(printf '|%s' "$@")
	folders='fuse|tree|report|live|map|text|store|util'
	hits=$(cd "$src" && grep -rnE --include='*.[ch]' "#include \"($folders)/" "$folder" |
		grep -Ev "#include \"(${allowed#|})/")
	shift
	[ -z "$hits" ] || complain "$hits" "src/$folder includes only: $*"
	hits=$(cd "$src" && grep -rnE --include='*.[ch]' '#include "(\.\./|options|log)' "$folder" |
		grep -v '"log\.h"')
	[ -z "$hits" ] || complain "$hits" "src/$folder includes nothing of main"
}

only fuse_lowlevel.h fuse main.c
only fuse.h nowhere
only bpf/bpf.h store
only bpf/libbpf.h store text map log.c
only bpf/btf.h text map store

layer util
layer store util
layer text util
layer map text store util
layer live map text store util
layer report live map text store util
layer tree report live map text store util
layer fuse tree report live map text store util

hits=$(cd "$src" && grep -rnE --include='*.[ch]' 'store_(kernel|memory|pinned)_new' . |
	grep -Ev '^\./(main\.c|store/)')
[ -z "$hits" ] || complain "$hits" 'only main.c names concrete stores'

hits=$(cd "$src" && grep -rnE --include='*.[ch]' '(^|[^[:alnum:]_"])_?exit\(' . |
	grep -Ev '^\./(main|options|log)\.[ch]:')
[ -z "$hits" ] || complain "$hits" 'only main may exit'

[ "$failed" -eq 0 ] && echo 'ok - includes follow the layers'
exit "$failed"
