/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The next element of a queue or stack: peek and pop.
 */
#include "map/ops/queue.h"

#include <errno.h>

#include "map/content.h"
#include "report/report.h"

static int next_element(const struct report *r,
			int (*get)(const struct map *m, void *value), struct buf *out)
{
	const struct schema *s = r->map->schema;
	_cleanup_free_ void *value = malloc(s->value_bytes);
	int err = value ? get(r->map, value) : -ENOMEM;

	return err < 0 ? err : content_format(s, NULL, value, out);
}

int report_peek(const struct report *r, struct buf *out)
{
	return next_element(r, queue_peek, out);
}

int report_pop(const struct report *r, struct buf *out)
{
	return next_element(r, queue_pop, out);
}
