/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values that the kernel attaches to other objects. bpf(2) takes a descriptor of the
 * object as key; here keys are the names of the object:
 *
 *	task_storage		u32 thread id		TID
 *	cgrp_storage		u64 cgroup id		path below the mount
 *	inode_, sk_storage	u32 pid, u32 fd		PID:FD
 *	cgroup_storage		the kernel's own: {cgroup id, attach type}
 *
 * The kernel lists only the last. For task and cgroup storage, every task or cgroup of
 * the system is looked up.
 */
#include <errno.h>
#include <string.h>

#include "host/host.h"
#include "map/ops.h"
#include "map/handle.h"
#include "map/map.h"
#include "map/scan/scan.h"
#include "text/error.h"
#include "text/name.h"
#include "util/buf.h"
#include "util/request.h"

/* ---- what they share; the descriptor, or why there is none, is theirs ---- */

/* Without the object there is no entry. */
static int missing(int error)
{
	switch (error) {
	case -EOPNOTSUPP: /* a thread that bpf(2) cannot be asked for */
	case -ESRCH:
	case -ESTALE:
	case -EBADF:
	case -ELOOP:
	case -ENOTSOCK: return -ENOENT;
	default: return error;
	}
}

static int fd_lookup(const struct map *m, int fd, void *value)
{
	_cleanup_close_ int object = fd;

	return missing(fd < 0 ? fd
			      : store_lookup(&m->ref, &object, value, m->schema->lock));
}

static int fd_update(const struct map *m, int fd, const void *value, unsigned flags)
{
	_cleanup_close_ int object = fd;

	return fd < 0 ? fd
		      : store_update(&m->ref, &object, value, flags | m->schema->lock);
}

static int fd_remove(const struct map *m, int fd)
{
	_cleanup_close_ int object = fd;

	return missing(fd < 0 ? fd : store_remove(&m->ref, &object));
}

static const struct map_ops_error storage_errors[] = {
	{ ESRCH, ENOENT,
	  "no such thread or cgroup, or it is gone" },
	{ ENOENT, ENOENT, NULL },
	{ EOPNOTSUPP, EOPNOTSUPP,
	  "before Linux 6.9 only the first thread of a process can be named" },
	{ ESTALE, ENOENT, NULL },
	{ EACCES, EACCES, "to open cgroups by id the daemon must be root" },
	{ 0 },
};

/* ---- tasks ---- */

static int open_task(const void *key)
{
	uint32_t tid;

	memcpy(&tid, key, sizeof(tid));
	return host_open_thread(tid);
}

static int task_lookup(const struct map *m, const void *key, void *value)
{
	return fd_lookup(m, open_task(key), value);
}

static int task_update(const struct map *m, const void *key, const void *value,
		       unsigned flags)
{
	return fd_update(m, open_task(key), value, flags);
}

static int task_remove(const struct map *m, const void *key)
{
	return fd_remove(m, open_task(key));
}

struct adding {
	map_ops_add_fn *add;
	void *arg;
	const struct request *rq;
};

static int add_number(void *arg, uint32_t number)
{
	const struct adding *a = arg;

	return a->add(a->arg, &number);
}

static int add_threads(void *arg, uint32_t pid)
{
	return host_each_thread(pid, add_number, arg);
}

static int each_task(const struct map *m, map_ops_add_fn *add, void *arg)
{
	struct adding a = { add, arg, m->rq };

	return host_each_process(add_threads, &a);
}

const struct map_ops map_ops_task_storage = {
	.key = "u32",
	.lookup = task_lookup,
	.update = task_update,
	.remove = task_remove,
	.errors = storage_errors,
	.scan = &scan_walk,
	.candidates = each_task,
};

/* ---- cgroups ---- */

static int open_cgrp(const void *key)
{
	uint64_t id;

	memcpy(&id, key, sizeof(id));
	return host_cgroup_open(id);
}

static int cgrp_lookup(const struct map *m, const void *key, void *value)
{
	return fd_lookup(m, open_cgrp(key), value);
}

static int cgrp_update(const struct map *m, const void *key, const void *value,
		       unsigned flags)
{
	return fd_update(m, open_cgrp(key), value, flags);
}

static int cgrp_remove(const struct map *m, const void *key)
{
	return fd_remove(m, open_cgrp(key));
}

static int cgrp_name(const struct schema *s, const void *key, struct buf *out)
{
	_cleanup_buf_ struct buf path = BUF_INIT;
	uint64_t id;

	memcpy(&id, key, sizeof(id));
	if (host_cgroup_path(id, &path) == 0)
		return name_format_text(path.data, path.len, out);
	name_format_raw(key, s->key_size, out);
	return buf_error(out);
}

static int cgrp_parse_name(const struct schema *s, const char *name, size_t len,
			   void *key, struct text_error *err)
{
	_cleanup_buf_ struct buf path = BUF_INIT;
	uint64_t id;
	int r;

	if (len && *name == '@')
		return name_parse(s->key, &(struct text_parse){ .err = err }, name, len, key);
	r = name_parse_text(name, len, &path, err);
	if (r < 0)
		return r;
	if (host_cgroup_find(path.data ?: "", path.len, &id) < 0)
		return text_fail(err, -EINVAL, 0,
				 "no such cgroup; a / in its path is written %%2F here");
	memcpy(key, &id, sizeof(id));
	return 0;
}

static int add_cgroup(void *arg, uint64_t id)
{
	const struct adding *a = arg;

	return request_interrupted(a->rq) ? -EINTR : a->add(a->arg, &id);
}

static int each_cgroup(const struct map *m, map_ops_add_fn *add, void *arg)
{
	struct adding a = { add, arg, m->rq };

	return host_cgroup_each(add_cgroup, &a);
}

const struct map_ops map_ops_cgrp_storage = {
	.key = "u64",
	.lookup = cgrp_lookup,
	.update = cgrp_update,
	.remove = cgrp_remove,
	.errors = storage_errors,
	.name = cgrp_name,
	.parse_name = cgrp_parse_name,
	.scan = &scan_walk,
	.candidates = each_cgroup,
};

/* ---- inodes and sockets, by a descriptor of a process that has them open ---- */

typedef int take_fn(const struct request *rq, const struct handle_fd *h,
		    struct host_fd *ret);

static int take(const struct map *m, take_fn *fn, const void *key, struct host_fd *ret)
{
	struct handle_fd h;

	memcpy(&h, key, sizeof(h));
	return fn(m->rq, &h, ret);
}

static int object_lookup(const struct map *m, take_fn *fn, const void *key, void *value)
{
	_cleanup_host_fd_ struct host_fd object = HOST_FD_INIT;
	int r = take(m, fn, key, &object);

	return missing(r ?: store_lookup(&m->ref, &object.fd, value, m->schema->lock));
}

static int object_update(const struct map *m, take_fn *fn, const void *key,
			 const void *value, unsigned flags)
{
	_cleanup_host_fd_ struct host_fd object = HOST_FD_INIT;
	int r = take(m, fn, key, &object);

	return r ?: store_update(&m->ref, &object.fd, value, flags | m->schema->lock);
}

static int object_remove(const struct map *m, take_fn *fn, const void *key)
{
	_cleanup_host_fd_ struct host_fd object = HOST_FD_INIT;
	int r = take(m, fn, key, &object);

	return missing(r ?: store_remove(&m->ref, &object.fd));
}

static int object_name(const struct schema *s, const void *key, struct buf *out)
{
	struct handle_fd h;

	memcpy(&h, key, sizeof(h));
	buf_printf(out, "%u:%u", h.pid, h.fd);
	return buf_error(out);
}

static int object_parse_name(const struct schema *s, const char *name, size_t len,
			     void *key, struct text_error *err)
{
	struct handle_fd h;
	int r;

	if (len && *name == '@')
		return name_parse(s->key, &(struct text_parse){ .err = err }, name, len, key);
	r = handle_parse_fd(name, len, &h, err);
	if (r == 0)
		memcpy(key, &h, sizeof(h));
	return r;
}

#define OBJECT_ERRORS                                                                    \
	{ ESRCH, ENOENT, "no such process or descriptor, or it is gone" },          \
	{ EBADF, ENOENT, NULL },                                                         \
	{ ENOENT, ENOENT, NULL },                                                        \
	{ EACCES, EACCES, "only root may use PID:FD" },                                   \
	{ ETIMEDOUT, ETIMEDOUT, "the process did not release the descriptor in time" }

static const struct map_ops_error inode_errors[] = {
	OBJECT_ERRORS,
	{ ELOOP, EINVAL,
	  "the descriptor is a file of this tree (in a shell, 1 is the target of >)" },
	{ 0 },
};

static const struct map_ops_error sk_errors[] = {
	OBJECT_ERRORS,
	{ ENOTSOCK, EINVAL, "the descriptor is not a socket" },
	{ 0 },
};

/* The storage of one kind of object: its functions take it with `fn`. */
#define OBJECT_STORAGE(kind, fn)                                                         \
	static int kind##_lookup(const struct map *m, const void *key, void *value)      \
	{                                                                                \
		return object_lookup(m, fn, key, value);                                 \
	}                                                                                \
	static int kind##_update(const struct map *m, const void *key,                   \
				 const void *value, unsigned flags)                      \
	{                                                                                \
		return object_update(m, fn, key, value, flags);                          \
	}                                                                                \
	static int kind##_remove(const struct map *m, const void *key)                   \
	{                                                                                \
		return object_remove(m, fn, key);                                        \
	}                                                                                \
	const struct map_ops map_ops_##kind##_storage = {                                \
		.key = "{pid:u32,fd:u32}",                                               \
		.lookup = kind##_lookup,                                                 \
		.update = kind##_update,                                                 \
		.remove = kind##_remove,                                                 \
		.errors = kind##_errors,                                                 \
		.name = object_name,                                                     \
		.parse_name = object_parse_name,                                         \
	}

OBJECT_STORAGE(inode, handle_open_inode);
OBJECT_STORAGE(sk, handle_take_socket);

/* ---- deprecated: entries come and go with programs on cgroups ---- */

/* Ends of a walk because its key was gone that a listing puts up with. */
#define RESTARTS_MAX 100

static int attached_lookup(const struct map *m, const void *key, void *value)
{
	return store_lookup(&m->ref, key, value, m->schema->lock);
}

static int attached_update(const struct map *m, const void *key, const void *value,
			   unsigned flags)
{
	int r = map_ops_check_flags(m, key, &flags);

	return r < 0 ? r : store_update(&m->ref, key, value, flags | m->schema->lock);
}

/* After a key that is gone, the kernel reports the end. */
static int each_attached(const struct map *m, map_ops_add_fn *add, void *arg)
{
	size_t size = m->schema->key_size;
	_cleanup_free_ uint8_t *keys = malloc(2 * size);
	_cleanup_free_ void *value = malloc(m->schema->value_bytes);
	uint8_t *from = NULL, *to = keys;
	int restarts = 0, r = 0;

	if (!keys || !value)
		return -ENOMEM;
	while (r == 0) {
		r = store_next_key(&m->ref, from, to);
		if (r == 0) {
			r = add(arg, to);
			from = to;
			to = to == keys ? keys + size : keys;
		} else if (r == -ENOENT && from && restarts++ < RESTARTS_MAX &&
			   attached_lookup(m, from, value) == -ENOENT) {
			from = NULL;
			r = 0;
		}
	}
	return r == -ENOENT ? 0 : r;
}

static const struct map_ops_error attached_errors[] = {
	{ ENOENT, ENOENT,
	  "entries exist while a program that uses the map is attached to the cgroup, "
	  "and cannot be created" },
	{ 0 },
};

const struct map_ops map_ops_cgroup_storage = {
	.lookup = attached_lookup,
	.update = attached_update,
	.errors = attached_errors,
	.scan = &scan_walk,
	.candidates = each_attached,
};
