/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * .map/changes: the differences from a second ago, until the map is gone. .map/rates:
 * the growth of numbers in a second. The first read waits for the end of a period, and
 * the file then has the rates of that period.
 */
#include <errno.h>

#include "text/error.h"
#include "tree/dotref.h"
#include "tree/file.h"
#include "tree/sampler.h"

struct changes_file {
	struct tree_file file;
	struct dot_ref ref;
	struct sampler_reader reader;
	struct buf rates;
	size_t given; /* bytes of them */
	bool has_rates;
};

static struct changes_file *to_changes_file(struct tree_file *f)
{
	return (struct changes_file *)f;
}

static int too_large(struct tree_file *f, const char *operation)
{
	struct text_error err = { 0 };

	text_fail(&err, -EFBIG, 0,
		  "keys and values of more than 48 MiB are not compared: compare two copies of "
		  ".map/entries, or read single keys again");
	return file_refuse(f, to_changes_file(f)->ref.m, operation, -EFBIG, &err);
}

static int result(struct tree_file *f, int r)
{
	if (r == -EFBIG)
		return too_large(f, "read");
	return r == 0 ? -EAGAIN : r == -ENOENT ? 0 : r;
}

static int changes_read(struct tree_file *f, const struct request *rq, size_t size,
			off_t off, struct buf *out)
{
	struct changes_file *cf = to_changes_file(f);
	GUARD_MUTEX(&f->lock);
	int r = sampler_read(&cf->reader, size, out);

	return r > 0 ? 0 : result(f, r);
}

static bool changes_poll(struct tree_file *f, const struct request *rq)
{
	return sampler_is_ready(&to_changes_file(f)->reader);
}

/* Wait for a period; then its rates are the file's own. */
static int get_rates(struct changes_file *cf)
{
	int r = sampler_read(&cf->reader, 0, &cf->rates);

	if (r > 0)
		r = file_charge(&cf->file, cf->rates.len) ?: 1;
	if (r < 0) {
		buf_release(&cf->rates);
		return r;
	}
	cf->has_rates = r;
	if (r)
		sampler_leave(&cf->reader);
	return r;
}

static int rates_read(struct tree_file *f, const struct request *rq, size_t size, off_t off,
		      struct buf *out)
{
	struct changes_file *cf = to_changes_file(f);
	GUARD_MUTEX(&f->lock);
	int r = cf->has_rates ? 1 : get_rates(cf);

	if (r <= 0)
		return result(f, r);
	tree_read_text(&cf->rates, size, (off_t)cf->given, out);
	if (!buf_error(out))
		cf->given += out->len;
	return 0;
}

static bool rates_poll(struct tree_file *f, const struct request *rq)
{
	struct changes_file *cf = to_changes_file(f);
	GUARD_MUTEX(&f->lock);

	return cf->has_rates || sampler_is_ready(&cf->reader);
}

static void changes_release(struct tree_file *f)
{
	struct changes_file *cf = to_changes_file(f);

	sampler_leave(&cf->reader);
	dot_ref_release(&cf->ref);
	buf_release(&cf->rates);
	tree_file_free(f);
}

static void changes_name(const struct tree_file *f, struct buf *out)
{
	dot_name(&((const struct changes_file *)f)->ref, out);
}

/* Takes over *d. */
static int open_file(struct dot_ref *d, const struct request *rq,
		     const struct file_kind *kind, int flags, struct tree_file **ret)
{
	struct changes_file *cf = calloc(1, sizeof(*cf));
	int r;

	if (!cf)
		return -ENOMEM;
	tree_file_init(&cf->file, d->tree, kind, flags);
	cf->ref = *d;
	*d = (struct dot_ref){ 0 };
	r = file_charge(&cf->file, sampler_memory(cf->ref.schema));
	if (r == 0)
		r = sampler_join(&cf->ref, rq, &cf->file, kind == &rates_kind,
				 &cf->reader);
	if (r == -EFBIG)
		r = too_large(&cf->file, "open");
	if (r < 0)
		changes_release(&cf->file);
	else
		*ret = &cf->file;
	return r;
}

static int changes_open(struct dot_ref *d, const struct request *rq, int flags,
			struct tree_file **ret)
{
	return open_file(d, rq, &changes_kind, flags, ret);
}

static int rates_open(struct dot_ref *d, const struct request *rq, int flags,
		      struct tree_file **ret)
{
	return open_file(d, rq, &rates_kind, flags, ret);
}

const struct file_kind changes_kind = {
	.no_seek = true,
	.open = changes_open,
	.read = changes_read,
	.poll = changes_poll,
	.release = changes_release,
	.name = changes_name,
};

const struct file_kind rates_kind = {
	.no_seek = true,
	.open = rates_open,
	.read = rates_read,
	.poll = rates_poll,
	.release = changes_release,
	.name = changes_name,
};
