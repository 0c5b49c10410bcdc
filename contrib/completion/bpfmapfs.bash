# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Completion for bash. Options come from --help, names of maps from mounts of bpfmapfs
# and from bpftool.

# Names of maps, one per line.
_bpfmapfs_maps() {
	local type dir rest
	while read -r _ dir type rest; do
		[ "$type" = fuse.bpfmapfs ] || continue
		(cd "$dir" 2>/dev/null && printf '%s\n' */) |
			sed '/^by-[a-z]*\/$/d; s/@.*//; s/\/$//; s/^%2E/./'
	done </proc/self/mounts
	bpftool map 2>/dev/null | sed -nE 's/^[0-9]+: [a-z_]+  name ([^ ]+).*/\1/p'
}

# Candidates for the value of -o NAME=.
_bpfmapfs_values() {
	case $1 in
	maps) compgen -W "$(_bpfmapfs_maps)" -- "$2" ;;
	pins) compgen -W 'ro rw' -- "$2" ;;
	pin | bpffs) compgen -d -S / -- "$2" ;;
	config) compgen -f -- "$2" ;;
	uid) compgen -u -- "$2" ;;
	gid) compgen -g -- "$2" ;;
	size) compgen -W '64m 256m 512m 1g 2g' -- "$2" ;;
	umask) compgen -W '077 027 022' -- "$2" ;;
	def) compgen -W 'type=hash type=array type=lpm_trie type=queue' -- "$2" ;;
	esac
}

# Complete the text after -o: the part before the last comma, "=" or, in a list of maps,
# ":" is kept.
_bpfmapfs_o() {
	local given='' last=${1##*,} name words
	case $1 in *,*) given=${1%,*}, ;; esac
	if [ "${last#*=}" != "$last" ]; then
		name=${last%%=*} last=${last#*=} given+=$name=
		if [ "$name" = maps ] && [ "${last#*:}" != "$last" ]; then
			given+=${last%:*}: last=${last##*:}
		fi
		words=$(_bpfmapfs_values "$name" "$last")
	else
		words=$(compgen -W "$("${COMP_WORDS[0]}" --help 2>/dev/null |
			sed -nE 's/^  -o ([a-z_]+=?).*/\1/p')" -- "$last")
	fi
	[ -z "$words" ] || mapfile -t COMPREPLY <<<"$words"
	COMPREPLY=("${COMPREPLY[@]/#/$given}")
	compopt -o nospace
}

_bpfmapfs() {
	# The shell splits words at "=" and ":"; the line does not.
	local line=${COMP_LINE:0:COMP_POINT} cur before split
	COMPREPLY=()
	cur=${line##*[[:blank:]]}
	before=${line%"$cur"}
	before=${before%"${before##*[![:blank:]]}"}
	before=${before##*[[:blank:]]}
	if [ "$before" = -o ]; then
		_bpfmapfs_o "$cur"
	elif [ "${cur#-}" != "$cur" ]; then
		mapfile -t COMPREPLY < <(compgen -W "$("${COMP_WORDS[0]}" --help 2>/dev/null |
			sed -nE 's/^  (-[^ ,]+)(, (--[a-z]+))?.*/\1 \3/p' | sort -u)" -- "$cur")
	else
		mapfile -t COMPREPLY < <(compgen -W 'kernel memory auto' -- "$cur"
			compgen -d -- "$cur")
		compopt -o filenames
	fi
	# The shell replaces only the part after its last split.
	split=${cur%"${cur##*["$COMP_WORDBREAKS"]}"}
	[ -z "$split" ] || COMPREPLY=("${COMPREPLY[@]#"$split"}")
}
complete -F _bpfmapfs bpfmapfs
