#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Shell scripts parse in dash (or in bash, if they ask for it), can be run, and
# satisfy shellcheck where it is installed.

. "${top_srcdir:-.}/tests/lib.sh"

cd "$top_srcdir" || exit 1
for script in .ci/run contrib/* tests/*.sh tests/*/*.sh tests/bench/run; do
	[ -f "$script" ] || continue
	case $script in
	*/lib.sh | contrib/packages) shell='sh' ;;
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
		# SC1090, SC1091: sourced files are checked on their own.
		# SC2154: tests use what lib.sh sets.
		shellcheck -s "$shell" -S warning -e SC1090,SC1091,SC2154 "$script" ||
			fail "shellcheck: $script"
	fi
done
[ "$failures" -eq 0 ] && pass 'all scripts are clean'
