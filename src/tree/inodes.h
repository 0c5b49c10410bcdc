/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inode table: the keys that the kernel knows, with their node numbers,
 * lookup counts, the time of the last observed change of the value, and the state
 * that the open files of one key share. One node is 56 bytes (plus the key where it
 * is longer than 8), in chunks that are freed when the table empties.
 *
 *	map id, schema, key ──hash──> node <──slot, generation── node number
 *
 * A node lives while its lookup count is positive or a file is open on it. Its key has
 * the layout of one schema: after the map was replaced, or got other types, the same
 * bytes under another schema are another node. A node whose key was overwritten by a
 * rename is an orphan: it has a number and open files, but no name leads to it.
 *
 * All functions lock; pointers into the table are never returned.
 */
#ifndef BPFMAPFS_TREE_INODES_H
#define BPFMAPFS_TREE_INODES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tree/inode-key.h"
#include "tree/node.h"
#include "util/attributes.h"

struct inodes;

/* kind: the kind of its nodes. NULL: no memory. */
struct inodes *inodes_new(enum node_kind kind);
void inodes_free(struct inodes *t);

/* A copy of what the table knows about a node. Free key with free(). */
struct key_ref {
	uint32_t map_id;
	uint32_t serial;
	uint32_t key_size;
	uint8_t *key;
};
void key_ref_release(struct key_ref *r);
#define _cleanup_key_ref_ __attribute__((cleanup(key_ref_release)))

/* The node of a key, created if needed, with this spelling; its lookup count rises by
 * one. */
int inode_get(struct inodes *t, const struct inode_key *k, uint64_t *ret_node) _must_check_;
/* -ENOENT: the kernel does not know this key. */
int inode_find(struct inodes *t, const struct inode_key *k, uint64_t *ret_node) _must_check_;
/* -ESTALE: no node has this number, or the node has no key any more; -ENOMEM. */
int inode_ref(struct inodes *t, uint64_t node, struct key_ref *ret) _must_check_;
void inode_forget(struct inodes *t, uint64_t node, uint64_t n);

/*
 * Note the value's current text: returns the time (ns since the epoch) at which a
 * change was last noticed; now if the text is new or differs.
 */
uint64_t inode_seen(struct inodes *t, uint64_t node, const void *text, size_t len);

/* ---- what open files of one key share ---- */

/* Count an open file: it keeps the node alive, and `size` becomes st_size. */
int inode_open(struct inodes *t, uint64_t node) _must_check_;
void inode_close(struct inodes *t, uint64_t node);
/* stat reports this size while a file is open: to callers who see names of the host in
 * the text (buf.names), or to those who do not. */
void inode_set_size(struct inodes *t, uint64_t node, bool names, size_t size);
/* True if a file is open and has set a size. *ret is unchanged if the size is that of
 * the other callers, or was set more than max_age ns ago. */
bool inode_size(struct inodes *t, uint64_t node, bool names, uint64_t max_age, size_t *ret);

/* A key that was created but has no text yet: it resolves, with size 0. */
void inode_set_pending(struct inodes *t, uint64_t node, bool pending);
bool inode_pending(struct inodes *t, uint64_t node);
/* The key was just seen in its map, and not removed through the tree since. */
void inode_present(struct inodes *t, uint64_t node);
/* True if the key was seen within the last `ns` nanoseconds. */
bool inode_was_present(struct inodes *t, uint64_t node, uint64_t ns);
/* rm of a key: files that are open on it no longer write to the map. */
void inode_unlink(struct inodes *t, uint64_t node);
/* The number of times the key was removed or renamed: if this differs from its value at
 * open(2), the open file no longer belongs to the key. */
uint32_t inode_unlinks(struct inodes *t, uint64_t node);
/*
 * mv of a key. The kernel moves the inode to the new name without a lookup, so
 * the node moves too: its key becomes `to`, and the previous node of `to` becomes
 * an orphan. -ENOMEM: both are orphans.
 */
int inode_rename(struct inodes *t, const struct inode_key *from,
		 const struct inode_key *to);

/* For tests and memory reports. */
size_t inode_count(struct inodes *t);

#endif
