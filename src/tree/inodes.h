/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keys that the kernel knows: node numbers, lookup counts, the time a
 * value was last seen to differ, and what is shared by the open files of one
 * key. One node is 48 bytes (plus the key where it is longer than 8), in
 * chunks that are given back when the table empties.
 *
 * A node lives while its lookup count is positive or a file is open on it.
 * All functions lock; pointers never leave.
 */
#ifndef BPFMAPFS_TREE_KEYTABLE_H
#define BPFMAPFS_TREE_KEYTABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tree/node.h"

struct inodes;

/* kind: that of the nodes it numbers. NULL: no memory. */
struct inodes *inodes_new(enum node_kind kind);
void inodes_free(struct inodes *kt);

/* A copy of what the table knows about a node. Free key with free(). */
struct key_ref {
	uint32_t map_id;
	uint32_t key_size;
	uint8_t *key;
};
void key_ref_release(struct key_ref *r);
#define _cleanup_key_ref_ __attribute__((cleanup(key_ref_release)))

/* The node of a key, made if needed; its lookup count rises by one. */
int inode_get(struct inodes *kt, uint32_t map_id, const void *key, size_t key_size,
		 uint64_t *ret_node);
/* -ENOENT when the kernel does not know this key. */
int inode_find(struct inodes *kt, uint32_t map_id, const void *key, size_t key_size,
		  uint64_t *ret_node);
/* -ESTALE for a number that is no (longer a) node, -ENOMEM. */
int inode_ref(struct inodes *kt, uint64_t node, struct key_ref *ret);
void inode_forget(struct inodes *kt, uint64_t node, uint64_t n);

/* st_ino of a key: a function of map and key alone. */
uint64_t key_ino(uint32_t map_id, const void *key, size_t key_size);

/*
 * Note the value's present text: returns the time (ns since the epoch) at
 * which it was last seen to differ, now if it is new or differs.
 */
uint64_t inode_seen(struct inodes *kt, uint64_t node, const void *text, size_t len);

/* ---- what open files of one key share ---- */

/* An open file comes: the node stays, and `size` is what stat reports. */
int inode_open(struct inodes *kt, uint64_t node);
void inode_close(struct inodes *kt, uint64_t node);
/* stat reports this size while a file is open. */
void inode_set_size(struct inodes *kt, uint64_t node, size_t size);
/* True and the size, if a file is open and has set one. */
bool inode_size(struct inodes *kt, uint64_t node, size_t *ret);

/* A key that was created but has no text yet: it resolves, with size 0. */
void inode_set_pending(struct inodes *kt, uint64_t node, bool pending);
bool inode_pending(struct inodes *kt, uint64_t node);
/* The key was just seen in its map, and not removed through the tree since. */
void inode_present(struct inodes *kt, uint64_t node);
/* Was it, at most so long ago? */
bool inode_was_present(struct inodes *kt, uint64_t node, uint64_t ns);
/* rm of a key: files open on it now write nothing any more. */
void inode_unlink(struct inodes *kt, uint64_t node);
/* Counts the removals of this node: differs from that at open: unlinked. */
uint32_t inode_unlinks(struct inodes *kt, uint64_t node);

/* For tests and memory reports. */
size_t inode_count(struct inodes *kt);

#endif
