/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The helper process that duplicates descriptors: what it returns and refuses; it
 * cannot block its daemon, and it ends with the daemon.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "host/host.h"
#include "../suite.h"

static int sock;

/* The only child of this process. */
static pid_t helper_of(pid_t pid)
{
	char path[64];
	int helper = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fscanf(f, "%d", &helper), 1);
	fclose(f);
	return helper;
}

static void setup(void)
{
	/* Where ptrace is restricted, a process may still allow it. */
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
	sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(host_start(), 0);
}

static void teardown(void)
{
	host_stop();
	close(sock);
}

static int take(int fd, struct host_fd *ret)
{
	return host_take_socket((uint32_t)getpid(), (uint32_t)fd, ret);
}

static void is_same(int a, int b)
{
	struct stat x, y;

	ck_assert_int_eq(fstat(a, &x), 0);
	ck_assert_int_eq(fstat(b, &y), 0);
	ck_assert_uint_eq(x.st_ino, y.st_ino);
	ck_assert_uint_eq(x.st_dev, y.st_dev);
}

START_TEST(socket_is_taken)
{
	_cleanup_host_fd_ struct host_fd h = HOST_FD_INIT;

	ck_assert_int_eq(take(sock, &h), 0);
	ck_assert_int_ne(h.fd, sock);
	is_same(h.fd, sock);
	ck_assert_int_eq(fcntl(h.fd, F_GETFD), FD_CLOEXEC);
}
END_TEST

/* The other end of a pair sees the end of a socket when its last descriptor is
 * closed: not while `hold` is open. */
START_TEST(helper_keeps_it_as_long_as_we)
{
	_cleanup_host_fd_ struct host_fd h = HOST_FD_INIT;
	int pair[2];
	char c;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	ck_assert_int_eq(take(pair[0], &h), 0);
	close(pair[0]);
	close(h.fd);
	h.fd = -1;
	ck_assert_int_eq(recv(pair[1], &c, 1, MSG_DONTWAIT), -1);
	ck_assert_int_eq(errno, EAGAIN);
	host_fd_close(&h);
	h = (struct host_fd)HOST_FD_INIT;
	ck_assert_int_eq(recv(pair[1], &c, 1, 0), 0);
	close(pair[1]);
}
END_TEST

START_TEST(only_sockets_are_taken)
{
	_cleanup_host_fd_ struct host_fd h = HOST_FD_INIT;
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(take(ends[0], &h), -ENOTSOCK);
	ck_assert_int_eq(take(900, &h), -EBADF);
	ck_assert_int_eq(host_take_socket(4194304, 0, &h), -ESRCH);
	ck_assert_int_eq(h.fd, -1);
	ck_assert_int_eq(h.hold, -1);
}
END_TEST

START_TEST(inode_is_opened_as_a_path)
{
	_cleanup_host_fd_ struct host_fd h = HOST_FD_INIT;
	int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	ck_assert_int_eq(host_open_inode((uint32_t)getpid(), (uint32_t)file, &h), 0);
	is_same(h.fd, file);
	ck_assert_int_eq(fcntl(h.fd, F_GETFL) & O_PATH, O_PATH);
	host_fd_close(&h);
	h = (struct host_fd)HOST_FD_INIT;
	ck_assert_int_eq(host_open_inode((uint32_t)getpid(), 900, &h), -EBADF);
	ck_assert_int_eq(host_open_inode(4194304, 0, &h), -ESRCH);
}
END_TEST

START_TEST(helper_that_stands_still_is_not_waited_for)
{
	_cleanup_host_fd_ struct host_fd h = HOST_FD_INIT;
	pid_t helper = helper_of(getpid());

	ck_assert_int_eq(kill(helper, SIGSTOP), 0);
	ck_assert_int_eq(take(sock, &h), -ETIMEDOUT);
	ck_assert_int_eq(kill(helper, SIGCONT), 0);
	ck_assert_int_eq(take(sock, &h), 0);
}
END_TEST

START_TEST(without_a_helper_it_is_an_error)
{
	_cleanup_host_fd_ struct host_fd h = HOST_FD_INIT;

	ck_assert_int_eq(kill(helper_of(getpid()), SIGKILL), 0);
	ck_assert_int_eq(take(sock, &h), -EIO);
	host_stop();
	ck_assert_int_eq(take(sock, &h), -EIO);
	ck_assert_int_eq(waitpid(-1, NULL, 0), -1);
}
END_TEST

/* Descriptors 0 to 2 are /dev/null, 3 is its end of the socket. */
START_TEST(helper_keeps_nothing_of_the_daemon)
{
	_cleanup_host_fd_ struct host_fd h = HOST_FD_INIT;
	char path[64], target[64] = "";
	pid_t helper = helper_of(getpid());

	ck_assert_int_eq(take(sock, &h), 0); /* it is ready by now */
	snprintf(path, sizeof(path), "/proc/%d/fd/4", helper);
	/* The child that serves the request may be faster than the helper. */
	while (access(path, F_OK) == 0)
		sched_yield();
	snprintf(path, sizeof(path), "/proc/%d/fd/1", helper);
	ck_assert_int_gt(readlink(path, target, sizeof(target) - 1), 0);
	ck_assert_str_eq(target, "/dev/null");
	snprintf(path, sizeof(path), "/proc/%d/cwd", helper);
	ck_assert_int_eq(readlink(path, target, sizeof(target) - 1), 1);
}
END_TEST

START_TEST(helper_ends_with_a_daemon_that_is_killed)
{
	struct pollfd p = { .events = POLLIN };
	pid_t daemon = fork();

	if (daemon == 0) {
		host_stop();
		host_start();
		raise(SIGSTOP);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(daemon, NULL, WUNTRACED), daemon);
	p.fd = (int)syscall(SYS_pidfd_open, helper_of(daemon), 0);
	ck_assert_int_ge(p.fd, 0);
	kill(daemon, SIGKILL);
	ck_assert_int_eq(poll(&p, 1, -1), 1);
	close(p.fd);
	waitpid(daemon, NULL, 0);
}
END_TEST

START_TEST(root_is_told_by_its_capability)
{
	bool admin = geteuid() == 0 && host_caller_is_privileged(0, getpid());
	pid_t child;
	int status;

	/* Without CAP_SYS_ADMIN in effect, uid 0 is not enough. */
	if (!admin)
		return;
	child = fork();
	if (child == 0) {
		struct {
			uint32_t version;
			int pid;
		} header = { 0x20080522, 0 };
		uint32_t none[6] = { 0 };

		_exit(syscall(SYS_capset, &header, none) < 0 ||
		      host_caller_is_privileged(0, getpid()));
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("host-helper");
	TCase *tc = tcase_create("helper");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, socket_is_taken);
	tcase_add_test(tc, helper_keeps_it_as_long_as_we);
	tcase_add_test(tc, only_sockets_are_taken);
	tcase_add_test(tc, inode_is_opened_as_a_path);
	tcase_add_test(tc, helper_that_stands_still_is_not_waited_for);
	tcase_add_test(tc, without_a_helper_it_is_an_error);
	tcase_add_test(tc, helper_keeps_nothing_of_the_daemon);
	tcase_add_test(tc, helper_ends_with_a_daemon_that_is_killed);
	tcase_add_test(tc, root_is_told_by_its_capability);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
