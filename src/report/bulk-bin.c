/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * entries.bin: key bytes, then value bytes, as the store has them.
 */
#include <string.h>

#include "report/bulk.h"

static int put_record(const struct schema *s, const void *key, const void *value,
		      struct buf *out)
{
	buf_put(out, key, s->key_size);
	if (value)
		buf_put(out, value, s->value_bytes);
	return buf_error(out);
}

static int take_record(struct bulk_writer *w, const char *text, size_t len, uint8_t *key,
		       uint8_t *value, struct text_error *err)
{
	const struct schema *s = w->map->schema;

	memcpy(key, text, s->key_size);
	memcpy(value, text + s->key_size, s->value_bytes);
	return 0;
}

const struct bulk_format bulk_bin = {
	.put = put_record,
	.take = take_record,
	.records = true,
};
