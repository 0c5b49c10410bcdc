#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Turns of phrase that readers stumbled over do not come back: people ("whoever") in
# the place of code, telling in the place of printing, "a line a CPU" for "one line
# per CPU". Add a pattern when a sentence had to be read twice.

. "${top_srcdir:-.}/tests/lib.sh"

cd "$top_srcdir" || exit 1
files=$(find src man/*.in tests contrib README .ci/run .ci/RELEASE -type f \
	-name '*.[ch]' -o -name '*.in' -o -name '*.sh' -o -name README -o -name '*.mk' \
	-o -path 'contrib/*' -type f | grep -v check-words.sh)

# not PATTERN INSTEAD
not() {
	# shellcheck disable=SC2086
	is "$(grep -nIE "$1" $files)" '' "say $2"
}
not '\b[Ww]hoever\b' 'the noun: the caller, the thread, the program'
not '\b(for|to|by|from|of|than|and|but|as|with|or) who\b' 'the noun: the caller, the user'
not '\b(is|are|was|were|be|been) told\b' 'reported, printed, listed, returned'
not '\btells (a|an|the|that|its|it|of|why|what|nothing|signed)\b' 'reports, prints, lists, shows'
not '\b(line|name|file|digits|frame|number|entry) an? (line|CPU|byte|file|entry|frame)\b' \
	'one line per CPU, two digits per byte'
not '\ba line each\b' 'one per line'
not '\bis called so\b|\bby the way\b|\bas ever\b|\bno news\b' 'it plainly'
not '\bstands? behind\b' 'follows'
not '\bcounts? more\b' 'takes precedence over'
not '\bfrom strangers\b' 'untrusted'
not '\bone behind the other\b' 'contiguous, one after the other'
not '\bfails? alike\b' 'fail with the same error'
not '\bfor want of\b|\bin the course of time\b' 'because ... is missing, over time'
not '\b([Mm]ade|[Mm]ake|makes|making)\b[^.]*\banew\b' 'replace the map, create it again'
