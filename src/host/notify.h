/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages to the service manager that started this process, by the protocol of
 * sd_notify(3): "READY=1" and the like. Safe from any thread.
 */
#ifndef BPFMAPFS_HOST_NOTIFY_H
#define BPFMAPFS_HOST_NOTIFY_H

/* Does nothing without a manager (NOTIFY_SOCKET), and ignores errors: a manager that
 * cannot be reached has a timeout of its own. */
void notify_manager(const char *message);

#endif
