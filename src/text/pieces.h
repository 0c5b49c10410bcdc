/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A JSON text cut into the texts of its members or elements, whatever their
 * types: lines of .map/entries.jsonl, values of CPUs. The pieces are only
 * cut out; the parser of a piece says whether it is right.
 */
#ifndef BPFMAPFS_TEXT_PIECES_H
#define BPFMAPFS_TEXT_PIECES_H

#include <stddef.h>

#include "text/error.h"

struct text_piece {
	const char *text; /* NULL: not there */
	size_t len;
	size_t at; /* 0-based offset in the whole text */
};

/*
 * The members of an object, in any order: ret[i] is that called names[i].
 * -EINVAL: no object, a member of another name or one that comes twice, text
 * behind the end, a cut off text; -ENOMEM.
 */
int pieces_of_object(const char *text, size_t len, const char *const *names,
		     unsigned count, struct text_piece *ret, struct text_error *err);

/* fn for each element of an array; what it returns, if not 0, ends the walk.
 * Returns that, the number of elements, -EINVAL or -ENOMEM. */
int pieces_of_array(const char *text, size_t len,
		    int (*fn)(void *arg, unsigned i, const struct text_piece *piece),
		    void *arg, struct text_error *err);

/* The bytes of a JSON string that is all of the piece. *ret is the piece
 * itself, or a copy in space. -EINVAL, -ENOMEM. */
struct buf;
int piece_string(const struct text_piece *piece, struct buf *space,
		 struct text_piece *ret, struct text_error *err);

#endif
