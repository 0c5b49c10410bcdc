/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Load an object, attach what is in it, and make system calls until SIGTERM.
 *
 *	attach OBJECT NAME
 *
 * NAME, six characters, begins the names of its sections' maps and replaces
 * "000000" wherever the object has that. Prints "NAME ID" for each map, "NAME -"
 * where the kernel lacks its type, then "ready".
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "object.h"

/* Attached until the process ends. */
static struct bpf_link *links[16];
static size_t n_links;

static void keep(struct bpf_link *link, const char *name)
{
	if (!link || n_links == sizeof(links) / sizeof(links[0]))
		err(1, "%s cannot be attached", name);
	links[n_links++] = link;
}

static void attach(struct bpf_object *object)
{
	struct bpf_program *program;
	struct bpf_map *map;

	bpf_object__for_each_program(program, object)
		if (bpf_program__type(program) != BPF_PROG_TYPE_STRUCT_OPS &&
		    bpf_program__autoload(program))
			keep(bpf_program__attach(program), bpf_program__name(program));
	bpf_object__for_each_map(map, object)
		if (bpf_map__type(map) == BPF_MAP_TYPE_STRUCT_OPS)
			keep(bpf_map__attach_struct_ops(map), bpf_map__name(map));
}

/* Print "NAME ID", or "NAME -" for a map that is left out. */
static void print_map(const struct bpf_map *map)
{
	struct bpf_map_info info = { 0 };
	__u32 len = sizeof(info);

	if (!bpf_map__autocreate(map)) {
		printf("%s -\n", bpf_map__name(map));
		return;
	}
	if (bpf_obj_get_info_by_fd(bpf_map__fd(map), &info, &len))
		err(1, "%s", bpf_map__name(map));
	printf("%s %u\n", bpf_map__name(map), info.id);
}

static void print_maps(struct bpf_object *object)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, object)
		print_map(map);
	puts("ready");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	static const struct timespec pause = { 0, 100000 };
	struct bpf_object *object;

	if (argc != 3)
		errx(2, "usage: attach OBJECT NAME (six characters)");
	object = object_load(argv[1], argv[2]);
	attach(object);
	print_maps(object);
	while (!object_stopped) {
		for (int i = 0; i < 100; i++)
			getppid();
		nanosleep(&pause, NULL);
	}
	/* A struct_ops stays registered until it is taken back. */
	while (n_links)
		bpf_link__destroy(links[--n_links]);
	bpf_object__close(object);
	return 0;
}
