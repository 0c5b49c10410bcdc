/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Texts of types that belong to no map yet, as in a configuration file. The BTF in
 * which named types will be looked up is unknown, so every name may be a type.
 */
#include <errno.h>
#include <string.h>

#include <bpf/btf.h>

#include "text/grammar.h"
#include "text/type.h"
#include "text/words.h"

static void free_btf(struct btf **btf)
{
	btf__free(*btf);
}

/* Stands for any type of that name. */
static int add_any(struct btf *btf, int kind, const char *name)
{
	int base;

	if (kind == BTF_KIND_STRUCT || kind == BTF_KIND_UNION)
		return btf__add_struct(btf, name, 1);
	if (kind == BTF_KIND_ENUM)
		return btf__add_enum(btf, name, 4);
	base = btf__add_int(btf, "unsigned char", 1, 0);
	return base < 0 ? base : btf__add_typedef(btf, name, base);
}

/* A typedef is hardly called u46 or be23: that is one of our words with other digits. */
static int find_any(struct grammar_source *s, int kind, const char *name, struct btf *btf,
		    uint32_t *ret_id)
{
	int id;

	if (kind == BTF_KIND_TYPEDEF && word_is_like(name))
		return -ENOENT;
	id = add_any(btf, kind, name);
	if (id < 0)
		return id;
	*ret_id = (uint32_t)id;
	return 0;
}

int grammar_check(const char *text, bool is_key, struct text_error *err)
{
	struct grammar_source any = { .find = find_any };
	_cleanup_(free_btf) struct btf *btf = btf__new_empty();
	uint32_t id, size;
	int r = btf ? grammar_find_to_btf(text, strlen(text), &any, btf, &id, &size, err)
		    : -ENOMEM;

	return r == 0 && is_key ? grammar_check_key(btf, id, size, err) : r;
}

int grammar_check_key(const struct btf *btf, uint32_t id, uint32_t size,
		      struct text_error *err)
{
	struct type *type = NULL;
	int r = type_from_btf(btf, id, size, &type);
	bool named = r == 0 && type_traits(type) & TYPE_HAS_NAMES;

	type_free(type);
	if (named)
		return text_fail(err, -EINVAL, 0,
				 "ksym, cgroup and ifname are for values: the name of a "
				 "key is the same for all readers");
	return r == -EINVAL ? 0 : r;
}
