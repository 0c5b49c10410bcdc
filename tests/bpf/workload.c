/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Load workload.bpf.o, attach it, and make the system calls it counts until SIGTERM.
 * Stop the process (SIGSTOP) and the maps stand still, except for the timer.
 *
 *	workload OBJECT SUFFIX
 *
 * SUFFIX, six characters, replaces the zeros in the names of the maps. Prints
 * "NAME ID" for each map, then "ready".
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "object.h"

static void run(struct bpf_object *object, const char *name)
{
	static char packet[64];
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet,
		    .data_size_in = sizeof(packet));
	struct bpf_program *program = bpf_object__find_program_by_name(object, name);

	if (!program)
		errx(1, "%s: no such program", name);
	if (bpf_prog_test_run_opts(bpf_program__fd(program), &opts))
		err(1, "%s", name);
	if (opts.retval)
		errx(1, "%s gave %u", name, opts.retval);
}

static struct bpf_link *attach(struct bpf_object *object)
{
	struct bpf_program *program = bpf_object__find_program_by_name(object, "count_system_calls_of_target");
	struct bpf_link *link = bpf_program__attach(program);

	if (!link)
		err(1, "cannot attach to the tracepoint");
	return link;
}

static void print_maps(struct bpf_object *object)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, object) {
		struct bpf_map_info info = { 0 };
		__u32 len = sizeof(info);

		if (bpf_obj_get_info_by_fd(bpf_map__fd(map), &info, &len))
			err(1, "%s", bpf_map__name(map));
		printf("%s %u\n", info.name, info.id);
	}
	puts("ready");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	static const struct timespec pause = { 0, 200000 };
	struct bpf_object *object;
	struct bpf_link *link;

	if (argc != 3)
		errx(2, "usage: workload OBJECT SUFFIX (six characters)");
	object = object_load(argv[1], argv[2]);
	link = attach(object);
	run(object, "start_timer");
	for (int i = 0; i < 1000; i++)
		run(object, "turn_locked"); /* also gives every key its first visit */
	print_maps(object);
	while (!object_stopped) {
		run(object, "turn_locked");
		nanosleep(&pause, NULL);
	}
	bpf_link__destroy(link);
	bpf_object__close(object);
	return 0;
}
