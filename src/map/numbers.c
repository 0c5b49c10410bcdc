/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Extract the numbers of values, entry by entry. The fields of a map's value type are
 * found once and kept with the type.
 */
#include "map/numbers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "map/ops.h"
#include "map/scan/scan.h"
#include "util/buf.h"

void numbers_release(struct numbers *n)
{
	fields_free(n->own);
	free(n->many);
	*n = (struct numbers){ 0 };
}

bool numbers_apply(const struct schema *s)
{
	const struct fields *fs;

	if (!s->key_size || !s->ops->lookup || s->ops->format || s->ops->links)
		return false;
	if (s->data)
		return true;
	return s->value && type_fields(s->value, &fs) == 0 && fs->count;
}

bool numbers_have_sums(const struct schema *s)
{
	return schema_has(s, MAP_PER_CPU) && numbers_apply(s);
}

/* The types of global data are as many as its variables, so they keep no fields. */
static int find_fields(struct numbers *n, const struct schema *s, const void *key)
{
	const struct type *type = schema_value_type(s, key);
	int r;

	if (n->type == type && type)
		return 0;
	fields_free(n->own);
	n->own = NULL;
	n->type = NULL;
	if (!type || s->ops->format || s->ops->links)
		return -EOPNOTSUPP;
	if (s->data) {
		r = fields_new(type, &n->own);
		n->fields = n->own;
	} else {
		r = type_fields(type, &n->fields);
	}
	n->type = r < 0 ? NULL : type;
	return r;
}

static int make_room(struct numbers *n)
{
	size_t count = n->fields->numbers;
	u128 *many;

	n->values = n->many ?: n->few;
	if (count <= (n->many ? n->room : NUMBERS_INLINE))
		return 0;
	many = reallocarray(n->many, count, sizeof(*many));
	if (!many)
		return -ENOMEM;
	n->values = n->many = many;
	n->room = count;
	return 0;
}

static void add_slot(struct numbers *n, const uint8_t *slot)
{
	u128 *to = n->values;

	for (size_t i = 0; i < n->fields->count; i++) {
		const struct field *f = &n->fields->list[i];

		field_add(f, slot, to);
		to += f->count;
	}
}

int numbers_read(struct numbers *n, const struct schema *s, const void *key,
		 const void *value)
{
	int r = find_fields(n, s, key);

	if (r == 0 && !n->fields->count)
		r = -EOPNOTSUPP;
	if (r == 0)
		r = make_room(n);
	if (r < 0)
		return r;
	memset(n->values, 0, n->fields->numbers * sizeof(*n->values));
	for (unsigned cpu = 0; cpu < s->cpus; cpu++)
		add_slot(n, (const uint8_t *)value + cpu * s->stride);
	return 0;
}

int numbers_format(const struct schema *s, const void *key, const void *value,
		   struct buf *out)
{
	_cleanup_numbers_ struct numbers n = { 0 };
	int r = numbers_read(&n, s, key, value);

	return r < 0 ? r : fields_json(n.fields, n.values, out);
}

/* ---- all entries ---- */

struct fold {
	const struct schema *schema;
	numbers_fn *fn;
	void *arg;
	struct numbers numbers;
};

static int fold_batch(void *arg, const struct scan_batch *b)
{
	struct fold *f = arg;
	const struct schema *s = f->schema;
	int r = 0;

	for (size_t i = 0; r == 0 && i < b->count; i++) {
		const uint8_t *key = b->keys + i * s->key_size;

		r = numbers_read(&f->numbers, s, key, b->values + i * s->value_bytes);
		if (r == 0)
			r = f->fn(f->arg, key, &f->numbers);
		else if (r == -EOPNOTSUPP || r == -E2BIG)
			r = 0;
	}
	return r;
}

int numbers_fold(const struct map *m, unsigned threads, numbers_fn *fn, void *arg)
{
	struct fold f = { .schema = m->schema, .fn = fn, .arg = arg };
	int r = scan_fold(m, false, threads, fold_batch, &f);

	numbers_release(&f.numbers);
	return r;
}
