/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tree/internal.h"

/* The largest request and reply of libfuse, with its header. */
#define MESSAGE_MAX ((1u << 20) + 4096)

/* ---- the server's side ---- */

static ssize_t server_writev(int fd, struct iovec *iov, int count, void *userdata)
{
	struct wire *w = userdata;
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = (size_t)count };

	if (atomic_exchange(&w->interrupted, false)) {
		errno = ENOENT; /* what the kernel says then */
		return -1;
	}
	return sendmsg(fd, &msg, MSG_NOSIGNAL);
}

static ssize_t server_read(int fd, void *buf, size_t len, void *userdata)
{
	ssize_t n = recv(fd, buf, len, 0);

	(void)userdata;
	if (n == 0) {
		errno = ENODEV; /* as after an unmount */
		return -1;
	}
	return n;
}

static const struct fuse_custom_io server_io = {
	.writev = server_writev,
	.read = server_read,
};

static void serve_one(struct wire *w)
{
	ck_assert_int_gt(fuse_session_receive_buf(w->fs.session, &w->buf), 0);
	if (w->around)
		w->around(true);
	fuse_session_process_buf(w->fs.session, &w->buf);
	if (w->around)
		w->around(false);
}

/* ---- one request ---- */

/* A reply that is waited for. */
struct wire_call {
	struct wire_call *next;
	uint64_t unique;
	bool done;
	char *reply;
	size_t room, len;
};

static bool has_no_reply(uint32_t opcode)
{
	return opcode == FUSE_FORGET || opcode == FUSE_BATCH_FORGET ||
	       opcode == FUSE_INTERRUPT;
}

/* In the unique number of an interrupt, as the kernel does it. */
#define INTERRUPT_BIT 1u

/* What came and was not waited for, in the order of its arrival. */
struct wire_message {
	struct wire_message *next;
	size_t len;
	char bytes[];
};

/* Answers to reads that waited, and notices to those who poll. Dropped: other notices,
 * and answers to interrupts that came too early. */
static bool is_of_interest(const struct fuse_out_header *head)
{
	return head->unique ? !(head->unique & INTERRUPT_BIT)
			    : head->error == FUSE_NOTIFY_POLL;
}

static void keep_message(struct wire *w)
{
	struct wire_message *m = malloc(sizeof(*m) + MESSAGE_MAX), **last = &w->late;
	ssize_t n;

	ck_assert_ptr_nonnull(m);
	n = recv(w->client, m->bytes, MESSAGE_MAX, MSG_DONTWAIT);
	if (n <= 0 || !is_of_interest((const void *)m->bytes)) {
		free(m);
		return;
	}
	m = realloc(m, sizeof(*m) + (size_t)n);
	ck_assert_ptr_nonnull(m);
	m->len = (size_t)n;
	m->next = NULL;
	while (*last)
		last = &(*last)->next;
	*last = m;
}

/* The reply to request `unique`, header included; 0: there is none. */
static size_t receive_now(struct wire *w, uint64_t unique, char *reply, size_t room)
{
	struct fuse_out_header head;
	ssize_t n;

	serve_one(w);
	while (recv(w->client, &head, sizeof(head), MSG_DONTWAIT | MSG_PEEK) ==
		       sizeof(head) &&
	       head.unique != unique)
		keep_message(w);
	n = recv(w->client, reply, room, MSG_DONTWAIT | MSG_TRUNC);
	ck_assert_int_le(n, (ssize_t)room);
	return n < 0 ? 0 : (size_t)n;
}

static size_t wait_for_reply(struct wire *w, struct wire_call *call)
{
	pthread_mutex_lock(&w->lock);
	while (!call->done)
		pthread_cond_wait(&w->arrived, &w->lock);
	pthread_mutex_unlock(&w->lock);
	return call->len;
}

static void announce(struct wire *w, struct wire_call *call)
{
	pthread_mutex_lock(&w->lock);
	call->next = w->waiting;
	w->waiting = call;
	pthread_mutex_unlock(&w->lock);
}

static int result(const char *reply, size_t len, void *out, size_t out_size)
{
	const struct fuse_out_header *head = (const void *)reply;
	size_t body;

	if (!len)
		return 0;
	ck_assert_uint_ge(len, sizeof(*head));
	ck_assert_uint_eq(head->len, len);
	if (head->error)
		return head->error;
	body = len - sizeof(*head);
	ck_assert_uint_le(body, out_size);
	if (body)
		memcpy(out, reply + sizeof(*head), body);
	return (int)body;
}

int wire_request(struct wire *w, uint32_t opcode, uint64_t node, const void *in,
		 size_t in_len, const void *more, size_t more_len, void *out,
		 size_t out_size)
{
	struct fuse_in_header head = {
		.len = (uint32_t)(sizeof(head) + in_len + more_len),
		.opcode = opcode,
		.unique = atomic_fetch_add(&w->unique, 2),
		.nodeid = node,
		.uid = w->uid,
		.gid = getgid(),
		.pid = w->tid ? (uint32_t)w->tid : (uint32_t)getpid(),
	};
	struct iovec iov[] = {
		{ &head, sizeof(head) },
		{ (void *)in, in_len },
		{ (void *)more, more_len },
	};
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 3 };
	struct wire_call call = { .unique = head.unique };
	int r = 0;

	call.room = sizeof(struct fuse_out_header) + out_size;
	call.reply = malloc(call.room);
	ck_assert_ptr_nonnull(call.reply);
	if (w->serving && !has_no_reply(opcode))
		announce(w, &call);
	ck_assert_int_eq(sendmsg(w->client, &msg, MSG_NOSIGNAL), head.len);
	if (!w->serving)
		call.len = receive_now(w, head.unique, call.reply, call.room);
	else if (!has_no_reply(opcode))
		wait_for_reply(w, &call);
	if (!has_no_reply(opcode))
		r = result(call.reply, call.len, out, out_size);
	free(call.reply);
	return r;
}

int wire_raw(struct wire *w, const void *request, size_t len)
{
	union {
		struct fuse_out_header head;
		char bytes[4096];
	} reply;
	struct fuse_in_header head = { 0 };

	memcpy(&head, request, len < sizeof(head) ? len : sizeof(head));
	ck_assert_int_eq(send(w->client, request, len, MSG_NOSIGNAL), (ssize_t)len);
	return receive_now(w, head.unique, reply.bytes, sizeof(reply)) ? reply.head.error : 1;
}

/* ---- replies that come later ---- */

/* Send a request and serve it, without looking for a reply. */
static uint64_t begin(struct wire *w, uint32_t opcode, const void *in, size_t len)
{
	struct fuse_in_header head = {
		.len = (uint32_t)(sizeof(head) + len),
		.opcode = opcode,
		.unique = atomic_fetch_add(&w->unique, 2) |
			  (opcode == FUSE_INTERRUPT ? INTERRUPT_BIT : 0),
		.uid = w->uid,
		.gid = getgid(),
		.pid = (uint32_t)getpid(),
	};
	struct iovec iov[] = { { &head, sizeof(head) }, { (void *)in, len } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };

	ck_assert_int_eq(sendmsg(w->client, &msg, MSG_NOSIGNAL), head.len);
	serve_one(w);
	return head.unique;
}

uint64_t wire_begin_read(struct wire *w, uint64_t fh, uint32_t size, int flags)
{
	struct fuse_read_in in = {
		.fh = fh, .size = size, .lock_owner = 1, .read_flags = FUSE_READ_LOCKOWNER,
		.flags = (uint32_t)flags,
	};

	return begin(w, FUSE_READ, &in, sizeof(in));
}

void wire_interrupt(struct wire *w, uint64_t unique)
{
	struct fuse_interrupt_in in = { .unique = unique };

	begin(w, FUSE_INTERRUPT, &in, sizeof(in));
}

int wire_next_reply(struct wire *w, int ms, uint64_t *unique, int *error, char *data,
		    size_t room)
{
	struct pollfd ready = { .fd = w->client, .events = POLLIN };
	const struct fuse_notify_poll_wakeup_out *wakeup;
	const struct fuse_out_header *head;
	struct wire_message *m;

	while (!w->late && poll(&ready, 1, ms) > 0)
		keep_message(w);
	m = w->late;
	if (!m)
		return 0;
	w->late = m->next;
	head = (const void *)m->bytes;
	wakeup = (const void *)(head + 1);
	*unique = head->unique;
	*error = head->unique ? head->error : (int)wakeup->kh;
	ck_assert_uint_lt(m->len - sizeof(*head), room);
	memcpy(data, head + 1, m->len - sizeof(*head));
	data[m->len - sizeof(*head)] = '\0';
	free(m);
	return 1;
}

/* ---- threads ---- */

static void hand_over(struct wire *w, char *reply, size_t len)
{
	uint64_t unique = ((const struct fuse_out_header *)(const void *)reply)->unique;
	struct wire_call **link = &w->waiting;

	pthread_mutex_lock(&w->lock);
	while (*link && (*link)->unique != unique)
		link = &(*link)->next;
	ck_assert_ptr_nonnull(*link);
	ck_assert_uint_le(len, (*link)->room);
	memcpy((*link)->reply, reply, len);
	(*link)->len = len;
	(*link)->done = true;
	*link = (*link)->next;
	pthread_cond_broadcast(&w->arrived);
	pthread_mutex_unlock(&w->lock);
}

static void *receive_replies(void *arg)
{
	struct wire *w = arg;
	char *reply = malloc(MESSAGE_MAX);
	ssize_t n;

	while ((n = recv(w->client, reply, MESSAGE_MAX, 0)) > 0)
		hand_over(w, reply, (size_t)n);
	free(reply);
	return NULL;
}

static void *serve_requests(void *arg)
{
	struct wire *w = arg;
	struct fuse_loop_config *config = fuse_loop_cfg_create();

	fuse_loop_cfg_set_max_threads(config, 8);
	fuse_session_loop_mt(w->fs.session, config);
	fuse_loop_cfg_destroy(config);
	return NULL;
}

void wire_serve(struct wire *w)
{
	w->serving = true;
	ck_assert_int_eq(pthread_create(&w->server, NULL, serve_requests, w), 0);
	ck_assert_int_eq(pthread_create(&w->receiver, NULL, receive_replies, w), 0);
}

/* ---- beginning and end ---- */

static void connect_session(struct wire *w)
{
	char *argv[] = { "wire", NULL };
	struct fuse_args args = FUSE_ARGS_INIT(1, argv);
	int fds[2], room = MESSAGE_MAX * 2;

	w->fs.session = fuse_session_new(&args, &fs_ops, sizeof(fs_ops), w);
	ck_assert_ptr_nonnull(w->fs.session);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
	for (int i = 0; i < 2; i++)
		setsockopt(fds[i], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	w->client = fds[0];
	ck_assert_int_eq(fuse_session_custom_io(w->fs.session, &server_io, fds[1]), 0);
	fs_connect(&w->fs, w->fs.session);
	fuse_opt_free_args(&args);
}

static void shake_hands(struct wire *w)
{
	struct fuse_init_in in = {
		.major = FUSE_KERNEL_VERSION,
		.minor = FUSE_KERNEL_MINOR_VERSION,
		.max_readahead = 131072,
		.flags = FUSE_ATOMIC_O_TRUNC | FUSE_BIG_WRITES | FUSE_DO_READDIRPLUS |
			 FUSE_READDIRPLUS_AUTO | FUSE_MAX_PAGES,
	};
	struct fuse_init_out out;

	ck_assert_int_gt(wire_request(w, FUSE_INIT, 0, &in, sizeof(in), NULL, 0, &out,
				      sizeof(out)), 0);
	ck_assert_uint_eq(out.major, FUSE_KERNEL_VERSION);
	ck_assert(out.flags & FUSE_ATOMIC_O_TRUNC);
}

struct wire *wire_new_over(struct store *store, const char *def)
{
	struct wire *w = calloc(1, sizeof(*w));
	struct text_error err = { 0 };

	ck_assert_ptr_nonnull(w);
	w->unique = 2;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->arrived, NULL);
	def = def ?: DEF_BUILTIN;
	ck_assert_int_eq(def_parse(NULL, def, strlen(def), &w->options.def, &err), 0);
	w->options.uid = getuid();
	w->options.gid = getgid();
	w->options.umask = 077;
	w->uid = getuid();
	w->options.version = "test";
	w->store = store;
	ck_assert_int_eq(tree_new(w->store, &w->options, &w->fs.tree), 0);
	connect_session(w);
	shake_hands(w);
	return w;
}

struct wire *wire_new(const char *def)
{
	struct store *store;

	ck_assert_int_eq(store_memory_new(&store), 0);
	return wire_new_over(store, def);
}

void wire_free(struct wire *w)
{
	shutdown(w->client, SHUT_RDWR);
	if (w->serving) {
		pthread_join(w->server, NULL);
		pthread_join(w->receiver, NULL);
	}
	fs_disconnect(&w->fs);
	close(w->client);
	for (struct wire_message *m = w->late, *next; m; m = next) {
		next = m->next;
		free(m);
	}
	free(w->buf.mem);
	fuse_session_destroy(w->fs.session);
	tree_free(w->fs.tree);
	store_free(w->store);
	def_release(&w->options.def);
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->arrived);
	free(w);
}
