/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables of sockets. A socket is written as PID:FD and reads as its cookie (SO_COOKIE),
 * which the kernel returns if values have 8 bytes. Otherwise an entry of a sockhash is
 * empty, and slots of arrays are not listed, because the kernel does not report which
 * are in use. In the tree a value is both:
 *
 *	u64 cookie | u32 pid | u32 fd		pid 0: read, not to be written
 */
#include <errno.h>
#include <string.h>

#include "map/content.h"
#include "map/ops.h"
#include "map/handle.h"
#include "map/map.h"
#include "map/scan/scan.h"
#include "text/error.h"
#include "util/buf.h"

#define SOCKET_VALUE "{cookie:u64,pid:u32,fd:u32}"

struct socket {
	uint64_t cookie;
	struct handle_fd h;
};

/* h.fd of a socket that is there, but whose cookie the kernel does not reveal. */
#define UNKNOWN UINT32_MAX

static bool has_cookies(const struct schema *s)
{
	return s->info.value_size == sizeof(uint64_t);
}

static int read_cookie(const struct map *m, const void *key, void *value)
{
	struct socket socket = { 0 };
	int r = store_lookup(&m->ref, key, &socket.cookie, 0);

	if (r == 0)
		memcpy(value, &socket, sizeof(socket));
	return r;
}

static int socket_update(const struct map *m, const void *key, const void *value,
			 unsigned flags)
{
	_cleanup_host_fd_ struct host_fd taken = HOST_FD_INIT;
	struct socket socket;
	uint64_t wide;
	int r;

	memcpy(&socket, value, sizeof(socket));
	r = socket.h.pid ? handle_take_socket(m->rq, &socket.h, &taken) : -EBADF;
	if (r < 0)
		return r;
	wide = (uint64_t)taken.fd;
	return store_update(&m->ref, key, has_cookies(m->schema) ? (void *)&wide : &taken.fd,
			    flags);
}

static int socket_format(const struct schema *s, const void *key, const void *value,
			 bool json, struct buf *out)
{
	struct socket socket;

	memcpy(&socket, value, sizeof(socket));
	if (socket.h.fd != UNKNOWN)
		buf_put_u64(out, socket.cookie);
	else if (json)
		buf_puts(out, "\"\"");
	return buf_error(out);
}

static int socket_parse(const struct schema *s, const void *key,
			const struct content_text *t, void *value)
{
	struct socket socket = { 0 };
	int r = handle_parse_fd(t->text, handle_trim(t->text, t->len), &socket.h, t->err);

	if (r == 0)
		r = handle_check_socket(t->rq, &socket.h, t->err);
	if (r == 0)
		memcpy(value, &socket, sizeof(socket));
	return r;
}

static const struct map_ops_error socket_errors[] = {
	{ EOPNOTSUPP, EINVAL,
	  "the socket is gone, or does not fit: a sockmap takes connected or listening "
	  "sockets, a reuseport_sockarray those with SO_REUSEPORT, an xskmap AF_XDP" },
	{ EINVAL, EINVAL, NULL },
	{ ENOTSOCK, EINVAL, NULL },
	{ EBADF, EINVAL, NULL },
	{ ESRCH, EINVAL, NULL },
	{ EPROTOTYPE, EINVAL, NULL },
	{ ESOCKTNOSUPPORT, EINVAL, NULL },
	{ EACCES, EACCES, "only root may use PID:FD" },
	{ ETIMEDOUT, ETIMEDOUT, "the process did not release the socket in time" },
	{ EBUSY, EBUSY, "the socket is already in a reuseport_sockarray" },
	{ 0 },
};

/* ---- arrays ---- */

static int in_range(const struct map *m, const void *key)
{
	uint32_t index;

	memcpy(&index, key, sizeof(index));
	return index < m->schema->info.max_entries ? 0 : -ENOENT;
}

static int slot_lookup(const struct map *m, const void *key, void *value)
{
	int r = in_range(m, key);

	if (r == 0)
		r = has_cookies(m->schema) ? read_cookie(m, key, value) : -EOPNOTSUPP;
	return r;
}

/* Where nothing can be read, any slot may hold a socket. */
static int slot_exists(const struct map *m, const void *key)
{
	struct socket socket;

	return has_cookies(m->schema) ? slot_lookup(m, key, &socket) : in_range(m, key);
}

/* The kernel says EINVAL of an empty slot. */
static int slot_remove(const struct map *m, const void *key)
{
	int r = store_remove(&m->ref, key);

	return r == -EINVAL ? -ENOENT : r;
}

const struct map_ops map_ops_socket_array = {
	.value = SOCKET_VALUE,
	.lookup = slot_lookup,
	.exists = slot_exists,
	.update = socket_update,
	.remove = slot_remove,
	.errors = socket_errors,
	.format = socket_format,
	.parse = socket_parse,
	.scan = &scan_walk,
};

static int hidden_lookup(const struct map *m, const void *key, void *value)
{
	return in_range(m, key) ?: -EOPNOTSUPP;
}

const struct map_ops map_ops_xskmap = {
	.value = SOCKET_VALUE,
	.lookup = hidden_lookup,
	.exists = in_range,
	.update = socket_update,
	.remove = slot_remove,
	.errors = socket_errors,
	.format = socket_format,
	.parse = socket_parse,
};

/* ---- sockhash ---- */

/* Without a value to ask for: a key that is not there is followed by the
 * first one, and no other is. */
static int hash_exists(const struct map *m, const void *key)
{
	size_t size = m->schema->key_size;
	_cleanup_free_ uint8_t *keys = malloc(2 * size);
	int r;

	if (!keys)
		return -ENOMEM;
	r = store_next_key(&m->ref, NULL, keys);
	if (r == 0) {
		r = store_next_key(&m->ref, key, keys + size);
		if (r == -ENOENT)
			return 0; /* the last one */
	}
	if (r < 0)
		return r;
	return memcmp(keys, keys + size, size) ? 0 : -ENOENT;
}

static int hash_lookup(const struct map *m, const void *key, void *value)
{
	const struct socket unknown = { .h.fd = UNKNOWN };
	int r;

	if (has_cookies(m->schema))
		return read_cookie(m, key, value);
	r = hash_exists(m, key);
	if (r == 0)
		memcpy(value, &unknown, sizeof(unknown));
	return r;
}

static int hash_remove(const struct map *m, const void *key)
{
	return store_remove(&m->ref, key);
}

const struct map_ops map_ops_sockhash = {
	.value = SOCKET_VALUE,
	.lookup = hash_lookup,
	.exists = hash_exists,
	.update = socket_update,
	.remove = hash_remove,
	.errors = socket_errors,
	.format = socket_format,
	.parse = socket_parse,
	.scan = &scan_walk,
};
