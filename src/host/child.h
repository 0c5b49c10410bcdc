/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processes of this program beside the daemon: each does one thing that the daemon shall
 * not be able to do, or not wait for.
 *
 * Such a process has one thread, no descriptor but its end of a socket, and the root
 * directory as working directory: it keeps neither mounts nor maps. It ends when the
 * other end of the socket is closed, and with the thread that started it.
 */
#ifndef BPFMAPFS_HOST_CHILD_H
#define BPFMAPFS_HOST_CHILD_H

#include <sys/types.h>

struct child {
	int control; /* a SOCK_SEQPACKET socket; -1: not started */
	pid_t pid;
};

#define CHILD_INIT { -1, 0 }

/* Where the process finds its end of the socket. */
#define CHILD_CONTROL 3

/* Start a process that calls run(arg) and exits; name: as ps(1) shows it. By a thread
 * that stays until child_stop(). -EAGAIN, -EMFILE, -ENOMEM. */
int child_start(struct child *c, const char *name, void (*run)(void *arg), void *arg);

/* Close the socket and wait for its end. One that was not started is allowed. */
void child_stop(struct child *c);

#endif
