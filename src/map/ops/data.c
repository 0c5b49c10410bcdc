/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Variables of global data as entries. Reading copies the section as bpf(2) gives it
 * and takes the variable out. Writing never does that: an update would undo concurrent
 * changes by the program, so only the variable's own bytes are stored, in place.
 */
#include "map/data.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>

#include "map/ops.h"
#include "map/map.h"
#include "map/scan/scan.h"
#include "text/name.h"
#include "util/buf.h"

/* Bytes of names in "there is no such variable, but these". */
#define NAMES_SHOWN 110

static const struct data_var *var_of(const struct schema *s, const void *key)
{
	uint32_t number;

	memcpy(&number, key, sizeof(number));
	return number < s->data->count ? &s->data->vars[number] : NULL;
}

/* Take a variable out of its section; the rest of the buffer is zero. */
static void take_value(const struct schema *s, const struct data_var *v,
		       const uint8_t *section, uint8_t *value)
{
	memcpy(value, section + v->offset, v->size);
	memset(value + v->size, 0, s->value_bytes - v->size);
}

/* The one element: all variables as they are now. free() it. */
static int read_section(const struct map *m, uint8_t **section)
{
	static const uint32_t zero;

	if (!*section)
		*section = malloc(m->schema->info.value_size);
	return *section ? store_lookup(&m->ref, &zero, *section, 0) : -ENOMEM;
}

static int data_lookup(const struct map *m, const void *key, void *value)
{
	const struct data_var *v = var_of(m->schema, key);
	_cleanup_free_ uint8_t *section = NULL;
	int r;

	if (!v)
		return -ENOENT;
	r = read_section(m, &section);
	if (r == 0)
		take_value(m->schema, v, section, value);
	return r;
}

static int data_exists(const struct map *m, const void *key)
{
	return var_of(m->schema, key) ? 0 : -ENOENT;
}

/* The variable can be changed without the bytes beside it. */
static bool can_patch(const struct schema *s)
{
	return s->info.flags & BPF_F_MMAPABLE &&
	       !(s->data->traits & (TYPE_HAS_LOCK | TYPE_HAS_OBJECTS));
}

/* Write the whole section with another value of one variable: what programs change
 * meanwhile is lost. Only with -o unsafe, see data_check_write(). */
static int rewrite(const struct map *m, const struct data_var *v, const void *value)
{
	static const uint32_t zero;
	_cleanup_free_ uint8_t *section = NULL;
	int r = m->schema->info.flags & BPF_F_RDONLY_PROG ? -EPERM : read_section(m, &section);

	if (r < 0)
		return r;
	memcpy(section + v->offset, value, v->size);
	return store_update(&m->ref, &zero, section, STORE_ANY);
}

static int data_update(const struct map *m, const void *key, const void *value,
		       unsigned flags)
{
	const struct data_var *v = var_of(m->schema, key);

	if (!v)
		return -ENOENT;
	if (flags & STORE_NOEXIST)
		return -EEXIST;
	if (!can_patch(m->schema))
		return rewrite(m, v, value);
	return store_patch(&m->ref, v->offset, value, v->size);
}

/*
 * The first piece from *at on that differs: the smallest aligned power of two,
 * at most 8, around the bytes of one word that do. So numbers are stored at
 * once, and a member beside them is not stored, unless it changed, too. Offsets are
 * those in the section, since alignment is. 0: nothing differs any more.
 */
static size_t next_piece(const struct data_var *v, const uint8_t *old, const uint8_t *new,
			 uint64_t *at)
{
	uint64_t end = (uint64_t)v->offset + v->size, first = *at, last, size = 1;

	while (first < end && old[first - v->offset] == new[first - v->offset])
		first++;
	if (first == end)
		return 0;
	last = first | 7;
	if (last >= end)
		last = end - 1;
	while (old[last - v->offset] == new[last - v->offset])
		last--;
	while (first / size != last / size)
		size *= 2;
	first = first / size * size;
	*at = first < v->offset ? v->offset : first;
	last = first + size < end ? first + size : end;
	return (size_t)(last - *at);
}

static int data_change(const struct map *m, const void *key, const void *old,
		       const void *value)
{
	const struct data_var *v = var_of(m->schema, key);
	const uint8_t *new = value;
	uint64_t at;
	size_t len;
	int r;

	if (!v)
		return -ENOENT;
	if (!can_patch(m->schema))
		return rewrite(m, v, value);
	/* Write nothing: this only checks the permission. */
	r = store_patch(&m->ref, v->offset, new, 0);
	for (at = v->offset; r == 0 && (len = next_piece(v, old, new, &at)); at += len)
		r = store_patch(&m->ref, at, new + (at - v->offset), len);
	return r;
}

/* Refusals that are known before trying; others are the store's EPERM. */
static int data_check_write(const struct schema *s, bool unsafe, struct text_error *err)
{
	if (s->info.flags & BPF_F_RDONLY_PROG)
		return text_fail(
			err, -EPERM, 0,
			"the section is read-only data: programs were compiled and "
			"checked with these values");
	if (can_patch(s) || unsafe)
		return 0;
	return text_fail(err, -EPERM, 0,
			 "the map cannot be mapped, so a variable cannot be changed "
			 "without writing the whole section: mount with -o unsafe to "
			 "allow that");
}

/* ---- names ---- */

static int data_name(const struct schema *s, const void *key, struct buf *out)
{
	const struct data_var *v = var_of(s, key);

	if (v)
		buf_puts(out, v->name);
	else
		name_format_raw(key, sizeof(uint32_t), out);
	return buf_error(out);
}

static int compare_name(const char *name, size_t len, const char *listed)
{
	size_t n = strlen(listed);
	int order = memcmp(name, listed, len < n ? len : n);

	return order ?: (len > n) - (len < n);
}

static bool find_name(const struct data *d, const char *name, size_t len, uint32_t *ret)
{
	uint32_t lo = 0, hi = d->count;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		int order = compare_name(name, len, d->vars[d->by_name[mid]].name);

		if (order == 0) {
			*ret = d->by_name[mid];
			return true;
		}
		if (order < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return false;
}

static int no_such(const struct data *d, struct text_error *err)
{
	_cleanup_buf_ struct buf names = BUF_INIT;

	for (uint32_t i = 0; i < d->count && names.len < NAMES_SHOWN; i++)
		buf_printf(&names, "%s%s", i ? ", " : "", d->vars[d->by_name[i]].name);
	if (names.len >= NAMES_SHOWN) {
		buf_truncate(&names, NAMES_SHOWN);
		buf_puts(&names, "...");
	}
	return text_fail(err, -EINVAL, 0, "no such variable; expected one of: %s",
			 buf_cstr(&names) ?: "");
}

/* NAME, or NAME@OFFSET, which is also understood where NAME is enough. */
static int data_parse_name(const struct schema *s, const char *name, size_t len,
			   void *key, struct text_error *err)
{
	const char *at = memrchr(name, '@', len);
	uint32_t number;
	char offset[16];

	if (len && *name == '@')
		return name_parse(s->key, &(struct text_parse){ .err = err }, name, len, key);
	if (!find_name(s->data, name, len, &number)) {
		if (!at || !find_name(s->data, name, (size_t)(at - name), &number))
			return no_such(s->data, err);
		snprintf(offset, sizeof(offset), "%u", s->data->vars[number].offset);
		if (compare_name(at + 1, len - (size_t)(at + 1 - name), offset))
			return no_such(s->data, err);
	}
	memcpy(key, &number, sizeof(number));
	return 0;
}

static const struct type *data_value_type(const struct schema *s, const void *key)
{
	const struct data_var *v = var_of(s, key);

	return v ? v->type : NULL;
}

/* ---- a pass: the section is copied once for each batch ---- */

struct data_scan {
	uint32_t next;
	uint8_t *section;
};

static void data_scan_release(struct scan *s)
{
	free(((struct data_scan *)s->state)->section);
}

static void take_values(struct scan *s, uint32_t first, uint32_t n)
{
	const struct schema *sc = s->map->schema;
	const uint8_t *section = ((struct data_scan *)s->state)->section;

	for (uint32_t i = 0; i < n; i++)
		take_value(sc, &sc->data->vars[first + i], section,
			   s->values + i * sc->value_bytes);
}

static int data_scan_next(struct scan *s, struct scan_batch *ret)
{
	struct data_scan *st = s->state;
	uint32_t first = st->next, left = s->map->schema->data->count - first;
	size_t limit = scan_batch_size(s);
	uint32_t n = left < limit ? left : (uint32_t)limit;
	int r;

	if (!n)
		return 0;
	r = scan_reserve(s, n);
	if (r == 0 && !s->keys_only)
		r = read_section(s->map, &st->section);
	if (r < 0)
		return r;
	for (uint32_t i = 0; i < n; i++)
		memcpy(s->keys + i * sizeof(uint32_t), &(uint32_t){ first + i },
		       sizeof(uint32_t));
	if (!s->keys_only)
		take_values(s, first, n);
	st->next += n;
	*ret = (struct scan_batch){ s->keys, s->keys_only ? NULL : s->values, n,
				    n == left, first, 0 };
	return 1;
}

static int data_scan_seek(struct scan *s, uint64_t pos)
{
	uint32_t count = s->map->schema->data->count;

	((struct data_scan *)s->state)->next = pos < count ? (uint32_t)pos : count;
	return 0;
}

static const struct scan_method scan_variables = {
	.state_size = sizeof(struct data_scan),
	.release = data_scan_release,
	.next = data_scan_next,
	.seek = data_scan_seek,
};

const struct map_ops map_ops_data = {
	.lookup = data_lookup,
	.exists = data_exists,
	.update = data_update,
	.change = data_change,
	.check_write = data_check_write,
	.name = data_name,
	.parse_name = data_parse_name,
	.value_type = data_value_type,
	.scan = &scan_variables,
};
