/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words of a section and the meaning of their texts.
 */
#ifndef BPFMAPFS_CONFIG_WORDS_H
#define BPFMAPFS_CONFIG_WORDS_H

#include "config/config.h"

struct buf;

/* CONFIG_WORDS: unknown word. */
enum config_word config_word_find(const char *name);

/*
 * Check a text, which is not empty, and set *ret_number if the word has one.
 * -EINVAL and the reason is appended to `reason`; -ENOMEM.
 */
int config_word_parse(enum config_word word, const char *text, uint32_t *ret_number,
		      struct buf *reason);

/* Append "key, value, ...". */
void config_word_list(struct buf *out);

#endif
