/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The quick way back from JSON: rows of model.h. Each reads text from s on
 * and returns where its value ends, or NULL: not in the form in which it is
 * printed, or not right. p may be written in any case.
 */
#ifndef BPFMAPFS_TEXT_QUICK_H
#define BPFMAPFS_TEXT_QUICK_H

#include <stdint.h>

struct node;

const char *quick_uint(const struct node *n, const char *s, const char *end, uint8_t *p);
const char *quick_sint(const struct node *n, const char *s, const char *end, uint8_t *p);
const char *quick_record(const struct node *n, const char *s, const char *end, uint8_t *p);
const char *quick_array(const struct node *n, const char *s, const char *end, uint8_t *p);

#endif
