/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values that the kernel keeps with other objects. bpf(2) wants a descriptor
 * of the object as key; here keys are what the object is called by:
 *
 *	task_storage		u32 thread id		TID
 *	cgrp_storage		u64 cgroup id		path below the mount
 *	inode_, sk_storage	u32 pid, u32 fd		PID:FD
 *	cgroup_storage		the kernel's own: {cgroup id, attach type}
 *
 * The kernel lists none but the last. For tasks and cgroups every one that
 * there is gets asked.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "map/cgroup.h"
#include "map/ops.h"
#include "map/handle.h"
#include "map/map.h"
#include "map/scan/scan.h"
#include "text/error.h"
#include "text/name.h"
#include "util/buf.h"

/* ---- what they share; the descriptor, or why there is none, is theirs ---- */

/* Without the object there is no entry. */
static int missing(int error)
{
	switch (error) {
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
	  "there is no such thread, cgroup, process or descriptor (any more)" },
	{ ENOENT, ENOENT, NULL },
	{ ESTALE, ENOENT, NULL },
	{ EBADF, ENOENT, NULL },
	{ ELOOP, EINVAL,
	  "the descriptor is a file of this tree (in a shell 1 is what > names) "
	  "or, for a socket storage, is no socket" },
	{ ENOTSOCK, EINVAL, NULL },
	{ EACCES, EACCES,
	  "descriptors of other processes than one's own are for root, and to "
	  "open cgroups by id the daemon must be" },
	{ 0 },
};

/* ---- tasks ---- */

static int open_task(const void *key)
{
	uint32_t tid;

	memcpy(&tid, key, sizeof(tid));
	return handle_open_thread(tid);
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

/* The next entry that is a number; false after the last. */
static bool next_number(DIR *dir, uint32_t *ret)
{
	struct dirent *e;

	while ((e = readdir(dir)))
		if (handle_parse_u32(e->d_name, strlen(e->d_name), ret) == 0)
			return true;
	return false;
}

static int each_thread(uint32_t pid, map_ops_add_fn *add, void *arg)
{
	_cleanup_closedir_ DIR *dir = NULL;
	char path[64];
	uint32_t tid;
	int r = 0;

	snprintf(path, sizeof(path), "/proc/%u/task", pid);
	dir = opendir(path);
	while (dir && r == 0 && next_number(dir, &tid))
		r = add(arg, &tid);
	return r; /* a process that has ended has no threads */
}

static int each_task(const struct map *m, map_ops_add_fn *add, void *arg)
{
	_cleanup_closedir_ DIR *proc = opendir("/proc");
	uint32_t pid;
	int r = 0;

	if (!proc)
		return -errno;
	while (r == 0 && next_number(proc, &pid))
		r = each_thread(pid, add, arg);
	return r;
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
	return cgroup_open(id);
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
	if (cgroup_path(id, &path) == 0)
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
	if (cgroup_find(path.data ?: "", path.len, &id) < 0)
		return text_fail(err, -EINVAL, 0,
				 "there is no such cgroup; a / in its path is %%2F here");
	memcpy(key, &id, sizeof(id));
	return 0;
}

static int add_cgroup(void *arg, uint64_t id)
{
	const struct {
		map_ops_add_fn *add;
		void *arg;
	} *to = arg;

	return to->add(to->arg, &id);
}

static int each_cgroup(const struct map *m, map_ops_add_fn *add, void *arg)
{
	struct {
		map_ops_add_fn *add;
		void *arg;
	} to = { add, arg };

	return cgroup_each(m->rq, add_cgroup, &to);
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

/* ---- inodes and sockets, by a descriptor of whoever has them open ---- */

static int open_fd(const struct map *m, const void *key)
{
	struct handle_fd h;

	memcpy(&h, key, sizeof(h));
	return handle_open_fd(m->rq, &h);
}

static int object_lookup(const struct map *m, const void *key, void *value)
{
	return fd_lookup(m, open_fd(m, key), value);
}

static int object_update(const struct map *m, const void *key, const void *value,
			 unsigned flags)
{
	return fd_update(m, open_fd(m, key), value, flags);
}

static int object_remove(const struct map *m, const void *key)
{
	return fd_remove(m, open_fd(m, key));
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

const struct map_ops map_ops_fd_storage = {
	.key = "{pid:u32,fd:u32}",
	.lookup = object_lookup,
	.update = object_update,
	.remove = object_remove,
	.errors = storage_errors,
	.name = object_name,
	.parse_name = object_parse_name,
};

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

/* After a key that is gone the kernel says that there are no more. */
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
	  "entries are there while a program that uses the map is attached to "
	  "the cgroup, and cannot be made" },
	{ 0 },
};

const struct map_ops map_ops_cgroup_storage = {
	.lookup = attached_lookup,
	.update = attached_update,
	.errors = attached_errors,
	.scan = &scan_walk,
	.candidates = each_attached,
};
