/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compile key and value types from BTF, from the map operations or, without
 * either, as raw bytes; then compute the layout.
 */
#include "map/schema.h"

#include <bpf/btf.h>
#include <errno.h>
#include <string.h>

#include "map/cases.h"
#include "map/ops.h"
#include "map/ops/lpm.h"
#include "text/grammar.h"

static void free_btf(struct btf **btf)
{
	btf__free(*btf);
}

/* A type given by the map operations, in the grammar of definitions. */
static int compile_text(const char *text, struct type **ret, size_t *ret_size)
{
	_cleanup_(free_btf) struct btf *btf = btf__new_empty();
	uint32_t id, size;
	int r = btf ? 0 : -ENOMEM;

	if (r == 0)
		r = grammar_to_btf(text, strlen(text), NULL, btf, &id, &size, NULL);
	if (r == 0)
		r = type_from_btf(btf, id, size, ret);
	if (r == 0)
		*ret_size = size;
	return r;
}

static int compile_by_ops(struct schema *s)
{
	int r = 0;

	if (s->ops->key)
		r = compile_text(s->ops->key, &s->key, &s->key_size);
	if (r == 0 && s->ops->value)
		r = compile_text(s->ops->value, &s->value, &s->value_size);
	if (r == 0 && s->ops->value)
		s->stride = s->value_bytes = s->value_size;
	return r;
}

static void refuse_types(struct schema *s, int error, const char *why)
{
	s->refused = error;
	s->why_refused = why;
}

static int compile_key(struct schema *s, const struct btf *btf, uint32_t id)
{
	int r = -EINVAL;

	if (!s->key_size || s->key)
		return 0;
	if (schema_has(s, MAP_INDEXED) && s->key_size == sizeof(uint32_t))
		s->key = type_index();
	else if (schema_has(s, MAP_PREFIX))
		r = type_prefix_from_btf(btf, id, s->key_size, &s->key);
	else if (id)
		r = type_from_btf(btf, id, s->key_size, &s->key);
	if (r == -ENOMEM)
		return r;
	if (!s->key && id)
		refuse_types(s, r, "the BTF of the key does not describe it: keys are "
				   "in raw form");
	if (!s->key)
		s->key = type_raw(s->key_size);
	return s->key ? 0 : -ENOMEM;
}

/* Use the kernel's types if the map has none of its own. */
static int compile_kernel_value(struct schema *s)
{
	_cleanup_(free_btf) struct btf *btf = NULL;

	if (store_btf(s->store, s->info.btf_vmlinux_id, &btf) < 0)
		return 0;
	return type_from_btf(btf, s->info.btf_vmlinux_value_type_id, s->value_size,
			     &s->value);
}

static int compile_value(struct schema *s, const struct btf *btf, uint32_t id)
{
	int r = 0;

	if (!s->value_size || s->data || s->value)
		return 0;
	if (id)
		r = type_from_btf(btf, id, s->value_size, &s->value);
	else if (s->info.btf_vmlinux_value_type_id)
		r = compile_kernel_value(s);
	if (r == -ENOMEM)
		return r;
	if (!s->value && id)
		refuse_types(s, r, "the BTF of the value does not describe it, or is too "
				   "large: values are in raw form");
	if (!s->value)
		s->value = type_raw(s->value_size);
	return s->value ? 0 : -ENOMEM;
}

/*
 * The kernel takes a value type without a key type for arrays of global data
 * (and for filters). Such an array must never be updated as a whole, so
 * without usable BTF it can only be looked at.
 */
static int compile_section(struct schema *s, const struct btf *btf)
{
	int r = -EINVAL;

	if (!schema_has(s, MAP_INDEXED) || s->info.btf_key_type_id ||
	    !s->info.btf_value_type_id)
		return 0;
	if (btf)
		r = data_new(btf, s->info.btf_value_type_id, s->value_size, &s->data);
	s->ops = &map_ops_generic;
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		if (btf)
			refuse_types(s, r, "the BTF of the section does not describe it: "
					   "its variables are not shown");
		return 0;
	}
	s->ops = &map_ops_data;
	s->value_size = s->stride = s->value_bytes = s->data->max_size;
	return 0;
}

static void set_layout(struct schema *s)
{
	s->key_size = s->info.key_size;
	s->value_size = s->info.value_size;
	if (schema_has(s, MAP_SET)) {
		s->key_size = s->value_size;
		s->value_size = 0;
	}
	s->cpus = 1;
	s->stride = s->value_size;
	if (schema_has(s, MAP_PER_CPU)) {
		s->cpus = store_possible_cpus();
		s->stride = (s->value_size + 7) & ~(size_t)7;
	}
	s->value_bytes = s->stride * s->cpus;
}

int schema_retype(struct schema *s, const struct btf *btf, uint32_t key_id,
		  uint32_t value_id)
{
	int r;

	type_free(s->key);
	type_free(s->value);
	s->key = s->value = NULL;
	r = compile_by_ops(s);
	if (r == 0)
		r = compile_key(s, btf, schema_has(s, MAP_SET) ? value_id : key_id);
	return r < 0 ? r : compile_value(s, btf, value_id);
}

static uint32_t next_serial(void)
{
	static uint32_t last;
	uint32_t serial;

	do
		serial = __atomic_add_fetch(&last, 1, __ATOMIC_RELAXED);
	while (!serial);
	return serial;
}

/* *ret is NULL if the map has no BTF, or none that can be used. 0, or a shortage of
 * this process, which will pass. */
static int load_btf(struct schema *s, struct btf **ret)
{
	int r = s->info.btf_id ? store_btf(s->store, s->info.btf_id, ret) : 0;

	if (r == -ENOMEM || r == -EMFILE || r == -ENFILE)
		return r;
	if (r == -EPERM || r == -EACCES)
		refuse_types(s, r, "reading BTF needs CAP_SYS_ADMIN: everything is in "
				   "raw form");
	else if (r < 0)
		refuse_types(s, r, "libbpf refuses the BTF of this map: everything is "
				   "in raw form");
	if (r < 0 || !*ret || type_btf_is_known(*ret))
		return 0;
	btf__free(*ret);
	*ret = NULL;
	refuse_types(s, -EOPNOTSUPP, "the BTF of this map has kinds or flags that are "
				     "newer than this program: everything is in raw "
				     "form");
	return 0;
}

static int make_schema(const struct store_map *map, bool typed, struct schema **ret)
{
	_cleanup_schema_ struct schema *s = calloc(1, sizeof(*s));
	_cleanup_(free_btf) struct btf *btf = NULL;
	int r;

	if (!s)
		return -ENOMEM;
	s->refs = 1;
	s->serial = next_serial();
	s->store = map->store;
	r = store_info(map, &s->info);
	if (r < 0)
		return r;
	s->type = map_type_by_id(s->info.type);
	s->ops = s->type->ops;
	set_layout(s);
	r = typed ? load_btf(s, &btf) : 0;
	if (r < 0)
		return r;
	s->typed = btf != NULL;
	r = compile_section(s, btf);
	if (r == 0)
		r = btf ? schema_retype(s, btf, s->info.btf_key_type_id,
					s->info.btf_value_type_id)
			: schema_retype(s, NULL, 0, 0);
	if (r == 0 && schema_has(s, MAP_PREFIX)) {
		s->prefixes = prefix_index_new();
		r = s->prefixes ? 0 : -ENOMEM;
	}
	if (r < 0)
		return r;
	s->traits = s->data ? s->data->traits : s->value ? type_traits(s->value) : 0;
	if (s->value && s->traits & TYPE_HAS_LOCK)
		s->lock = STORE_LOCK;
	*ret = take_ptr(s);
	return 0;
}

int schema_new(const struct store_map *map, struct schema **ret)
{
	return make_schema(map, true, ret);
}

int schema_new_untyped(const struct store_map *map, struct schema **ret)
{
	return make_schema(map, false, ret);
}

int schema_derive(struct schema *base, struct schema **ret)
{
	struct schema *s = malloc(sizeof(*s));

	if (!s)
		return -ENOMEM;
	*s = *base;
	s->refs = 1;
	s->serial = next_serial();
	s->base = schema_ref(base);
	*ret = s;
	return 0;
}

struct schema *schema_ref(struct schema *s)
{
	__atomic_add_fetch(&s->refs, 1, __ATOMIC_RELAXED);
	return s;
}

/* Types that belong to the base are not freed. */
static void free_types(struct schema *s)
{
	const struct schema *base = s->base;

	if (!base || s->key != base->key)
		type_free(s->key);
	if (!base || s->value != base->value)
		type_free(s->value);
	if (!base || s->data != base->data)
		data_free(s->data);
	if (!base)
		prefix_index_free(s->prefixes);
	type_free(s->record);
	record_cases_free(s->cases);
}

void schema_unref(struct schema *s)
{
	if (!s || __atomic_sub_fetch(&s->refs, 1, __ATOMIC_ACQ_REL))
		return;
	free_types(s);
	btf__free(s->btf);
	schema_unref(s->base);
	free(s);
}

const struct type *schema_value_type(const struct schema *s, const void *key)
{
	return s->ops->value_type ? s->ops->value_type(s, key) : s->value;
}

size_t schema_value_size(const struct schema *s, const void *key)
{
	const struct type *t = s->ops->value_type ? s->ops->value_type(s, key) : NULL;

	return t ? type_size(t) : s->value_bytes;
}

bool schema_needs_current(const struct schema *s)
{
	return s->traits & TYPE_HAS_OVERLAP;
}

bool schema_owns_objects(const struct schema *s)
{
	return s->traits & TYPE_HAS_OBJECTS;
}
