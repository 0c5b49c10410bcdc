/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How many entries a map has: add up the batches of a scan of keys.
 */
#include <errno.h>

#include "map/check.h"
#include "map/ops.h"
#include "map/scan/scan.h"

/* About a millisecond of LOOKUP_BATCH, and of GET_NEXT_KEY. */
#define BATCHED_MAX 4096
#define WALKED_MAX 1024

static int add_batch(void *arg, const struct scan_batch *b)
{
	uint64_t *n = arg;

	*n += b->count;
	return 0;
}

int scan_count(const struct map *m, unsigned threads, uint64_t *ret)
{
	*ret = 0;
	return scan_fold(m, true, threads, add_batch, ret);
}

static bool is_full(const struct schema *s)
{
	return s->data || (schema_has(s, MAP_INDEXED) && s->ops == &map_ops_indexed);
}

int scan_count_cheap(const struct map *m, uint64_t *ret)
{
	const struct schema *s = m->schema;
	uint32_t max = schema_max_entries(s);

	if (!map_is_listed(s) || s->ops->candidates)
		return -EOPNOTSUPP;
	if (is_full(s)) {
		*ret = max;
		return 0;
	}
	if (max > (s->ops->scan == &scan_walk ? WALKED_MAX : BATCHED_MAX))
		return -EOPNOTSUPP;
	return scan_count(m, 0, ret);
}
