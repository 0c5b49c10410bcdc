#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Shell scripts parse in dash (or in bash, if they ask for it), can be run, and
# satisfy shellcheck where it is installed.

. "${top_srcdir:-.}/tests/lib.sh"

# Sourced files are checked by themselves (SC1090, SC1091) and set what tests
# use (SC2154); keys are files with numbers as names (SC2210); what ls prints
# is what tests are about (SC2010); some loops only count (SC2034); "2>&1 >f"
# looks at stderr alone (SC2069).
excluded=SC1090,SC1091,SC2010,SC2034,SC2069,SC2154,SC2210

cd "$top_srcdir" || exit 1
for script in .ci/run contrib/* contrib/*/* tests/*.sh tests/*/*.sh tests/bench/run; do
	[ -f "$script" ] || continue
	case $script in
	*/lib.sh | tests/manual.sh | contrib/packages | contrib/debian.sh) shell='sh' ;;
	*.bash) shell='bash' ;;
	*)
		read -r first <"$script"
		case $first in
		'#!'*bash*) shell='bash' ;;
		'#!'*sh*) shell='sh' ;;
		*) continue ;;
		esac
		[ -x "$script" ] || fail "$script is not executable"
		;;
	esac
	if command -v "$shell" >/dev/null; then
		"$shell" -n "$script" || fail "$script does not parse"
	fi
	if command -v shellcheck >/dev/null; then
		shellcheck -s "$shell" -S warning -e "$excluded" "$script" ||
			fail "shellcheck: $script"
	fi
done
[ "$failures" -eq 0 ] && pass 'all scripts are clean'
