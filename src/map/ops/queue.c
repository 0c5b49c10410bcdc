/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Nothing has a name, so nothing is listed: the files .map/peek, pop and push
 * do the work.
 */
#include "map/ops/queue.h"

#include <errno.h>

#include "map/content.h"
#include "map/ops.h"
#include "store/errno.h"

static int none_is_no_data(int r)
{
	return r == -ENOENT ? -ENODATA : store_user_errno(STORE_OP_LOOKUP, r);
}

int queue_peek(const struct map *m, void *value)
{
	return none_is_no_data(store_lookup(&m->ref, NULL, value, 0));
}

int queue_pop(const struct map *m, void *value)
{
	return none_is_no_data(store_lookup_and_delete(&m->ref, NULL, value, 0));
}

/* One text, one element. */
static int queue_push(const struct map *m, const char *text, size_t len, bool commit,
		      struct text_error *err)
{
	const struct content_text t = {
		.text = text, .len = len, .rq = m->rq, .err = err
	};
	_cleanup_free_ void *value = malloc(m->schema->value_bytes);
	int r;

	if (!value)
		return -ENOMEM;
	r = content_parse(m->schema, NULL, &t, value);
	if (r < 0 || !commit)
		return r;
	r = store_user_errno(STORE_OP_UPDATE,
			     store_update(&m->ref, NULL, value, STORE_ANY));
	if (r == -ENOSPC)
		return text_fail(err, r, 0, "the %s is full: max_entries=%u",
				 m->schema->type->name, m->schema->info.max_entries);
	if (r == -EPERM)
		return text_fail(err, r, 0, "the map is frozen or read-only");
	return r;
}

static int queue_has_elements(const struct map *m)
{
	_cleanup_free_ void *value = malloc(m->schema->value_bytes);

	return value ? queue_peek(m, value) : -ENOMEM;
}

const struct map_ops map_ops_queue = {
	.has_elements = queue_has_elements,
	.push = queue_push,
};
