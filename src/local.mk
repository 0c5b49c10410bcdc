# SPDX-License-Identifier: GPL-2.0-or-later
#
# Everything but main.c goes into one archive, which the daemon, the tests and
# the fuzzers link. One file per line, in the order of the folders' layers.

noinst_LIBRARIES += src/libbpfmapfs.a
src_libbpfmapfs_a_SOURCES = \
	src/store/errno.c \
	src/store/errno.h \
	src/store/kernel.c \
	src/store/memory-arena.c \
	src/store/memory-array.c \
	src/store/memory-btf.c \
	src/store/memory-elem.c \
	src/store/memory-hash.c \
	src/store/memory-hash.h \
	src/store/memory-ids.c \
	src/store/memory-lpm.c \
	src/store/memory-lru.c \
	src/store/memory.c \
	src/store/memory.h \
	src/store/store.c \
	src/store/store.h

# What a program needs besides its own objects.
BPFMAPFS_LIBS = src/libbpfmapfs.a $(FUSE_LIBS) $(LIBBPF_LIBS) -lm
