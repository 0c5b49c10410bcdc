/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whole maps as one file: a format is one struct, with a function that turns
 * an entry into text and one that turns a line into an entry. A row in the
 * table of src/tree/dotfiles.c names it, and src/tree/dumpfile.c is its open file.
 *
 * Writing takes text in pieces of any size. Lines are checked one by one and applied in
 * batches; when a write returns, all its lines have been applied, except an incomplete
 * last line. The first bad line ends the writing: lines before it are applied, lines
 * after it never are.
 *
 *	held     [10.0.0.1\t{"hi]  the beginning of a line
 *	apply_queue  [entries]         checked, not yet applied
 */
#ifndef BPFMAPFS_REPORT_BULK_H
#define BPFMAPFS_REPORT_BULK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "map/map.h"
#include "report/report.h"
#include "text/error.h"
#include "util/buf.h"
#include "util/keyset.h"

struct apply_queue;
struct bulk_writer;

struct bulk_format {
	/* Reading: append one entry. NULL: cannot be read. */
	int (*put)(const struct schema *s, const void *key, const void *value,
		   struct buf *out);
	bool keys_only; /* put needs no value */
	/* The text before and after the entries; may be NULL. */
	int (*head)(const struct report *r, struct buf *out);
	int (*tail)(uint64_t count, struct buf *out);

	/* Writing: parse the entry of one line (without its newline) or record, using
	 * bulk_value(). NULL: cannot be written. */
	int (*take)(struct bulk_writer *w, const char *text, size_t len, uint8_t *key,
		    uint8_t *value, struct text_error *err);
	bool removes;  /* the keys are to be deleted; there are no values */
	bool records;  /* not lines: key_size + value_bytes bytes each */
	bool restores; /* written keys are kept in w->written, and entries for which a
			* full map has no room are held */
	/* A line that begins with '#'; NULL: skipped. */
	int (*comment)(struct bulk_writer *w, const char *text, size_t len,
		       struct text_error *err);
};

extern const struct bulk_format bulk_keys, bulk_delete, bulk_text, bulk_jsonl, bulk_bin,
	bulk_backup;
/* For maps that numbers_have_sums(). */
extern const struct bulk_format bulk_sum;

struct bulk_writer {
	const struct bulk_format *format;
	const struct map *map; /* borrowed, open for writing */
	bool append;	       /* O_APPEND: offsets are ignored */
	bool removed;	       /* the other entries were deleted */

	off_t end; /* where the next write begins */
	int error; /* of a refused write: all later ones fail with it */
	struct buf held;
	bool finished;	  /* the held line took effect nevertheless */
	int unfinished;	  /* the error of the held line, until more of it comes */
	uint64_t line;	  /* number of the current line, from 1 on */
	bool ended;	  /* bulk-text.c: the last line of a backup was read */
	uint64_t entries; /* lines that were entries */
	struct keyset *written;
	struct apply_queue *apply_queue;
};

/* Check that the map can be written in this format. -EOPNOTSUPP, -EPERM. */
int bulk_check(const struct bulk_format *f, const struct schema *s, bool unsafe,
	       struct text_error *err);

/* w must be zeroed except format, map and append. */
int bulk_init(struct bulk_writer *w);
void bulk_release(struct bulk_writer *w);

/* On failure err has the reason and w->line the line. */
int bulk_write(struct bulk_writer *w, const char *data, size_t len, off_t off,
	       struct text_error *err);
/* A descriptor was closed, the last one or one of several: a last line without
 * newline takes effect. err has the reason only the first time. */
int bulk_finish(struct bulk_writer *w, bool last, struct text_error *err);
/* True if text was written and the format's last line did not come yet. */
bool bulk_lacks_end(const struct bulk_writer *w);

/* For formats: parse the JSON text of a value, and nothing after it. */
int bulk_value(struct bulk_writer *w, const uint8_t *key, const char *text, size_t len,
	       uint8_t *value, struct text_error *err);
/* For formats: apply all entries so far; the number of held entries; apply the held
 * entries. */
int bulk_apply(struct bulk_writer *w, struct text_error *err);
size_t bulk_late(const struct bulk_writer *w);
int bulk_apply_late(struct bulk_writer *w, struct text_error *err);
/* True if the map was changed. */
bool bulk_changed(const struct bulk_writer *w);
/* Maximum bytes of the entries of an open writer, if entries are large. */
size_t bulk_buffers(const struct schema *s);
/* Bytes of the text so far, in addition to those of any open writer. */
size_t bulk_memory(const struct bulk_writer *w);
/* A write was refused before it got here, so all later ones are refused, too. */
void bulk_fail(struct bulk_writer *w, int error);

/* Delete all keys except these. -EPERM: the type cannot delete keys; -EINTR. */
int bulk_remove_others(const struct map *m, const struct keyset *spared,
		       struct text_error *err);
/* Delete all keys. Errors like bulk_remove_others(). */
int bulk_remove_all(const struct map *m, struct text_error *err);
/* Set every value of an array to zero. The user's errno. */
int bulk_zero(const struct map *m, struct text_error *err);

#endif
