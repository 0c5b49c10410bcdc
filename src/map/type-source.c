/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The search goes through stages, each of which yields a sequence of BTF objects.
 */
#include "map/type-source.h"

#include <bpf/btf.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "map/schema.h"
#include "store/store.h"
#include "text/btf-copy.h"
#include "util/cleanup.h"

/* Programs of one map whose BTF is searched. */
#define MAX_PROGRAMS 64

/* Stands for the BTF of the object file; no BTF of the kernel has such an id. */
#define FILE_ORIGIN UINT32_MAX

/* One BTF object that was read. */
struct origin {
	uint32_t id; /* 0: the kernel's */
	struct btf *btf;
	struct btf_copier copier;
	struct origin *next;
};

struct type_source {
	struct grammar_source base; /* first */
	struct store *store;
	const struct schema *schema; /* NULL: no map */
	struct btf *to;
	size_t want;
	const char *file; /* NULL: none */
	struct origin *origins;
	bool has_kernel; /* kernel_lock is held */
};

/* Held by a source from its first look into the kernel's BTF to its end. */
static pthread_mutex_t kernel_lock = PTHREAD_MUTEX_INITIALIZER;

static void origin_free(struct origin *o)
{
	btf_copier_release(&o->copier);
	btf__free(o->btf);
	free(o);
}

DEFINE_CLEANUP(origin_free, struct origin *);

void type_source_free(struct type_source *t)
{
	if (!t)
		return;
	while (t->origins) {
		struct origin *next = t->origins->next;

		origin_free(t->origins);
		t->origins = next;
	}
	if (t->has_kernel)
		pthread_mutex_unlock(&kernel_lock);
	free(t);
}

/* ---- BTF objects ---- */

static struct origin *known_origin(const struct type_source *t, uint32_t id)
{
	struct origin *o = t->origins;

	while (o && o->id != id)
		o = o->next;
	return o;
}

static void lock_kernel(struct type_source *t)
{
	if (!t->has_kernel)
		pthread_mutex_lock(&kernel_lock);
	t->has_kernel = true;
}

static int load_btf(const struct type_source *t, uint32_t id, struct btf **ret)
{
	struct btf *btf;

	if (id != FILE_ORIGIN)
		return store_btf(t->store, id, ret);
	btf = btf__parse(t->file, NULL);
	if (!btf)
		return -errno;
	*ret = btf;
	return 0;
}

static int read_origin(struct type_source *t, uint32_t id, struct origin **ret)
{
	_cleanup_(cleanup_origin_free) struct origin *o = calloc(1, sizeof(*o));
	int r = o ? load_btf(t, id, &o->btf) : -ENOMEM;

	if (r == 0 && !type_btf_is_known(o->btf))
		r = -ENOENT;
	if (r == 0)
		r = btf_copier_init(&o->copier, o->btf, t->to);
	if (r < 0)
		return r;
	o->id = id;
	*ret = take_ptr(o);
	return 0;
}

/* Read once, and kept. Of what cannot be read nothing is known: -ENOENT. */
static int open_origin(struct type_source *t, uint32_t id, struct origin **ret)
{
	struct origin *o = known_origin(t, id);
	int r = o ? 0 : read_origin(t, id, &o);

	if (r == 0 && !known_origin(t, id)) {
		o->next = t->origins;
		t->origins = o;
	}
	if (r == 0)
		*ret = o;
	return r == -ENOMEM || r == 0 ? r : -ENOENT;
}

/* ---- types in them ---- */

static bool is_kind(const struct btf_type *bt, int kind)
{
	return btf_kind(bt) == kind || (kind == BTF_KIND_ENUM && btf_is_enum64(bt));
}

/* The first type of that name, or the first of the size that is wanted; 0. */
static uint32_t find_in(const struct type_source *t, const struct btf *btf, int kind,
			const char *name)
{
	uint32_t first = 0, n_ids = btf__type_cnt(btf);

	for (uint32_t id = 1; id < n_ids; id++) {
		const struct btf_type *bt = btf__type_by_id(btf, id);
		const char *its = is_kind(bt, kind) ? btf__name_by_offset(btf, bt->name_off)
						    : NULL;

		if (!its || strcmp(its, name))
			continue;
		if (!t->want || btf__resolve_size(btf, id) == (long long)t->want)
			return id;
		first = first ?: id;
	}
	return first;
}

/* The type to search for. */
struct search {
	struct type_source *t;
	int kind;
	const char *name;
	uint32_t *ret;
};

static int search_origin(const struct search *s, uint32_t btf_id)
{
	struct origin *o;
	int r = open_origin(s->t, btf_id, &o);
	uint32_t id = r == 0 ? find_in(s->t, o->btf, s->kind, s->name) : 0;

	if (r == 0)
		r = id ? btf_copy_type(&o->copier, id, s->ret) : -ENOENT;
	return r;
}

/* ---- stages: -ENOENT goes on to the next ---- */

static int search_own(const struct search *s)
{
	const struct schema *schema = s->t->schema;

	return schema && schema->info.btf_id ? search_origin(s, schema->info.btf_id)
					     : -ENOENT;
}

static int search_file(const struct search *s)
{
	return s->t->file ? search_origin(s, FILE_ORIGIN) : -ENOENT;
}

static int search_programs(const struct search *s)
{
	struct store *store = s->t->store;
	uint32_t id = 0, n = 0;
	int r = -ENOENT;

	if (!s->t->schema || !store_has_programs(store))
		return -ENOENT;
	while (r == -ENOENT && n < MAX_PROGRAMS && store_next_program(store, id, &id) == 0) {
		_cleanup_store_program_ struct store_program p = STORE_PROGRAM_INIT;

		if (store_program(store, id, &p) < 0 || !p.btf_id ||
		    !store_program_uses(&p, s->t->schema->info.id))
			continue;
		r = search_origin(s, p.btf_id);
		n++;
	}
	return r;
}

static int search_kernel(const struct search *s)
{
	lock_kernel(s->t);
	return search_origin(s, 0);
}

/* Not kept unless it has the type: there are many of them. */
static int search_modules(const struct search *s)
{
	struct type_source *t = s->t;
	uint32_t id = 0;
	int r = -ENOENT;

	while (r == -ENOENT && store_next_module_btf(t->store, id, &id) == 0) {
		struct origin *before = t->origins;

		r = search_origin(s, id);
		if (r == -ENOENT && t->origins != before) {
			origin_free(t->origins);
			t->origins = before;
		}
	}
	return r;
}

static int find(struct grammar_source *base, int kind, const char *name, struct btf *btf,
		uint32_t *ret_id)
{
	static int (*const stages[])(const struct search *) = { search_own, search_file,
								search_programs,
								search_kernel,
								search_modules };
	const struct search s = { (struct type_source *)base, kind, name, ret_id };
	int r = -ENOENT;

	(void)btf; /* t->to */
	for (size_t i = 0; r == -ENOENT && i < sizeof(stages) / sizeof(stages[0]); i++)
		r = stages[i](&s);
	return r;
}

/* ---- */

int type_source_new(struct store *store, const struct schema *s, struct btf *to,
		    struct type_source **ret)
{
	struct type_source *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	t->base.find = find;
	t->store = store;
	t->schema = s;
	t->to = to;
	*ret = t;
	return 0;
}

void type_source_add_file(struct type_source *t, const char *path)
{
	t->file = path;
}

struct grammar_source *type_source_want(struct type_source *t, size_t size)
{
	t->want = size;
	return &t->base;
}

int type_source_own(struct type_source *t, uint32_t id, uint32_t *ret)
{
	struct origin *o;
	int r = t->schema && t->schema->info.btf_id ?
			open_origin(t, t->schema->info.btf_id, &o) : -ENOENT;

	return r < 0 ? r : btf_copy_type(&o->copier, id, ret);
}
