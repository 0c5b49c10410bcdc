/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How to parse a text: parameters of value_parse() and name_parse(), passed down to
 * every kind of type. A zeroed struct means: the content of a file, no current value,
 * no reason on errors.
 */
#ifndef BPFMAPFS_TEXT_PARSE_H
#define BPFMAPFS_TEXT_PARSE_H

#include "text/error.h"

enum value_form {
	VALUE_BARE, /* a file's content: strings, addresses, hex bare at the top */
	VALUE_JSON, /* a JSON text always: lines of .map/entries, per-CPU lines */
};

enum text_flag {
	/* members that the text does not name keep their current value;
	 * without it they become zero */
	VALUE_MERGE = 1 << 0,
	/* the text is a key: set by name_parse(), and by callers of value_parse() */
	TEXT_KEY = 1 << 1,
	/* the name is in the content of a file, not in a path: '/' may separate a
	 * prefix from its length */
	TEXT_CONTENT = 1 << 2,
};

struct text_parse {
	enum value_form form; /* of values */
	unsigned flags; /* enum text_flag */
	/* The current value in the map (type_size() bytes), or NULL for zeros. */
	const void *current;
	struct text_error *err; /* filled on failure; NULL: not wanted */
};

#endif
