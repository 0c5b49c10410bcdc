#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The manual pages are clean mdoc.

. "${top_srcdir:-.}/tests/lib.sh"
require tool:mandoc

for page in "$top_builddir"/man/bpfmapfs*.[578]; do
	said=$(mandoc -T lint -W warning "$page" 2>&1)
	is "$said" '' "${page##*/} has no warning"
	is "$(grep -n '@[A-Z_]*@' "$page")" '' "${page##*/} has all substituted"
done
