# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Debian's archive, for check-vm, check-fresh and check-musl: packages, their sources
# and root file systems of releases other than this machine's. Nothing is installed on
# this machine. The sourcing script sets $vm, the folder where downloads and roots are
# kept.
#
# DEBIAN_MIRROR and DEBIAN_SECURITY_MIRROR replace the mirrors that apt uses here;
# with DEBIAN_SOURCES=yes apt knows the sources of packages, too.

# mirror LABEL: URI of the configured archive with this label.
mirror() {
	apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Created-By: Packages' |
		awk -v label="$1" '$1 == label { print $2; exit }'
}

# suite_sources SUITE: lines for sources.list.
suite_sources() {
	main=${DEBIAN_MIRROR-$(mirror Debian)}
	security=${DEBIAN_SECURITY_MIRROR-$(mirror Debian-Security)}
	[ -n "$main" ] || die 'apt knows no Debian mirror: set DEBIAN_MIRROR'
	signed='[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]'
	echo "deb $signed $main $1 main"
	[ -z "${DEBIAN_SOURCES-}" ] || echo "deb-src $signed $main $1 main"
	case $1 in
	*-* | sid | unstable | experimental) ;;
	*) [ -z "$security" ] || echo "deb $signed $security $1-security main" ;;
	esac
}

# suite_apt SUITE COMMAND...: apt-get or apt-cache with only this suite. The lists of
# packages are fetched once a day.
suite_apt() {
	apt=$vm/apt/$1${DEBIAN_SOURCES:+-sources}
	mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/sources.d"
	[ -e "$apt/status" ] || : >"$apt/status"
	suite_sources "$1" >"$apt/sources.list"
	cat >"$apt/apt.conf" <<-END
		Dir::Etc::SourceList "$apt/sources.list";
		Dir::Etc::SourceParts "$apt/sources.d";
		Dir::State::Lists "$apt/lists";
		Dir::State::Status "$apt/status";
		Dir::Cache "$apt/cache";
		APT::Sandbox::User "root";
	END
	shift
	if [ -z "$(find "$apt/updated" -mmin -1440 2>/dev/null)" ]; then
		APT_CONFIG=$apt/apt.conf logged "$apt/log" apt-get -q update || return 1
		: >"$apt/updated"
	fi
	APT_CONFIG=$apt/apt.conf "$@"
}

# debian_root SUITE DIR ARCHITECTURES PACKAGE...: a minimal root file system, built
# again if the list of packages changes.
debian_root() {
	suite=$1 root=$2 architectures=$3
	shift 3
	if [ -e "$root.packages" ] && [ "$(cat "$root.packages")" = "$*" ]; then
		return 0
	fi
	rm -rf "$root" "$root.packages"
	suite_sources "$suite" >"$root.list"
	include=$(echo "$*" | tr ' ' ,)
	# Recommended packages would double the size.
	logged "$root.log" mmdebstrap --mode=root --variant=minbase \
		--architectures="$architectures" \
		${include:+"--include=$include"} \
		--aptopt='APT::Install-Recommends "false"' \
		--dpkgopt='path-exclude=/usr/share/doc/*' \
		"$suite" "$root" "$root.list" || return 1
	echo "$*" >"$root.packages"
}

# in_root ROOT COMMAND...: run in a chroot with /proc, /sys and /dev; these mounts are
# private and end with its last process. unshare(1) and fusermount3 need the root to be
# a mount point.
in_root() {
	unshare --mount sh -ec '
		mount --bind "$1" "$1"
		mount -t proc proc "$1/proc"
		mount -t sysfs sysfs "$1/sys"
		mount --bind /dev "$1/dev"
		exec chroot "$@"' sh "$@"
}

# packages_of MANAGER SET...: names from contrib/packages.
packages_of() {
	manager=$1
	shift
	for set; do
		package_table | awk -v pm="$manager" -v set="$set" \
			'$1 == pm && $2 == set { $1 = $2 = ""; print }'
	done | xargs
}

# copy_sources DIR: the current files of this clone, and generated ones.
copy_sources() {
	mkdir -p "$1"
	(cd "$top" && tar -cf - --exclude=./.git --exclude='./build*' \
		--exclude=./autom4te.cache --exclude=./config.status --exclude=./config.h \
		--exclude='*.o' .) | tar -xf - -C "$1"
}
