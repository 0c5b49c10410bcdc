/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a definition to a map: types become BTF, which the kernel keeps, so
 * that bpftool and a remount see them too.
 */
#include <bpf/btf.h>
#include <errno.h>
#include <string.h>

#include "map/def.h"
#include "map/type-source.h"
#include "map/view.h"
#include "text/grammar.h"
#include "text/type.h"
#include "util/buf.h"

struct layout {
	uint32_t key_id, key_size;
	uint32_t value_id, value_size;
};

static void free_btf(struct btf **btf)
{
	btf__free(*btf);
}

/* Errors in a type name their column within that type: say which one. */
int def_add_type(const char *what, const char *text, struct grammar_source *source,
		 struct btf *btf, uint32_t *ret_id, uint32_t *ret_size,
		 struct text_error *err)
{
	struct text_error inner = { 0 };
	int r = grammar_find_to_btf(text, strlen(text), source, btf, ret_id, ret_size,
				    &inner);

	if (r < 0)
		text_fail(err, r, inner.column ? inner.column - 1 : 0, "in %s=: %s", what,
			  inner.reason);
	return r;
}

static int check_prefix(const struct def *d, const struct layout *l,
			const struct btf *btf, struct text_error *err)
{
	_cleanup_type_ struct type *type = NULL;
	int r = -EINVAL;

	if (!strncmp(d->key ?: "", "prefix(", 7))
		return 0;
	if (d->key)
		r = type_prefix_from_btf(btf, l->key_id, l->key_size, &type);
	if (r == -ENOMEM || (r == 0 && type_is_prefix(type)))
		return r;
	return text_fail(err, -EINVAL, 0,
			 "%s has prefixes as keys: key=prefix(ipv4), prefix(ipv6), ..., or a "
			 "struct of a __u32 and the data", d->type->name);
}

/* Sizes first: what the kernel would only call "invalid argument". */
static int check(const struct def *d, const struct layout *l, const struct btf *btf,
		 struct text_error *err)
{
	if (d->type->traits & MAP_INDEXED && l->key_size != sizeof(uint32_t))
		return text_fail(err, -EINVAL, 0, "%s has indexes as keys: key=u32",
				 d->type->name);
	return d->type->traits & MAP_PREFIX ? check_prefix(d, l, btf, err) : 0;
}

static int explain(int r, const struct def *d, const struct store *store,
		   struct text_error *err)
{
	switch (r) {
	case -EBADF:
		return text_fail(err, -EINVAL, 0,
				 "%s needs inner=: a map like those that it will hold",
				 d->type->name);
	case -EOPNOTSUPP:
		return text_fail(err, r, 0, strcmp(store_name(store), "memory") ?
				 "this kernel has no map type %s" :
				 "the memory store has no map type %s", d->type->name);
	case -E2BIG:
		return text_fail(err, -EINVAL, 0, "key, value or max_entries is too big for %s",
				 d->type->name);
	case -EINVAL:
		if (d->extra)
			return text_fail(err, r, 0,
					 "%s cannot have this combination of sizes, "
					 "max_entries=%u, extra=%llu and flags", d->type->name,
					 d->max_entries, (unsigned long long)d->extra);
		return text_fail(err, r, 0,
				 "%s cannot have this combination of sizes, max_entries=%u and flags",
				 d->type->name, d->max_entries);
	case -EPERM:
		return text_fail(err, r, 0,
				 "creating maps of type %s needs CAP_BPF, and for some "
				 "types also CAP_NET_ADMIN",
				 d->type->name);
	default:
		return r;
	}
}

static int add_key(const struct def *d, struct grammar_source *source, struct btf *btf,
		   struct layout *l, struct text_error *err)
{
	int r = d->key ? def_add_type("key", d->key, source, btf, &l->key_id, &l->key_size,
				      err) : 0;

	return r == 0 && d->key ? grammar_check_key(btf, l->key_id, l->key_size, err) : r;
}

/* The names in the directory of a bloom filter are its values. */
static int add_value(const struct def *d, struct grammar_source *source, struct btf *btf,
		     struct layout *l, struct text_error *err)
{
	int r = def_add_type("value", d->value, source, btf, &l->value_id, &l->value_size,
			     err);

	return r == 0 && d->type->traits & MAP_SET
		       ? grammar_check_key(btf, l->value_id, l->value_size, err)
		       : r;
}

static int build_types(const struct def *d, struct grammar_source *source,
		       struct btf *btf, struct layout *l, struct text_error *err)
{
	int r = add_key(d, source, btf, l, err);

	/* The kernel wants a type also for keys of no bytes. */
	if (r == 0 && d->type->traits & MAP_NO_KEYS && !(d->type->traits & MAP_SET)) {
		r = btf__add_struct(btf, NULL, 0);
		l->key_id = (uint32_t)r;
	}
	if (r >= 0 && d->value)
		r = add_value(d, source, btf, l, err);
	if (d->type->traits & MAP_OF_MAPS)
		l->value_size = sizeof(uint32_t); /* an id */
	return r < 0 ? r : check(d, l, btf, err);
}

/* Types that the definition names are the kernel's. */
static int build_for(const struct def *d, struct store *store, struct btf *btf,
		     struct layout *l, struct text_error *err)
{
	struct type_source *source = NULL;
	int r = btf ? type_source_new(store, NULL, btf, &source) : -ENOMEM;

	if (r == 0)
		r = build_types(d, type_source_want(source, 0), btf, l, err);
	type_source_free(source);
	return r;
}

int def_check(const struct def *d, struct text_error *err)
{
	_cleanup_(free_btf) struct btf *btf = btf__new_empty();
	struct layout l = { 0 };

	return btf ? build_types(d, NULL, btf, &l, err) : -ENOMEM;
}

int def_sizes(const struct def *d, size_t *ret_key, size_t *ret_value)
{
	_cleanup_(free_btf) struct btf *btf = btf__new_empty();
	struct layout l = { 0 };
	int r = btf ? build_types(d, NULL, btf, &l, NULL) : -ENOMEM;

	if (r < 0)
		return r;
	*ret_key = l.key_size;
	*ret_value = l.value_size;
	return 0;
}

static int compile(const char *text, bool prefix, struct type **ret, struct text_error *err)
{
	_cleanup_(free_btf) struct btf *btf = btf__new_empty();
	uint32_t id = 0, size = 0;
	int r = btf ? def_add_type("type", text, NULL, btf, &id, &size, err) : -ENOMEM;

	if (r < 0)
		return r;
	return prefix || !strncmp(text, "prefix(", 7)
		       ? type_prefix_from_btf(btf, id, size, ret)
		       : type_from_btf(btf, id, size, ret);
}

static int canonical(const char *text, bool prefix, struct buf *out,
		     struct text_error *err)
{
	_cleanup_type_ struct type *type = NULL;
	int r = compile(text, prefix, &type, err);

	if (r < 0)
		return r;
	type_describe(type, out);
	return buf_cstr(out) ? 0 : -ENOMEM;
}

int def_same_type(const char *a, const char *b, bool prefix, struct text_error *err)
{
	_cleanup_buf_ struct buf one = BUF_INIT, other = BUF_INIT;
	int r;

	if (!a || !b)
		return a == b;
	if (!strcmp(a, b))
		return 1;
	r = canonical(a, prefix, &one, err);
	if (r == 0)
		r = canonical(b, prefix, &other, NULL);
	return r < 0 ? r : !strcmp(one.data, other.data);
}

int def_means_type(const char *text, bool prefix, const struct type *type)
{
	_cleanup_type_ struct type *meant = NULL;
	int r = compile(text, prefix, &meant, NULL);

	return r < 0 ? r : type_same(meant, type);
}

/* The schema, or in its place that of the view. */
static int view_through(const struct def *d, struct schema **s, struct text_error *err)
{
	const struct map_view view = { .key = def_names_indexes(d) ? d->key : NULL,
				       .show = d->show };
	struct schema *viewed;
	int r = view.key || view.show ? schema_with_view(*s, &view, &viewed, err) : 0;

	if (r < 0 || !(view.key || view.show))
		return r;
	schema_unref(*s);
	*s = viewed;
	return 0;
}

int def_schema(const struct def *d, const struct store_map *map, struct schema **ret,
	       struct text_error *err)
{
	_cleanup_(free_btf) struct btf *btf = btf__new_empty();
	_cleanup_schema_ struct schema *s = NULL;
	struct layout l = { 0 };
	int r = build_for(d, map->store, btf, &l, NULL);

	if (r == 0)
		r = schema_new(map, &s);
	if (r == 0 && !s->typed)
		r = schema_retype(s, btf, l.key_id, l.value_id);
	if (r == 0)
		r = view_through(d, &s, err);
	if (r == 0)
		*ret = take_ptr(s);
	return r;
}

int def_create(const struct def *d, struct store *store, const char *name,
	       const struct store_map *inner, struct store_map *ret, struct text_error *err)
{
	_cleanup_(free_btf) struct btf *btf = btf__new_empty();
	struct layout l = { 0 };
	struct store_spec spec;
	int r = build_for(d, store, btf, &l, err);

	if (r < 0)
		return r;
	spec = (struct store_spec){
		.type = d->type->id,
		.key_size = l.key_size,
		.value_size = l.value_size,
		.max_entries = d->max_entries,
		.flags = d->flags,
		.numa_node = d->numa_node,
		.map_extra = d->extra,
		.name = name,
		.inner = inner,
	};
	/* To the kernel the index of an array is an integer, whatever names it. */
	if (def_names_indexes(d)) {
		r = btf__add_int(btf, "unsigned int", sizeof(uint32_t), 0);
		if (r < 0)
			return r;
		l.key_id = (uint32_t)r;
	}
	if (d->type->traits & MAP_TAKES_BTF) {
		spec.btf_data = btf__raw_data(btf, &spec.btf_size);
		if (!spec.btf_data)
			return -ENOMEM;
		spec.btf_key_type_id = l.key_id;
		spec.btf_value_type_id = l.value_id;
	}
	return explain(store_create(store, &spec, ret), d, store, err);
}
