/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A whole-map file while it is read: one pass, formatted a batch at a time
 * into a window of text. Reads in sequence are served from the window, which
 * is refilled when it is used up, so memory stays bounded by one batch.
 *
 *	      start                     start + window.len
 *	--------|---------------------------|----------> offset
 *	 dropped|          window           | not made yet
 *
 * A read at 0 of a file already read begins a new pass; a read elsewhere goes
 * on in the same pass, or begins again if it lies before the window.
 */
#include <errno.h>

#include "map/scan.h"
#include "tree/textfile.h"
#include "util/interrupt.h"

/* Text is made in pieces of about this size. */
#define WINDOW (1u << 18)

struct pass_file {
	struct tree_file file;
	struct dot_ref ref;
	struct map map; /* held open: this is one pass */
	struct scan *scan;
	struct scan_batch batch;
	size_t i; /* next entry of the batch */
	bool ended;
	off_t start;
	struct buf window;
	bool was_read;
};

static struct pass_file *to_pass_file(struct tree_file *f)
{
	return (struct pass_file *)f;
}

static int restart(struct pass_file *pf)
{
	pf->start = 0;
	pf->ended = false;
	pf->batch.count = pf->i = 0;
	buf_clear(&pf->window);
	return scan_seek(pf->scan, 0);
}

static int format_batch(struct pass_file *pf)
{
	const struct schema *s = pf->ref.schema;
	int r = 0;

	for (; r == 0 && pf->i < pf->batch.count && pf->window.len < WINDOW; pf->i++)
		r = pf->ref.row->line(s, pf->batch.keys + pf->i * s->key_size,
				      pf->batch.values ?
					      pf->batch.values + pf->i * s->value_bytes :
					      NULL,
				      &pf->window);
	return r;
}

/* The window was read to its end: make the next one. */
static int advance(struct pass_file *pf)
{
	int r = 0;

	pf->start += (off_t)pf->window.len;
	buf_clear(&pf->window);
	while (r == 0 && !pf->ended && pf->window.len < WINDOW) {
		if (pf->i == pf->batch.count) {
			r = scan_next(pf->scan, &pf->batch);
			pf->i = 0;
			if (r < 0)
				return r;
			pf->ended = r == 0;
			if (pf->ended)
				pf->batch.count = 0;
		}
		r = format_batch(pf);
	}
	return r;
}

static int seek_to(struct pass_file *pf, off_t off)
{
	int r = 0;

	if (off < pf->start || (off == 0 && pf->was_read))
		r = restart(pf);
	while (r == 0 && !pf->ended && off > pf->start + (off_t)pf->window.len)
		r = interrupted() ? -EINTR : advance(pf);
	return r;
}

static int pass_read(struct tree_file *f, size_t size, off_t off, struct buf *out)
{
	struct pass_file *pf = to_pass_file(f);
	int r = seek_to(pf, off);

	pf->was_read = true;
	/* A short read is the end for many readers: fill the request. */
	while (r == 0 && out->len < size) {
		size_t before = out->len;

		tree_read_text(&pf->window, size - before, off + (off_t)before - pf->start, out);
		if (out->len == size || buf_error(out))
			break;
		if (pf->ended)
			break;
		r = interrupted() ? -EINTR : advance(pf);
	}
	/* What was made is handed out first; the error comes again. */
	return r < 0 && !out->len ? r : 0;
}

static void pass_release(struct tree_file *f)
{
	struct pass_file *pf = to_pass_file(f);

	scan_free(pf->scan);
	map_close(&pf->map);
	dot_ref_release(&pf->ref);
	buf_release(&pf->window);
	free(pf);
}

static const struct tree_file_ops pass_file_ops = {
	.read = pass_read,
	.release = pass_release,
};

int pass_file_open(struct dot_ref *d, int flags, struct tree_file **ret)
{
	struct pass_file *pf = calloc(1, sizeof(*pf));
	int r;

	if (!pf)
		return -ENOMEM;
	tree_file_init(&pf->file, &pass_file_ops, flags);
	pf->ref = *d;
	*d = (struct dot_ref){ 0 };
	r = map_open(pf->ref.tree->store, pf->ref.schema, STORE_READ, &pf->map);
	if (r == 0)
		r = scan_new_ahead(&pf->map, pf->ref.row->keys_only, &pf->scan);
	if (r < 0) {
		tree_release(&pf->file);
		return r == -ENOENT ? -ESTALE : r;
	}
	*ret = &pf->file;
	return 0;
}
