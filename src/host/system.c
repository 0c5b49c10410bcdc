/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of the functions of this machine, and network interfaces.
 */
#include "host/system.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/membarrier.h>
#include <net/if.h>
#include <sys/syscall.h>
#include <unistd.h>

static int interface_index(const char *name, uint32_t *ret)
{
	unsigned index = if_nametoindex(name);

	if (!index)
		return -ENODEV;
	*ret = index;
	return 0;
}

static int interface_name(uint32_t index, char name[HOST_IFNAME_LEN])
{
	_Static_assert(HOST_IFNAME_LEN == IF_NAMESIZE, "room for any name");
	return if_indextoname(index, name) ? 0 : -ENODEV;
}

int host_spare_fd(void)
{
	int fd = open("/", O_PATH | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* Where the call fails (CONFIG_MEMBARRIER, nohz_full=), callers poll for a while. */
void host_wait_for_release(void)
{
	syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
}

const struct host_ops host_system = {
	.each_process = proc_each_process,
	.each_thread = proc_each_thread,
	.each_map = helper_each_map,
	.command = proc_command,
	.open_thread = proc_open_thread,
	.take_socket = helper_take_socket,
	.open_inode = helper_open_inode,
	.is_privileged = helper_is_privileged,
	.is_in_tree = mounts_is_in_tree,
	.cgroup_open = cgroup_open,
	.cgroup_id_at = cgroup_id_at,
	.cgroup_path = cgroup_path,
	.cgroup_find = cgroup_find,
	.cgroup_each = cgroup_each,
	.interface_index = interface_index,
	.interface_name = interface_name,
};
