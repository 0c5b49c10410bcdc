/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Dispatch to the host in use. There is one for the whole process.
 */
#include "host/host.h"

#include <assert.h>

static const struct host_ops *host = &host_system;

void host_use(const struct host_ops *ops)
{
	host = ops ?: &host_system;
}

bool host_caller_is_privileged(uid_t uid, pid_t tid)
{
	return uid == 0 && tid > 0 && host->is_privileged(uid, tid);
}

int host_each_process(host_number_fn *fn, void *arg)
{
	return host->each_process(fn, arg);
}

int host_each_thread(uint32_t pid, host_number_fn *fn, void *arg)
{
	return host->each_thread(pid, fn, arg);
}

int host_each_map(uint32_t pid, host_number_fn *fn, void *arg)
{
	return host->each_map(pid, fn, arg);
}

static int is_number(void *arg, uint32_t number)
{
	return number == *(const uint32_t *)arg;
}

bool host_holds_map(uint32_t pid, uint32_t map_id)
{
	return host_each_map(pid, is_number, &map_id) == 1;
}

void host_command(uint32_t pid, char name[HOST_COMMAND_LEN])
{
	host->command(pid, name);
}

int host_open_thread(uint32_t tid)
{
	return host->open_thread(tid);
}

int host_take_socket(uint32_t pid, uint32_t fd, struct host_fd *ret)
{
	assert(ret->fd < 0 && ret->hold < 0);
	return host->take_socket(pid, fd, ret);
}

int host_open_inode(uint32_t pid, uint32_t fd, struct host_fd *ret)
{
	assert(ret->fd < 0 && ret->hold < 0);
	return host->open_inode(pid, fd, ret);
}

bool host_is_in_tree(const char *path)
{
	return host->is_in_tree(path);
}

int host_cgroup_open(uint64_t id)
{
	return host->cgroup_open(id);
}

int host_cgroup_id_at(const char *path, uint64_t *ret)
{
	return host->cgroup_id_at(path, ret);
}

int host_cgroup_path(uint64_t id, struct buf *out)
{
	return host->cgroup_path(id, out);
}

int host_cgroup_find(const char *path, size_t len, uint64_t *ret)
{
	return host->cgroup_find(path, len, ret);
}

int host_cgroup_each(host_cgroup_fn *fn, void *arg)
{
	return host->cgroup_each(fn, arg);
}

int host_interface_index(const char *name, uint32_t *ret)
{
	return host->interface_index(name, ret);
}

int host_interface_name(uint32_t index, char name[HOST_IFNAME_LEN])
{
	return host->interface_name(index, name);
}
