#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# bpfmapfs(5) has every file of the .map directories and no other: those of a map in
# THE DIRECTORY .map, those of the root in THE ROOT. The tables are in the source,
# because no single map has all files.

. "${top_srcdir:-.}/tests/lib.sh"

# rows TABLE FILE: first members of its rows.
rows() {
	sed -n "/ $1\[\] = {/,/^};/s/^	{ \"\([a-z._]*\)\",.*/\1/p" "$top_srcdir/src/tree/$2" |
		sort
}

# section NAME: names in the tags of its lists, as ".It Pa peek , pop , push" and
# ".It Pa raw/ Ns Ar KEY , sum.entries".
section() {
	sed -n "/^\.Sh $1/,/^\.S[hs] /p" "$top_builddir/man/bpfmapfs.5" |
		sed -n 's/^\.It Pa //p' | sed 's,/ Ns Ar [A-Z]*,,g' | tr -d ' ' | tr , '\n' |
		sort
}

section 'THE DIRECTORY .map' >page
{ rows map_files dotfiles.c; rows views views.c; } | sort >table
ok 'the table of files is found' grep -qx entries table
ok '  and so are the directories' grep -qx raw table
is "$(comm -23 table page)" '' 'every file of a map is in bpfmapfs(5)'
is "$(comm -13 table page)" '' 'every file of bpfmapfs(5) is in the table'

section 'THE ROOT' | sed -n 's,^\.map/,,p' >page
rows root_files dotfiles.c >table
ok 'the table of the root is found' grep -qx store table
is "$(comm -3 table page)" '' "bpfmapfs(5) has the files of the root's .map"
