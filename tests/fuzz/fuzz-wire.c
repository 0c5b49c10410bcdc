/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Raw FUSE requests over a memory store. The input selects a few maps of the table in
 * fuzz-wire.h, then a sequence of requests: on nodes that are known, forgotten or
 * invalid, with names, texts, offsets and sizes of any kind, interrupted, without a
 * reply, released without a flush, forgotten with wrong counts. Between them a program
 * changes the maps directly, and store calls fail. The kernel never sends wrong file
 * handles, so only open ones are sent, and only for operations that their open mode
 * allows.
 *
 * Invariants: - every error is one that users may see; - what a file reads can be
 *   written to it, and reads the same then (the same for .map/backup, unless the map
 *   evicts); - a key's size is the length of its text; - when all is released and
 *   forgotten, no key is remembered and no map is open but those made through the tree.
 */
#include "fuzz-wire-run.h"

#include <dirent.h>

#include "../unit/store-fault.h"

const char fuzz_name[] = "requests_of_any_kind_keep_the_rules";
const unsigned fuzz_rounds = 300;
const size_t fuzz_longest = 3000;
const struct fuzz_word fuzz_words[] = { LAST_WORD };

/* ---- requests ---- */

/* The length of the reply, or its error, which must be one for users. */
static int request(struct run *r, uint32_t opcode, uint64_t node, const void *in, size_t len,
		   const void *more, size_t more_len)
{
	int n;

	memset(r->reply, 0, 256); /* not answered: zeros */
	n = wire_request(r->w, opcode, node, in, len, more, more_len, r->reply,
			 sizeof(r->reply));
	FUZZ_ASSERT(fuzz_is_user_errno(n), "opcode %u gave %d", opcode, n);
	return n;
}

static const void *reply(const struct run *r)
{
	return r->reply;
}

static void remember_entry(struct run *r, int n)
{
	const struct fuse_entry_out *e = reply(r);

	if (n >= 0)
		remember(r, e->nodeid);
}

static int named(struct run *r, uint32_t opcode, const void *in, size_t len)
{
	uint64_t node = pick_node(r);

	pick_name(r);
	return len ? request(r, opcode, node, in, len, r->name, strlen(r->name) + 1) :
		     request(r, opcode, node, r->name, strlen(r->name) + 1, NULL, 0);
}

static void do_lookup(struct run *r)
{
	remember_entry(r, named(r, FUSE_LOOKUP, NULL, 0));
}

static void do_lookup_dot(struct run *r)
{
	uint64_t dot = fuzz_look(r->w, r->maps[fuzz_byte(&r->in) % N_MAPS], ".map");

	pick_name(r);
	if (dot)
		remember_entry(r, request(r, FUSE_LOOKUP, dot, r->name, strlen(r->name) + 1,
					  NULL, 0));
}

static void do_forget(struct run *r)
{
	struct seen *s = &r->nodes[fuzz_byte(&r->in) % N_NODES];
	uint8_t how = fuzz_byte(&r->in);
	struct fuse_forget_one many[2] = { { s->node, s->n }, { pick_node(r), how } };

	if (how < 128 && s->node)
		wire_forget(r->w, s->node, s->n);
	else if (how < 160)
		wire_forget(r->w, pick_node(r), fuzz_u64(&r->in));
	else
		wire_batch_forget(r->w, many, 2);
	if (how < 128 || how >= 160)
		s->node = 0;
}

static void do_getattr(struct run *r)
{
	struct fuse_getattr_in in = { 0 };

	request(r, FUSE_GETATTR, pick_node(r), &in, sizeof(in), NULL, 0);
}

static void do_setattr(struct run *r)
{
	struct open_file *o = pick_open(r, USE_WRITE);
	struct fuse_setattr_in in = {
		.valid = fuzz_below(&r->in, 2048) & ~(uint32_t)FATTR_FH,
		.size = pick_offset(r),
		.mode = fuzz_below(&r->in, 010000),
		.uid = fuzz_byte(&r->in),
	};
	uint64_t node = pick_node(r);

	if (o && fuzz_byte(&r->in) & 1) {
		in.valid |= FATTR_FH;
		in.fh = o->fh;
		node = o->node;
	}
	request(r, FUSE_SETATTR, node, &in, sizeof(in), NULL, 0);
}

static void do_readlink(struct run *r)
{
	request(r, FUSE_READLINK, pick_node(r), NULL, 0, NULL, 0);
}

static void do_mkdir(struct run *r)
{
	struct fuse_mkdir_in in = { .mode = 0755 };

	remember_entry(r, named(r, FUSE_MKDIR, &in, sizeof(in)));
}

static void do_unlink(struct run *r)
{
	named(r, FUSE_UNLINK, NULL, 0);
}

static void do_rmdir(struct run *r)
{
	named(r, FUSE_RMDIR, NULL, 0);
}

static void do_rename(struct run *r)
{
	struct fuse_rename2_in in = { .flags = fuzz_byte(&r->in) & 7 };
	uint64_t from = pick_node(r);
	char both[2200];
	size_t len;

	in.newdir = fuzz_byte(&r->in) < 200 ? from : pick_node(r);
	pick_name(r);
	len = strlen(strcpy(both, r->name)) + 1;
	pick_name(r);
	len += strlen(strcpy(both + len, r->name)) + 1;
	request(r, FUSE_RENAME2, from, &in, sizeof(in), both, len);
}

static void do_symlink(struct run *r)
{
	static const char *const targets[] = {
		"../m0", "../m1", "../m2", "../by-id/1", "../by-id/2", "m0", "/etc/passwd", "..",
		"../m0/1", "../../x", "", "../by-name/m0", "../m3",
	};
	uint64_t node = pick_node(r);
	const char *to = FUZZ_PICK(&r->in, targets);

	pick_name(r);
	remember_entry(r, request(r, FUSE_SYMLINK, node, r->name, strlen(r->name) + 1, to,
				  strlen(to) + 1));
}

static int pick_flags(struct run *r)
{
	static const int access[] = { O_RDONLY, O_WRONLY, O_RDWR, O_WRONLY };
	uint8_t bits = fuzz_byte(&r->in);

	return access[bits & 3] | (bits & 4 ? O_TRUNC : 0) | (bits & 8 ? O_APPEND : 0);
}

static unsigned use_of(uint32_t flags)
{
	static const unsigned uses[] = { USE_READ, USE_WRITE, USE_READ | USE_WRITE };

	return uses[flags & O_ACCMODE];
}

static void do_open(struct run *r)
{
	struct fuse_open_in in = { .flags = (uint32_t)pick_flags(r) };
	uint64_t node = pick_node(r);
	const struct fuse_open_out *out = reply(r);
	bool dir = fuzz_byte(&r->in) < 60;

	if (request(r, dir ? FUSE_OPENDIR : FUSE_OPEN, node, &in, sizeof(in), NULL, 0) >= 0)
		remember_open(r, dir ? USE_DIR : use_of(in.flags), out->fh, node);
}

static void do_create(struct run *r)
{
	uint8_t how = fuzz_byte(&r->in);
	struct fuse_create_in in = {
		.flags = (uint32_t)(pick_flags(r) | O_CREAT | (how & 1 ? O_EXCL : 0)),
		.mode = 0644,
	};
	const struct {
		struct fuse_entry_out entry;
		struct fuse_open_out open;
	} *out = reply(r);
	uint64_t node, fh;

	if (named(r, FUSE_CREATE, &in, sizeof(in)) < 0)
		return;
	node = out->entry.nodeid;
	fh = out->open.fh;
	remember(r, node);
	remember_open(r, use_of(in.flags), fh, node);
}

static void do_read(struct run *r)
{
	struct open_file *o = pick_open(r, USE_READ);
	struct fuse_read_in in = { .offset = pick_offset(r), .size = sizeof(r->reply) };

	if (!o)
		return;
	in.fh = o->fh;
	if (fuzz_byte(&r->in) & 1)
		in.size = fuzz_byte(&r->in);
	request(r, FUSE_READ, o->node, &in, sizeof(in), NULL, 0);
}

static void do_readdir(struct run *r)
{
	struct open_file *o = pick_open(r, USE_DIR);
	bool plus = fuzz_byte(&r->in) & 1;
	struct fuse_read_in in = { .offset = pick_offset(r), .size = 32768 };
	const struct fuse_direntplus *e;
	int n, at;

	if (!o)
		return;
	in.fh = o->fh;
	if (fuzz_byte(&r->in) & 1)
		in.size = 300;
	n = request(r, plus ? FUSE_READDIRPLUS : FUSE_READDIR, o->node, &in, sizeof(in), NULL,
		    0);
	for (at = 0; plus && at < n; at += (int)FUSE_DIRENTPLUS_SIZE(e)) {
		e = (const void *)((const char *)reply(r) + at);
		FUZZ_ASSERT(e->dirent.namelen, "an entry without a name");
		remember(r, e->entry_out.nodeid);
	}
}

static void do_write(struct run *r)
{
	struct open_file *o = pick_open(r, USE_WRITE);
	struct fuse_write_in in = {
		.offset = pick_offset(r),
		.lock_owner = fuzz_byte(&r->in) & 3,
		.write_flags = FUSE_WRITE_LOCKOWNER,
	};

	if (!o)
		return;
	in.fh = o->fh;
	in.size = (uint32_t)pick_text(r);
	request(r, FUSE_WRITE, o->node, &in, sizeof(in), r->out, in.size);
}

static void do_flush(struct run *r)
{
	struct open_file *o = pick_open(r, USE_FILE);
	struct fuse_flush_in in = { .lock_owner = fuzz_byte(&r->in) & 3 };

	if (!o)
		return;
	in.fh = o->fh;
	request(r, FUSE_FLUSH, o->node, &in, sizeof(in), NULL, 0);
}

static void do_release(struct run *r)
{
	struct open_file *o = pick_open(r, fuzz_byte(&r->in) < 60 ? USE_DIR : USE_FILE);

	if (o)
		release(r, o);
}

/* Handlers that take no file handle, with any body. */
static void do_other(struct run *r)
{
	static const uint32_t opcodes[] = {
		FUSE_STATFS, FUSE_LINK, FUSE_MKNOD, FUSE_GETXATTR, FUSE_LISTXATTR, FUSE_ACCESS,
		FUSE_BMAP, FUSE_SETXATTR, FUSE_REMOVEXATTR, 999,
	};
	uint32_t opcode = FUZZ_PICK(&r->in, opcodes);
	uint64_t node = pick_node(r);
	char body[64];

	for (size_t i = 0; i < sizeof(body); i++)
		body[i] = (char)fuzz_byte(&r->in);
	body[sizeof(body) - 1] = '\0';
	request(r, opcode, node, body, sizeof(body), NULL, 0);
}

/* ---- what comes with requests ---- */

/* An INTERRUPT that overtakes the next request. */
static void do_interrupt(struct run *r)
{
	struct fuse_interrupt_in in = { .unique = r->w->unique + 2 };

	r->interrupts++;
	wire_request(r->w, FUSE_INTERRUPT, 0, &in, sizeof(in), NULL, 0, NULL, 0);
}

static void do_lose_reply(struct run *r)
{
	r->w->interrupted = true;
}

static void do_fault(struct run *r)
{
	static const int errors[] = { ENOMEM, EBUSY, ENOENT, EPERM, EMFILE };

	r->faulty = true;
	store_fault_fail(r->w->store, fuzz_below(&r->in, FAULT_OPS), fuzz_byte(&r->in) % 4,
			 1 + fuzz_byte(&r->in) % 3, -FUZZ_PICK(&r->in, errors));
}

/* ---- a program that uses the maps ---- */

static int open_any(struct run *r, struct store_map *m, struct store_info *info)
{
	uint32_t id = fuzz_byte(&r->in) % (N_MAPS + 3u);

	if (store_next_id(r->memory, id, &id) < 0 ||
	    store_open(r->memory, id, STORE_READ | STORE_WRITE, m) < 0)
		return -ENOENT;
	return store_info(m, info);
}

static void do_behind(struct run *r)
{
	_cleanup_store_map_ struct store_map m = STORE_MAP_INIT;
	static uint8_t key[512], value[1u << 16];
	struct store_info info;
	uint8_t how = fuzz_byte(&r->in);

	if (open_any(r, &m, &info) < 0 || info.key_size > sizeof(key) ||
	    info.value_size * store_possible_cpus() > sizeof(value) - 8)
		return;
	memset(key, 0, sizeof(key));
	memset(value, 0, sizeof(value));
	for (unsigned i = 0; i < info.key_size && i < 8; i++)
		key[i] = i ? how & 1 ? 0 : fuzz_byte(&r->in) & 3 : fuzz_byte(&r->in) % 70;
	for (unsigned i = 0; i < 16; i++)
		value[i] = fuzz_byte(&r->in);
	if (info.type == 12 || info.type == 13) /* values are maps */
		how = 150;
	if (how < 140)
		store_update(&m, info.key_size ? key : NULL, value, how % 3);
	else if (how < 240)
		store_remove(&m, info.key_size ? key : NULL);
	else if (how == 255)
		store_freeze(&m);
}

/* A namesake comes; at the next call it goes. */
static void do_namesake(struct run *r)
{
	struct store_map *m = &r->held[fuzz_byte(&r->in) & 1];
	struct store_spec spec = {
		.type = 1, .key_size = 4, .value_size = 4, .max_entries = 4, .name = "m1",
	};

	if (m->store)
		store_close(m);
	else
		FUZZ_ASSERT(store_create(r->memory, &spec, m) == 0);
	if (!m->store)
		*m = (struct store_map)STORE_MAP_INIT;
}

/* ---- files as a whole ---- */

static void do_put(struct run *r)
{
	uint64_t dir = r->maps[fuzz_byte(&r->in) % N_MAPS];
	uint8_t how = fuzz_byte(&r->in);
	size_t len;
	int n;

	if (how & 1)
		dir = fuzz_look(r->w, dir, ".map");
	pick_name(r);
	len = pick_text(r);
	if (!dir)
		return;
	n = fuzz_write(r->w, dir, r->name, r->out, len, 1u << (how & 2 ? 17 : how % 16));
	FUZZ_ASSERT(fuzz_is_user_errno(n), "%s gave %d", r->name, n);
}

/* No store call fails any more, and replies arrive. */
static void calm(struct run *r)
{
	for (unsigned op = 0; r->faulty && op < FAULT_OPS; op++)
		store_fault_fail(r->w->store, op, 0, 0, 0);
	r->faulty = false;
	r->w->interrupted = false;
	/* Each request ends one interrupt whose own request never came. */
	for (; r->interrupts; r->interrupts--)
		wire_getattr(r->w, WIRE_ROOT, &(struct fuse_attr){ 0 });
}

/* Read, write what was read, read again: one text. */
static void rewrite(struct run *r, uint64_t dir, const char *name, bool must_be_writable)
{
	_cleanup_buf_ struct buf before = BUF_INIT, after = BUF_INIT;
	int n = fuzz_read(r->w, dir, name, &before);

	if (n < 0)
		return;
	n = fuzz_write(r->w, dir, name, before.data, before.len, 1 + before.len);
	FUZZ_ASSERT(fuzz_is_user_errno(n) && (n >= 0 || !must_be_writable ||
					      n == -EPERM || n == -EACCES || n == -EOPNOTSUPP),
		    "%s: writing what was read gave %d: %.*s", name, n, (int)before.len,
		    before.data ? before.data : "");
	if (n < 0)
		return;
	n = fuzz_read(r->w, dir, name, &after);
	FUZZ_ASSERT(n == 0 && fuzz_same(&before, &after), "%s: read %d\n%.*s\n%.*s", name, n,
		    (int)before.len, before.data, (int)after.len, after.data);
}

static bool is_regular(struct run *r, uint64_t dir, const char *name, uint64_t *ret_size)
{
	struct fuse_entry_out e = { 0 };

	if (wire_lookup(r->w, dir, name, &e) < 0)
		return false;
	wire_forget(r->w, e.nodeid, 1);
	*ret_size = e.attr.size;
	return (e.attr.mode & 0170000) == 0100000 && (e.attr.mode & 0200);
}

static bool evicts(const char *type)
{
	return strncmp(type, "lru", 3) == 0;
}

/* "": the map is gone. */
static const char *type_of(struct run *r, uint64_t dir)
{
	uint64_t dot = fuzz_look(r->w, dir, ".map");

	return dot ? wire_text(r->w, dot, "type") : "";
}

/* Types whose reading is what writing takes. */
static bool holds_entries(const char *type)
{
	return *type && strncmp(type, "queue", 5) && strncmp(type, "stack", 5) &&
	       strncmp(type, "bloom", 5);
}

static void do_check_key(struct run *r)
{
	uint64_t dir = r->maps[fuzz_byte(&r->in) % N_MAPS], size;
	_cleanup_buf_ struct buf text = BUF_INIT;

	calm(r);
	pick_name(r);
	if (!is_regular(r, dir, r->name, &size) ||
	    !holds_entries(type_of(r, dir)))
		return;
	if (fuzz_read(r->w, dir, r->name, &text) == 0)
		FUZZ_ASSERT(text.len == size, "%s: %zu bytes, st_size %llu", r->name, text.len,
			    (unsigned long long)size);
	rewrite(r, dir, r->name, true);
}

static void do_check_map(struct run *r)
{
	static const char *const files[] = { "backup", "entries", "entries.jsonl",
					     "entries.bin", "def" };
	uint64_t dir = r->maps[fuzz_byte(&r->in) % N_MAPS], dot;
	const char *file = FUZZ_PICK(&r->in, files), *type;

	calm(r);
	type = type_of(r, dir);
	dot = fuzz_look(r->w, dir, ".map");
	if (dot && !evicts(type) && holds_entries(type))
		rewrite(r, dot, file, strcmp(file, "def"));
}

/* ---- a run ---- */

static void (*const steps[])(struct run *r) = {
	do_lookup, do_lookup, do_lookup, do_lookup_dot, do_lookup_dot, do_forget, do_getattr,
	do_setattr, do_readlink, do_mkdir, do_unlink, do_unlink, do_rmdir, do_rename, do_rename,
	do_symlink, do_open, do_open, do_open, do_open, do_create, do_create, do_create, do_read,
	do_read, do_readdir, do_readdir, do_write, do_write, do_write, do_write, do_flush,
	do_release, do_release, do_other, do_interrupt, do_lose_reply, do_fault, do_behind,
	do_behind, do_namesake, do_put, do_put, do_put, do_put, do_check_key, do_check_map,
};

static void begin(struct run *r)
{
	struct store *faulty;
	char name[8];

	FUZZ_ASSERT(store_memory_new(&r->memory) == 0);
	FUZZ_ASSERT(store_fault_new(r->memory, &faulty) == 0);
	r->w = wire_new_over(faulty, NULL);
	for (unsigned i = 0; i < N_MAPS; i++) {
		const char *def = FUZZ_PICK(&r->in, fuzz_defs);

		snprintf(name, sizeof(name), "m%u", i);
		FUZZ_ASSERT(wire_mkdir(r->w, name, &r->maps[i]) == 0);
		wire_dot_put(r->w, r->maps[i], "def", def);
		r->maps[i] = fuzz_look(r->w, WIRE_ROOT, name);
	}
}

static void end(struct run *r)
{
	calm(r);
	for (unsigned i = 0; i < N_OPEN; i++)
		if (r->open[i].use)
			release(r, &r->open[i]);
	for (unsigned i = 0; i < N_NODES; i++)
		if (r->nodes[i].node)
			wire_forget(r->w, r->nodes[i].node, r->nodes[i].n);
	for (unsigned i = 0; i < 2; i++)
		if (r->held[i].store)
			store_close(&r->held[i]);
	FUZZ_ASSERT(wire_known_keys(r->w) == 0, "%zu keys are remembered",
		    wire_known_keys(r->w));
	wire_free(r->w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct run r;

	memset(&r, 0, sizeof(r));
	r.in = (struct fuzz_input){ data, size };
	begin(&r);
	while (r.in.left)
		FUZZ_PICK(&r.in, steps)(&r);
	end(&r);
	return 0;
}
