/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pins and programs of the running kernel.
 *
 * bpf(2) takes the path of a pin and follows symlinks on the way. Here a pin is a
 * descriptor that was opened without following any, and bpf(2) gets its name in
 * /proc/self/fd: the file that was checked is the file that is opened.
 */
#include "store/kernel/kernel.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>

#define FD_PATH_MAX 32

static void fd_path(int fd, char path[FD_PATH_MAX])
{
	snprintf(path, FD_PATH_MAX, "/proc/self/fd/%d", fd);
}

int kernel_pin(const struct store_map *m, int dir_fd, const char *name)
{
	char path[FD_PATH_MAX + NAME_MAX + 2];
	int len = snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", dir_fd, name);

	if (len < 0 || (size_t)len >= sizeof(path))
		return -ENAMETOOLONG;
	return bpf_obj_pin(m->fd, path);
}

bool kernel_fd_is(int fd, const char *kind)
{
	char path[FD_PATH_MAX], link[64];
	ssize_t len;

	fd_path(fd, path);
	len = readlink(path, link, sizeof(link) - 1);
	if (len < 0)
		return false;
	link[len] = '\0';
	return !strcmp(link, kind);
}

/* A file that is not a pin gives EACCES, like a pin without permission. */
static int why_refused(const char *path, unsigned access, int error)
{
	int mode = (access & STORE_READ ? R_OK : 0) | (access & STORE_WRITE ? W_OK : 0);

	if (error == -EACCES && faccessat(AT_FDCWD, path, mode, AT_EACCESS) == 0)
		return -EINVAL;
	return error;
}

int kernel_open_pin(struct store *s, int fd, unsigned access, struct store_map *ret)
{
	LIBBPF_OPTS(bpf_obj_get_opts, opts);
	_cleanup_close_ int object = -1;
	char path[FD_PATH_MAX];

	if (access == STORE_READ)
		opts.file_flags = BPF_F_RDONLY;
	else if (access == STORE_WRITE)
		opts.file_flags = BPF_F_WRONLY;
	fd_path(fd, path);
	object = bpf_obj_get_opts(path, &opts);
	if (object < 0)
		return why_refused(path, access, object);
	if (!kernel_fd_is(object, KERNEL_FD_MAP))
		return -EINVAL;
	*ret = (struct store_map){ .store = s, .fd = take_fd(&object) };
	return 0;
}

int kernel_next_program(struct store *s, uint32_t id, uint32_t *ret)
{
	uint32_t next;
	int r = bpf_prog_get_next_id(id, &next);

	(void)s;
	if (r)
		return r;
	*ret = next;
	return 0;
}

/* -EAGAIN: it has more maps than there was room for (programs gain some). */
static int program_info(int fd, uint32_t room, struct store_program *ret)
{
	_cleanup_free_ uint32_t *maps = calloc(room ?: 1, sizeof(*maps));
	struct bpf_prog_info info = { .nr_map_ids = room, .map_ids = (uintptr_t)maps };
	uint32_t len = sizeof(info);
	int r;

	if (!maps)
		return -ENOMEM;
	r = bpf_obj_get_info_by_fd(fd, &info, &len);
	if (r)
		return r;
	ret->n_maps = info.nr_map_ids;
	if (info.nr_map_ids > room)
		return -EAGAIN;
	ret->id = info.id;
	ret->btf_id = info.btf_id;
	ret->type = info.type;
	ret->type_name = libbpf_bpf_prog_type_str((enum bpf_prog_type)info.type);
	memcpy(ret->tag, info.tag, sizeof(ret->tag));
	ret->uid = info.created_by_uid;
	ret->loaded = info.load_time;
	ret->run_time_ns = info.run_time_ns;
	ret->run_cnt = info.run_cnt;
	ret->instructions = info.xlated_prog_len;
	snprintf(ret->name, sizeof(ret->name), "%s", info.name);
	ret->maps = take_ptr(maps);
	return 0;
}

int kernel_program(struct store *s, uint32_t id, struct store_program *ret)
{
	struct store_program program = STORE_PROGRAM_INIT;
	_cleanup_close_ int fd = bpf_prog_get_fd_by_id(id);
	int r;

	(void)s;
	if (fd < 0)
		return fd;
	program.n_maps = 16;
	do
		r = program_info(fd, program.n_maps, &program);
	while (r == -EAGAIN);
	if (r == 0)
		*ret = program;
	return r;
}

int kernel_program_memlock(struct store *s, uint32_t id, uint64_t *ret)
{
	_cleanup_close_ int fd = bpf_prog_get_fd_by_id(id);
	char text[KERNEL_FDINFO_LEN];
	int r = fd < 0 ? fd : kernel_fdinfo(fd, text);

	(void)s;
	if (r == 0)
		*ret = kernel_fdinfo_field(text, "memlock:");
	return r;
}

/* Statistics that a process turned on with BPF_ENABLE_STATS do not show here. */
bool kernel_counts_runs(struct store *s)
{
	_cleanup_close_ int fd =
		open("/proc/sys/kernel/bpf_stats_enabled", O_RDONLY | O_CLOEXEC);
	char digit = '0';

	(void)s;
	return fd >= 0 && read(fd, &digit, 1) == 1 && digit == '1';
}

int kernel_program_target(uint32_t id, uint32_t *ret_btf_id)
{
	_cleanup_close_ int fd = bpf_prog_get_fd_by_id(id);
	struct bpf_prog_info info = { 0 };
	uint32_t len = sizeof(info);
	int r = fd < 0 ? fd : bpf_obj_get_info_by_fd(fd, &info, &len);

	if (r == 0)
		*ret_btf_id = info.attach_btf_obj_id;
	return r;
}

/* ---- whole names: the BTF type of a program's first function ---- */

/* The BTF of a program and, in it, the type of its main function, which comes
 * first. -ENODATA: it was loaded without. */
static int main_function(uint32_t program, uint32_t *btf_id, uint32_t *type_id)
{
	_cleanup_close_ int fd = bpf_prog_get_fd_by_id(program);
	struct bpf_func_info func = { 0 };
	struct bpf_prog_info info = {
		.nr_func_info = 1,
		.func_info_rec_size = sizeof(func),
		.func_info = (uintptr_t)&func,
	};
	uint32_t len = sizeof(info);
	int r = fd < 0 ? fd : bpf_obj_get_info_by_fd(fd, &info, &len);

	if (r)
		return r;
	if (!info.btf_id || !info.nr_func_info || !func.type_id)
		return -ENODATA;
	*btf_id = info.btf_id;
	*type_id = func.type_id;
	return 0;
}

void kernel_program_name(struct store *s, struct store_program *p)
{
	size_t len = strlen(p->name);
	const struct btf_type *type;
	uint32_t btf_id, type_id;
	struct btf *btf = NULL;
	const char *name = NULL;

	/* A shorter name was not cut. */
	if (len != BPF_OBJ_NAME_LEN - 1 || main_function(p->id, &btf_id, &type_id) < 0)
		return;
	if (store_btf(s, btf_id, &btf) < 0)
		return;
	type = btf__type_by_id(btf, type_id);
	if (type && btf_is_func(type))
		name = btf__name_by_offset(btf, type->name_off);
	/* Both are of the same function, or it is not the name that was cut. */
	if (name && !strncmp(name, p->name, len) && strlen(name) < sizeof(p->name))
		memcpy(p->name, name, strlen(name) + 1);
	btf__free(btf);
}
