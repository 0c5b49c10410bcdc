/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Entries as JSON, for files that hold many of them.
 */
#include "map/content.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "map/ops.h"
#include "text/escape.h"
#include "text/pieces.h"
#include "text/value.h"
#include "util/buf.h"

/* ---- formatting ---- */

typedef int format_fn(const struct type *t, const void *value, struct buf *out);

static int format_plain(const struct type *t, const void *value, struct buf *out)
{
	return value_format(t, value, VALUE_JSON, out);
}

/* One value, or an array of those of all CPUs. */
static int format_cpus(const struct schema *s, const void *key, const uint8_t *value,
		       format_fn *format, struct buf *out)
{
	const struct type *type = schema_value_type(s, key);
	int r = 0;

	if (!type)
		return 0;
	if (!schema_has(s, MAP_PER_CPU))
		return format(type, value, out);
	for (unsigned cpu = 0; r == 0 && cpu < s->cpus; cpu++) {
		buf_putc(out, cpu ? ',' : '[');
		r = format(type, value + cpu * s->stride, out);
	}
	buf_putc(out, ']');
	return r < 0 ? r : buf_error(out);
}

int content_format_json(const struct schema *s, const void *key, const void *value,
			struct buf *out)
{
	if (s->ops->format)
		return s->ops->format(s, key, value, true, out);
	return format_cpus(s, key, value, format_plain, out);
}

int content_format_exact(const struct schema *s, const void *key, const void *value,
			 struct buf *out)
{
	if (s->ops->format)
		return s->ops->format(s, key, value, true, out);
	return format_cpus(s, key, value, value_format_exact, out);
}

int content_key_json(const struct schema *s, const void *key, struct buf *out)
{
	_cleanup_buf_ struct buf name = BUF_INIT;
	int r;

	if (!s->ops->name)
		return value_format_exact(s->key, key, out);
	r = s->ops->name(s, key, &name);
	if (r == 0)
		json_escape(out, name.data, name.len);
	return r < 0 ? r : buf_error(&name) ?: buf_error(out);
}

/* ---- parsing ---- */

struct cpus {
	const struct schema *s;
	const struct type *type;
	const uint8_t *current; /* or NULL */
	uint8_t *out;
	struct text_error *err;
};

/* The value of one CPU, an element of an array. */
static int parse_cpu(void *arg, unsigned cpu, const struct text_piece *piece)
{
	const struct cpus *c = arg;
	size_t at = cpu * c->s->stride;
	const struct text_parse how = {
		VALUE_JSON, 0, c->current ? c->current + at : NULL, c->err
	};
	int r;

	if (cpu >= c->s->cpus)
		return text_fail(c->err, -EINVAL, piece->at,
				 "expected %u values, one per CPU, found more", c->s->cpus);
	r = value_parse(c->type, &how, piece->text, piece->len, c->out + at);
	if (r < 0 && c->err)
		c->err->column += piece->at;
	return r;
}

static int parse_each(struct cpus *c, const char *text, size_t len)
{
	int r = pieces_of_array(text, len, parse_cpu, c, c->err);

	if (r >= 0 && (unsigned)r < c->s->cpus)
		return text_fail(c->err, -EINVAL, len,
				 "expected %u values, one per CPU, found %d", c->s->cpus,
				 r);
	return r < 0 ? r : 0;
}

static int parse_one_for_all(struct cpus *c, const char *text, size_t len,
			     struct text_error *err)
{
	int r = 0;

	for (unsigned cpu = 0; r == 0 && cpu < c->s->cpus; cpu++) {
		size_t at = cpu * c->s->stride;
		const struct text_parse how = {
			VALUE_JSON, 0, c->current ? c->current + at : NULL, err
		};

		r = value_parse(c->type, &how, text, len, c->out + at);
	}
	return r;
}

/*
 * An array is a value for each CPU where it can be that; otherwise, of a type
 * that is an array itself, one value for all.
 */
static int parse_cpus(struct cpus *c, const char *text, size_t len)
{
	int r;

	if (!len || *text != '[')
		return parse_one_for_all(c, text, len, c->err);
	r = parse_each(c, text, len);
	if (r < 0 && r != -ENOMEM && parse_one_for_all(c, text, len, NULL) == 0)
		return 0;
	return r;
}

/* Families take the text of a file, where strings are bare. */
static int parse_by_ops(const struct schema *s, const void *key,
			const struct content_text *t, void *out)
{
	struct content_text bare = *t;
	_cleanup_buf_ struct buf space = BUF_INIT;
	struct text_piece piece = { t->text, t->len, 0 };
	int r = 0;

	if (t->len && *t->text == '"')
		r = piece_string(&piece, &space, &piece, t->err);
	bare.text = piece.text;
	bare.len = piece.len;
	return r < 0 ? r : s->ops->parse(s, key, &bare, out);
}

int content_parse_json(const struct schema *s, const void *key,
		       const struct content_text *t, void *out)
{
	const struct type *type = schema_value_type(s, key);
	struct cpus c = { s, type, t->current, out, t->err };
	int r;

	if (s->ops->parse)
		r = parse_by_ops(s, key, t, out);
	else if (!type)
		return text_fail(t->err, -EINVAL, 0, "this map has no values");
	else if (schema_has(s, MAP_PER_CPU))
		r = parse_cpus(&c, t->text, t->len);
	else
		r = value_parse(type, &(struct text_parse){ VALUE_JSON, 0, t->current, t->err },
				t->text, t->len, out);
	return r == -EAGAIN ? -EINVAL : r;
}

int content_parse_key_json(const struct schema *s, const char *text, size_t len,
			   void *key, struct text_error *err)
{
	_cleanup_buf_ struct buf space = BUF_INIT;
	struct text_piece piece = { text, len, 0 };
	int r;

	if (!s->ops->parse_name) {
		r = value_parse(s->key, &(struct text_parse){ VALUE_JSON, TEXT_KEY, .err = err },
				text, len, key);
		return r == -EAGAIN ? -EINVAL : r == -EFBIG ? -ENAMETOOLONG : r;
	}
	r = piece_string(&piece, &space, &piece, err);
	return r < 0 ? r : s->ops->parse_name(s, piece.text, piece.len, key, err);
}
