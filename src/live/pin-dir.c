/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pins by name in the directory that main opened; see bpffs.h for the calls.
 */
#include "live/pin-dir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "host/bpffs.h"

/* The id of the map that is pinned as `name`; 0: none. */
static uint32_t id_at(struct registry *r, const char *name)
{
	_cleanup_close_ int fd = bpffs_open_at(r->pin_fd, name, O_PATH);
	uint32_t id;

	return fd >= 0 && store_pinned_map(r->store, fd, &id) == 0 ? id : 0;
}

/* No map's name has an '@'. */
struct beside {
	char name[LISTED_NAME_MAX];
};

static struct beside beside(const char *name, uint32_t id)
{
	struct beside b;

	snprintf(b.name, sizeof(b.name), "%s@%u", name, id);
	return b;
}

int pin_dir_add(struct registry *r, const struct store_map *map, const char *name,
		struct text_error *err)
{
	int e = r->pin ? store_pin(map, r->pin_fd, name) : 0;

	if (e == -EPERM && strchr(name, '.'))
		return text_fail(err, e, strcspn(name, "."),
				 "the map cannot be pinned: names in the BPF file "
				 "system cannot contain '.'");
	return e < 0 ? text_fail(err, e, 0, "the map cannot be pinned in %s", r->pin) : 0;
}

int pin_dir_add_beside(struct registry *r, const struct store_map *map, const char *name,
		       uint32_t id, struct text_error *err)
{
	return pin_dir_add(r, map, beside(name, id).name, err);
}

int pin_dir_replace(struct registry *r, const char *name, uint32_t id, uint32_t old,
		    struct text_error *err)
{
	unsigned flags = pin_dir_has(r, name, old) ? 0 : BPFFS_NOREPLACE;
	int e = 0;

	if (r->pin)
		e = bpffs_rename_at(r->pin_fd, beside(name, id).name, NULL, r->pin_fd, name,
				    NULL, flags);

	return e < 0 ? text_fail(err, e, 0, "the map cannot be pinned in %s", r->pin) : 0;
}

bool pin_dir_has(struct registry *r, const char *name, uint32_t id)
{
	return r->pin && id_at(r, name) == id;
}

bool pin_dir_remove(struct registry *r, const char *name, uint32_t id)
{
	return pin_dir_has(r, name, id) && bpffs_unlink_at(r->pin_fd, name, NULL) == 0;
}

void pin_dir_remove_beside(struct registry *r, const char *name, uint32_t id)
{
	pin_dir_remove(r, beside(name, id).name, id);
}

/* ---- what a daemon left that was killed ---- */

/* The pin beside `name` is of the map `id`. */
static void settle(struct registry *r, const char *name, uint32_t id)
{
	uint32_t other = id_at(r, name);

	if (!other || id < other)
		pin_dir_replace(r, name, id, other, NULL);
	else
		pin_dir_remove_beside(r, name, id);
}

static int mend_pin(void *arg, int fd, const char *path)
{
	struct registry *r = arg;
	_cleanup_store_map_ struct store_map map = STORE_MAP_INIT;
	struct store_info info;

	if (!strchr(path, '@') || store_open_pin(r->store, fd, STORE_READ, &map) < 0 ||
	    store_info(&map, &info) < 0)
		return 0;
	store_close(&map);
	if (!strcmp(path, beside(info.name, info.id).name))
		settle(r, info.name, info.id);
	return 0;
}

void pin_dir_mend(struct registry *r)
{
	if (r->pin)
		bpffs_walk_at(r->pin_fd, mend_pin, r);
}
