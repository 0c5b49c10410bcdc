/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * by-prog: a directory for each program, NAME@ID, with a symlink to each map that it
 * uses. NAME is the full name, from BTF; the kernel cuts its own copy at 15 bytes. The
 * .map directory is in dot.c. No state is kept for programs. The links to one map are
 * the same node in every directory, because their text is the same.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "store/errno.h"
#include "tree/dir.h"

static int program_of(struct tree *t, uint32_t id, struct store_program *ret)
{
	return store_user_errno(STORE_OP_OPEN, store_program(t->store, id, ret));
}

/* Room for "NAME@ID". */
#define PROGRAM_NAME_MAX (STORE_PROGRAM_NAME_LEN + 11)

static void program_listed_name(struct tree *t, struct store_program *p,
				char name[PROGRAM_NAME_MAX])
{
	store_program_name(t->store, p);
	snprintf(name, PROGRAM_NAME_MAX, "%s@%u", p->name, p->id);
}

/* ---- by-prog: a position is the last id given ---- */

struct programs_dir {
	struct tree_dir dir;
	char name[PROGRAM_NAME_MAX]; /* of the last entry */
};

static struct programs_dir *to_programs_dir(struct tree_dir *d)
{
	return (struct programs_dir *)d;
}

static int programs_seek(struct tree_dir *d, const struct request *rq, uint64_t pos)
{
	d->pos = pos;
	return 0;
}

static int programs_next(struct tree_dir *d, const struct request *rq,
			 struct tree_dirent *ret)
{
	_cleanup_store_program_ struct store_program p = STORE_PROGRAM_INIT;
	uint32_t id = (uint32_t)d->pos;
	int r;

	/* One that ends between the two calls is passed over. */
	do {
		r = store_next_program(d->tree->store, id, &id);
		if (r < 0)
			return r == -ENOENT ? 0 : store_user_errno(STORE_OP_OPEN, r);
	} while (program_of(d->tree, id, &p) < 0);
	program_listed_name(d->tree, &p, to_programs_dir(d)->name);
	memset(&ret->st, 0, sizeof(ret->st));
	ret->name = to_programs_dir(d)->name;
	ret->st.st_ino = node_make(NODE_PROG, 0, id);
	ret->st.st_mode = S_IFDIR;
	ret->next = d->pos = id;
	return 1;
}

static int programs_entry(struct tree_dir *d, const struct request *rq,
			  struct tree_entry *ret)
{
	uint64_t node = node_make(NODE_PROG, 0, (uint32_t)d->pos);

	return entry_fill(d->tree, rq, node, MAP_TIMEOUT, ret);
}

static const struct tree_dir_ops programs_dir_ops = {
	.seek = programs_seek,
	.next = programs_next,
	.entry = programs_entry,
};

static int programs_opendir(struct tree *t, const struct request *rq, uint64_t node,
			    struct tree_dir **ret)
{
	*ret = tree_dir_new(t, node, &programs_dir_ops, sizeof(struct programs_dir));
	return *ret ? 0 : -ENOMEM;
}

static int programs_lookup(struct tree *t, const struct request *rq, uint64_t node,
			   const char *name, struct tree_entry *ret)
{
	_cleanup_store_program_ struct store_program p = STORE_PROGRAM_INIT;
	const char *at = strrchr(name, '@');
	char listed[PROGRAM_NAME_MAX];
	unsigned long id = at ? strtoul(at + 1, NULL, 10) : 0;
	int r;

	if (!id || id > UINT32_MAX)
		return -ENOENT;
	r = program_of(t, (uint32_t)id, &p);
	if (r < 0)
		return r;
	/* A directory has one name: no other spelling of it resolves. */
	program_listed_name(t, &p, listed);
	if (strcmp(name, listed))
		return -ENOENT;
	return entry_fill(t, rq, node_make(NODE_PROG, 0, p.id), MAP_TIMEOUT, ret);
}

const struct node_ops by_prog_ops = {
	.stat = plain_dir_stat,
	.setattr = plain_dir_setattr,
	.lookup = programs_lookup,
	.opendir = programs_opendir,
};

/* ---- one program: a position is an index into its maps ---- */

struct program_dir {
	struct tree_dir dir;
	struct store_program program;
	uint32_t map_id; /* of the last entry */
};

static struct program_dir *to_program_dir(struct tree_dir *d)
{
	return (struct program_dir *)d;
}

static int program_next(struct tree_dir *d, const struct request *rq,
			struct tree_dirent *ret)
{
	struct program_dir *pd = to_program_dir(d);
	_cleanup_live_map_ struct live_map *m = NULL;

	/* Maps that this mount does not show are passed over. */
	while (!m && d->pos < pd->program.n_maps)
		registry_by_id(&d->tree->registry, pd->program.maps[d->pos++], &m);
	if (!m)
		return 0;
	registry_listed_name(&d->tree->registry, m, d->name);
	pd->map_id = m->id;
	memset(&ret->st, 0, sizeof(ret->st));
	ret->name = d->name;
	ret->st.st_ino = node_make(NODE_PROG_MAP, 0, m->id);
	ret->st.st_mode = S_IFLNK;
	ret->next = d->pos;
	return 1;
}

static int program_entry(struct tree_dir *d, const struct request *rq,
			 struct tree_entry *ret)
{
	return entry_fill(d->tree, rq,
			  node_make(NODE_PROG_MAP, 0, to_program_dir(d)->map_id),
			  MAP_TIMEOUT, ret);
}

static void program_release(struct tree_dir *d)
{
	store_program_release(&to_program_dir(d)->program);
}

static const struct tree_dir_ops program_dir_ops = {
	.seek = programs_seek,
	.next = program_next,
	.entry = program_entry,
	.release = program_release,
};

static int program_opendir(struct tree *t, const struct request *rq, uint64_t node,
			   struct tree_dir **ret)
{
	struct tree_dir *d;
	int r;

	d = tree_dir_new(t, node, &program_dir_ops, sizeof(struct program_dir));
	if (!d)
		return -ENOMEM;
	r = program_of(t, node_id(node), &to_program_dir(d)->program);
	/* New maps can share the names of those that are listed. */
	if (r == 0)
		r = registry_discover(&t->registry);
	if (r < 0)
		tree_dir_free(d);
	else
		*ret = d;
	return r;
}

int program_stat(struct tree *t, const struct request *rq, uint64_t node,
		 struct stat *st, double *timeout)
{
	_cleanup_store_program_ struct store_program p = STORE_PROGRAM_INIT;
	int r = program_of(t, node_id(node), &p);

	if (r < 0)
		return r;
	plain_dir_stat(t, rq, node, st, timeout);
	*timeout = MAP_TIMEOUT;
	return 0;
}

static int program_lookup(struct tree *t, const struct request *rq, uint64_t node,
			  const char *name, struct tree_entry *ret)
{
	_cleanup_store_program_ struct store_program p = STORE_PROGRAM_INIT;
	_cleanup_live_map_ struct live_map *m = NULL;
	bool alias;
	int r = program_of(t, node_id(node), &p);

	if (r == 0 && !strcmp(name, DOT_NAME))
		return entry_fill(t, rq, node_make(NODE_PROG_DOT, 0, p.id), MAP_TIMEOUT, ret);
	if (r == 0)
		r = registry_resolve(&t->registry, name, &m, &alias, NULL);
	if (r < 0)
		return r;
	if (!store_program_uses(&p, m->id))
		return -ENOENT;
	return entry_fill(t, rq, node_make(NODE_PROG_MAP, 0, m->id), MAP_TIMEOUT, ret);
}

static int link_readlink(struct tree *t, const struct request *rq, uint64_t node,
			 struct buf *out)
{
	_cleanup_live_map_ struct live_map *m = NULL;
	int r = map_of_id(t, rq, node, &m);

	return r < 0 ? r : map_link_text(t, m, 2, out);
}

const struct node_ops prog_ops = {
	.stat = program_stat,
	.lookup = program_lookup,
	.opendir = program_opendir,
};

const struct node_ops prog_map_ops = {
	.stat = map_link_stat,
	.readlink = link_readlink,
	.map = map_of_id,
};
