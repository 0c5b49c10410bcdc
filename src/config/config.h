/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration file: it sets types, owners and modes of maps that are selected by
 * name, pin, program or id.
 *
 *	[map flow*]
 *	value = {packets:u64,bytes:u64}
 *	group = ops
 *	mode  = 0750
 *
 * A section is a kind and a pattern, and has words. Several sections can match one
 * map: for each word the first of them in the file that has it wins. This folder
 * parses and matches text; it knows names, paths and ids, but no maps. live/conf.c
 * applies the words.
 *
 * A struct config is immutable once it is created. Safe from any thread.
 */
#ifndef BPFMAPFS_CONFIG_CONFIG_H
#define BPFMAPFS_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/attributes.h"
#include "util/cleanup.h"

/* Bounds of what one file can cost. */
#define CONFIG_MAX_BYTES (1u << 20)
#define CONFIG_MAX_SECTIONS 1024
#define CONFIG_MAX_ERRORS 100 /* reported for one file */

enum config_kind {
	CONFIG_MAP,  /* [map PATTERN]: the kernel's name of the map */
	CONFIG_PIN,  /* [pin PATTERN]: a path in the BPF file system */
	CONFIG_PROG, /* [prog PATTERN]: name of a program that uses it */
	CONFIG_ID,   /* [id N] */
	CONFIG_KINDS
};

enum config_word {
	CONFIG_KEY,
	CONFIG_VALUE,
	CONFIG_SHOW,
	CONFIG_BTF,
	CONFIG_MODE,	 /* number: permission bits, up to 07777 */
	CONFIG_OWNER,	 /* number: uid */
	CONFIG_GROUP,	 /* number: gid */
	CONFIG_HIDDEN,	 /* number: 0 or 1 */
	CONFIG_READONLY, /* number: 0 or 1 */
	CONFIG_METRICS,	 /* see text/metric-spec.h */
	CONFIG_INTERVAL, /* number: milliseconds */
	CONFIG_WORDS
};

struct config_value {
	char *text;	 /* as written; NULL: the section lacks the word */
	uint32_t number; /* of words that have a number, see above */
	unsigned line;	 /* its line in the file, from 1 on */
};

struct config_section {
	enum config_kind kind;
	char *pattern;
	uint32_t id; /* CONFIG_ID */
	unsigned line;
	struct config_value words[CONFIG_WORDS];
};

struct config {
	int refs; /* atomic */
	size_t count;
	struct config_section *sections; /* in the file's order */
	bool has[CONFIG_KINDS];		 /* there are sections of this kind */
};

/* Called for each error of a file; line 0: the error is about the whole file. */
typedef void config_error_fn(void *arg, unsigned line, const char *reason);

/*
 * Read a file. fn is called for each error, with arg; if there is one, *ret is
 * unchanged. -ENOENT: the file does not exist; -EPERM: users other than root and this
 * process's user may write to it; -EINVAL: it has errors; -EFBIG: it is too large;
 * -ENOMEM, -EIO and the like. owner and group are looked up, which can take a while.
 */
int config_read(const char *path, config_error_fn *fn, void *arg,
		struct config **ret) _must_check_;
/* Like config_read(), but parse len bytes of text: -EINVAL, -ENOMEM. */
int config_parse(const char *text, size_t len, config_error_fn *fn, void *arg,
		 struct config **ret) _must_check_;

struct config *config_ref(struct config *c);
void config_unref(struct config *c); /* NULL is allowed */
DEFINE_CLEANUP(config_unref, struct config *);
#define _cleanup_config_ _cleanup_(cleanup_config_unref)

/* ---- matching ---- */

/* Which section each word of one map comes from: its index plus 1; 0: none. */
struct config_match {
	uint16_t section[CONFIG_WORDS];
};

/* Add the sections that match one name of the map; the order of these calls does not
 * matter. Returns true if a word now comes from another section. In patterns, '*'
 * matches '/' too. */
bool config_match_map(const struct config *c, const char *name, uint32_t id,
		      struct config_match *m);
bool config_match_pin(const struct config *c, const char *path, struct config_match *m);
bool config_match_program(const struct config *c, const char *name,
			  struct config_match *m);

/* NULL: no matching section has the word. Valid as long as c. */
const struct config_value *config_find(const struct config *c,
				       const struct config_match *m,
				       enum config_word word);

#endif
