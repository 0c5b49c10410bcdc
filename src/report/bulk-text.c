/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * keys, delete: one name per line. entries, sum.entries: NAME<TAB>JSON.
 */
#include <errno.h>
#include <string.h>

#include "map/content.h"
#include "map/numbers.h"
#include "map/ops.h"
#include "report/bulk.h"

static int put_key(const struct schema *s, const void *key, const void *value,
		   struct buf *out)
{
	int r = content_name(s, key, out);

	buf_putc(out, '\n');
	return r < 0 ? r : buf_error(out);
}

static int take_key(struct bulk_writer *w, const char *text, size_t len, uint8_t *key,
		    uint8_t *value, struct text_error *err)
{
	return content_parse_key(w->map->schema, text, len, key, err);
}

const struct bulk_format bulk_keys = {
	.put = put_key,
	.keys_only = true,
};

const struct bulk_format bulk_delete = {
	.take = take_key,
	.removes = true,
};

typedef int put_value_fn(const struct schema *s, const void *key, const void *value,
			 struct buf *out);

static int put_line(const struct schema *s, const void *key, const void *value,
		    put_value_fn *put_value, struct buf *out)
{
	int r = content_name(s, key, out);

	buf_putc(out, '\t');
	if (r == 0)
		r = put_value(s, key, value, out);
	buf_putc(out, '\n');
	return r < 0 ? r : buf_error(out);
}

static int put_entry(const struct schema *s, const void *key, const void *value,
		     struct buf *out)
{
	return put_line(s, key, value, content_format_json, out);
}

static int take_entry(struct bulk_writer *w, const char *text, size_t len, uint8_t *key,
		      uint8_t *value, struct text_error *err)
{
	const char *tab = memchr(text, '\t', len);
	size_t at;
	int r;

	if (!tab)
		return text_fail(err, -EINVAL, len, "expected KEY, a tab and a value");
	at = (size_t)(tab - text) + 1;
	r = content_parse_key(w->map->schema, text, at - 1, key, err);
	if (r < 0)
		return r;
	r = bulk_value(w, key, text + at, len - at, value, err);
	if (r < 0 && err)
		err->column += at;
	return r;
}

const struct bulk_format bulk_text = {
	.put = put_entry,
	.take = take_entry,
};

static int put_sum(const struct schema *s, const void *key, const void *value,
		   struct buf *out)
{
	return put_line(s, key, value, numbers_format, out);
}

const struct bulk_format bulk_sum = {
	.put = put_sum,
};

/* ---- backup: the same lines, exact, between "# def" and "# end" ---- */

#define DEF_WORD "# def "
#define END_WORD "# end "

static int put_exact(const struct schema *s, const void *key, const void *value,
		     struct buf *out)
{
	return put_line(s, key, value, content_format_exact, out);
}

static int put_head(const struct report *r, struct buf *out)
{
	buf_puts(out, DEF_WORD);
	return report_def_types(r, out);
}

static int put_tail(uint64_t count, struct buf *out)
{
	buf_puts(out, END_WORD);
	buf_put_u64(out, count);
	buf_putc(out, '\n');
	return buf_error(out);
}

/* The backup's type of key or value is this map's. */
static int check_type(const char *what, const char *theirs, const char *ours,
		      bool prefix, struct text_error *err)
{
	int r = def_same_type(theirs, ours, prefix, err);

	if (r != 0)
		return r < 0 ? r : 0;
	return text_fail(err, -EINVAL, 0,
			 "the backup's %s are %s, those of the map are %s",
			 what, theirs ?: "none", ours ?: "none");
}

static int check_sizes(const struct def *def, const struct schema *s,
		       struct text_error *err)
{
	size_t key_size, value_size;
	int r = def_sizes(def, &key_size, &value_size);

	if (r < 0)
		return r == -ENOMEM ? r : text_fail(err, -EINVAL, 0,
						    "invalid types");
	if (key_size != s->info.key_size)
		return text_fail(err, -EINVAL, 0,
				 "the backup's keys have %zu bytes, those of the map "
				 "have %zu",
				 key_size, (size_t)s->info.key_size);
	if (value_size != s->info.value_size)
		return text_fail(
			err, -EINVAL, 0,
			"the backup's values have %zu bytes, those of the map have %u",
			value_size, s->info.value_size);
	return 0;
}

/* A backup of a map with other types could be read as something else. Maps of
 * another kind (lru_hash for hash) take it, if a value is of as many CPUs. */
static int check_def(struct bulk_writer *w, const char *text, size_t len,
		     struct text_error *err)
{
	const struct schema *s = w->map->schema;
	_cleanup_def_ struct def def = { 0 }, own = { 0 };
	int r = def_parse(NULL, text, len, &def, err);

	if (r == -EAGAIN) /* the line ends here */
		r = -EINVAL;
	if (r == 0 && !def.type)
		r = text_fail(err, -EINVAL, 0, "expected type=");
	if (r == 0)
		r = def_from_schema(s, &own);
	if (r == 0)
		r = check_sizes(&def, s, err);
	/* Types that only the tree has are not those of a definition. */
	if (r == 0 && !s->ops->key)
		r = check_type("keys", def.key, own.key, schema_has(s, MAP_PREFIX), err);
	if (r == 0 && !s->ops->value)
		r = check_type("values", def.value, own.value, false, err);
	if (r == 0 && (def.type->traits ^ s->type->traits) & MAP_PER_CPU)
		r = text_fail(err, -EINVAL, 0,
			      "only one of the backup and the map has per-CPU values");
	if (r < 0 && err)
		err->column += strlen(DEF_WORD);
	return r;
}

static int parse_count(const char *text, size_t len, uint64_t *ret)
{
	uint64_t v = 0;

	if (!len || len > 19)
		return -EINVAL;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -EINVAL;
		v = v * 10 + (uint64_t)(text[i] - '0');
	}
	*ret = v;
	return 0;
}

/* The backup is complete: only now delete the keys that it lacks. */
static int take_end(struct bulk_writer *w, const char *text, size_t len,
		    struct text_error *err)
{
	uint64_t count;
	int r;

	if (w->ended)
		return text_fail(err, -EINVAL, 0, "duplicate \"# end\" line");
	if (parse_count(text, len, &count) < 0)
		return text_fail(err, -EINVAL, strlen(END_WORD),
				 "expected the number of entries");
	if (count != w->entries)
		return text_fail(err, -EINVAL, strlen(END_WORD),
				 "expected %llu, the number of entries before this line",
				 (unsigned long long)w->entries);
	r = bulk_apply(w, err);
	if (r == 0 && bulk_late(w) &&
	    keyset_count(w->written) > schema_max_entries(w->map->schema))
		return text_fail(err, -ENOSPC, 0,
				 "the backup has %zu keys, the map has room for %u",
				 keyset_count(w->written),
				 schema_max_entries(w->map->schema));
	if (r == 0)
		r = bulk_remove_others(w->map, w->written, err);
	if (r == 0)
		r = bulk_apply_late(w, err);
	w->ended = r == 0;
	w->removed |= r == 0;
	return r;
}

static bool begins(const char *text, size_t len, const char *word)
{
	return len >= strlen(word) && !memcmp(text, word, strlen(word));
}

static int take_comment(struct bulk_writer *w, const char *text, size_t len,
			struct text_error *err)
{
	size_t def = strlen(DEF_WORD), end = strlen(END_WORD);

	if (begins(text, len, DEF_WORD))
		return check_def(w, text + def, len - def, err);
	if (begins(text, len, END_WORD))
		return take_end(w, text + end, len - end, err);
	return 0;
}

const struct bulk_format bulk_backup = {
	.put = put_exact,
	.head = put_head,
	.tail = put_tail,
	.take = take_entry,
	.comment = take_comment,
	.restores = true,
};
