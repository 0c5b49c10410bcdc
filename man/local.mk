# SPDX-License-Identifier: GPL-2.0-or-later
#
# Written by hand in mdoc(7); configure fills in the version (configure.ac lists
# the pages, too).

man_MANS += \
	man/bpfmapfs.5 \
	man/bpfmapfs-recipes.7 \
	man/bpfmapfs-release-notes.7 \
	man/bpfmapfs-types.7 \
	man/bpfmapfs.8
# The same page, by the name of mount(8)'s helper.
dist_man_MANS = man/mount.bpfmapfs.8
