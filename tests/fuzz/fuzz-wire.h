/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzzers that send requests: definitions of maps to try, and whole files. The
 * functions here take bytes, where those of tests/wire/wire.h take strings.
 */
#ifndef BPFMAPFS_TESTS_FUZZ_WIRE_H
#define BPFMAPFS_TESTS_FUZZ_WIRE_H

#include <errno.h>
#include <fcntl.h>

#include "../wire/wire.h"
#include "fuzz.h"
#include "util/buf.h"

/* The assertions of tests/wire/wire.c without Check's runner. Linked with
 * -Wl,--wrap. */
void __wrap__mark_point(const char *file, int line);
void __wrap__mark_point(const char *file, int line)
{
	(void)file;
	(void)line;
}

void __wrap__ck_assert_failed(const char *file, int line, const char *what, ...);
void __wrap__ck_assert_failed(const char *file, int line, const char *what, ...)
{
	fprintf(stderr, "%s:%d: %s\n", file, line, what);
	abort();
}

/* Maps of every type that the memory store has; the last two hold the first. */
static const char *const fuzz_defs[] = {
	"type=hash key=u32 value=u32 max_entries=64",
	"type=array key=u32 value={a:u32,b:u8} max_entries=9",
	"type=hash key={a:u8,b:u32} value={a:u64,c:char[8],d:bytes[4]} max_entries=20",
	"type=hash key=char[8] value=char[300] max_entries=20",
	"type=lpm_trie key=prefix(ipv4) value=u16 max_entries=30",
	"type=lpm_trie key=prefix(char[16]) value=bool max_entries=30",
	"type=percpu_hash key=ipv6 value=s16 max_entries=10",
	"type=percpu_array key=u32 value={a:u32,b:s8[2]} max_entries=3",
	"type=lru_hash key=mac value=f64 max_entries=8",
	"type=lru_percpu_hash key=bool value=u128 max_entries=8",
	"type=queue value={a:u32} max_entries=4",
	"type=stack value=char[6] max_entries=4",
	"type=bloom_filter value=u32 max_entries=4",
	"type=hash key=bytes[200] value=u8 max_entries=9",
	"type=array key=u32 value=u64 max_entries=3000 flags=mmapable",
	"type=hash_of_maps key=u16 max_entries=4 inner=m0",
	"type=array_of_maps key=u32 max_entries=4 inner=m0",
};

/* The errnos that users may see: bpfmapfs(5), "Errors", and what a process that
 * runs out of something gets. */
static inline bool fuzz_is_user_errno(int r)
{
	static const int known[] = {
		EINVAL, ERANGE,	   EFBIG,  ENAMETOOLONG, ENOENT, ESTALE,    ENOSPC,
		EEXIST, EPERM,	   EROFS,  EOPNOTSUPP,	 EACCES, EBUSY,	    EXDEV,
		ENODATA, ENOTEMPTY, ENOTDIR, EISDIR,	 EINTR,	 ENOMEM,    ENOSYS,
		EMFILE, ENFILE,
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (-r == known[i])
			return true;
	return r >= 0;
}

/* Node 0: it is not there. The lookup counts until wire_forget(). */
static inline uint64_t fuzz_look(struct wire *w, uint64_t dir, const char *name)
{
	struct fuse_entry_out entry = { 0 };

	wire_lookup(w, dir, name, &entry);
	return entry.nodeid;
}

static inline int fuzz_read_fh(struct wire *w, uint64_t fh, struct buf *out)
{
	int r;

	do {
		if (!buf_reserve(out, 65536))
			return -ENOMEM;
		r = wire_read(w, fh, out->len, out->data + out->len, 65536);
		if (r > 0)
			out->len += (size_t)r;
	} while (r > 0);
	return r;
}

/* The whole file, appended to out. */
static inline int fuzz_read(struct wire *w, uint64_t dir, const char *name, struct buf *out)
{
	uint64_t node = fuzz_look(w, dir, name), fh;
	int r = node ? wire_open(w, node, O_RDONLY, &fh) : -ENOENT;

	if (r == 0) {
		r = fuzz_read_fh(w, fh, out);
		wire_release(w, fh);
	}
	if (node)
		wire_forget(w, node, 1);
	return r;
}

/* Write in pieces of `piece` bytes; flush and release. The first error. */
static inline int fuzz_write(struct wire *w, uint64_t dir, const char *name,
			     const char *text, size_t len, size_t piece)
{
	uint64_t node = fuzz_look(w, dir, name), fh;
	int r = node ? wire_open(w, node, O_WRONLY | O_TRUNC, &fh) : -ENOENT, closed;
	size_t off, n;

	if (node)
		wire_forget(w, node, 1);
	if (r < 0)
		return r;
	for (off = 0; r >= 0 && off < len; off += n) {
		n = len - off < piece ? len - off : piece;
		r = wire_write(w, fh, off, text + off, n);
	}
	closed = wire_flush(w, fh);
	wire_release(w, fh);
	return r < 0 ? r : closed;
}

static inline bool fuzz_same(const struct buf *a, const struct buf *b)
{
	return a->len == b->len && (!a->len || memcmp(a->data, b->data, a->len) == 0);
}

#endif
