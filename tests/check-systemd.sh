#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The unit is one that systemd understands, and it is confined: the score of
# systemd-analyze (10 is the worst) stays below 3.

. "${top_srcdir:-.}/tests/lib.sh"
require "file:$daemon" tool:systemd-analyze
systemd-analyze --help | grep -q -e '--offline' || skip 'systemd is older than 250'

sed "s,@bindir@,$top_builddir,g" "$top_srcdir/contrib/systemd/bpfmapfs.service.in" >bpfmapfs.service
systemd-analyze verify --man=no "$scratch/bpfmapfs.service" >verify 2>&1
is "$? $(cat verify)" '0 ' 'systemd-analyze verify finds nothing'
systemd-analyze security --offline=true --threshold=30 --no-pager "$scratch/bpfmapfs.service" >score 2>&1
is $? 0 'systemd-analyze security: below 3'
note "$(tail -n 1 score)"

# Before each command systemd opens a RuntimeDirectory. One with the mount of a daemon that
# was killed cannot be opened, and ExecStopPost would not take it down.
is "$(grep -c '^RuntimeDirectory' bpfmapfs.service)" 0 'its mount point is no RuntimeDirectory'
ok 'it takes the mount of the host down' grep -q \
	'^ExecStopPost=.* -o abort,namespace=/proc/1/ns/mnt /run/bpfmaps' bpfmapfs.service

# A unit that is open to everything must fail, or the check is none.
printf '[Service]\nExecStart=/bin/true\n' >open.service
systemd-analyze security --offline=true --threshold=30 --no-pager "$scratch/open.service" >/dev/null 2>&1
ok 'which is not so for any unit' test $? -ne 0
