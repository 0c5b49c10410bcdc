/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * entries.jsonl: {"key":...,"value":...}, as jq and others read and write.
 */
#include "map/content.h"
#include "report/bulk.h"
#include "text/pieces.h"

static int put_object(const struct schema *s, const void *key, const void *value,
		      struct buf *out)
{
	int r;

	buf_puts(out, "{\"key\":");
	r = content_key_json(s, key, out);
	buf_puts(out, ",\"value\":");
	if (r == 0)
		r = content_format_json(s, key, value, out);
	buf_puts(out, "}\n");
	return r < 0 ? r : buf_error(out);
}

/* Convert a column in a piece to a column of the line. */
static int shifted(int r, const struct text_piece *piece, struct text_error *err)
{
	if (r < 0 && err)
		err->column += piece->at;
	return r;
}

static int take_object(struct bulk_writer *w, const char *text, size_t len, uint8_t *key,
		       uint8_t *value, struct text_error *err)
{
	static const char *const names[] = { "key", "value" };
	struct text_piece p[2];
	int r = pieces_of_object(text, len, names, 2, p, err);

	if (r < 0)
		return r;
	r = content_parse_key_json(w->map->schema, p[0].text, p[0].len, key, err);
	if (r < 0)
		return shifted(r, &p[0], err);
	return shifted(bulk_value(w, key, p[1].text, p[1].len, value, err), &p[1], err);
}

const struct bulk_format bulk_jsonl = {
	.put = put_object,
	.take = take_object,
};
