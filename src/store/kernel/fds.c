/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Descriptors for maps whose values are descriptors: programs, and the rule that some
 * values live only as long as the map is open somewhere.
 */
#include "store/kernel/kernel.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

/*
 * When nobody has an array of programs open any more, the kernel empties it
 * in a job of its own, for which it takes a reference to the map. When that
 * happens a second time before the job was run, there still is but one job,
 * and the second reference is never given back (seen on Linux 6.18): the map
 * lives until the next boot. So these maps are not closed right after they
 * were opened, but when the job of the time before has most likely been run.
 * They are known by what was seen of them before; the table may forget some,
 * which costs no more than that.
 */
#define WAIT_NS 5000000

static uint32_t *place_of(struct store *s, uint32_t id)
{
	struct kernel_store *k = (struct kernel_store *)s;

	return &k->program_arrays[id % (sizeof(k->program_arrays) / sizeof(uint32_t))];
}

void kernel_note_type(struct store *s, uint32_t id, uint32_t type)
{
	if (type == BPF_MAP_TYPE_PROG_ARRAY)
		__atomic_store_n(place_of(s, id), id, __ATOMIC_RELAXED);
}

bool kernel_closes_late(struct store *s, uint32_t id)
{
	return __atomic_load_n(place_of(s, id), __ATOMIC_RELAXED) == id;
}

void kernel_wait_to_close(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = WAIT_NS }, NULL);
}

/* Put something else behind a descriptor's number, which stays. */
static int replace(int fd, int by)
{
	return dup3(by, fd, O_CLOEXEC) < 0 ? -errno : 0;
}

int kernel_let_go(const struct store_map *m)
{
	_cleanup_close_ int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int again = -1;
	struct bpf_map_info info = { 0 };
	uint32_t len = sizeof(info);
	int r;

	if (nothing < 0)
		return -errno;
	r = bpf_obj_get_info_by_fd(m->fd, &info, &len);
	kernel_wait_to_close();
	if (r == 0)
		r = replace(m->fd, nothing);
	if (r < 0)
		return r;
	again = bpf_map_get_fd_by_id(info.id);
	return again < 0 ? again : replace(m->fd, again);
}

int kernel_open_program(struct store *s, uint32_t id, int *ret)
{
	int fd = bpf_prog_get_fd_by_id(id);

	(void)s;
	if (fd < 0)
		return fd;
	*ret = fd;
	return 0;
}

int kernel_pinned_program(struct store *s, const char *path, uint32_t *ret_id)
{
	_cleanup_close_ int fd = bpf_obj_get(path);
	struct bpf_prog_info info = { 0 };
	uint32_t len = sizeof(info);
	int r;

	(void)s;
	if (fd < 0)
		return fd;
	/* The answer about another object would be one of another shape. */
	if (!kernel_fd_is(fd, KERNEL_FD_PROGRAM))
		return -EINVAL;
	r = bpf_obj_get_info_by_fd(fd, &info, &len);
	if (r == 0)
		*ret_id = info.id;
	return r;
}
