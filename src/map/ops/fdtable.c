/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Arrays of programs, of cgroups and of perf events. The kernel takes descriptors as
 * values; in texts they are
 *
 *	prog_array		the program's id; written also as the path of a pin
 *	cgroup_array		cannot be read; written as the path of a cgroup
 *	perf_event_array	neither read nor written
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "host/host.h"
#include "map/content.h"
#include "map/ops.h"
#include "map/handle.h"
#include "map/map.h"
#include "map/scan/scan.h"
#include "text/error.h"
#include "text/value.h"

static int slot_remove(const struct map *m, const void *key)
{
	return store_remove(&m->ref, key);
}

/* ---- programs ---- */

static int program_lookup(const struct map *m, const void *key, void *value)
{
	return store_lookup(&m->ref, key, value, 0);
}

/*
 * The kernel empties an array of programs once nobody has it open and no pin
 * holds it, though programs may still use it. Were the daemon the only one,
 * the entry would be gone with its descriptor: let go, and look. The kernel
 * does its work a moment later, so look for a while.
 */
static int still_there(const struct map *m, const void *key)
{
	struct timespec wait = { .tv_nsec = 500000 };
	uint32_t id;
	int r = store_let_go(&m->ref);

	for (int i = 0; i < 6 && r == 0; i++) {
		wait.tv_nsec *= 2;
		nanosleep(&wait, NULL);
		r = program_lookup(m, key, &id);
	}
	return r == -ENOENT ? -EBUSY : r;
}

static int program_update(const struct map *m, const void *key, const void *value,
			  unsigned flags)
{
	_cleanup_close_ int fd = -1;
	uint32_t id;
	int r;

	memcpy(&id, value, sizeof(id));
	r = handle_open_program(m->rq, m->ref.store, id, &fd);
	if (r == 0)
		r = map_ops_check_flags(m, key, &flags);
	if (r == 0)
		r = store_update(&m->ref, key, &fd, flags);
	return r < 0 ? r : still_there(m, key);
}

static int parse_pin(const struct schema *s, const struct content_text *t, void *value)
{
	struct text_error *err = t->err;
	_cleanup_free_ char *path = NULL;
	int r = handle_parse_path(t, &path);
	uint32_t id;

	if (r < 0)
		return r;
	r = store_pinned_program(s->store, path, &id);
	if (r == -EPERM)
		return text_fail(err, -EACCES, 0, "the daemon may not open this pin");
	if (r < 0)
		return text_fail(err, r == -ENOMEM ? r : -EINVAL, 0,
				 "no program is pinned there");
	memcpy(value, &id, sizeof(id));
	return 0;
}

static int program_exists(const struct schema *s, const struct content_text *t,
			  uint32_t id)
{
	struct text_error *err = t->err;
	_cleanup_close_ int fd = -1;
	int r = handle_for_root(t->rq, err) ?: store_open_program(s->store, id, &fd);

	if (r == -EPERM)
		return text_fail(err, -EACCES, 0,
				 "the daemon may not open programs by id");
	if (r == -ENOENT)
		return text_fail(err, -EINVAL, 0, "no program has the id %u", id);
	return r;
}

static int program_parse(const struct schema *s, const void *key,
			 const struct content_text *t, void *value)
{
	const struct text_parse how = { VALUE_BARE, t->flags, t->current, t->err };
	uint32_t id;
	int r;

	if (t->len && *t->text == '/')
		return parse_pin(s, t, value);
	r = value_parse(s->value, &how, t->text, t->len, &id);
	if (r == 0)
		r = program_exists(s, t, id);
	if (r == 0)
		memcpy(value, &id, sizeof(id));
	return r;
}

static const struct map_ops_error program_errors[] = {
	{ EINVAL, EINVAL,
	  "the programs of an array must have the same type and properties: this "
	  "program has others, or is gone" },
	{ ENOENT, EINVAL, NULL },
	{ EACCES, EACCES, "only root may use program ids" },
	{ EBUSY, EBUSY,
	  "the kernel would remove the program at once: no process has the map open, "
	  "and the map is not pinned. Pin it first" },
	{ 0 },
};

const struct map_ops map_ops_program_array = {
	.value = "u32",
	.lookup = program_lookup,
	.update = program_update,
	.remove = slot_remove,
	.errors = program_errors,
	.parse = program_parse,
	.scan = &scan_walk,
};

/* ---- perf events and cgroups: slots that cannot be read ---- */

static int hidden_exists(const struct map *m, const void *key)
{
	uint32_t index;

	memcpy(&index, key, sizeof(index));
	return index < m->schema->info.max_entries ? 0 : -ENOENT;
}

static int hidden_lookup(const struct map *m, const void *key, void *value)
{
	int r = hidden_exists(m, key);

	return r < 0 ? r : -EOPNOTSUPP;
}

/* No update: an event ends with the descriptor that it was set through. */
const struct map_ops map_ops_perf_event_array = {
	.lookup = hidden_lookup,
	.exists = hidden_exists,
	.remove = slot_remove,
};

static int cgroup_update(const struct map *m, const void *key, const void *value,
			 unsigned flags)
{
	_cleanup_close_ int fd = -1;
	uint64_t id;

	memcpy(&id, value, sizeof(id));
	if (flags & STORE_NOEXIST)
		return -EEXIST; /* occupied or not: unknown */
	fd = handle_open_cgroup(m->rq, id);
	return fd < 0 ? fd : store_update(&m->ref, key, &fd, STORE_ANY);
}

static int cgroup_parse(const struct schema *s, const void *key,
			const struct content_text *t, void *value)
{
	_cleanup_free_ char *path = NULL;
	uint64_t id;
	int r = handle_parse_path(t, &path);

	if (r < 0)
		return r;
	r = host_cgroup_id_at(path, &id);
	if (r < 0)
		return text_fail(t->err, r == -ENOMEM ? r : -EINVAL, 0,
				 "not a directory of a cgroup2 file system");
	memcpy(value, &id, sizeof(id));
	return 0;
}

static const struct map_ops_error cgroup_errors[] = {
	{ ENOENT, EINVAL, "the cgroup is gone, or the kernel does not accept it" },
	{ ESTALE, EINVAL, NULL },
	{ EBADF, EINVAL, NULL },
	{ EACCES, EACCES, "only root may use cgroup ids" },
	{ 0 },
};

const struct map_ops map_ops_cgroup_array = {
	.value = "u64",
	.lookup = hidden_lookup,
	.exists = hidden_exists,
	.update = cgroup_update,
	.remove = slot_remove,
	.errors = cgroup_errors,
	.parse = cgroup_parse,
};
