/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reload.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "tree/tree.h"
#include "util/log.h"
#include "util/thread.h"

static const char *path_of(const char *path)
{
	return path ?: SYSCONFDIR "/bpfmapfs.conf";
}

/* ---- at the start ---- */

static void print_error(void *arg, unsigned line, const char *reason)
{
	const char *path = arg;

	if (line)
		fprintf(stderr, "%s:%u: %s\n", path, line, reason);
	else
		fprintf(stderr, "bpfmapfs: %s: %s\n", path, reason);
}

/* The errors that config_read() does not report. */
static int read_file(const char *path, config_error_fn *fn, struct config **ret)
{
	int r = config_read(path, fn, (void *)path, ret);

	if (r == -ENOENT || r == -ENOMEM)
		fn((void *)path, 0, strerror(-r));
	return r;
}

int config_file_check(const char *path)
{
	_cleanup_config_ struct config *c = NULL;

	return read_file(path, print_error, &c) < 0 ? -EINVAL : 0;
}

int config_file_load(const char *path, struct config **ret)
{
	const char *file = path_of(path);
	int r;

	*ret = NULL;
	if (!*file)
		return 0;
	r = path ? read_file(file, print_error, ret)
		 : config_read(file, print_error, (void *)file, ret);
	return r == 0 || (r == -ENOENT && !path) ? 0 : -EINVAL;
}

/* ---- SIGHUP ---- */

static void log_reason(void *arg, unsigned line, const char *reason)
{
	const char *path = arg;

	if (line)
		log_error("%s:%u: %s", path, line, reason);
	else
		log_error("%s: %s", path, reason);
}

static void reload(struct reloader *r)
{
	_cleanup_config_ struct config *c = NULL;
	const char *path = path_of(r->path);
	int e = read_file(path, log_reason, &c);

	if (e == 0) {
		e = tree_configure(r->tree, c);
		if (e < 0)
			log_reason((void *)path, 0, strerror(-e));
	}
	if (e < 0)
		log_error("%s: the configuration stays as it was", path);
	else
		log_message(LOG_NOTICE, "%s: read again, %zu sections", path, c->count);
}

static void hangup_set(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGHUP);
}

static void *wait_for_signals(void *arg)
{
	struct reloader *r = arg;
	struct pollfd fds[] = {
		{ .fd = r->hangups, .events = POLLIN },
		{ .fd = r->ending, .events = POLLIN },
	};
	struct signalfd_siginfo info;

	while (poll(fds, 2, -1) < 0 || !fds[1].revents)
		if (read(r->hangups, &info, sizeof(info)) == sizeof(info))
			reload(r);
	return NULL;
}

void reloader_block_signal(void)
{
	sigset_t set;

	hangup_set(&set);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static bool start(struct reloader *r)
{
	sigset_t set;

	hangup_set(&set);
	r->hangups = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	r->ending = eventfd(0, EFD_CLOEXEC);
	return r->hangups >= 0 && r->ending >= 0 &&
	       thread_start(&r->thread, wait_for_signals, r);
}

static void close_all(struct reloader *r)
{
	if (r->hangups >= 0)
		close(r->hangups);
	if (r->ending >= 0)
		close(r->ending);
}

void reloader_start(struct reloader *r, const char *path, struct tree *tree)
{
	r->path = path;
	r->tree = tree;
	r->running = start(r);
	if (r->running)
		return;
	close_all(r);
	log_warning("no thread for SIGHUP: the configuration is not read again");
}

void reloader_stop(struct reloader *r)
{
	if (!r->running)
		return;
	eventfd_write(r->ending, 1);
	pthread_join(r->thread, NULL);
	close_all(r);
}
