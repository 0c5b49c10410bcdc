/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parsing of values from JSON, for the kinds of model.h.
 */
#ifndef BPFMAPFS_TEXT_VALUE_PARSE_H
#define BPFMAPFS_TEXT_VALUE_PARSE_H

#include "text/json.h"
#include "text/model.h"

struct value_parser {
	struct json j;
	const struct text_parse *how;
	size_t wasted; /* text that was read in vain, see json-record.c */
};

int record_parse_json(struct value_parser *v, const struct node *n, struct place to);
int array_parse_json(struct value_parser *v, const struct node *n, struct place to);

/* The part of a place that a member of a record has. */
static inline struct place place_at(struct place to, uint32_t offset)
{
	struct place at = {
		.out = to.out + offset,
		.mask = to.mask ? to.mask + offset : NULL,
		.current = to.current ? to.current + offset : NULL,
	};

	return at;
}

/* Consume a member's name and colon; *ret is the member. 1: it was a member without
 * bytes, or hidden bytes of the record at `to`, and its value was consumed, too. */
struct members_seen;
int member_parse_name(struct value_parser *v, struct members_seen *seen, struct place to,
		      const struct member **ret);

/* The object of a record whose members share bytes (overlap.c). */
int overlap_parse_json(struct value_parser *v, const struct node *n, struct place to);

#endif
