/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/pin-watch.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/clock.h"

/* Directories that are watched: the kernel gives each user some thousands. */
#define DIRS_MAX 4096
/* Without watches (ns). */
#define BLIND_NS 1000000000u
/* Idle time behind a walk, in times that it took. */
#define IDLE 9

struct pin_watch {
	const char *dir;
	int fd; /* inotify; -1: there is none */
	unsigned n_dirs;
	bool due, blind;
	dev_t dev; /* of dir at the last walk */
	ino_t ino;
	uint64_t not_before, walked; /* ns, monotonic */
};

int pin_watch_new(const char *dir, struct pin_watch **ret)
{
	struct pin_watch *w = calloc(1, sizeof(*w));

	if (!w)
		return -ENOMEM;
	w->dir = dir;
	w->due = true;
	w->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	*ret = w;
	return 0;
}

void pin_watch_free(struct pin_watch *w)
{
	if (!w)
		return;
	cleanup_closep(&w->fd);
	free(w);
}

/* Read all events; what they say is not needed. */
static bool has_events(int fd)
{
	char events[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	bool any = false;

	while (fd >= 0 && read(fd, events, sizeof(events)) > 0)
		any = true;
	return any;
}

/* Another file system is mounted there now, or none. */
static bool is_elsewhere(const struct pin_watch *w)
{
	struct stat st;

	if (stat(w->dir, &st) < 0)
		return w->ino;
	return st.st_dev != w->dev || st.st_ino != w->ino;
}

bool pin_watch_changed(struct pin_watch *w)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);

	if (has_events(w->fd) || is_elsewhere(w) ||
	    (w->blind && now - w->walked > BLIND_NS))
		w->due = true;
	return w->due && now >= w->not_before;
}

struct walk {
	struct pin_watch *w;
	bpffs_fn *fn;
	void *arg;
};

static int walk_file(void *arg, int fd, const char *path)
{
	const struct walk *walk = arg;

	return walk->fn(walk->arg, fd, path);
}

/* Watch the directory before it is read, so no file is missed. */
static int walk_dir(void *arg, int fd, const char *path)
{
	const uint32_t events = IN_CREATE | IN_MOVED_TO | IN_ONLYDIR;
	struct pin_watch *w = ((struct walk *)arg)->w;
	char self[32];

	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	if (w->fd < 0 || ++w->n_dirs > DIRS_MAX ||
	    inotify_add_watch(w->fd, self, events) < 0)
		w->blind = true;
	return 0;
}

int pin_watch_walk(struct pin_watch *w, bpffs_fn *fn, void *arg)
{
	struct walk walk = { w, fn, arg };
	uint64_t begin = clock_ns(CLOCK_MONOTONIC), end;
	struct stat st = { 0 };
	int r;

	w->due = w->blind = false;
	w->n_dirs = 0;
	if (stat(w->dir, &st) < 0)
		st.st_ino = 0;
	w->dev = st.st_dev;
	w->ino = st.st_ino;
	r = bpffs_walk_all(w->dir, walk_file, walk_dir, &walk);
	if (r < 0)
		w->due = true;
	end = clock_ns(CLOCK_MONOTONIC);
	w->walked = end;
	w->not_before = end + IDLE * (end - begin);
	return r;
}
