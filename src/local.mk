# SPDX-License-Identifier: GPL-2.0-or-later
#
# Everything but main.c goes into one archive, which the daemon, the tests and
# the fuzzers link. One file per line, in the order of the folders' layers.

noinst_LIBRARIES += src/libbpfmapfs.a
src_libbpfmapfs_a_SOURCES =

# What a program needs besides its own objects.
BPFMAPFS_LIBS = src/libbpfmapfs.a $(FUSE_LIBS) $(LIBBPF_LIBS) -lm
