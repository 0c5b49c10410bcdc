/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Attach the programs of places.bpf.c, as far as this kernel can, and make system calls
 * until SIGTERM.
 *
 *	places OBJECT NAME CGROUP INTERFACE
 *
 * NAME as in attach.c. CGROUP is the path of a cgroup. Prints "PROGRAM ID", or
 * "PROGRAM -" if it could not be loaded or attached, "map ID", then "ready".
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <err.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "object.h"

/* Kernels without trampolines refuse to load this one, and with it the object. */
static bool has_fentry(const char *path)
{
	struct bpf_object *object = bpf_object__open(path);
	struct bpf_program *program;
	bool loads;

	if (!object)
		err(1, "%s", path);
	bpf_object__for_each_program(program, object)
		bpf_program__set_autoload(program,
					  !strcmp(bpf_program__name(program), "at_fentry"));
	loads = bpf_object__load(object) == 0;
	bpf_object__close(object);
	return loads;
}

static struct bpf_link *attach(const struct bpf_program *program, char **argv)
{
	switch (bpf_program__type(program)) {
	case BPF_PROG_TYPE_CGROUP_SKB:
		return bpf_program__attach_cgroup(program,
						  open(argv[3], O_RDONLY | O_CLOEXEC));
	case BPF_PROG_TYPE_XDP:
		return bpf_program__attach_xdp(program, (int)if_nametoindex(argv[4]));
	case BPF_PROG_TYPE_SCHED_CLS:
		return NULL;
	default:
		return bpf_program__attach(program);
	}
}

static __u32 id_of(int fd)
{
	struct bpf_prog_info info = { 0 };
	__u32 len = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		err(1, "a program without information");
	return info.id;
}

static void attach_all(struct bpf_object *object, char **argv)
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, object) {
		if (bpf_program__fd(program) >= 0 &&
		    (bpf_program__type(program) == BPF_PROG_TYPE_SCHED_CLS ||
		     object_keep(attach(program, argv))))
			printf("%s %u\n", bpf_program__name(program),
			       id_of(bpf_program__fd(program)));
		else
			printf("%s -\n", bpf_program__name(program));
	}
}

int main(int argc, char **argv)
{
	static const struct timespec pause = { 0, 1000000 };
	struct bpf_object *object;

	if (argc != 5)
		errx(2, "usage: places OBJECT NAME CGROUP INTERFACE");
	object_left_out = has_fentry(argv[1]) ? NULL : "at_fentry";
	object = object_load(argv[1], argv[2]);
	attach_all(object, argv);
	printf("map %u\nready\n", object_map_id(bpf_object__next_map(object, NULL)));
	fflush(stdout);
	while (!object_stopped) {
		getppid();
		nanosleep(&pause, NULL);
	}
	object_close(object);
	return 0;
}
