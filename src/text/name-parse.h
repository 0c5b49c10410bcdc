/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parsing of names, for the kinds of model.h.
 */
#ifndef BPFMAPFS_TEXT_NAME_PARSE_H
#define BPFMAPFS_TEXT_NAME_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct node;
struct text_parse;

struct name_parser {
	const char *s;
	size_t len;
	size_t pos;
	const struct text_parse *how;
	size_t wasted; /* text that was read in vain, see name-parse.c */
};

/* Parse the members of a record that is not a union, without braces. */
int members_parse_name(struct name_parser *p, const struct node *n, uint8_t *out);

int record_parse_name(struct name_parser *p, const struct node *n, bool inside,
		      uint8_t *out);
int array_parse_name(struct name_parser *p, const struct node *n, bool inside,
		     uint8_t *out);

#endif
