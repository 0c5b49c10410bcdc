/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Content line by line: one line per map, or one per CPU of a per-CPU map.
 */
#include "map/content.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "map/ops.h"
#include "text/name.h"
#include "text/value.h"
#include "util/buf.h"

static const uint8_t *cpu_slot(const struct schema *s, const void *value, unsigned cpu)
{
	return value ? (const uint8_t *)value + cpu * s->stride : NULL;
}

int content_name(const struct schema *s, const void *key, struct buf *out)
{
	return s->ops->name ? s->ops->name(s, key, out) : name_format(s->key, key, out);
}

static int parse_key(const struct schema *s, unsigned flags, const char *name, size_t len,
		     void *key, struct text_error *err)
{
	if (s->ops->parse_name)
		return s->ops->parse_name(s, name, len, key, err);
	if (!s->key)
		return text_fail(err, -EINVAL, 0, "maps of type %s have no keys",
				 s->type->name ?: "unknown");
	return name_parse(s->key, &(struct text_parse){ .flags = flags, .err = err }, name,
			  len, key);
}

int content_parse_name(const struct schema *s, const char *name, size_t len, void *key,
		       struct text_error *err)
{
	return parse_key(s, 0, name, len, key, err);
}

int content_parse_key(const struct schema *s, const char *text, size_t len, void *key,
		      struct text_error *err)
{
	return parse_key(s, TEXT_CONTENT, text, len, key, err);
}

int content_format(const struct schema *s, const void *key, const void *value,
		   struct buf *out)
{
	const struct type *type = schema_value_type(s, key);
	bool per_cpu = schema_has(s, MAP_PER_CPU);
	int r = 0;

	if (s->ops->format) {
		r = s->ops->format(s, key, value, false, out);
		buf_putc(out, '\n');
		return r < 0 ? r : buf_error(out);
	}
	if (!type)
		return 0;
	for (unsigned cpu = 0; r == 0 && cpu < s->cpus; cpu++) {
		r = value_format(type, cpu_slot(s, value, cpu),
				 per_cpu ? VALUE_JSON : VALUE_BARE, out);
		buf_putc(out, '\n');
	}
	return r < 0 ? r : buf_error(out);
}

/* JSON, except for the raw form, which never needs quotes. */
static enum value_form line_form(const struct schema *s, const char *line, size_t len)
{
	return len == 1 + 2 * s->value_size && *line == '@' ? VALUE_BARE : VALUE_JSON;
}

/* One CPU's line, starting at *pos of the text; *pos moves behind it. */
static int parse_line(const struct schema *s, const struct content_text *t, size_t *pos,
		      const void *current, void *out)
{
	const char *line = t->text + *pos;
	const char *end = memchr(line, '\n', t->len - *pos);
	size_t n = end ? (size_t)(end - line) : t->len - *pos;
	const struct text_parse how = { line_form(s, line, n), t->flags, current, t->err };
	int r = value_parse(s->value, &how, line, n, out);

	if (r < 0 && t->err)
		t->err->column += *pos;
	/* A line that has ended will not become longer. */
	if (r == -EAGAIN && end)
		r = -EINVAL;
	*pos += n + (end != NULL);
	return r;
}

static void set_every_cpu(const struct schema *s, uint8_t *out)
{
	for (unsigned cpu = 1; cpu < s->cpus; cpu++)
		memcpy(out + cpu * s->stride, out, s->stride);
}

static int parse_per_cpu(const struct schema *s, const struct content_text *t,
			 uint8_t *out)
{
	struct content_text first = *t;
	unsigned lines = 0;
	size_t pos = 0;
	int r;

	do {
		if (lines == s->cpus)
			return text_fail(t->err, -EINVAL, pos,
					 "expected 1 or %u lines, one per CPU, found more",
					 s->cpus);
		r = parse_line(s, t, &pos, cpu_slot(s, t->current, lines),
			       out + lines * s->stride);
		if (r < 0)
			return r;
		lines++;
	} while (pos < t->len);
	if (lines == s->cpus)
		return 0;
	if (lines > 1)
		return text_fail(t->err, -EAGAIN, t->len,
				 "expected 1 or %u lines, one per CPU, found %u", s->cpus,
				 lines);
	if (!t->current || !(t->flags & VALUE_MERGE || schema_needs_current(s))) {
		set_every_cpu(s, out);
		return 0;
	}
	/* Merging one line changes the same members of every CPU's own value. */
	first.len = pos;
	for (unsigned cpu = 1; r == 0 && cpu < s->cpus; cpu++) {
		pos = 0;
		r = parse_line(s, &first, &pos, cpu_slot(s, t->current, cpu),
			       out + cpu * s->stride);
	}
	return r;
}

/* Text for a value without a type was refused: say how to set one. Returns r. */
static int suggest_view(const struct schema *s, const struct type *type,
			struct text_error *err, int r)
{
	size_t len = err ? strlen(err->reason) : 0, size = s->value_size;
	bool is_number = size == 1 || size == 2 || size == 4 || size == 8;

	if (r != -EINVAL || !len || !(type_traits(type) & TYPE_IS_RAW))
		return r;
	snprintf(err->reason + len, sizeof(err->reason) - len,
		 is_number ? "; to set its type: echo value=u%zu > .map/def" :
			     "; to set its type, of %zu bytes: echo 'value={...}' > .map/def",
		 is_number ? 8 * size : size);
	return r;
}

int content_parse(const struct schema *s, const void *key, const struct content_text *t,
		  void *out)
{
	const struct type *type = schema_value_type(s, key);
	_cleanup_free_ uint8_t *slots = NULL;
	int r;

	if (s->ops->parse)
		return s->ops->parse(s, key, t, out);
	if (!type)
		return text_fail(t->err, -EINVAL, 0, "this map has no values");
	if (!schema_has(s, MAP_PER_CPU))
		return suggest_view(s, type, t->err,
				    value_parse(type,
						&(struct text_parse){ VALUE_BARE, t->flags,
								      t->current, t->err },
						t->text, t->len, out));
	slots = calloc(1, s->value_bytes);
	if (!slots)
		return -ENOMEM;
	r = parse_per_cpu(s, t, slots);
	if (r == 0)
		memcpy(out, slots, s->value_bytes);
	return r;
}
