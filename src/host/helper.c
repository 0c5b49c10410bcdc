/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The helper process performs the operations on other processes. It has the
 * capabilities for them, which the daemon lacks, and operations that block do not block
 * a thread that serves the mount: pidfd_getfd(2) waits for a process that executes a
 * program, and closing a duplicated descriptor may wait for the server of any file
 * system.
 *
 *	daemon                    helper                child, one per request
 *	  │── request, reply socket ──>│── fork ────────────>│ look, take
 *	  │<──────── errno, descriptor ──────────────────────│
 *	  │ use it, close it                                 │ (still has it, too)
 *	  │ close the reply socket ─────────────────────────>│ exit: the last close
 *
 * Requests that only read /proc are answered by the helper itself.
 *
 * If a child does not answer within HOST_TAKE_MS, its request fails with -ETIMEDOUT,
 * and an alarm kills the child as soon as the kernel allows it. At most CHILDREN_MAX
 * children are waited for.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "host/child.h"
#include "host/helper.h"
#include "host/privilege.h"
#include "host/system.h"

#define CHILDREN_MAX 16

/* Written by host_start() and host_stop() only, before and after all threads. */
static struct child helper = CHILD_INIT;

/* ---- messages with a descriptor ---- */

int helper_send(int to, const void *data, size_t len, int fd)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} u = { .header = { .cmsg_len = CMSG_LEN(sizeof(int)),
			    .cmsg_level = SOL_SOCKET,
			    .cmsg_type = SCM_RIGHTS } };
	struct iovec iov = { (void *)data, len };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (fd >= 0) {
		memcpy(CMSG_DATA(&u.header), &fd, sizeof(fd));
		m.msg_control = &u;
		m.msg_controllen = sizeof(u.room);
	}
	return sendmsg(to, &m, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : 0;
}

/* The descriptor in *fd, -1: none. -EIO: the other side has ended. */
static int receive(int from, void *data, size_t len, int *fd)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} u;
	struct iovec iov = { data, len };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = &u,
			    .msg_controllen = sizeof(u.room) };
	const struct cmsghdr *c;
	ssize_t n;

	do
		n = recvmsg(from, &m, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	*fd = -1;
	c = CMSG_FIRSTHDR(&m);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
		memcpy(fd, CMSG_DATA(c), sizeof(*fd));
	return (size_t)n == len ? 0 : -EIO;
}

/* ---- the helper ---- */

static unsigned reap(unsigned children)
{
	while (children && waitpid(-1, NULL, WNOHANG) > 0)
		children--;
	return children;
}

static int start_child(const struct helper_request *rq, int reply)
{
	pid_t child = fork();

	if (child < 0)
		return -errno;
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(CHILD_CONTROL);
		helper_answer(rq, reply);
	}
	return 0;
}

static void serve(void)
{
	struct helper_request rq;
	unsigned children = 0;
	int reply, r;

	while (receive(CHILD_CONTROL, &rq, sizeof(rq), &reply) == 0) {
		children = reap(children);
		if (!helper_look(&rq, reply)) {
			r = children < CHILDREN_MAX ? start_child(&rq, reply) : -EAGAIN;
			if (r < 0)
				helper_send(reply, &r, sizeof(r), -1);
			else
				children++;
		}
		close(reply);
	}
}

static void run(void *arg)
{
	if (privilege_drop(PRIVILEGE_TAKE) == 0)
		serve();
}

int host_start(void)
{
	return child_start(&helper, "bpfmapfs-helper", run, NULL);
}

void host_stop(void)
{
	child_stop(&helper);
}

/* ---- the daemon's side ---- */

static int await(int reply, void *answer, size_t size, int *fd)
{
	struct pollfd p = { .fd = reply, .events = POLLIN };
	int n;

	do
		n = poll(&p, 1, HOST_TAKE_MS);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return n < 0 ? -errno : -ETIMEDOUT;
	return receive(reply, answer, size, fd);
}

/* The answer, the descriptor that may come with it, and the socket as ret->hold. */
static int ask(const struct helper_request *rq, void *answer, size_t size,
	       struct host_fd *ret)
{
	struct host_fd got = HOST_FD_INIT;
	int pair[2], r;

	if (helper.control < 0)
		return -EIO;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	got.hold = pair[0];
	r = helper_send(helper.control, rq, sizeof(*rq), pair[1]);
	close(pair[1]);
	if (r == 0)
		r = await(got.hold, answer, size, &got.fd);
	else if (r == -EPIPE || r == -ECONNRESET)
		r = -EIO;
	if (r < 0)
		host_fd_close(&got);
	else
		*ret = got;
	return r;
}

static int take(enum helper_kind kind, uint32_t pid, uint32_t fd, struct host_fd *ret)
{
	const struct helper_request rq = { .kind = kind, .pid = pid, .fd = fd };
	struct host_fd taken = HOST_FD_INIT;
	int error, r = ask(&rq, &error, sizeof(error), &taken);

	if (r == 0)
		r = error;
	if (r == 0 && taken.fd < 0)
		r = -EMFILE; /* the kernel had none to put it in */
	if (r < 0)
		host_fd_close(&taken);
	else
		*ret = taken;
	return r;
}

int helper_take_socket(uint32_t pid, uint32_t fd, struct host_fd *ret)
{
	return take(HELPER_SOCKET, pid, fd, ret);
}

int helper_open_inode(uint32_t pid, uint32_t fd, struct host_fd *ret)
{
	return take(HELPER_INODE, pid, fd, ret);
}

int helper_open_cgroup(uint64_t id)
{
	_cleanup_host_fd_ struct host_fd taken = HOST_FD_INIT;
	int r = take(HELPER_CGROUP, (uint32_t)(id >> 32), (uint32_t)id, &taken);

	return r < 0 ? r : take_fd(&taken.fd);
}

static int ask_for_maps(uint32_t pid, uint32_t skip, struct helper_maps *ret)
{
	const struct helper_request rq = { .kind = HELPER_MAPS, .pid = pid, .fd = skip };
	_cleanup_host_fd_ struct host_fd socket = HOST_FD_INIT;
	int r = ask(&rq, ret, sizeof(*ret), &socket);

	return r < 0 ? r : ret->count < 0 ? ret->count : 0;
}

int helper_each_map(uint32_t pid, host_number_fn *fn, void *arg)
{
	struct helper_maps maps;
	uint32_t skip = 0;
	int r;

	if (helper.control < 0)
		return proc_each_map(pid, fn, arg);
	do {
		r = ask_for_maps(pid, skip, &maps);
		for (int i = 0; r == 0 && i < maps.count; i++)
			r = fn(arg, maps.ids[i]);
		skip += HELPER_MAPS_MAX;
	} while (r == 0 && maps.count == HELPER_MAPS_MAX);
	return r;
}

bool helper_is_privileged(uid_t uid, pid_t tid)
{
	const struct helper_request rq = { .kind = HELPER_PRIVILEGED, .pid = (uint32_t)tid,
					   .fd = uid };
	_cleanup_host_fd_ struct host_fd socket = HOST_FD_INIT;
	int answer;

	if (helper.control < 0)
		return proc_is_privileged(uid, tid);
	return ask(&rq, &answer, sizeof(answer), &socket) == 0 && answer > 0;
}
