/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The `.map/` directories and the tables of their files: a file is one row
 * here and one function, most of them in src/report.
 */
#include "tree/dot.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "map/ops.h"
#include "store/errno.h"
#include "tree/textfile.h"
#include "tree/views.h"

/* ---- what the rows do ---- */

static int show_help(struct dot_ref *d, struct buf *out);

static int show_version(struct dot_ref *d, struct buf *out)
{
	buf_printf(out, "%s\n", d->tree->opt->version);
	return buf_error(out);
}

static int show_store(struct dot_ref *d, struct buf *out)
{
	buf_printf(out, "%s\n", store_name(d->tree->store));
	return buf_error(out);
}

static int show_root_errors(struct dot_ref *d, struct buf *out)
{
	errlog_format(&d->tree->errors, out);
	return buf_error(out);
}

/* The one word of a text, without the final newline. */
static bool text_is(const char *text, size_t len, const char *word)
{
	if (len && text[len - 1] == '\n')
		len--;
	return len == strlen(word) && !memcmp(text, word, len);
}

static int store_frozen(struct dot_ref *d, const char *text, size_t len, bool commit,
			struct text_error *err)
{
	_cleanup_map_ struct map map = MAP_INIT;
	struct store_usage usage;
	bool freeze = text_is(text, len, "1");
	int r;

	if (!freeze && !text_is(text, len, "0"))
		return text_fail(err, -EINVAL, 0, "expected 1 (freeze the map for good) or 0");
	if (!commit)
		return 0;
	r = map_open(d->tree->store, d->schema, STORE_READ | STORE_WRITE, &map);
	if (r == 0)
		r = store_usage(&map.ref, &usage);
	if (r < 0)
		return store_user_errno(STORE_OP_OPEN, r);
	if (usage.frozen == freeze)
		return 0;
	if (!freeze)
		return text_fail(err, -EPERM, 0, "a frozen map stays frozen");
	r = store_user_errno(STORE_OP_FREEZE, store_freeze(&map.ref));
	return r < 0 ? text_fail(err, r, 0, "the map cannot be frozen now") : 0;
}

static int store_def(struct dot_ref *d, const char *text, size_t len, bool commit,
		     struct text_error *err)
{
	_cleanup_tree_map_ struct tree_map *new = NULL;
	_cleanup_def_ struct def def = { 0 };
	int r;

	if (!d->m->owned.store)
		return text_fail(err, -EPERM, 0,
				 "only a map made through the tree can be defined anew");
	r = def_parse(&d->m->def, text, len, &def, err);
	if (r < 0 || !commit)
		return r;
	GUARD_ENDING(d->m);
	r = tree_map_touched(d->m) ? 1 : map_has_entries(d->tree, d->schema);
	if (r > 0)
		return text_fail(err, -EBUSY, 0,
				 "the map was written to or has entries: make another one");
	if (r == 0)
		r = registry_remake(&d->tree->registry, d->m, &def, &new, err);
	if (r == -EBUSY)
		text_fail(err, r, 0, "a program, a pin, another map or a process holds the map");
	return r;
}

static int store_clear(struct dot_ref *d, const char *text, size_t len, bool commit,
		       struct text_error *err)
{
	_cleanup_map_ struct map map = MAP_INIT;
	int r = bulk_check(&bulk_delete, d->schema, d->tree->opt->unsafe, err);

	if (r < 0)
		return r;
	if (!text_is(text, len, "yes")) {
		r = len < strlen("yes") && !memcmp(text, "yes", len) ? -EAGAIN : -EINVAL;
		return text_fail(err, r, 0, "expected yes, which deletes every key");
	}
	if (!commit)
		return 0;
	GUARD_CHANGE(d->m);
	r = map_open(d->tree->store, d->schema, STORE_READ | STORE_WRITE, &map);
	if (r < 0)
		return r;
	tree_map_touch(d->m); /* even half a deletion is one */
	return bulk_remove_others(&map, NULL, err);
}

static int store_push(struct dot_ref *d, const char *text, size_t len, bool commit,
		      struct text_error *err)
{
	_cleanup_map_ struct map map = MAP_INIT;
	GUARD_CHANGE(d->m);
	int r = map_open(d->tree->store, d->schema, STORE_READ | STORE_WRITE, &map);

	if (r == 0)
		r = d->schema->ops->push(&map, text, len, commit, err);
	if (r == 0 && commit)
		tree_map_touch(d->m);
	return r;
}

/* ---- which maps have a file ---- */

static bool is_queue(const struct schema *s)
{
	return s->ops == &map_ops_queue;
}

static bool can_count(const struct schema *s)
{
	return !schema_has(s, MAP_NO_KEYS);
}

static bool takes_records(const struct schema *s)
{
	return s->ops->push;
}

/* ---- the tables ---- */

static const struct dot_file root_files[] = {
	{ "help", 0444, "this list", .show = show_help },
	{ "version", 0444, "version of the program", .show = show_version },
	{ "store", 0444, "where the maps live: kernel or memory", .show = show_store },
	{ "errors", 0444, "the last errors that belong to no map", .show = show_root_errors },
};

static const struct dot_file map_files[] = {
	{ "help", 0444, "this list", .show = show_help },
	{ "id", 0444, "the map's id", .report = report_id },
	{ "type", 0444, "the map's type", .report = report_type },
	{ "name", 0444, "the map's name, empty for none", .report = report_name },
	{ "key_size", 0444, "bytes of a key", .report = report_key_size },
	{ "value_size", 0444, "bytes of a value (of one CPU)", .report = report_value_size },
	{ "max_entries", 0444, "the most entries it can have", .report = report_max_entries },
	{ "flags", 0444, "flags it was made with", .report = report_flags },
	{ "map_extra", 0444, "a number that some types use", .report = report_map_extra },
	{ "memlock", 0444, "bytes of memory it takes", .report = report_memlock },
	{ "btf_id", 0444, "id of its BTF, 0 for none", .report = report_btf_id },
	{ "ifindex", 0444, "interface it is offloaded to, 0 for none", .report = report_ifindex },
	{ "count", 0444, "entries it has now", .applies = can_count, .report = report_count },
	{ "frozen", 0666, "1 if it is read-only for good; write 1 to freeze it",
	  .report = report_frozen, .store = store_frozen },
	{ "info", 0444, "all of these as \"name: value\" lines", .report = report_info },
	{ "btf", 0444, "its key and value types as C declarations", .report = report_btf },
	{ "progs", 0444, "programs that use it: id and name", .report = report_progs },
	{ "pids", 0444, "processes that have it open: pid and command", .report = report_pids },
	{ "pins", 0444, "paths where it is pinned", .report = report_pins },
	{ "def", 0666, "its definition; writing one makes an untouched map anew",
	  .report = report_def, .store = store_def },
	{ "keys", 0444, "all keys, one a line", .bulk = &bulk_keys },
	{ "entries", 0666, "all entries, KEY<TAB>JSON lines; writing updates",
	  .bulk = &bulk_text },
	{ "entries.jsonl", 0666, "the same as {\"key\":...,\"value\":...} lines",
	  .bulk = &bulk_jsonl },
	{ "entries.bin", 0666, "the same as bytes: key, value, key, value...",
	  .bulk = &bulk_bin },
	{ "backup", 0666, "all entries; writing it back makes the map equal to it",
	  .bulk = &bulk_backup },
	{ "delete", 0222, "keys written to it, one a line, are deleted", .unlisted = true,
	  .bulk = &bulk_delete },
	{ "clear", 0222, "write yes to delete every key", .unlisted = true,
	  .store = store_clear },
	{ "peek", 0444, "the next element, which stays", .applies = is_queue,
	  .report = report_peek },
	{ "pop", 0444, "takes the next element", .applies = is_queue, .unlisted = true,
	  .consumes = true, .report = report_pop },
	{ "push", 0222, "adds an element: one a write", .applies = takes_records,
	  .unlisted = true, .records = true, .store = store_push },
	{ "errors", 0444, "the last errors: time, operation, name, reason",
	  .report = report_errors },
};

struct table {
	const struct dot_file *rows;
	size_t count;
	enum node_kind file_kind;
};

#define TABLE(t, kind) { (t), sizeof(t) / sizeof((t)[0]), (kind) }

static const struct table root_table = TABLE(root_files, NODE_ROOT_FILE);
static const struct table map_table = TABLE(map_files, NODE_DOT_FILE);

static const struct table *table_of(uint64_t node)
{
	enum node_kind kind = node_kind(node);

	return kind == NODE_ROOT_DOT || kind == NODE_ROOT_FILE ? &root_table : &map_table;
}

static bool row_applies(const struct dot_file *row, const struct schema *s)
{
	return !row->applies || row->applies(s);
}

static int show_help(struct dot_ref *d, struct buf *out)
{
	const struct table *t = d->m ? &map_table : &root_table;

	for (size_t i = 0; i < t->count; i++)
		if (row_applies(&t->rows[i], d->schema))
			buf_printf(out, "%-12s %s\n", t->rows[i].name, t->rows[i].help);
	if (d->schema)
		view_help(d->schema, out);
	return buf_error(out);
}

/* ---- nodes ---- */

void dot_ref_release(struct dot_ref *d)
{
	schema_unref(d->schema);
	tree_map_unref(d->m);
}

/* The map whose .map directory this is; nothing in the root's. */
static int owner_of(struct tree *t, uint64_t node, struct dot_ref *ret)
{
	ret->tree = t;
	if (table_of(node) == &root_table)
		return 0;
	return tree_map_of(t, node_id(node), &ret->m, &ret->schema);
}

static int ref_of(struct tree *t, uint64_t node, struct dot_ref *ret)
{
	const struct table *table = table_of(node);
	int r;

	if (node_file_row(node) >= table->count)
		return -ESTALE;
	ret->node = node;
	ret->row = &table->rows[node_file_row(node)];
	r = owner_of(t, node, ret);
	/* The kernel remembers names; the map may have been made anew. */
	return r == 0 && !row_applies(ret->row, ret->schema) ? -ENOENT : r;
}

static int dot_stat(struct tree *t, uint64_t node, struct stat *st, double *timeout)
{
	_cleanup_tree_map_ struct tree_map *m = NULL;
	int r;

	*timeout = LONG_TIMEOUT;
	if (node_kind(node) == NODE_ROOT_DOT) {
		/* The root's is for the owner. */
		stat_fill(t, node, S_IFDIR | 0700, 0, &t->started, st);
		return 0;
	}
	r = registry_by_id(&t->registry, node_id(node), &m);
	if (r == 0)
		stat_fill_map(t, m, node, S_IFDIR, 0777, 0, st);
	return r;
}

/* What consumes may be read by who may write, and by nobody else. */
static mode_t mode_of(const struct dot_ref *d)
{
	uid_t uid;
	gid_t gid;
	int dir = map_dir_mode(d->tree, d->m, &uid, &gid);

	return d->row->consumes ? (mode_t)(dir & 0222) << 1 : d->row->mode;
}

/* What cp and cat take at a time: the most that one request brings. */
#define DUMP_BLOCK (1 << 20)

/* The exact size, where asking for it takes nothing and there is something;
 * while somebody reads, that of what is read. */
static int size_of(struct dot_ref *d, size_t *ret)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	int r;

	if (text_file_size(d->tree, d->node, ret))
		return 0;
	r = d->row->consumes ? 0 : dot_show(d, &text);

	*ret = text.len;
	return r == -ENODATA ? 0 : r;
}

static int file_stat(struct tree *t, uint64_t node, struct stat *st, double *timeout)
{
	_cleanup_dot_ref_ struct dot_ref d = { 0 };
	size_t size = 0;
	int r = ref_of(t, node, &d);

	if (r == 0)
		r = size_of(&d, &size);
	if (r < 0)
		return r;
	/* A size may cost a pass over the map; that of a whole-map file is not
	 * what the kernel remembers. */
	*timeout = d.row->bulk ? 0 : KEY_TIMEOUT;
	node = node_make(node_kind(node), node_file_row(node), node_id(node));
	if (d.m)
		stat_fill_map(t, d.m, node, S_IFREG, mode_of(&d), size, st);
	else
		stat_fill(t, node, S_IFREG | (d.row->mode & 0700), size, &t->started, st);
	if (d.row->bulk)
		st->st_blksize = DUMP_BLOCK;
	return 0;
}

/* See node.h for the turns of whole-map files. */
static int file_entry(struct tree *t, const struct dot_file *row, uint64_t node,
		      struct tree_entry *ret)
{
	uint32_t turn;

	if (!row->bulk)
		return entry_fill(t, node, LONG_TIMEOUT, ret);
	turn = __atomic_add_fetch(&t->turns, 1, __ATOMIC_RELAXED);
	node = node_make(node_kind(node), turn << NODE_ROW_BITS | node_row(node), node_id(node));
	return entry_fill(t, node, 0, ret);
}

static int dot_lookup(struct tree *t, uint64_t node, const char *name, struct tree_entry *ret)
{
	_cleanup_dot_ref_ struct dot_ref d = { 0 };
	const struct table *table = table_of(node);
	int r = owner_of(t, node, &d);

	for (uint32_t i = 0; r == 0 && i < table->count; i++)
		if (!strcmp(name, table->rows[i].name) && row_applies(&table->rows[i], d.schema))
			return file_entry(t, &table->rows[i],
					  node_make(table->file_kind, i, node_id(node)), ret);
	if (r == 0)
		r = d.schema ? view_find(d.schema, name) : -ENOENT;
	return r < 0 ? r : entry_fill(t, node_make(NODE_VIEW, (uint32_t)r, node_id(node)),
				      LONG_TIMEOUT, ret);
}

/* The kernel says the same to all but root. */
static int refuse_open(struct dot_ref *d, const char *why)
{
	struct text_error err = { 0 };
	char name[64];

	snprintf(name, sizeof(name), DOT_NAME "/%s", d->row->name);
	text_fail(&err, -EACCES, 0, "%s", why);
	return tree_refuse(d->tree, d->m, "open", name, -EACCES, &err);
}

static int file_open(struct tree *t, uint64_t node, int flags, struct tree_file **ret)
{
	_cleanup_dot_ref_ struct dot_ref d = { 0 };
	int r = ref_of(t, node, &d);

	if (r < 0)
		return r == -ENOENT ? -ESTALE : r;
	if (wants_write(flags) && !d.row->store && !(d.row->bulk && d.row->bulk->take))
		return refuse_open(&d, "this file can only be read");
	if (wants_read(flags) && !(d.row->mode & 0444))
		return refuse_open(&d, "this file can only be written");
	if (d.row->consumes && t->opt->read_only)
		return -EROFS;
	return d.row->bulk ? dump_file_open(&d, flags, ret) : text_file_open(&d, flags, ret);
}

void dot_attributes_changed(struct tree *t, uint32_t map_id)
{
	if (t->notify)
		t->notify(t->notify_arg, node_make(NODE_DOT, 0, map_id));
}

/* ---- listing: positions are row numbers ---- */

static int dot_dir_seek(struct tree_dir *d, uint64_t pos)
{
	d->pos = pos;
	return 0;
}

struct dot_dir {
	struct tree_dir dir;
	struct dot_ref owner;
};

/* Directories come behind the files. */
static int next_view(struct tree_dir *d, const struct schema *s, uint64_t skip,
		     struct tree_dirent *ret)
{
	int row = skip < VIEWS_MAX ? view_next(s, (int)skip - 1, &ret->name) : -1;

	if (row < 0)
		return 0;
	ret->st.st_ino = node_make(NODE_VIEW, (uint32_t)row, node_id(d->node));
	ret->st.st_mode = S_IFDIR;
	ret->next = d->pos += (uint64_t)row - skip + 1;
	return 1;
}

static int dot_dir_next(struct tree_dir *d, struct tree_dirent *ret)
{
	const struct schema *s = ((struct dot_dir *)d)->owner.schema;
	const struct table *table = table_of(d->node);

	while (d->pos < table->count && (table->rows[d->pos].unlisted ||
					 !row_applies(&table->rows[d->pos], s)))
		d->pos++;
	memset(&ret->st, 0, sizeof(ret->st));
	if (d->pos >= table->count)
		return s ? next_view(d, s, d->pos - table->count, ret) : 0;
	ret->name = table->rows[d->pos].name;
	ret->st.st_ino = node_make(table->file_kind, (uint32_t)d->pos, node_id(d->node));
	ret->st.st_mode = S_IFREG;
	ret->next = ++d->pos;
	return 1;
}

static void dot_dir_release(struct tree_dir *d)
{
	dot_ref_release(&((struct dot_dir *)d)->owner);
}

static const struct tree_dir_ops dot_dir_ops = {
	.seek = dot_dir_seek,
	.next = dot_dir_next,
	.release = dot_dir_release,
};

static int dot_opendir(struct tree *t, uint64_t node, struct tree_dir **ret)
{
	struct tree_dir *d = tree_dir_new(t, node, &dot_dir_ops, sizeof(struct dot_dir));
	int r;

	if (!d)
		return -ENOMEM;
	r = owner_of(t, node, &((struct dot_dir *)d)->owner);
	if (r < 0)
		tree_releasedir(d);
	else
		*ret = d;
	return r;
}

const struct node_ops dot_ops = {
	.stat = dot_stat,
	.lookup = dot_lookup,
	.opendir = dot_opendir,
};

const struct node_ops root_dot_ops = {
	.stat = dot_stat,
	.lookup = dot_lookup,
	.opendir = dot_opendir,
};

const struct node_ops dot_file_ops = {
	.stat = file_stat,
	.setattr = accept_setattr,
	.open = file_open,
};

const struct node_ops root_file_ops = {
	.stat = file_stat,
	.setattr = accept_setattr,
	.open = file_open,
};
