/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Load an object, attach what is in it, and make system calls until SIGTERM.
 *
 *	attach OBJECT NAME
 *
 * NAME, six characters, begins the names of its sections' maps and replaces
 * "000000" wherever the object has that. Prints "NAME ID" for each map, "NAME -"
 * if the kernel lacks its type, then "ready".
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

static void keep(struct bpf_link *link, const char *name)
{
	if (!object_keep(link))
		err(1, "%s cannot be attached", name);
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
	if (bpf_map__autocreate(map))
		printf("%s %u\n", bpf_map__name(map), object_map_id(map));
	else
		printf("%s -\n", bpf_map__name(map));
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
	object_close(object);
	return 0;
}
