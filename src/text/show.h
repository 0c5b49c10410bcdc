/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * show=: other types for single members of keys and values.
 *
 *	show=saddr:ipv4,ports.src:be16,value.flags:hex
 *	show=ktime
 *
 * A path goes through structs, unions, arrays (of which all elements change) and the
 * variables of a section. If it begins with "key" or "value", it is a path in only one
 * of them, unless a member has that name. A type alone is that of the whole value.
 * Types are those of text/grammar.h, and must have the member's size; errno, syscall,
 * majorminor, percent(N), hex, char, bytes and dname adapt to it.
 *
 * The result is another BTF, in which only these members differ.
 *
 * Records of several types are distinguished by a tag that all of them have: a member
 * of the type in value=, or a type with which they begin:
 *
 *	value={ns:u64,kind:u32} show=kind?1=struct exec,2=struct exit
 *	show=kind:u32?1=struct exec,2=struct exit,addr:ipv4
 *
 * A case is the type of the whole record, its tag included.
 */
#ifndef BPFMAPFS_TEXT_SHOW_H
#define BPFMAPFS_TEXT_SHOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text/error.h"
#include "util/cleanup.h"

struct btf;
struct grammar_source;
struct show;

/* Maximum number of members in one text. */
#define SHOW_MAX 256

/* One type of record, and the tag that it has. */
struct show_case {
	const char *label; /* text of the tag's type: a number, an enumerator */
	const char *type;
	size_t label_at, type_at; /* where they are in the text, for errors */
};

struct show_tag {
	const char *path; /* NULL: no tag */
	const char *type; /* NULL: path is a member of the value */
	size_t at;
	struct show_case cases[SHOW_MAX];
	uint32_t count;
};

/* -EINVAL with err; -ENOMEM. */
int show_parse(const char *text, struct show **ret, struct text_error *err) _must_check_;
/* Parse, and check the types as far as grammar_check() can. */
int show_check(const char *text, struct text_error *err) _must_check_;
void show_free(struct show *s); /* NULL is allowed */
DEFINE_CLEANUP(show_free, struct show *);
#define _cleanup_show_ _cleanup_(cleanup_show_free)

/* Borrowed; NULL: all records have one type. */
const struct show_tag *show_tag(const struct show *s);

/* The rest of a path after a member's name; NULL: the path does not begin with it. */
const char *show_step(const char *path, const char *name);

/* A type to be changed. */
struct show_part {
	const char *name; /* "key", "value" */
	const struct btf *btf;
	uint32_t id; /* 0: bytes without a type */
	size_t size;
};

/*
 * Copy a type into `to`, and change the types of the members that the text names.
 * part->btf and `to` are the same for all parts. source: where the types are looked up;
 * it copies them into `to`. *ret_changed: something differs. -EINVAL with err (a type
 * of another size, a bit-field); -E2BIG; -ENOMEM.
 */
int show_apply(struct show *s, const struct show_part *part, struct grammar_source *source,
	       struct btf *to, uint32_t *ret_id, bool *ret_changed,
	       struct text_error *err) _must_check_;

/* After all parts: -EINVAL with err if none had the member that a path names. */
int show_all_used(const struct show *s, struct text_error *err) _must_check_;

#endif
