/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fast path for parsing JSON: functions of kinds (model.h). Each reads text from s
 * on and returns the end of its value, or NULL: the text is not in the form in which it
 * is printed, or is invalid. p may be written in any case.
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
