/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Temporary names in the directory of one map: its schema decides whether the KEY
 * part of a form is a valid key.
 */
#include <errno.h>
#include <string.h>

#include "tree/entry.h"
#include "tree/scratch-forms.h"
#include "tree/scratch.h"

struct names {
	struct tree *tree;
	const struct request *rq;
	const struct schema *schema;
};

static int parse(const struct names *n, const char *name, size_t len, uint8_t **key)
{
	_cleanup_free_ char *copy = strndup(name, len);

	return copy ? entry_parse_name(n->schema, copy, key, NULL) : -ENOMEM;
}

static bool is_legal(void *arg, const char *name, size_t len)
{
	_cleanup_free_ uint8_t *key = NULL;

	return parse(arg, name, len, &key) == 0;
}

static bool is_present(void *arg, const char *name, size_t len)
{
	const struct names *n = arg;
	_cleanup_free_ uint8_t *key = NULL;

	return parse(n, name, len, &key) == 0 &&
	       entry_exists(n->tree, n->rq, n->schema, key) == 0;
}

bool scratch_wants(struct tree *t, const struct request *rq, const struct schema *s,
		   const char *name, int parsed, int flags)
{
	struct names n = { t, rq, s };

	return scratch_form_takes(name, parsed, flags,
				  &(struct scratch_keys){ is_legal, is_present, &n });
}

const struct scratch_form *scratch_form_in(struct tree *t, const struct schema *s,
					   const char *name, bool is_key)
{
	struct names n = { t, NULL, s };
	const struct scratch_keys keys = { is_legal, is_present, &n };

	return scratch_form_of(name, is_key, &keys, NULL, NULL);
}
