#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The manual pages are clean mdoc, and look alike on a terminal of 80 columns
# with mandoc and with groff, which man-db runs.

. "${top_srcdir:-.}/tests/lib.sh"
require tool:mandoc tool:groff tool:col

# words FILE: the words of a rendered page, without the quotes that some releases of
# groff put around names of sections. groff hyphenates, so hyphens at line
# ends go, and because a compound word may be broken at its own hyphen, all do.
# Quotes differ, and so do the first and the last line, header and footer.
words() {
	sed "1d; \$d; s/\`/'/g" "$1" |
		awk '{ sub(/^ +/, "") } /-$/ { printf "%s", $0; next } { print }' |
		tr -d '"-' | tr -s ' ' '\n' | grep .
}

for page in "$top_builddir"/man/bpfmapfs*.[578]; do
	name=${page##*/}
	said=$(mandoc -T lint -W warning "$page" 2>&1)
	is "$said" '' "$name has no warning of mandoc"
	is "$(grep -nE '@[A-Za-z_]*@|[$][{]' "$page")" '' "$name has all substituted"

	groff -mdoc -Tascii -P-cbou -rLL=78n -ww "$page" >groff.txt 2>groff.err
	is "$(cat groff.err)" '' "$name has no warning of groff"
	mandoc -T ascii -O width=78 "$page" | col -bx >mandoc.txt
	# groff 1.23 indents by 7 columns what was 5 before: lines must fit there, too.
	is "$(awk 'FNR == 1 { indent = 0 }
		!indent && match($0, /^ +[^ ]/) { indent = RLENGTH - 1 }
		length > 80 || (/^ / && length > 73 + (indent < 7 ? indent : 7))' \
		groff.txt mandoc.txt)" '' \
		"$name fits into 80 columns"
	words groff.txt >groff.words
	words mandoc.txt >mandoc.words
	is "$(diff groff.words mandoc.words | grep '^[<>]')" '' \
		"$name has the same words in groff and mandoc"
done
