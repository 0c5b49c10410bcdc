/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static bool close_all(int socket)
{
	int null = open("/dev/null", O_RDWR);

	for (int fd = 0; fd < CHILD_CONTROL; fd++)
		if (null < 0 || dup2(null, fd) < 0)
			return false;
	return dup2(socket, CHILD_CONTROL) >= 0 &&
	       syscall(SYS_close_range, CHILD_CONTROL + 1, ~0u, 0) == 0;
}

/* Ignore the signals that end the daemon: this process ends with it. */
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

int child_start(struct child *c, const char *name, void (*run)(void *arg), void *arg)
{
	pid_t daemon = getpid(), pid;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_NAME, name);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		ignore_signals();
		/* A parent that ended before the prctl() gives no signal. */
		if (getppid() == daemon && chdir("/") == 0 && close_all(pair[1]))
			run(arg);
		_exit(0);
	}
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		return -EAGAIN;
	}
	*c = (struct child){ pair[0], pid };
	return 0;
}

void child_stop(struct child *c)
{
	if (c->control < 0)
		return;
	close(c->control);
	c->control = -1;
	waitpid(c->pid, NULL, 0);
}
