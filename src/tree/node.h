/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Node numbers: how the kernel and the tree name an inode.
 *
 * The number of a node other than a key encodes what the node is: its kind, a row (of a
 * table of files) and a map id. So nothing is allocated for it, and nothing must be
 * forgotten. Keys have variable length, so a key's number is a slot of the inode table
 * and the slot's generation; a number is never used again for another key. Paths of
 * by-pin have a separate table of the same kind.
 *
 *	 63 62   57 56        32 31                 0
 *	+--+-------+------------+--------------------+
 *	|0 | kind  | row or gen | map id or slot     |
 *	+--+-------+------------+--------------------+
 *
 * Whole-map files get another number at each lookup (a turn, above the row), because
 * each open file needs a separate size in the kernel; see fs-file.c.
 *
 * The root is FUSE's number 1 (kind 0). st_ino is the number itself, except for keys:
 * there it is a hash of map id and key bytes with bit 62 set, which stays the same
 * however often the key is forgotten and looked up again.
 */
#ifndef BPFMAPFS_TREE_NODE_H
#define BPFMAPFS_TREE_NODE_H

#include <stdint.h>

enum node_kind {
	NODE_ROOT,	 /* / */
	NODE_ROOT_DOT,	 /* /.map */
	NODE_ROOT_FILE,	 /* /.map/FILE: row */
	NODE_BY_ID,	 /* /by-id */
	NODE_BY_ID_LINK, /* /by-id/ID: map id */
	NODE_MAP,	 /* /NAME: map id */
	NODE_ALIAS,	 /* /NAME@ID, /@ID if that is not listed: map id */
	NODE_DOT,	 /* /NAME/.map: map id */
	NODE_DOT_FILE,	 /* /NAME/.map/FILE: turn and row, map id */
	NODE_KEY,	 /* /NAME/KEY: generation, slot */
	NODE_VIEW,	 /* /NAME/.map/raw and the like: row, map id */
	NODE_VIEW_KEY,	 /* /NAME/.map/raw/KEY: generation, slot */
	NODE_SCRATCH,	 /* /NAME/.x, /NAME/x~, ...: generation, slot */
	NODE_BY_PIN,	 /* /by-pin */
	NODE_PIN,	 /* /by-pin/PATH: generation, slot */
	NODE_BY_PROG,	 /* /by-prog */
	NODE_PROG,	 /* /by-prog/NAME@ID: program id */
	NODE_PROG_MAP,	 /* /by-prog/NAME@ID/MAP: map id */
	NODE_PROG_DOT,	 /* /by-prog/NAME@ID/.map: program id */
	NODE_PROG_FILE,	 /* /by-prog/NAME@ID/.map/FILE: row, program id */
	NODE_BY_NAME,	 /* /by-name */
	NODE_BY_NAME_LINK, /* /by-name/NAME: map id */
	NODE_KINDS
};

#define NODE_ROOT_NUMBER 1u
/* The name of the hidden directory. */
#define DOT_NAME ".map"
#define NODE_GEN_MASK ((1u << 25) - 1)
#define NODE_INO_KEY (1ull << 62)

static inline uint64_t node_make(enum node_kind kind, uint32_t row, uint32_t id)
{
	if (kind == NODE_ROOT)
		return NODE_ROOT_NUMBER;
	return (uint64_t)kind << 57 | (uint64_t)(row & NODE_GEN_MASK) << 32 | id;
}

static inline enum node_kind node_kind(uint64_t node)
{
	return (enum node_kind)(node >> 57 & 31);
}

static inline uint32_t node_row(uint64_t node)
{
	return (uint32_t)(node >> 32) & NODE_GEN_MASK;
}

#define NODE_ROW_BITS 8

/* The row of a .map file, without the turn. */
static inline uint32_t node_file_row(uint64_t node)
{
	return node_row(node) & ((1u << NODE_ROW_BITS) - 1);
}

static inline uint32_t node_id(uint64_t node)
{
	return (uint32_t)node;
}

#endif
