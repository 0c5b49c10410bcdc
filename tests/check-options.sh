#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# --help is printed from the table of options, so it stands for the table here;
# bpfmapfs(8) must have the same options, no more and no fewer.

. "${top_srcdir:-.}/tests/lib.sh"
require "file:$daemon"

# "  -o maps=GLOB   text" -> "-o maps"; "  -f  text" -> "-f"; a line with both
# spellings ("  -h, --help") counts as its first.
"$daemon" --help >help.txt 2>&1
ok '--help succeeds'
sed -nE 's/^  (-o [a-z_]+|-[A-Za-z]|--[a-z-]+).*/\1/p' help.txt | sort -u >help.opts

# ".It Fl o Cm maps Ns = Ns Ar GLOB" -> "-o maps"; ".It Fl f" -> "-f".
sed -nE \
	-e 's/^\.It Fl o (Cm|Ar|Ns|Op)? ?([a-z_]+).*/-o \2/p' \
	-e 's/^\.It Fl ([A-Za-z])( *,.*)?$/-\1/p' \
	-e 's/^\.It Fl (-[a-z-]+).*/-\1/p' \
	"$top_builddir/man/bpfmapfs.8" | sort -u >man.opts

ok '--help lists options' test -s help.opts
is "$(comm -23 help.opts man.opts)" '' 'every option of --help is in bpfmapfs(8)'
is "$(comm -13 help.opts man.opts)" '' 'every option of bpfmapfs(8) is in --help'
