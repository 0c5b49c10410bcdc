/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ring buffers and arenas have no entries. A buffer that user space fills takes records
 * through `.map/push`, a text in the raw form each: records have no type.
 */
#include <errno.h>

#include "map/ops.h"
#include "map/map.h"
#include "store/errno.h"
#include "text/kinds/bytes.h"
#include "text/model.h"

/* Parse the text between "@" and the final newline: 2 digits per byte. */
static int parse_record(const char *text, size_t len, uint8_t **ret, size_t *ret_size,
			struct text_error *err)
{
	struct span span = { text, len, 0 };
	_cleanup_free_ uint8_t *record = NULL;
	bool half;
	int r;

	if (len && text[len - 1] == '\n')
		span.len--;
	if (span.len < 3)
		return text_fail(err, span.len && *text != '@' ? -EINVAL : -EAGAIN, 0,
				 "expected a record as @ and two hex digits per byte");
	*ret_size = (span.len - 1) / 2;
	half = span.len % 2 == 0;
	span.len -= half;
	record = malloc(*ret_size);
	if (!record)
		return -ENOMEM;
	r = raw_parse(&span, record, *ret_size, err);
	if (r == 0 && half)
		r = text_fail(err, -EAGAIN, span.len, "expected a second hex digit");
	if (r == 0)
		*ret = take_ptr(record);
	return r;
}

static int explain(int r, const struct map *m, size_t size, struct text_error *err)
{
	if (r == -ENOSPC)
		return text_fail(err, r, 0,
				 "the buffer is full: the program has not consumed its "
				 "records");
	if (r == -EFBIG)
		return text_fail(err, r, 0, "a record of %zu bytes never fits in %u", size,
				 m->schema->info.max_entries);
	return r;
}

static int ring_push(const struct map *m, const char *text, size_t len, bool commit,
		     struct text_error *err)
{
	_cleanup_free_ uint8_t *record = NULL;
	size_t size = 0;
	int r = parse_record(text, len, &record, &size, err);

	if (r < 0 || !commit)
		return r;
	r = store_ring_push(&m->ref, record, size);
	return explain(store_user_errno(STORE_OP_UPDATE, r), m, size, err);
}

const struct map_ops map_ops_ring = { 0 };
const struct map_ops map_ops_arena = { 0 };

const struct map_ops map_ops_user_ring = {
	.push = ring_push,
};
