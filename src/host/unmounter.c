/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/unmounter.h"

#include <errno.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/child.h"
#include "host/mounts.h"
#include "host/privilege.h"

/* Written by unmounter_start() and unmounter_stop() only. */
static struct child unmounter = CHILD_INIT;

/* The program that libfuse mounted with for an ordinary user. It is setuid, so that user's
 * unmounter cannot set no_new_privs. */
static void execute_fusermount(const char *mountpoint)
{
	execlp("fusermount3", "fusermount3", "-u", "-q", "-z", "--", mountpoint, (char *)NULL);
}

/* Another file system may be mounted at this path by now. */
static bool is_device_at(const char *mountpoint, dev_t device)
{
	dev_t now;

	return mounts_device(mountpoint, &now) == 0 && now == device;
}

static void wait_and_unmount(void *arg)
{
	const char *mountpoint = arg;
	bool root = geteuid() == 0;
	dev_t device;
	char command;
	ssize_t n;

	if (mounts_device(mountpoint, &device) < 0 ||
	    (root && privilege_drop(PRIVILEGE_UNMOUNT) < 0))
		return;
	do
		n = recv(CHILD_CONTROL, &command, 1, 0);
	while (n < 0 && errno == EINTR);
	if (n != 1 || !is_device_at(mountpoint, device))
		return;
	if (root)
		umount2(mountpoint, MNT_DETACH);
	else
		execute_fusermount(mountpoint);
}

int unmounter_start(const char *mountpoint)
{
	return child_start(&unmounter, "bpfmapfs-umount", wait_and_unmount,
			   (char *)(uintptr_t)mountpoint);
}

void unmounter_stop(bool unmount)
{
	if (unmount && unmounter.control >= 0)
		send(unmounter.control, "u", 1, MSG_NOSIGNAL);
	child_stop(&unmounter);
}
