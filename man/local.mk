# SPDX-License-Identifier: GPL-2.0-or-later
#
# Written by hand in mdoc(7); configure fills in the version.

man_MANS += man/bpfmapfs.5 man/bpfmapfs.8
