# SPDX-License-Identifier: GPL-2.0-or-later
#
# Everything but main.c goes into one archive, which the daemon, the tests and
# the fuzzers link. One file per line, in the order of the folders' layers.

noinst_LIBRARIES += src/libbpfmapfs.a
src_libbpfmapfs_a_SOURCES = \
	src/options.c \
	src/options.h \
	src/fuse/fs-dir.c \
	src/fuse/fs-file.c \
	src/fuse/fs.c \
	src/fuse/fs.h \
	src/tree/dot.c \
	src/tree/dot.h \
	src/tree/entry.c \
	src/tree/entry.h \
	src/tree/intake.c \
	src/tree/intake.h \
	src/tree/internal.h \
	src/tree/keyfile.c \
	src/tree/keytable.c \
	src/tree/keytable.h \
	src/tree/linktext.c \
	src/tree/linktext.h \
	src/tree/made.c \
	src/tree/mapdir.c \
	src/tree/node.h \
	src/tree/passfile.c \
	src/tree/pins.c \
	src/tree/programs.c \
	src/tree/registry.c \
	src/tree/registry.h \
	src/tree/rename.c \
	src/tree/root.c \
	src/tree/scratch.c \
	src/tree/scratch.h \
	src/tree/textfile.c \
	src/tree/textfile.h \
	src/tree/tree.c \
	src/tree/tree.h \
	src/report/bulk-bin.c \
	src/report/bulk-jsonl.c \
	src/report/bulk-text.c \
	src/report/bulk.c \
	src/report/bulk.h \
	src/tree/views.c \
	src/tree/views.h \
	src/report/count.c \
	src/report/errlog.c \
	src/report/errlog.h \
	src/report/info.c \
	src/report/relations.c \
	src/report/report.h \
	src/report/types.c \
	src/map/content-json.c \
	src/map/content.c \
	src/map/content.h \
	src/map/data-family.c \
	src/map/data.c \
	src/map/data.h \
	src/map/decl.c \
	src/map/decl.h \
	src/map/def-create.c \
	src/map/def.c \
	src/map/def.h \
	src/map/family.c \
	src/map/family.h \
	src/map/map.c \
	src/map/map.h \
	src/map/prefix.c \
	src/map/scan-ahead.c \
	src/map/ring.c \
	src/map/scan-batches.c \
	src/map/scan-walk.c \
	src/map/scan.c \
	src/map/scan.h \
	src/map/schema.c \
	src/map/schema.h \
	src/map/stack.c \
	src/map/struct-ops.c \
	src/map/types.c \
	src/map/types.h \
	src/text/addr.c \
	src/text/bytes.c \
	src/text/bytes.h \
	src/text/chars.c \
	src/text/compile.h \
	src/text/decl.c \
	src/text/describe.c \
	src/text/describe.h \
	src/text/enum.c \
	src/text/error.c \
	src/text/error.h \
	src/text/escape.c \
	src/text/escape.h \
	src/text/flatten.c \
	src/text/float.c \
	src/text/grammar.c \
	src/text/grammar.h \
	src/text/int.c \
	src/text/json.c \
	src/text/json.h \
	src/text/known.c \
	src/text/known.h \
	src/text/leaf.c \
	src/text/members.c \
	src/text/members.h \
	src/text/model.h \
	src/text/name-parse.c \
	src/text/name-parse.h \
	src/text/name.c \
	src/text/name.h \
	src/text/number.c \
	src/text/number.h \
	src/text/overlap.c \
	src/text/pieces.c \
	src/text/pieces.h \
	src/text/prefix.c \
	src/text/quick.c \
	src/text/quick.h \
	src/text/record.c \
	src/text/record.h \
	src/text/type-btf.c \
	src/text/type-enum.c \
	src/text/type-record.c \
	src/text/type.c \
	src/text/type.h \
	src/text/utf8.c \
	src/text/utf8.h \
	src/text/value-format.c \
	src/text/value-parse.c \
	src/text/value-parse.h \
	src/text/value.h \
	src/store/bpffs.c \
	src/store/bpffs.h \
	src/store/errno.c \
	src/store/errno.h \
	src/store/kernel-mmap.c \
	src/store/kernel-symbols.c \
	src/store/kernel-objects.c \
	src/store/kernel.c \
	src/store/kernel.h \
	src/store/memory-arena.c \
	src/store/memory-array.c \
	src/store/memory-bloom.c \
	src/store/memory-btf.c \
	src/store/memory-elem.c \
	src/store/memory-hash.c \
	src/store/memory-hash.h \
	src/store/memory-ids.c \
	src/store/memory-lpm.c \
	src/store/memory-lru.c \
	src/store/memory-outer.c \
	src/store/memory-queue.c \
	src/store/memory.c \
	src/store/memory.h \
	src/store/pinned.c \
	src/store/store.c \
	src/store/store.h \
	src/util/buf.c \
	src/util/buf.h \
	src/util/cleanup.h \
	src/util/interrupt.c \
	src/util/interrupt.h \
	src/util/keyset.c \
	src/util/keyset.h

# What a program needs besides its own objects.
BPFMAPFS_LIBS = src/libbpfmapfs.a $(FUSE_LIBS) $(LIBBPF_LIBS) -lm

bin_PROGRAMS += bpfmapfs
bpfmapfs_SOURCES = src/main.c
bpfmapfs_LDADD = $(BPFMAPFS_LIBS)

EXTRA_DIST += src/README
