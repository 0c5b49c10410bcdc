/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The helper process: it takes descriptors of other processes, so that nothing
 * that can block there blocks a thread that serves the mount. pidfd_getfd(2)
 * waits for a process that executes a program, and closing what was taken may
 * wait for the server of any file system.
 *
 *	daemon                    helper                child, one per request
 *	  │── request, reply socket ──>│── fork ────────────>│ look, take
 *	  │<──────── errno, descriptor ──────────────────────│
 *	  │ use it, close it                                 │ (still has it, too)
 *	  │ close the reply socket ─────────────────────────>│ exit: the last close
 *
 * If a child does not answer within HOST_TAKE_MS, its request fails with -ETIMEDOUT,
 * and an alarm kills the child as soon as the kernel allows it. At most CHILDREN_MAX
 * children are waited for.
 *
 * The helper has no thread but its first, no descriptor but its end of the
 * socket, and the root directory as working directory: it keeps neither mounts
 * nor maps. It ends when that socket does, and with the thread that started it
 * (PR_SET_PDEATHSIG).
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "host/helper.h"
#include "host/system.h"

#define CHILDREN_MAX 16

/* Where the helper finds its socket. */
#define CONTROL 3

/* Written by host_start() and host_stop() only, before and after all threads. */
static int control = -1;
static pid_t helper;

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
		close(CONTROL);
		helper_answer(rq, reply);
	}
	return 0;
}

static void serve(void)
{
	struct helper_request rq;
	unsigned children = 0;
	int reply, r;

	while (receive(CONTROL, &rq, sizeof(rq), &reply) == 0) {
		children = reap(children);
		r = children < CHILDREN_MAX ? start_child(&rq, reply) : -EAGAIN;
		if (r < 0)
			helper_send(reply, &r, sizeof(r), -1);
		else
			children++;
		close(reply);
	}
}

static bool close_all(int socket)
{
	int null = open("/dev/null", O_RDWR);

	for (int fd = 0; fd < CONTROL; fd++)
		if (null < 0 || dup2(null, fd) < 0)
			return false;
	return dup2(socket, CONTROL) >= 0 &&
	       syscall(SYS_close_range, CONTROL + 1, ~0u, 0) == 0;
}

/* Ignore the signals that end the daemon: the helper ends with it. */
static void ignore_signals(void)
{
	static const int ignored[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE };
	sigset_t none;

	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	signal(SIGALRM, SIG_DFL);
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static _Noreturn void run(int socket, pid_t daemon)
{
	prctl(PR_SET_NAME, "bpfmapfs-helper");
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	ignore_signals();
	/* A parent that ended before the prctl() gives no signal. */
	if (getppid() == daemon && chdir("/") == 0 && close_all(socket))
		serve();
	_exit(0);
}

int host_start(void)
{
	pid_t daemon = getpid();
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	helper = fork();
	if (helper == 0)
		run(pair[1], daemon);
	close(pair[1]);
	if (helper < 0) {
		close(pair[0]);
		return -EAGAIN;
	}
	control = pair[0];
	return 0;
}

void host_stop(void)
{
	if (control < 0)
		return;
	close(control);
	control = -1;
	waitpid(helper, NULL, 0);
}

/* ---- the daemon's side ---- */

static int await(int reply, struct host_fd *ret)
{
	struct pollfd p = { .fd = reply, .events = POLLIN };
	int error, fd, n, r;

	do
		n = poll(&p, 1, HOST_TAKE_MS);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return n < 0 ? -errno : -ETIMEDOUT;
	r = receive(reply, &error, sizeof(error), &fd);
	if (r == 0 && error == 0 && fd < 0)
		r = -EMFILE; /* the kernel had none to put it in */
	if (r == 0 && error == 0)
		ret->fd = fd;
	return r ?: error;
}

static int ask(enum helper_kind kind, uint32_t pid, uint32_t fd, struct host_fd *ret)
{
	const struct helper_request rq = { .kind = kind, .pid = pid, .fd = fd };
	int pair[2], r;

	if (control < 0)
		return -EIO;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	r = helper_send(control, &rq, sizeof(rq), pair[1]);
	close(pair[1]);
	if (r == 0)
		r = await(pair[0], ret);
	else if (r == -EPIPE || r == -ECONNRESET)
		r = -EIO;
	if (r < 0)
		close(pair[0]);
	else
		ret->hold = pair[0];
	return r;
}

int helper_take_socket(uint32_t pid, uint32_t fd, struct host_fd *ret)
{
	return ask(HELPER_SOCKET, pid, fd, ret);
}

int helper_open_inode(uint32_t pid, uint32_t fd, struct host_fd *ret)
{
	return ask(HELPER_INODE, pid, fd, ret);
}
