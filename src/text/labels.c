/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A record is walked member by member, each formatted as in a name.
 */
#include "text/labels.h"

#include "text/model.h"
#include "text/value.h"
#include "util/buf.h"

static int label_node(const struct node *n, const char *name, const uint8_t *p,
		      label_fn *fn, void *arg)
{
	const struct type part = { .root = n };
	_cleanup_buf_ struct buf text = BUF_INIT;
	int r = value_format(&part, p, VALUE_BARE, &text);

	return r < 0 ? r : fn(arg, name, &text);
}

int labels_of_key(const struct type *t, const void *key, unsigned skip, label_fn *fn,
		  void *arg)
{
	const struct node *n = t->root;
	const struct members *keys;
	int r = 0;

	if (n->kind != &kind_record || n->record->as_key)
		return skip ? 0 : label_node(n, "", key, fn, arg);
	keys = &n->record->keys;
	for (uint32_t i = 0; r == 0 && i + skip < keys->count; i++) {
		const struct member *m = &keys->list[i];

		r = label_node(m->node, m->name, (const uint8_t *)key + m->offset, fn,
			       arg);
	}
	return r;
}
