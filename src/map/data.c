/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The variables of a section, from BTF; the operations on them are in ops/data.c.
 *
 * Names: BTF allows several static variables of one name, so those get their offset
 * behind an '@'. Variables that still have the same name after that are one variable
 * that is listed twice: the first one is used.
 */
#include "map/data.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text/name.h"
#include "util/buf.h"

/* The cost of compiling an invalid type, expressed in memory. */
#define FAILED_COST 64

struct builder {
	const struct btf *btf;
	const struct btf_type *section;
	size_t size;
	struct data *d;
	struct type **by_id; /* types so far, by the BTF id of their variable's type */
	uint32_t n_ids;
	size_t memory; /* that they take */
};

void data_free(struct data *d)
{
	if (!d)
		return;
	for (uint32_t i = 0; i < d->count; i++)
		free(d->vars[i].name);
	for (uint32_t i = 0; i < d->n_types; i++)
		type_free(d->types[i]);
	type_free(d->whole);
	free(d->types);
	free(d->by_name);
	free(d->vars);
	free(d);
}

/* ---- types ---- */

static const struct type *keep_type(struct builder *b, struct type *t)
{
	if (t) {
		b->d->types[b->d->n_types++] = t;
		b->memory += type_memory(t);
	}
	return t;
}

/* Bytes without a type; as many of them as before, if there are such. Those
 * of a section that has too many types come last: look there first. */
static const struct type *raw_type(struct builder *b, uint32_t size)
{
	for (uint32_t i = b->d->n_types; i-- > 0;)
		if (type_traits(b->d->types[i]) & TYPE_IS_RAW &&
		    type_size(b->d->types[i]) == size)
			return b->d->types[i];
	return keep_type(b, type_raw(size));
}

/* NULL without memory. */
static const struct type *type_of(struct builder *b, uint32_t id, uint32_t size)
{
	struct type *t = NULL;
	int r;

	if (id >= b->n_ids)
		return raw_type(b, size);
	if (b->by_id[id] && type_size(b->by_id[id]) == size)
		return b->by_id[id];
	if (b->by_id[id] || b->memory > DATA_TYPES_MAX)
		return raw_type(b, size);
	r = type_from_btf(b->btf, id, size, &t);
	if (r == -ENOMEM)
		return NULL;
	if (r < 0) {
		/* A flexible array makes a variable longer than its type. */
		b->memory += (size_t)b->n_ids * FAILED_COST;
		return raw_type(b, size);
	}
	b->by_id[id] = t;
	return keep_type(b, t);
}

/* ---- variables ---- */

/* Where a variable is: 0 if it has no bytes inside of the section. */
static bool has_place(const struct builder *b, const struct btf_var_secinfo *info)
{
	const struct btf_type *var = btf__type_by_id(b->btf, info->type);

	return var && btf_is_var(var) && info->size && info->size <= b->size &&
	       info->offset <= b->size - info->size;
}

static char *plain_name(const struct btf *btf, const struct btf_type *var)
{
	const char *name = btf__name_by_offset(btf, var->name_off) ?: "";
	struct buf out = BUF_INIT;

	name_format_text(name, strlen(name), &out);
	if (buf_cstr(&out))
		return buf_detach(&out);
	buf_release(&out);
	return NULL;
}

static int read_var(struct builder *b, const struct btf_var_secinfo *info)
{
	const struct btf_type *var = btf__type_by_id(b->btf, info->type);
	struct data_var *v = &b->d->vars[b->d->count];

	v->offset = info->offset;
	v->size = info->size;
	v->type = type_of(b, var->type, info->size);
	v->name = plain_name(b->btf, var);
	b->d->count++;
	if (!v->type || !v->name)
		return -ENOMEM;
	b->d->traits |= type_traits(v->type);
	if (b->d->max_size < v->size)
		b->d->max_size = v->size;
	return 0;
}

static int read_vars(struct builder *b)
{
	const struct btf_var_secinfo *info = btf_var_secinfos(b->section);
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < btf_vlen(b->section); i++)
		if (has_place(b, &info[i]))
			r = read_var(b, &info[i]);
	return r;
}

/* ---- names ---- */

static int compare_names(const void *a, const void *b, void *arg)
{
	const struct data_var *vars = arg;
	uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
	int order = strcmp(vars[i].name, vars[j].name);

	return order ?: (i > j) - (i < j);
}

static void sort_names(struct data *d)
{
	for (uint32_t i = 0; i < d->count; i++)
		d->by_name[i] = i;
	qsort_r(d->by_name, d->count, sizeof(*d->by_name), compare_names, d->vars);
}

static bool same_name(const struct data *d, uint32_t i, uint32_t j)
{
	return !strcmp(d->vars[d->by_name[i]].name, d->vars[d->by_name[j]].name);
}

static int add_offset(struct data_var *v)
{
	struct buf out = BUF_INIT;

	buf_printf(&out, "%s@%u", v->name, v->offset);
	if (!buf_cstr(&out)) {
		buf_release(&out);
		return -ENOMEM;
	}
	free(v->name);
	v->name = buf_detach(&out);
	return 0;
}

/* Names that repeat get an offset, from the last one of a group to its first. */
static int tell_apart(struct data *d)
{
	int r = 0;

	for (uint32_t i = 0, end; r == 0 && i < d->count; i = end) {
		for (end = i + 1; end < d->count && same_name(d, i, end);)
			end++;
		for (uint32_t j = i; r == 0 && end - i > 1 && j < end; j++)
			r = add_offset(&d->vars[d->by_name[j]]);
	}
	return r;
}

/* Leave out what has the name of another; sorted again afterwards. */
static void drop_doubles(struct data *d)
{
	uint32_t kept = 0;

	for (uint32_t i = 1; i < d->count; i++)
		if (same_name(d, i - 1, i))
			d->vars[d->by_name[i]].size = 0;
	for (uint32_t i = 0; i < d->count; i++) {
		if (d->vars[i].size)
			d->vars[kept++] = d->vars[i];
		else
			free(d->vars[i].name);
	}
	d->count = kept;
	sort_names(d);
}

static int name_vars(struct data *d)
{
	int r;

	sort_names(d);
	r = tell_apart(d);
	if (r < 0)
		return r;
	sort_names(d);
	drop_doubles(d);
	return 0;
}

/* ---- the section ---- */

static int allocate(struct builder *b)
{
	size_t n = btf_vlen(b->section);

	b->d->vars = calloc(n ?: 1, sizeof(*b->d->vars));
	b->d->by_name = calloc(n ?: 1, sizeof(*b->d->by_name));
	b->d->types = calloc(n ?: 1, sizeof(struct type *));
	b->by_id = calloc(b->n_ids, sizeof(struct type *));
	return b->d->vars && b->d->by_name && b->d->types && b->by_id ? 0 : -ENOMEM;
}

int data_new(const struct btf *btf, uint32_t id, size_t size, struct data **ret)
{
	_cleanup_data_ struct data *d = calloc(1, sizeof(*d));
	struct builder b = { .btf = btf, .size = size, .d = d, .n_ids = btf__type_cnt(btf) };
	int r;

	b.section = btf__type_by_id(btf, id);
	if (!b.section || !btf_is_datasec(b.section))
		return -EINVAL;
	r = d ? allocate(&b) : -ENOMEM;
	if (r == 0)
		r = read_vars(&b);
	free(b.by_id);
	if (r == 0)
		r = name_vars(d);
	if (r == 0 && type_from_btf(btf, id, size, &d->whole) < 0)
		r = (d->whole = type_raw(size)) ? 0 : -ENOMEM;
	if (r < 0)
		return r;
	*ret = take_ptr(d);
	return 0;
}
