# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Functions that the scripts share: packages, building out of tree, sums of tests. The
# sourcing script sets $top, the folder of the project.

. "$top/contrib/packages"

say() {
	printf '%s\n' "$*"
}

die() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

is_root() {
	[ "$(id -u)" -eq 0 ]
}

# need_packages SET...: install missing packages; without root, print the command.
need_packages() {
	pm=$(package_manager)
	if [ -z "$pm" ]; then
		say "No package manager that I know (apt, dnf, pacman, apk): nothing is installed;"
		say "contrib/packages has the names for Debian."
		return
	fi
	lacking=$(packages_missing "$@")
	[ -n "$lacking" ] || return 0
	# Package names never contain spaces.
	# shellcheck disable=SC2086
	set -- $lacking
	if ! is_root; then
		say "Not installed: $*"
		say "Without root I install nothing. As root you would type:"
		say "    $(packages_command "$@")"
		return
	fi
	say "Installing $# packages: $*"
	install_log=$(mktemp "${TMPDIR:-/tmp}/bpfmapfs-install.XXXXXX")
	logged "$install_log" packages_install "$@" ||
		die "could not install them: $(packages_command "$@")"
	rm -f "$install_log"
}

# choose_tree: set src (sources with a configure script) and work (a folder for builds):
# the clone and ./build in it, or a private copy if the clone is not writable or was
# configured in place.
choose_tree() {
	src=$top
	work=$top/build
	if ! { [ -w "$top" ] && mkdir -p "$work" 2>/dev/null && [ -w "$work" ]; } ||
		[ -e "$top/config.status" ]; then
		work=$(private_folder)/bpfmapfs
		src=$work/source
		mkdir -p "$src" || die "cannot make $src"
		(cd "$top" && tar -cf - --exclude=./.git --exclude='./build*' \
			--exclude=./config.status --exclude=./config.h --exclude='*.o' .) |
			(cd "$src" && tar -xf -) || die "cannot copy $top to $src"
	fi
	[ -e "$src/configure" ] && [ -e "$src/Makefile.in" ] && return
	say 'Making the configure script (autoreconf)'
	command -v autoreconf >/dev/null || die 'autoreconf (of autoconf) is missing'
	logged "$work/autoreconf.log" autoreconf -i "$src" ||
		die "autoreconf failed, see $work/autoreconf.log"
}

# A private folder that other users cannot create beforehand.
private_folder() {
	for dir in "${XDG_CACHE_HOME-}" "${HOME:+$HOME/.cache}"; do
		case $dir in /*) ;; *) continue ;; esac
		if mkdir -p "$dir" 2>/dev/null && [ -w "$dir" ]; then
			echo "$dir"
			return
		fi
	done
	mktemp -d "${TMPDIR:-/tmp}/bpfmapfs-build.XXXXXX"
}

# logged FILE COMMAND...: the output goes to the file; its end is printed on failure.
logged() {
	log=$1
	shift
	"$@" >"$log" 2>&1 </dev/null && return
	tail -n 30 "$log" >&2
	return 1
}

# configure_in DIR ARGUMENT...: run configure, unless it was run with the same
# arguments.
configure_in() {
	dir=$1
	shift
	mkdir -p "$dir"
	if [ -e "$dir/Makefile" ] && [ "$(cat "$dir/.arguments")" = "$src $*" ]; then
		return
	fi
	(cd "$dir" && logged configure.log "$src/configure" -q "$@") || return 1
	echo "$src $*" >"$dir/.arguments"
}

# make_in DIR TARGET...: with all CPUs.
make_in() {
	dir=$1
	shift
	(cd "$dir" && logged make.log make -j"$(nproc 2>/dev/null || echo 2)" "$@")
}

count() {
	find "$1/tests" -name '*.trs' -exec cat {} + |
		grep -Ec "^:test-result: ($2)" || :
}

# tally DIR: add the results of the test drivers in DIR to passed, failed and skipped,
# and print those that are not a pass.
tally() {
	passed=$((passed + $(count "$1" 'PASS|XFAIL')))
	skipped=$((skipped + $(count "$1" SKIP)))
	failed=$((failed + $(count "$1" 'FAIL|XPASS|ERROR')))
	for trs in $(find "$1/tests" -name '*.trs' | sort); do
		log=${trs%.trs}.log
		name=${log#"$1"/}
		if grep -Eq '^:test-result: (FAIL|XPASS|ERROR)' "$trs"; then
			say "--- ${name%.log} failed:"
			cat "$log"
		elif grep -q '^:test-result: SKIP' "$trs"; then
			say "--- ${name%.log}: $(grep -h -m 1 -i 'skip' "$log")"
		fi
	done
}
