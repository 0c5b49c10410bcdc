# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Completion for bash: source it, or copy it to
# /usr/share/bash-completion/completions/bpfmapfs. Options come from --help.

_bpfmapfs() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
	local help
	COMPREPLY=()
	if [ "$before" = -o ] || [ "${word#-}" != "$word" ]; then
		help=$("${COMP_WORDS[0]}" --help 2>/dev/null)
	fi
	if [ "$before" = -o ]; then
		# What stands before the last comma is kept.
		local given=
		case $word in *,*) given=${word%,*}, ;; esac
		mapfile -t COMPREPLY < <(compgen -P "$given" -W \
			"$(sed -nE 's/^  -o ([a-z_]+=?).*/\1/p' <<<"$help")" -- "${word##*,}")
		compopt -o nospace
	elif [ "${word#-}" != "$word" ]; then
		mapfile -t COMPREPLY < <(compgen -W \
			"$(sed -nE 's/^  (-[a-zA-Z]).*/\1/p' <<<"$help" | sort -u)" -- "$word")
	else
		mapfile -t COMPREPLY < <(compgen -W 'kernel memory auto' -- "$word")
		compopt -o filenames
		mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -d -- "$word")
	fi
}
complete -F _bpfmapfs bpfmapfs
