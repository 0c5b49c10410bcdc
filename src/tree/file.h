/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Open files. The kind of an open file is its table of functions. Every kind embeds
 * struct tree_file as its first member:
 *
 *	keyfile.c	a key of a map
 *	viewfile.c	.map/raw/KEY and the like
 *	textfile.c	.map/ files with a small text
 *	dumpfile.c	.map/ files with a whole map
 *	drainfile.c	.map/drain
 *	eventsfile.c	.map/events
 *	consumefile.c	.map/consume
 *	changesfile.c	.map/changes, .map/rates
 *	scratchfile.c	scratch files
 *
 * A kind guards its own state with tree_file.lock. It must not wait for another
 * request on the same file while it holds the lock.
 */
#ifndef BPFMAPFS_TREE_FILE_H
#define BPFMAPFS_TREE_FILE_H

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>

#include "tree/internal.h"
#include "util/request.h"

struct file_kind {
	/* The content has a size that the kernel may cache; otherwise the kernel
	 * treats the file as a stream, see node.h. */
	bool sized;
	bool no_seek;	 /* reads must be sequential */
	blksize_t block; /* st_blksize; 0: the default */
	/* st_size of a file of a .map directory, whether open or not; NULL: 0 */
	int (*size)(const struct dot_ref *d, const struct request *rq, size_t *ret);
	/* Open a file of a .map directory (tree/dotref.h), which is taken over.
	 * NULL: files of this kind are opened by their nodes. */
	int (*open)(struct dot_ref *d, const struct request *rq, int flags,
		    struct tree_file **ret);
	/* Append at most size bytes from off; nothing at the end. NULL: -EOPNOTSUPP. */
	int (*read)(struct tree_file *f, const struct request *rq, size_t size, off_t off,
		    struct buf *out);
	/* Streams: true if read would not return -EAGAIN, which means that there is no
	 * data yet. When there may be data, the kind calls file_wake(), then
	 * tree_wake(). NULL: reading never waits. */
	bool (*poll)(struct tree_file *f, const struct request *rq);
	/* Accept all of data, or nothing. NULL: -EOPNOTSUPP. */
	int (*write)(struct tree_file *f, const struct request *rq, const char *data,
		     size_t len, off_t off);
	/* A write was refused with `error` before it came here: held text will not be
	 * completed, and must not take effect. NULL: no text is held. */
	void (*fail)(struct tree_file *f, int error);
	/* A descriptor is closed: held text takes effect. May be NULL. */
	int (*flush)(struct tree_file *f, const struct request *rq);
	/* ftruncate(2). NULL: accepted without effect. */
	int (*truncate)(struct tree_file *f, const struct request *rq, off_t size);
	/* The last descriptor is closed. Frees the file. */
	void (*release)(struct tree_file *f);
	/* Append the file's name for messages, relative to the map's directory. */
	void (*name)(const struct tree_file *f, struct buf *out);
};

extern const struct file_kind key_kind, view_kind, text_kind, dump_kind, drain_kind,
	events_kind, consume_kind, changes_kind, rates_kind, scratch_kind;

struct tree_file {
	struct tree_handle handle; /* first */
	const struct file_kind *kind;
	struct tree *tree;
	pthread_mutex_t lock; /* guards what the kind adds, writer and failed */
	int flags;	      /* of open(2) */
	unsigned wakes; /* see file_wake(); atomic */
	bool abandoned;	      /* open(2) failed: release must not act for the opener */
	bool descriptors; /* written text may name descriptors: see MAP_DESCRIPTORS */
	bool size_known;      /* the kernel knows the size, though the kind is not sized */
	bool restricted;      /* the opener was not root: see struct request */
	uid_t uid;	      /* of the opener */
	/* Names that the opener sees in the content (buf.names): decided at open, as
	 * for /proc/kallsyms. */
	const struct host_names *names;
	uint64_t writer;      /* owner of the last write; 0: none, or unknown */
	int failed;	      /* errno of the first failed write, and of all later ones */
};

void tree_file_init(struct tree_file *f, struct tree *t, const struct file_kind *kind,
		    int flags);
/* For kinds: set the memory charged for the file to `bytes`. -ENOMEM: the user's
 * quota is exceeded, and nothing changed. */
static inline int file_charge(struct tree_file *f, size_t bytes)
{
	return handle_charge(&f->handle, bytes);
}
/* For kinds: the last step of release(). */
void tree_file_free(struct tree_file *f);

/* For kinds whose reads wait: a read may find data now. Reads are tried again when
 * tree_wake() is called, once for many files. */
static inline void file_wake(struct tree_file *f)
{
	__atomic_fetch_add(&f->wakes, 1, __ATOMIC_RELEASE);
}
void tree_wake(struct tree *t);

static inline bool wants_read(int flags)
{
	return (flags & O_ACCMODE) != O_WRONLY;
}

static inline bool wants_write(int flags)
{
	return (flags & O_ACCMODE) != O_RDONLY;
}

/* Append a piece of a complete text. */
void tree_read_text(const struct buf *text, size_t size, off_t off, struct buf *out);

/* Log for the opener that an operation on an open file was refused, and return
 * error. */
int file_refuse(struct tree_file *f, struct live_map *m, const char *operation, int error,
		const struct text_error *err);

/* ---- snapshots: what a descriptor reads ---- */

/* How long after its reader took a snapshot st_size is that of the snapshot. */
#define SNAPSHOT_SIZE_NS 1000000000u

/* The content as of open(2), or of the last read at offset 0. */
struct snapshot {
	struct buf text;
	bool served; /* data was read from it */
};

/* True if a read at `off` must see the current content: pollers read at offset 0. */
static inline bool snapshot_is_due(const struct snapshot *s, off_t off)
{
	return off == 0 && s->served;
}

/* Replace the text by *text, which is emptied. */
void snapshot_set(struct snapshot *s, struct buf *text);
void snapshot_serve(struct snapshot *s, size_t size, off_t off, struct buf *out);

/* -ENOENT from open means that the looked-up name is stale: -ESTALE makes the
 * kernel repeat the lookup. */
static inline int stale_if_gone(int r)
{
	return r == -ENOENT ? -ESTALE : r;
}

#endif
