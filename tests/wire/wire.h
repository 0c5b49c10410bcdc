/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon without a mount: raw FUSE requests over a socket pair, served
 * by the real table of handlers, the real tree and the memory store. Needs
 * no /dev/fuse and runs under sanitizers as any user.
 *
 *	test ── request ──> [ SOCK_SEQPACKET ] ──> libfuse ──> fs_ops ──> tree
 *	     <── reply ────
 *
 * A request is sent and served in the calling thread, so a test is
 * deterministic; wire_serve() starts threads instead.
 *
 * Functions return 0 or a count, or the reply's negative errno. Failures that only a
 * bug of the harness can cause are asserted.
 */
#ifndef BPFMAPFS_TESTS_WIRE_H
#define BPFMAPFS_TESTS_WIRE_H

#include <linux/fuse.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../suite.h"
#include "fuse/fs.h"
#include "store/store.h"
#include "tree/tree.h"

#define WIRE_ROOT 1u

struct wire {
	struct fs fs; /* first: the session's userdata */
	struct store *store;
	struct tree_options options;
	int client;
	uid_t uid; /* that requests are of; getuid() at first */
	pid_t tid; /* of the calling thread; 0: this process */
	struct fuse_buf buf; /* the request that is served in this thread */
	void (*around)(bool begins); /* before and after a request is served */
	atomic_bool interrupted; /* the kernel has forgotten the next request */
	atomic_uint_least64_t unique;
	struct wire_message *late; /* see wire_next_reply() */
	/* wire_serve(): replies by request */
	pthread_t server, receiver;
	bool serving;
	pthread_mutex_t lock; /* guards the rest */
	pthread_cond_t arrived;
	struct wire_call *waiting;
};

/* A tree over an empty memory store whose mkdir makes `def` (NULL: the
 * built-in definition); INIT is done. */
struct wire *wire_new(const char *def);
/* The same over a store of the test's, which wire_free() frees. */
struct wire *wire_new_over(struct store *store, const char *def);
void wire_free(struct wire *w);

/* From now on requests are served by threads, and may be sent by several. */
void wire_serve(struct wire *w);

/* How many keys the tree remembers for the kernel. */
size_t wire_known_keys(struct wire *w);

/* Send any request: its body is the concatenation of two pieces. The reply's
 * body goes to out, at most out_size bytes. Returns its length. */
int wire_request(struct wire *w, uint32_t opcode, uint64_t node, const void *in,
		 size_t in_len, const void *more, size_t more_len, void *out,
		 size_t out_size);
/* Send exactly these bytes as a request. Returns the reply's error, or 1 when
 * there was no reply. */
int wire_raw(struct wire *w, const void *request, size_t len);

int wire_lookup(struct wire *w, uint64_t parent, const char *name,
		struct fuse_entry_out *ret);
/* The node of a name that is there. */
uint64_t wire_look(struct wire *w, uint64_t parent, const char *name);
void wire_forget(struct wire *w, uint64_t node, uint64_t n);
void wire_batch_forget(struct wire *w, const struct fuse_forget_one *nodes, uint32_t count);
int wire_getattr(struct wire *w, uint64_t node, struct fuse_attr *ret);
int wire_ftruncate(struct wire *w, uint64_t node, uint64_t fh, uint64_t size);

int wire_mkdir(struct wire *w, const char *name, uint64_t *ret);
int wire_rmdir(struct wire *w, uint64_t parent, const char *name);
int wire_unlink(struct wire *w, uint64_t parent, const char *name);

int wire_open(struct wire *w, uint64_t node, int flags, uint64_t *ret_fh);
int wire_create(struct wire *w, uint64_t parent, const char *name, int flags,
		struct fuse_entry_out *ret, uint64_t *ret_fh);
int wire_read(struct wire *w, uint64_t fh, uint64_t off, void *data, uint32_t size);
/* Reads that wait: send one with these flags of the open file. Returns what its reply
 * is known by. Not with wire_serve(). */
uint64_t wire_begin_read(struct wire *w, uint64_t fh, uint32_t size, int flags);
/* The next reply to such reads, within so many ms: 1 with what it is known by, its error
 * or 0, and NUL-terminated data. A FUSE_NOTIFY_POLL counts as one: *unique is 0, *error
 * the handle. 0: none came. */
int wire_next_reply(struct wire *w, int ms, uint64_t *unique, int *error, char *data,
		    size_t room);
void wire_interrupt(struct wire *w, uint64_t unique);
/* The ready events; kh: a handle to be notified with, 0: none. */
int wire_poll(struct wire *w, uint64_t fh, uint64_t kh);
/* As splice(2) reads: through the kernel's cache. */
int wire_read_cached(struct wire *w, uint64_t fh, uint64_t off, void *data, uint32_t size);
int wire_write(struct wire *w, uint64_t fh, uint64_t off, const void *data, size_t len);
int wire_write_text(struct wire *w, uint64_t fh, uint64_t off, const char *text);
int wire_flush(struct wire *w, uint64_t fh);
int wire_release(struct wire *w, uint64_t fh);

int wire_opendir(struct wire *w, uint64_t node, uint64_t *ret_fh);
/* opcode: FUSE_READDIR or FUSE_READDIRPLUS. */
int wire_readdir(struct wire *w, uint32_t opcode, uint64_t fh, uint64_t off, void *data,
		 uint32_t size);
int wire_releasedir(struct wire *w, uint64_t fh);

/* ---- what most tests want: whole files by name ---- */

/* The content of a key, NUL-terminated; valid until the next call in this
 * thread. "errno 2" and the like when it cannot be read. */
const char *wire_text(struct wire *w, uint64_t dir, const char *name);
/* `printf %s text > name`: lookup, open with O_TRUNC or create, write, flush,
 * release. Returns the first error. */
int wire_put(struct wire *w, uint64_t dir, const char *name, const char *text);
/* The same for a file of the map's .map directory. */
const char *wire_dot_text(struct wire *w, uint64_t dir, const char *file);
int wire_dot_put(struct wire *w, uint64_t dir, const char *file, const char *text);

/* A descriptor open for writing on a key: of one that is there, or created. */
uint64_t wire_writer(struct wire *w, uint64_t dir, const char *name, int flags);


#endif
