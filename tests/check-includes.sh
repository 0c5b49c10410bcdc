#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The folders of src/ are layers. src/README says which folder may include which;
# this test enforces it.

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
	folders='fuse|tree|report|live|config|map|text|store|host|util'
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
only ini.h config

layer util
layer host util
layer store host util
layer text util
layer map text store host util
layer config text host util
layer live config map text store host util
layer report live config map text store host util
layer tree report live config map text store host util
layer fuse tree report live config map text store host util

hits=$(cd "$src" && grep -rnE --include='*.[ch]' 'store_(kernel|memory|pinned)_new' . |
	grep -Ev '^\./(main\.c|store/)')
[ -z "$hits" ] || complain "$hits" 'only main.c names concrete stores'

hits=$(cd "$src" && grep -rnE --include='*.[ch]' '(^|[^[:alnum:]_"])_?exit\(' . |
	grep -Ev '^\./(main|options|log)\.[ch]:|^\./host/(child|helper-take)\.c:')
[ -z "$hits" ] || complain "$hits" 'only main may exit'

# Calls and paths that reach the machine outside bpf(2), in code (comments begin
# with a star or a slash). fuse/name-max.c looks up a name in the mount itself.
calls='(SYS_)?pidfd_[a-z_]*|if_(nametoindex|indextoname)|(fd)?opendir|openat2?|setmntent'
calls="$calls|open_by_handle_at|readlink(at)?|fts_open|(mkdir|unlink|faccess|rename|fchown|fstat)at2?"
calls="$calls|v?fork|setfs[ug]id|setgroups|socketpair"
hits=$(cd "$src" && grep -rnE --include='*.[ch]' \
	"(^|[^[:alnum:]_.>])($calls)\(|\"/(proc|sys)[/\"]|SYS_(pidfd_|openat2|set)" . |
	grep -Ev '^\./((main|options|fuse/name-max)\.c|util/libc\.h|(host|store)/)|:[0-9]+:[[:space:]]*(/?\*|/\*)')
[ -z "$hits" ] || complain "$hits" 'only host, store and main.c talk to the machine'

[ "$failed" -eq 0 ] && echo 'ok - includes follow the layers'
exit "$failed"
