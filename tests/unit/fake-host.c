/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fake-host.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "util/buf.h"

struct fake_host_state fake_host_state;

#define EACH(p, list) (__typeof__(&(list)[0]) p = (list); p < (list) + 4; p++)

static int each_process(host_number_fn *fn, void *arg)
{
	int r = 0;

	for EACH (p, fake_host_state.processes)
		if (r == 0 && p->pid)
			r = fn(arg, p->pid);
	return r;
}

static int each_thread(uint32_t pid, host_number_fn *fn, void *arg)
{
	return fn(arg, pid);
}

static int each_map(uint32_t pid, host_number_fn *fn, void *arg)
{
	int r = 0;

	for EACH (p, fake_host_state.processes)
		if (r == 0 && p->pid == pid)
			r = fn(arg, p->map_id);
	return r;
}

static void command(uint32_t pid, char name[HOST_COMMAND_LEN])
{
	name[0] = '\0';
	for EACH (p, fake_host_state.processes)
		if (p->pid == pid)
			snprintf(name, HOST_COMMAND_LEN, "%s", p->command);
}

static int open_thread(uint32_t tid)
{
	(void)tid;
	return -ESRCH;
}

static int take(uint32_t pid, uint32_t fd, struct host_fd *ret)
{
	(void)pid;
	(void)fd;
	fake_host_state.takes++;
	if (fake_host_state.take_error)
		return fake_host_state.take_error;
	ret->fd = open("/dev/null", O_PATH | O_CLOEXEC);
	ret->hold = open("/dev/null", O_PATH | O_CLOEXEC);
	return ret->fd < 0 || ret->hold < 0 ? -errno : 0;
}

static bool is_privileged(uid_t uid, pid_t tid)
{
	(void)uid;
	(void)tid;
	fake_host_state.privilege_checks++;
	return true;
}

static bool is_in_tree(const char *path)
{
	return !strncmp(path, "/mnt/tree/", 10);
}

static int cgroup_open(uint64_t id)
{
	for EACH (c, fake_host_state.cgroups)
		if (c->id && c->id == id)
			return open("/dev/null", O_PATH | O_CLOEXEC);
	return -ESTALE;
}

static int cgroup_id_at(const char *path, uint64_t *ret)
{
	(void)path;
	(void)ret;
	return -ENOENT;
}

static int cgroup_path(uint64_t id, struct buf *out)
{
	for EACH (c, fake_host_state.cgroups)
		if (c->id && c->id == id) {
			buf_puts(out, c->path);
			return buf_error(out);
		}
	return -ESTALE;
}

static int cgroup_find(const char *path, size_t len, uint64_t *ret)
{
	for EACH (c, fake_host_state.cgroups)
		if (c->id && strlen(c->path) == len && !memcmp(c->path, path, len)) {
			*ret = c->id;
			return 0;
		}
	return -ENOENT;
}

static int cgroup_each(host_cgroup_fn *fn, void *arg)
{
	int r = 0;

	for EACH (c, fake_host_state.cgroups)
		if (r == 0 && c->id)
			r = fn(arg, c->id);
	return r;
}

static int interface_index(const char *name, uint32_t *ret)
{
	for EACH (i, fake_host_state.interfaces)
		if (i->index && !strcmp(i->name, name)) {
			*ret = i->index;
			return 0;
		}
	return -ENODEV;
}

static int interface_name(uint32_t index, char name[HOST_IFNAME_LEN])
{
	for EACH (i, fake_host_state.interfaces)
		if (i->index && i->index == index) {
			snprintf(name, HOST_IFNAME_LEN, "%s", i->name);
			return 0;
		}
	return -ENODEV;
}

static const struct host_ops fake_host = {
	.each_process = each_process,
	.each_thread = each_thread,
	.each_map = each_map,
	.command = command,
	.open_thread = open_thread,
	.take_socket = take,
	.open_inode = take,
	.is_privileged = is_privileged,
	.is_in_tree = is_in_tree,
	.cgroup_open = cgroup_open,
	.cgroup_id_at = cgroup_id_at,
	.cgroup_path = cgroup_path,
	.cgroup_find = cgroup_find,
	.cgroup_each = cgroup_each,
	.interface_index = interface_index,
	.interface_name = interface_name,
};

void fake_host_use(void)
{
	memset(&fake_host_state, 0, sizeof(fake_host_state));
	host_use(&fake_host);
}
