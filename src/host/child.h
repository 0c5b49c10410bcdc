/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Child processes of the daemon: each does one thing that the daemon must not be able
 * to do, or must not wait for.
 *
 * Such a process has one thread, no descriptor except its end of a socket, and the root
 * directory as working directory, so it keeps neither mounts nor maps busy. It exits
 * when the other end of the socket is closed, and when the thread that started it ends.
 */
#ifndef BPFMAPFS_HOST_CHILD_H
#define BPFMAPFS_HOST_CHILD_H

#include <sys/types.h>

struct child {
	int control; /* a SOCK_SEQPACKET socket; -1: not started */
	pid_t pid;
};

#define CHILD_INIT { -1, 0 }

/* The descriptor of the process's end of the socket. */
#define CHILD_CONTROL 3

/* Start a process that calls run(arg) and exits; name: shown by ps(1). Call it in a
 * thread that lives until child_stop(). -EAGAIN, -EMFILE, -ENOMEM. */
int child_start(struct child *c, const char *name, void (*run)(void *arg), void *arg);

/* Close the socket and wait for the process to exit. Allowed if it was not started. */
void child_stop(struct child *c);

#endif
