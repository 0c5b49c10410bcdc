/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Types in the grammar of definition lines: rows of model.h.
 */
#ifndef BPFMAPFS_TEXT_DESCRIBE_H
#define BPFMAPFS_TEXT_DESCRIBE_H

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct node;

/* Append the grammar of a node, or bytes[N] or prefix(bytes[N]) if the grammar cannot
 * express it. Returns its alignment. */
uint32_t node_describe(const struct node *n, struct buf *out);

/* Members whose first byte is at `base`, as a struct of so many bytes. */
struct members;
uint32_t members_describe(const struct members *all, uint32_t base, uint32_t size,
			  struct buf *out);
uint32_t record_describe(const struct node *n, struct buf *out);
uint32_t array_describe(const struct node *n, struct buf *out);
uint32_t prefix_describe(const struct node *n, struct buf *out);
/* The key of a trie whose data the grammar cannot express: like an untyped key. */
void prefix_describe_size(const struct node *n, struct buf *out);

#endif
