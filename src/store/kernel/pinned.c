/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's maps without CAP_SYS_ADMIN, which listing requires: a map is known by
 * its pins. Each walk over the ids, which begins with id 0, searches the BPF file
 * system; between walks a table has the pins of maps.
 *
 * Except for finding and opening maps, everything is done by the kernel store. Programs
 * cannot be listed, and BTF cannot be read, so keys and values are raw unless a view
 * gives them types.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "host/bpffs.h"
#include "store/kernel/kernel.h"

struct pin {
	uint32_t id;
	char *path;
};

struct pins {
	struct pin *list; /* by rising id */
	size_t count, room;
};

struct pinned_store {
	struct kernel_store kernel;
	struct store_ops ops;
	char *dir;
	pthread_mutex_t lock; /* guards pins */
	struct pins pins;
};

static struct pinned_store *to_pinned(struct store *s)
{
	return (struct pinned_store *)s;
}

static void pins_release(struct pins *p)
{
	for (size_t i = 0; i < p->count; i++)
		free(p->list[i].path);
	free(p->list);
}

static int pins_add(struct pins *p, uint32_t id, const char *path)
{
	size_t room = p->room ? p->room * 2 : 32;
	struct pin *list = p->list;

	if (p->count == p->room) {
		list = reallocarray(list, room, sizeof(*list));
		if (!list)
			return -ENOMEM;
		p->list = list;
		p->room = room;
	}
	list[p->count] = (struct pin){ id, strdup(path) };
	return list[p->count].path ? (p->count++, 0) : -ENOMEM;
}

/* ---- the walk ---- */

struct finding {
	struct store *store;
	struct pins *pins;
};

static int find_map(void *arg, int fd, const char *path)
{
	struct finding *f = arg;
	uint32_t id;

	/* Programs, links, and what we may not open are not our maps. */
	return store_pinned_map(f->store, fd, &id) < 0 ? 0 : pins_add(f->pins, id, path);
}

static int by_id(const void *a, const void *b)
{
	const struct pin *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static int look_through(struct pinned_store *p)
{
	_cleanup_(pins_release) struct pins found = { 0 };
	struct finding f = { &p->kernel.base, &found };
	struct pins old;
	int r = bpffs_walk(p->dir, find_map, &f);

	if (r < 0)
		return r;
	if (found.count)
		qsort(found.list, found.count, sizeof(found.list[0]), by_id);
	pthread_mutex_lock(&p->lock);
	old = p->pins;
	p->pins = found;
	pthread_mutex_unlock(&p->lock);
	found = old;
	return 0;
}

/* ---- the ops that differ ---- */

static int pinned_next_id(struct store *s, uint32_t id, uint32_t *ret)
{
	struct pinned_store *p = to_pinned(s);
	int r = id ? 0 : look_through(p);

	if (r < 0)
		return r;
	GUARD_MUTEX(&p->lock);
	for (size_t i = 0; i < p->pins.count; i++)
		if (p->pins.list[i].id > id) {
			*ret = p->pins.list[i].id;
			return 0;
		}
	return -ENOENT;
}

/* Path of the n-th pin of a map, or NULL. */
static char *pin_of(struct pinned_store *p, uint32_t id, size_t n)
{
	GUARD_MUTEX(&p->lock);

	for (size_t i = 0; i < p->pins.count; i++)
		if (p->pins.list[i].id == id && n-- == 0)
			return strdup(p->pins.list[i].path);
	return NULL;
}

/* -ENOENT: that pin is gone, or is another map's by now. */
static int open_path(struct pinned_store *p, const char *path, uint32_t id, unsigned access,
		     struct store_map *ret)
{
	_cleanup_close_ int fd = bpffs_open(p->dir, path, O_PATH);
	_cleanup_store_map_ struct store_map map = STORE_MAP_INIT;
	struct store_info info;
	int r = fd;

	if (fd >= 0)
		r = store_open_pin(&p->kernel.base, fd, access, &map);
	if (r == 0)
		r = store_info(&map, &info);
	if (r < 0)
		return r == -EINVAL ? -ENOENT : r;
	if (info.id != id)
		return -ENOENT;
	*ret = map;
	map = (struct store_map)STORE_MAP_INIT;
	return 0;
}

/* A map may be pinned more than once, with other modes. */
static int pinned_open(struct store *s, uint32_t id, unsigned access, struct store_map *ret)
{
	int r = -ENOENT, one;

	for (size_t n = 0;; n++) {
		_cleanup_free_ char *path = pin_of(to_pinned(s), id, n);

		if (!path)
			return r;
		one = open_path(to_pinned(s), path, id, access, ret);
		if (one == 0)
			return 0;
		if (one != -ENOENT)
			r = one;
	}
}

static void pinned_free(struct store *s)
{
	struct pinned_store *p = to_pinned(s);

	pins_release(&p->pins);
	pthread_mutex_destroy(&p->lock);
	kernel_store_release(&p->kernel);
	free(p->dir);
	free(p);
}

int store_pinned_new(const char *bpffs, struct store **ret)
{
	struct pinned_store *p = calloc(1, sizeof(*p));
	int r;

	if (!p)
		return -ENOMEM;
	p->ops = kernel_ops;
	p->ops.free = pinned_free;
	p->ops.next_id = pinned_next_id;
	p->ops.ids_any_order = true;
	p->ops.denied = "the mode of the pin in the BPF file system does not permit "
			"this to the mounting user; with CAP_SYS_ADMIN the pin would "
			"not be needed";
	p->ops.hides_programs = true;
	p->ops.open = pinned_open;
	p->ops.let_go = NULL; /* the pin stays */
	p->ops.next_program = NULL;
	p->ops.program = NULL;
	pthread_mutex_init(&p->lock, NULL);
	r = kernel_store_init(&p->kernel, &p->ops);
	p->dir = strdup(bpffs);
	if (!p->dir)
		r = -ENOMEM;
	if (r < 0)
		pinned_free(&p->kernel.base);
	else
		*ret = &p->kernel.base;
	return r;
}
