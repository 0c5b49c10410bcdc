/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Slots, their search and reuse, and the quota that drops the oldest files.
 */
#include "tree/scratch-slots.h"

#include <errno.h>
#include <string.h>

uint64_t scratch_number(const struct scratches *s, const struct scratch *f)
{
	return node_make(NODE_SCRATCH, f->gen, (uint32_t)(f - s->slots));
}

struct scratch *scratch_by_number(struct scratches *s, uint64_t node)
{
	struct scratch *f;

	if (node_id(node) >= s->count)
		return NULL;
	f = &s->slots[node_id(node)];
	return f->used && f->gen == node_row(node) ? f : NULL;
}

struct scratch *scratch_by_name(struct scratches *s, uint32_t map_id, const char *name)
{
	for (uint32_t i = 0; i < s->count; i++) {
		struct scratch *f = &s->slots[i];

		if (f->used && f->name && f->map_id == map_id && !strcmp(f->name, name))
			return f;
	}
	return NULL;
}

void scratch_clear(struct scratches *s, struct scratch *f)
{
	uint32_t gen = (f->gen + 1) & NODE_GEN_MASK;

	free(f->data);
	free(f->name);
	*f = (struct scratch){ .gen = gen };
	__atomic_sub_fetch(&s->used, 1, __ATOMIC_RELAXED);
}

void scratch_clear_if_unused(struct scratches *s, struct scratch *f)
{
	if (!f->name && !f->opens && !f->lookups)
		scratch_clear(s, f);
}

void scratch_unname(struct scratches *s, struct scratch *f)
{
	free(f->name);
	f->name = NULL;
	scratch_clear_if_unused(s, f);
}

struct scratch *scratch_free_slot(struct scratches *s)
{
	struct scratch *slots;

	for (uint32_t i = 0; i < s->count; i++)
		if (!s->slots[i].used)
			return &s->slots[i];
	slots = realloc(s->slots, (s->count + 1) * sizeof(*slots));
	if (!slots)
		return NULL;
	s->slots = slots;
	slots[s->count] = (struct scratch){ 0 };
	return &slots[s->count++];
}

/* ---- quotas ---- */

static bool counts(const struct scratch *f, uid_t uid)
{
	return f->used && f->refuse != -ENOSPC && f->uid == uid;
}

/* The oldest that counts, other than `but`; has_bytes: that has memory. */
static struct scratch *oldest(struct scratches *s, uid_t uid, const struct scratch *but,
			      bool has_bytes)
{
	struct scratch *found = NULL;

	for (uint32_t i = 0; i < s->count; i++) {
		struct scratch *f = &s->slots[i];

		if (f != but && counts(f, uid) && (f->cap || !has_bytes) &&
		    (!found || f->age < found->age))
			found = f;
	}
	return found;
}

void scratch_drop(struct scratches *s, struct scratch *f, struct victim *ret)
{
	*ret = (struct victim){ f->map_id, f->uid, f->name, f->data, f->len };
	f->name = f->data = NULL;
	f->len = f->cap = 0;
	f->refuse = -ENOSPC;
	scratch_clear_if_unused(s, f);
}

int scratch_make_room(struct scratches *s, uid_t uid, const struct scratch *f,
		     size_t files, size_t bytes, struct victim *ret)
{
	struct scratch *victim;

	for (uint32_t i = 0; i < s->count; i++) {
		if (!counts(&s->slots[i], uid))
			continue;
		files++;
		bytes += s->slots[i].cap;
	}
	if (files <= SCRATCH_FILES_MAX && bytes <= SCRATCH_BYTES_MAX)
		return 0;
	victim = oldest(s, uid, f, files <= SCRATCH_FILES_MAX);
	if (!victim)
		return -ENOSPC;
	scratch_drop(s, victim, ret);
	return -EAGAIN;
}

/* ---- reports: without the lock ---- */

void scratch_log(struct tree *t, const struct victim *v, const char *operation, int error,
		 const char *why)
{
	_cleanup_live_map_ struct live_map *m = NULL;

	if (registry_find(&t->registry, v->map_id, &m) == 0)
		errlog_add(&m->errors, v->uid, operation, v->name, error,
			   "a scratch file of %zu bytes %s", v->len, why);
}

void scratch_report(struct tree *t, struct victim *v)
{
	/* A file without a name could not have been renamed: no report. */
	if (v->name && v->len)
		scratch_log(t, v, "drop", -ENOSPC,
			    "was dropped: its user created too many");
	free(v->name);
	free(v->data);
}

