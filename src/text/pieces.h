/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A JSON text cut into the texts of its members or elements, whatever their types:
 * lines of .map/entries.jsonl, values of CPUs. The pieces are only cut out; the parser
 * of a piece checks it.
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
 * The members of an object, in any order: ret[i] is the one called names[i]. -EINVAL:
 * not an object, a member with another name, a duplicate member, text after the end, or
 * a truncated text; -ENOMEM.
 */
int pieces_of_object(const char *text, size_t len, const char *const *names,
		     unsigned count, struct text_piece *ret, struct text_error *err);

/* Call fn for each element of an array; a result other than 0 ends the walk and is
 * returned. Otherwise returns the number of elements, -EINVAL or -ENOMEM. */
int pieces_of_array(const char *text, size_t len,
		    int (*fn)(void *arg, unsigned i, const struct text_piece *piece),
		    void *arg, struct text_error *err);

/* The bytes of a piece that is one JSON string. *ret is the piece itself, or a copy in
 * space. -EINVAL, -ENOMEM. */
struct buf;
int piece_string(const struct text_piece *piece, struct buf *space,
		 struct text_piece *ret, struct text_error *err);

#endif
