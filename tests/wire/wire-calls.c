/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The requests of wire.h, each a few lines around wire_request().
 */
#include "wire.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "tree/internal.h"

/* The longest file that wire_text() reads. */
#define TEXT_MAX (1u << 20)

size_t wire_known_keys(struct wire *w)
{
	return inode_count(w->fs.tree->keys);
}

/* ---- names and attributes ---- */

int wire_lookup(struct wire *w, uint64_t parent, const char *name,
		struct fuse_entry_out *ret)
{
	int r = wire_request(w, FUSE_LOOKUP, parent, name, strlen(name) + 1, NULL, 0, ret,
			     sizeof(*ret));

	return r < 0 ? r : 0;
}

uint64_t wire_look(struct wire *w, uint64_t parent, const char *name)
{
	struct fuse_entry_out entry;

	ck_assert_int_eq(wire_lookup(w, parent, name, &entry), 0);
	return entry.nodeid;
}

void wire_forget(struct wire *w, uint64_t node, uint64_t n)
{
	struct fuse_forget_in in = { .nlookup = n };

	wire_request(w, FUSE_FORGET, node, &in, sizeof(in), NULL, 0, NULL, 0);
}

void wire_batch_forget(struct wire *w, const struct fuse_forget_one *nodes, uint32_t count)
{
	struct fuse_batch_forget_in in = { .count = count };

	wire_request(w, FUSE_BATCH_FORGET, 0, &in, sizeof(in), nodes,
		     count * sizeof(*nodes), NULL, 0);
}

int wire_getattr(struct wire *w, uint64_t node, struct fuse_attr *ret)
{
	struct fuse_getattr_in in = { 0 };
	struct fuse_attr_out out;
	int r = wire_request(w, FUSE_GETATTR, node, &in, sizeof(in), NULL, 0, &out,
			     sizeof(out));

	if (r < 0)
		return r;
	*ret = out.attr;
	return 0;
}

int wire_ftruncate(struct wire *w, uint64_t node, uint64_t fh, uint64_t size)
{
	struct fuse_setattr_in in = { .valid = FATTR_SIZE | FATTR_FH, .fh = fh, .size = size };
	struct fuse_attr_out out;
	int r = wire_request(w, FUSE_SETATTR, node, &in, sizeof(in), NULL, 0, &out,
			     sizeof(out));

	return r < 0 ? r : 0;
}

int wire_mkdir(struct wire *w, const char *name, uint64_t *ret)
{
	struct fuse_mkdir_in in = { .mode = 0755 };
	struct fuse_entry_out out;
	int r = wire_request(w, FUSE_MKDIR, WIRE_ROOT, &in, sizeof(in), name,
			     strlen(name) + 1, &out, sizeof(out));

	if (r < 0)
		return r;
	*ret = out.nodeid;
	return 0;
}

int wire_rmdir(struct wire *w, uint64_t parent, const char *name)
{
	return wire_request(w, FUSE_RMDIR, parent, name, strlen(name) + 1, NULL, 0, NULL, 0);
}

int wire_unlink(struct wire *w, uint64_t parent, const char *name)
{
	return wire_request(w, FUSE_UNLINK, parent, name, strlen(name) + 1, NULL, 0, NULL, 0);
}

/* ---- open files ---- */

int wire_open(struct wire *w, uint64_t node, int flags, uint64_t *ret_fh)
{
	struct fuse_open_in in = { .flags = (uint32_t)flags };
	struct fuse_open_out out;
	int r = wire_request(w, FUSE_OPEN, node, &in, sizeof(in), NULL, 0, &out, sizeof(out));

	if (r < 0)
		return r;
	ck_assert(out.open_flags & FOPEN_DIRECT_IO);
	*ret_fh = out.fh;
	return 0;
}

int wire_create(struct wire *w, uint64_t parent, const char *name, int flags,
		struct fuse_entry_out *ret, uint64_t *ret_fh)
{
	struct fuse_create_in in = { .flags = (uint32_t)(flags | O_CREAT), .mode = 0644 };
	struct {
		struct fuse_entry_out entry;
		struct fuse_open_out open;
	} out;
	int r = wire_request(w, FUSE_CREATE, parent, &in, sizeof(in), name, strlen(name) + 1,
			     &out, sizeof(out));

	if (r < 0)
		return r;
	*ret = out.entry;
	*ret_fh = out.open.fh;
	return 0;
}

static int read_as(struct wire *w, uint64_t fh, uint64_t off, void *data, uint32_t size,
		   uint64_t owner)
{
	struct fuse_read_in in = {
		.fh = fh, .offset = off, .size = size, .lock_owner = owner,
		.read_flags = owner ? FUSE_READ_LOCKOWNER : 0,
	};

	return wire_request(w, FUSE_READ, 0, &in, sizeof(in), NULL, 0, data, size);
}

int wire_read(struct wire *w, uint64_t fh, uint64_t off, void *data, uint32_t size)
{
	return read_as(w, fh, off, data, size, 1);
}

int wire_read_cached(struct wire *w, uint64_t fh, uint64_t off, void *data, uint32_t size)
{
	return read_as(w, fh, off, data, size, 0);
}

int wire_poll(struct wire *w, uint64_t fh, uint64_t kh)
{
	struct fuse_poll_in in = {
		.fh = fh, .kh = kh, .events = POLLIN,
		.flags = kh ? FUSE_POLL_SCHEDULE_NOTIFY : 0,
	};
	struct fuse_poll_out out;
	int r = wire_request(w, FUSE_POLL, 0, &in, sizeof(in), NULL, 0, &out, sizeof(out));

	return r < 0 ? r : (int)out.revents;
}

int wire_write(struct wire *w, uint64_t fh, uint64_t off, const void *data, size_t len)
{
	struct fuse_write_in in = { .fh = fh, .offset = off, .size = (uint32_t)len };
	struct fuse_write_out out;
	int r = wire_request(w, FUSE_WRITE, 0, &in, sizeof(in), data, len, &out, sizeof(out));

	return r < 0 ? r : (int)out.size;
}

int wire_write_text(struct wire *w, uint64_t fh, uint64_t off, const char *text)
{
	int r = wire_write(w, fh, off, text, strlen(text));

	return r == (int)strlen(text) ? 0 : r;
}

int wire_flush(struct wire *w, uint64_t fh)
{
	struct fuse_flush_in in = { .fh = fh };

	return wire_request(w, FUSE_FLUSH, 0, &in, sizeof(in), NULL, 0, NULL, 0);
}

static int release(struct wire *w, uint32_t opcode, uint64_t fh)
{
	struct fuse_release_in in = { .fh = fh };

	return wire_request(w, opcode, 0, &in, sizeof(in), NULL, 0, NULL, 0);
}

int wire_release(struct wire *w, uint64_t fh)
{
	return release(w, FUSE_RELEASE, fh);
}

/* ---- directories ---- */

int wire_opendir(struct wire *w, uint64_t node, uint64_t *ret_fh)
{
	struct fuse_open_in in = { 0 };
	struct fuse_open_out out;
	int r = wire_request(w, FUSE_OPENDIR, node, &in, sizeof(in), NULL, 0, &out,
			     sizeof(out));

	if (r < 0)
		return r;
	*ret_fh = out.fh;
	return 0;
}

int wire_readdir(struct wire *w, uint32_t opcode, uint64_t fh, uint64_t off, void *data,
		 uint32_t size)
{
	struct fuse_read_in in = { .fh = fh, .offset = off, .size = size };

	return wire_request(w, opcode, 0, &in, sizeof(in), NULL, 0, data, size);
}

int wire_releasedir(struct wire *w, uint64_t fh)
{
	return release(w, FUSE_RELEASEDIR, fh);
}

/* ---- whole files ---- */

/* A reply must fit into a socket's buffer of default size. */
static uint32_t read_size(size_t room)
{
	return room < 1 << 17 ? (uint32_t)room : 1 << 17;
}

static int read_all(struct wire *w, uint64_t node, char *text)
{
	uint64_t fh;
	size_t len = 0;
	int r = wire_open(w, node, O_RDONLY, &fh);

	if (r < 0)
		return r;
	while ((r = wire_read(w, fh, len, text + len, read_size(TEXT_MAX - len))) > 0)
		len += (size_t)r;
	text[len] = '\0';
	wire_release(w, fh);
	return r;
}

const char *wire_text(struct wire *w, uint64_t dir, const char *name)
{
	static _Thread_local char text[TEXT_MAX + 1];
	struct fuse_entry_out entry;
	int r = wire_lookup(w, dir, name, &entry);

	if (r == 0) {
		r = read_all(w, entry.nodeid, text);
		wire_forget(w, entry.nodeid, 1);
	}
	if (r < 0)
		snprintf(text, sizeof(text), "errno %d", -r);
	return text;
}

static int open_or_create(struct wire *w, uint64_t dir, const char *name, int flags,
			  uint64_t *ret_fh)
{
	struct fuse_entry_out entry;
	int r = wire_lookup(w, dir, name, &entry);
	bool known = r == 0;

	if (known)
		r = wire_open(w, entry.nodeid, flags, ret_fh);
	else if (r == -ENOENT)
		r = wire_create(w, dir, name, flags, &entry, ret_fh);
	if (known || r == 0)
		wire_forget(w, entry.nodeid, 1);
	return r;
}

int wire_put(struct wire *w, uint64_t dir, const char *name, const char *text)
{
	uint64_t fh;
	int r = open_or_create(w, dir, name, O_WRONLY | O_TRUNC, &fh), closed;

	if (r < 0)
		return r;
	r = wire_write_text(w, fh, 0, text);
	closed = wire_flush(w, fh);
	wire_release(w, fh);
	return r < 0 ? r : closed;
}

static int dot_dir(struct wire *w, uint64_t dir, uint64_t *ret)
{
	struct fuse_entry_out entry;
	int r = wire_lookup(w, dir, ".map", &entry);

	*ret = r == 0 ? entry.nodeid : 0;
	return r;
}

const char *wire_dot_text(struct wire *w, uint64_t dir, const char *file)
{
	uint64_t dot;

	ck_assert_int_eq(dot_dir(w, dir, &dot), 0);
	return wire_text(w, dot, file);
}

int wire_dot_put(struct wire *w, uint64_t dir, const char *file, const char *text)
{
	uint64_t dot;

	return dot_dir(w, dir, &dot) ?: wire_put(w, dot, file, text);
}

uint64_t wire_writer(struct wire *w, uint64_t dir, const char *name, int flags)
{
	uint64_t fh = 0;

	ck_assert_int_eq(open_or_create(w, dir, name, flags, &fh), 0);
	return fh;
}
