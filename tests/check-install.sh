#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# make install puts every file where programs look for it, and make uninstall
# removes all of them.

. "${top_srcdir:-.}/tests/lib.sh"
require "file:$daemon"

unset MAKEFLAGS MAKELEVEL MFLAGS
dirs='prefix=/usr mandir=/usr/share/man docdir=/usr/share/doc/bpfmapfs'
in_build() {
	# shellcheck disable=SC2086
	make -C "$top_builddir" $dirs DESTDIR="$scratch/root" "$@" >>make.log 2>&1 ||
		cat make.log
}

in_build install
ok 'make install with DESTDIR' test -d root/usr
(cd root && find . -type f -o -type l) | sed 's,^\.,,' | sort >installed
for file in \
	/usr/bin/bpfmapfs \
	/usr/lib/systemd/system/bpfmapfs.service \
	/usr/sbin/mount.bpfmapfs \
	/usr/share/bash-completion/completions/bpfmapfs \
	/usr/share/doc/bpfmapfs/COPYING \
	/usr/share/doc/bpfmapfs/README \
	/usr/share/doc/bpfmapfs/recipes/top \
	/usr/share/fish/vendor_completions.d/bpfmapfs.fish \
	/usr/share/man/man5/bpfmapfs.5 \
	/usr/share/man/man7/bpfmapfs-recipes.7 \
	/usr/share/man/man7/bpfmapfs-release-notes.7 \
	/usr/share/man/man7/bpfmapfs-types.7 \
	/usr/share/man/man8/bpfmapfs.8 \
	/usr/share/man/man8/mount.bpfmapfs.8 \
	/usr/share/zsh/site-functions/_bpfmapfs
do
	ok "$file" grep -qx "$file" installed
done
is "$(readlink root/usr/sbin/mount.bpfmapfs)" /usr/bin/bpfmapfs 'the helper of mount(8)'
is "$("root/usr/bin/bpfmapfs" -V)" "$("$daemon" -V)" 'the installed program runs'
is "$(grep -l "@[a-z]*@" -r root/usr/lib root/usr/share)" '' 'every path is substituted'

in_build uninstall
is "$(find root -type f -o -type l)" '' 'make uninstall leaves no file'
