/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Limits how many requests of one user are served at a time. Otherwise slow requests
 * (scans of maps with millions of entries) would take every thread, and root would have
 * to wait for them. Requests beyond the limit wait here until another request of the
 * same user ends:
 *
 *	request ──> served now            fewer than the user's share are
 *	        ──> in the user's queue   a copy; served by the thread that ends
 *	                                  another request of the user, or of
 *	                                  any user if none of this one is served
 *	        ──> refused               the queue is long, too: ENOMEM
 *
 * Root's requests, and those without a caller (RELEASE, FORGET, INTERRUPT), never
 * wait. All functions lock.
 */
#ifndef BPFMAPFS_FUSE_SHARE_H
#define BPFMAPFS_FUSE_SHARE_H

#include <stdbool.h>
#include <sys/types.h>

struct fuse_buf;
struct shares;

/* Requests that are served at a time: of one user, and of all users except root; and
 * the bytes of one user's waiting requests. */
#define SHARE_EACH 16
#define SHARE_ALL 96
#define SHARE_QUEUE (8u << 20)
/* One user may have many uids (subuid(5)). Limit of requests that are served at a time
 * even if each is the only one of its uid (less than the number of threads), and the
 * bytes of all waiting requests. */
#define SHARE_MAX 112
#define SHARE_QUEUES (64u << 20)

enum share_result {
	SHARE_SERVE, /* serve it now, then call shares_end() with *ret_uid */
	SHARE_WAITS, /* it is in the queue */
	SHARE_REFUSE, /* answer -ENOMEM */
};

struct shares *shares_new(void); /* NULL: no memory */
void shares_free(struct shares *s); /* with what waits */

enum share_result shares_begin(struct shares *s, const struct fuse_buf *buf,
			       uid_t *ret_uid);
/* A request of *uid was served. If this returns true, the caller must serve *ret, a
 * request of the uid now in *uid, free its mem, and call shares_end() again. */
bool shares_end(struct shares *s, uid_t *uid, struct fuse_buf *ret);

#endif
