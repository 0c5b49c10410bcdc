/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Format debug lines. Maps and keys are looked up by node number only with -d.
 */
#include <stdint.h>
#include <string.h>

#include "map/content.h"
#include "tree/file.h"
#include "tree/trace.h"
#include "util/libc.h"

static void put_map(struct tree *t, uint32_t id, struct buf *out)
{
	_cleanup_live_map_ struct live_map *m = NULL;

	buf_printf(out, " %u", id);
	if (registry_find(&t->registry, id, &m) == 0)
		buf_printf(out, " %s", m->name);
}

/* A key by its name. */
static void put_key(struct tree *t, struct inodes *table, uint64_t node, struct buf *out)
{
	_cleanup_live_map_ struct live_map *m = NULL;
	_cleanup_schema_ struct schema *s = NULL;
	_cleanup_key_ref_ struct key_ref key = { 0 };

	if (tree_key_of(t, table, node, &m, &s, &key) < 0)
		return;
	put_map(t, m->id, out);
	buf_puts(out, " \"");
	content_name(s, key.key + (table == t->view_keys), out);
	buf_puts(out, "\"");
}

static void put_node(struct tree *t, uint64_t node, struct buf *out)
{
	switch (node_kind(node)) {
	case NODE_KEY: put_key(t, t->keys, node, out); break;
	case NODE_VIEW_KEY: put_key(t, t->view_keys, node, out); break;
	case NODE_MAP:
	case NODE_DOT:
	case NODE_DOT_FILE:
	case NODE_VIEW: put_map(t, node_id(node), out); break;
	default: break;
	}
}

static void finish_line(struct buf *line, int result)
{
	if (result < 0)
		buf_printf(line, ": %s", error_text(-result));
	else
		buf_puts(line, ": done");
	log_message(LOG_DEBUG, "%s", buf_cstr(line) ?: "no memory for a debug line");
}

int trace_node_(struct tree *t, const char *operation, uint64_t node, const char *name,
		int result)
{
	_cleanup_buf_ struct buf line = BUF_INIT;

	buf_puts(&line, operation);
	put_node(t, node, &line);
	if (name)
		buf_printf(&line, " \"%s\"", name);
	finish_line(&line, result);
	return result;
}

int trace_file_(struct tree_file *f, const char *operation, int result)
{
	_cleanup_buf_ struct buf line = BUF_INIT;

	buf_printf(&line, "%s \"", operation);
	f->kind->name(f, &line);
	buf_puts(&line, "\"");
	finish_line(&line, result);
	return result;
}
