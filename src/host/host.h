/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine beside its BPF objects: processes and their descriptors, cgroups,
 * interfaces. Everything above src/host asks here and makes no such system
 * call of its own; bpffs.h is the other half, the BPF file system.
 *
 *	map, report, ...  ──> host_NAME()  ──> struct host_ops
 *	                                        ├── host_system: this machine
 *	                                        └── a fake, in tests
 *
 * Safe from any thread, except host_use(), host_start() and host_stop(). Functions
 * return 0 or a negative errno, and leave their results untouched on failure.
 */
#ifndef BPFMAPFS_HOST_HOST_H
#define BPFMAPFS_HOST_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/cleanup.h"

struct buf;

/* Room for the name of an interface or the command of a process, with the NUL. */
#define HOST_IFNAME_LEN 16
#define HOST_COMMAND_LEN 64

/*
 * A duplicate of another process's descriptor. While `hold` is open the helper process
 * keeps the object open, too, so that closing fd is never the last close: that could
 * block (a socket that lingers, a file system that does not answer).
 */
struct host_fd {
	int fd, hold; /* -1: none */
};

#define HOST_FD_INIT { -1, -1 }

static inline void host_fd_close(struct host_fd *h)
{
	cleanup_closep(&h->fd);
	cleanup_closep(&h->hold);
}
#define _cleanup_host_fd_ _cleanup_(host_fd_close)

/* Called until it returns a value other than 0, which is then returned. */
typedef int host_number_fn(void *arg, uint32_t number);
typedef int host_cgroup_fn(void *arg, uint64_t id);

struct host_ops {
	/* Call fn for each process; for each thread of a process. A process that has
	 * ended has none. */
	int (*each_process)(host_number_fn *fn, void *arg);
	int (*each_thread)(uint32_t pid, host_number_fn *fn, void *arg);
	/* The id of the BPF map of each descriptor of the process that is one. A
	 * process that has ended has none. -EACCES: another user's process. */
	int (*each_map)(uint32_t pid, host_number_fn *fn, void *arg);
	/* The command name of the process, any bytes; "": unknown. */
	void (*command)(uint32_t pid, char name[HOST_COMMAND_LEN]);
	/* A pidfd of a thread. The descriptor is returned. -ESRCH; -EOPNOTSUPP:
	 * before Linux 6.9 only the first thread of a process has one. */
	int (*open_thread)(uint32_t tid);

	/*
	 * A socket of a process by its descriptor; a file of a process, opened with
	 * O_PATH. The helper process (host_start()) does this; it checks the descriptor
	 * before it duplicates it. -ESRCH: no such process; -EBADF: no such descriptor;
	 * -ENOTSOCK; -ELOOP: the file is on a mount of this program; -EACCES;
	 * -ETIMEDOUT: not within HOST_TAKE_MS; -EAGAIN: too many are waiting; -EIO:
	 * there is no helper.
	 */
	int (*take_socket)(uint32_t pid, uint32_t fd, struct host_fd *ret);
	int (*open_inode)(uint32_t pid, uint32_t fd, struct host_fd *ret);

	/* See host_caller_is_privileged(). */
	bool (*is_privileged)(uid_t uid, pid_t tid);

	/* An absolute path begins in a mount of this program. Following it would
	 * be a request to this daemon, which would wait for itself. */
	bool (*is_in_tree)(const char *path);

	/* Cgroups by id, which is the inode number of their directory, and by path
	 * below the mount of the cgroup2 file system. */
	/* A descriptor of the directory is returned. -ESTALE: gone; -EACCES;
	 * -ENOENT: no cgroup2 file system is mounted. */
	int (*cgroup_open)(uint64_t id);
	/* The id of the cgroup at an absolute path. -ENOENT, -EINVAL (not of a
	 * cgroup2 file system), ... */
	int (*cgroup_id_at)(const char *path, uint64_t *ret);
	/* Append the path below the mount, "/" for the root cgroup. */
	int (*cgroup_path)(uint64_t id, struct buf *out);
	/* The id for such a path, with or without a leading slash. -ENOENT. */
	int (*cgroup_find)(const char *path, size_t len, uint64_t *ret);
	int (*cgroup_each)(host_cgroup_fn *fn, void *arg);

	/* Interfaces of the daemon's network namespace. -ENODEV. */
	int (*interface_index)(const char *name, uint32_t *ret);
	int (*interface_name)(uint32_t index, char name[HOST_IFNAME_LEN]);
};

/* Time limit of take_socket and open_inode. */
#define HOST_TAKE_MS 2000

/* The machine itself; used unless host_use() selects another table. */
extern const struct host_ops host_system;

/* Before other threads exist. NULL: host_system. */
void host_use(const struct host_ops *ops);

/*
 * Start the helper process of take_socket and open_inode; before other threads exist,
 * in a thread that lives until host_stop(). The helper keeps no descriptor of this
 * process, and ends with that thread or with host_stop().
 */
int host_start(void);
void host_stop(void);

/*
 * True if the thread `tid`, whose request came with `uid`, is root: uid 0, with
 * CAP_SYS_ADMIN in effect, in the user namespace of this process. To be called
 * while the request blocks, so that the thread id cannot have been reused. Requests
 * without a caller (uid -1, pid 0) are never root's.
 */
bool host_caller_is_privileged(uid_t uid, pid_t tid);

/*
 * Wait until the kernel has released what was unlinked before: an RCU grace period, a
 * few hundredths of a second, longer on a busy machine. Until Linux 6.9 or so the inode
 * of an unlinked pin holds its map that long.
 */
void host_wait_for_release(void);

/* A spare descriptor: close it where another one must not fail with EMFILE. */
int host_spare_fd(void);

int host_each_process(host_number_fn *fn, void *arg);
int host_each_thread(uint32_t pid, host_number_fn *fn, void *arg);
int host_each_map(uint32_t pid, host_number_fn *fn, void *arg);
/* True if the process has a descriptor of this BPF map; false also if that is unknown. */
bool host_holds_map(uint32_t pid, uint32_t map_id);
void host_command(uint32_t pid, char name[HOST_COMMAND_LEN]);
int host_open_thread(uint32_t tid);
int host_take_socket(uint32_t pid, uint32_t fd, struct host_fd *ret);
int host_open_inode(uint32_t pid, uint32_t fd, struct host_fd *ret);
bool host_is_in_tree(const char *path);
int host_cgroup_open(uint64_t id);
int host_cgroup_id_at(const char *path, uint64_t *ret);
int host_cgroup_path(uint64_t id, struct buf *out);
int host_cgroup_find(const char *path, size_t len, uint64_t *ret);
int host_cgroup_each(host_cgroup_fn *fn, void *arg);
int host_interface_index(const char *name, uint32_t *ret);
int host_interface_name(uint32_t index, char name[HOST_IFNAME_LEN]);

#endif
