#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The tarball has every file that git has: a header or a script that nobody put
# into a local.mk is found here, and not when the release is built.

. "${top_srcdir:-.}/tests/lib.sh"
[ -e "$top_srcdir/.git" ] || skip 'not a git clone'
command -v git >/dev/null || skip 'git is missing'
git -C "$top_srcdir" rev-parse HEAD >/dev/null 2>&1 || skip 'git does not read this clone'

# Only a developer needs these.
not_shipped='^(\.gitignore|.*/\.gitignore)$'

unset MAKEFLAGS MAKELEVEL MFLAGS
make -C "$top_builddir" distdir distdir=check-dist.$$ >make.log 2>&1
ok 'make distdir'
git -C "$top_srcdir" ls-files | grep -Ev "$not_shipped" | sort >want
(cd "$top_builddir/check-dist.$$" && find . -type f) | sed 's,^\./,,' | sort >got
chmod -R u+w "$top_builddir/check-dist.$$" && rm -rf "$top_builddir/check-dist.$$"
is "$(comm -23 want got)" '' 'nothing of git is missing in the tarball'
