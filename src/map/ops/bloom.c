/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bloom filters: sets to which values can be added and in which they can be looked up,
 * but not listed or removed. In the tree values are keys (MAP_SET), and a file without
 * content exists if the filter may hold its name.
 */
#include <errno.h>
#include <string.h>

#include "map/content.h"
#include "map/ops.h"
#include "map/map.h"
#include "text/error.h"

static int bloom_exists(const struct map *m, const void *key)
{
	_cleanup_free_ void *candidate = malloc(m->schema->key_size);

	if (!candidate)
		return -ENOMEM;
	memcpy(candidate, key, m->schema->key_size);
	return store_lookup(&m->ref, NULL, candidate, 0);
}

static int bloom_lookup(const struct map *m, const void *key, void *value)
{
	(void)value; /* has no bytes */
	return bloom_exists(m, key);
}

static int bloom_push(const struct map *m, const void *key, const void *value,
		      unsigned flags)
{
	int r = flags == STORE_ANY ? -ENOENT : bloom_exists(m, key);

	if (flags == STORE_NOEXIST && r != -ENOENT)
		return r == 0 ? -EEXIST : r;
	if (flags == STORE_EXIST)
		return r;
	return store_update(&m->ref, NULL, key, STORE_ANY);
}

static int bloom_parse(const struct schema *s, const void *key,
		       const struct content_text *t, void *value)
{
	if (t->len == 0 || (t->len == 1 && *t->text == '\n'))
		return 0;
	return text_fail(
		t->err, -EINVAL, 0,
		"entries of a bloom filter have no content: use touch to push a value");
}

const struct map_ops map_ops_bloom = {
	.lookup = bloom_lookup,
	.exists = bloom_exists,
	.update = bloom_push,
	.parse = bloom_parse,
};
