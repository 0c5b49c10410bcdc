/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Resolve a path inside the tree with the lookup functions of its nodes. The kernel
 * does not see this walk, so permissions are checked here at each directory.
 */
#include "tree/linktext.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tree/internal.h"
#include "util/request.h"

/* Is text dir or below it? Then *rest is what follows. */
static bool is_below(const char *text, const char *dir, const char **rest)
{
	size_t len = dir ? strlen(dir) : 0;

	if (!len || strncmp(text, dir, len) || (text[len] && text[len] != '/'))
		return false;
	*rest = text + len;
	return true;
}

static bool is_name(const char *word, size_t len, const char *name)
{
	return len == strlen(name) && !memcmp(word, name, len);
}

/* Drop the last name of a path. False: there is none. */
static bool drop_name(struct buf *path)
{
	const char *slash = path->len ? memrchr(path->data, '/', path->len) : NULL;

	if (!path->len)
		return false;
	path->len = slash ? (size_t)(slash - path->data) : 0;
	return true;
}

/* Append text to path, resolving "." and ".."; -EINVAL: out of the tree. */
static int append(struct buf *path, const char *text)
{
	size_t len;

	for (; *text; text += len + (text[len] == '/')) {
		len = strcspn(text, "/");
		if (!len || is_name(text, len, "."))
			continue;
		if (is_name(text, len, "..")) {
			if (!drop_name(path))
				return -EINVAL;
			continue;
		}
		if (path->len)
			buf_putc(path, '/');
		buf_put(path, text, len);
	}
	return buf_error(path);
}

/* Begins with "." or ".."; ".rodata" is a map. */
static bool is_relative(const char *text)
{
	size_t len = strcspn(text, "/");

	return is_name(text, len, ".") || is_name(text, len, "..");
}

static int map_of_node(struct tree *t, const struct request *rq, uint64_t node,
		       struct live_map **ret)
{
	const struct node_ops *ops = node_ops_of(t, node);

	return ops->map ? ops->map(t, rq, node, ret) : -EINVAL;
}

/* The kernel does not see this walk, so search permission is checked here: neither
 * the link nor an error may reveal what the caller cannot see. */
static int check_search(struct tree *t, const struct request *rq, uint64_t node)
{
	struct stat st;
	double timeout;
	int r = node_stat(t, rq, node, &st, &timeout);

	if (r < 0 || !S_ISDIR(st.st_mode))
		return r;
	return request_may(rq, st.st_uid, st.st_gid, st.st_mode, 1) ? 0 : -EACCES;
}

static int check_enter(struct tree *t, const struct request *rq, struct live_map *m)
{
	uid_t uid;
	gid_t gid;
	mode_t mode = map_dir_mode(t, m, &uid, &gid);

	return request_may(rq, uid, gid, mode, 1) ? 0 : -EACCES;
}

/* The map at a path from the root, or the one that a link there leads to. The
 * path is cut up. */
static int map_at(struct tree *t, const struct request *rq, char *path,
		  struct live_map **ret)
{
	_cleanup_live_map_ struct live_map *m = NULL;
	uint64_t node = NODE_ROOT_NUMBER;
	const struct node_ops *ops;
	struct tree_entry e;
	int r = 0;

	for (char *save, *name = strtok_r(path, "/", &save); name;
	     name = strtok_r(NULL, "/", &save)) {
		ops = node_ops_of(t, node);
		r = check_search(t, rq, node);
		if (r == 0)
			r = ops->lookup ? ops->lookup(t, rq, node, name, &e) : -ENOTDIR;
		if (r < 0)
			break;
		node_forget(t, node, 1);
		node = e.node;
	}
	if (r == 0)
		r = map_of_node(t, rq, node, &m);
	node_forget(t, node, 1);
	if (r == 0)
		r = check_enter(t, rq, m);
	if (r == 0)
		*ret = take_ptr(m);
	return r;
}

int linktext_map(struct tree *t, const struct request *rq, const char *where,
		 const char *text, struct live_map **ret, struct text_error *err)
{
	_cleanup_buf_ struct buf path = BUF_INIT;
	char quoted[TEXT_QUOTE_SIZE];
	const char *rest = text;
	int r;

	if (*text == '/' && !is_below(text, t->opt->mountpoint, &rest))
		return text_fail(err, -EINVAL, 0, "the path leads out of this tree");
	r = is_relative(text) ? append(&path, where) : 0;
	if (r == 0)
		r = append(&path, rest);
	if (r == -EINVAL)
		return text_fail(err, r, 0, "the path leads out of this tree");
	if (r < 0 || !buf_cstr(&path))
		return -ENOMEM;
	r = map_at(t, rq, path.data, ret);
	if (r == -EACCES)
		return text_fail(err, r, 0, "no permission to enter that map, or a "
					    "directory on the way to it");
	if (r == -ENOENT || r == -EINVAL || r == -ENOTDIR)
		return text_fail(err, -EINVAL, 0,
				 "%s is not the directory of a map: expected ../MAP",
				 text_quote(quoted, text, strlen(text)));
	return r;
}
