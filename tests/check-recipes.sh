#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# bpfmapfs-recipes(7) has every script of contrib/recipes, with its usage, and no
# other; each is short, installed, and run by a test.

. "${top_srcdir:-.}/tests/lib.sh"

sed -n 's/^# usage: //p' "$top_srcdir"/contrib/recipes/* | sort >usages
sed -nE 's/^\.It Ic ([a-z-]+)/\1/p' "$top_builddir/man/bpfmapfs-recipes.7" |
	sed -E 's/ Ar / /g; s/ Op ([A-Z]+)/ [\1]/g; s/ \[ *([A-Z]+)\]/ [\1]/' | sort >told
is "$(diff usages told)" '' 'the page has the usage of every script'
for recipe in "$top_srcdir"/contrib/recipes/*; do
	name=${recipe##*/}
	ok "$name has fewer than 15 lines" test "$(grep -vc '^#' "$recipe")" -lt 15
	ok '  is installed' grep -q "contrib/recipes/$name\\>" "$top_srcdir/contrib/local.mk"
	ok '  is tested' grep -q "[/\" ]$name\\>" "$top_srcdir"/tests/*/recipe*.sh
done
