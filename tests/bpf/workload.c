/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Load workload.bpf.o, attach it, and make the system calls it counts until
 * SIGTERM. Stop the process (SIGSTOP) and the maps stand still, but for the
 * timer.
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

#define PLACEHOLDER "_000000"
#define SUFFIX_LEN 6

static volatile sig_atomic_t stopped;

static void on_signal(int signal)
{
	(void)signal;
	stopped = 1;
}

static char *read_file(const char *path, size_t *ret_size)
{
	FILE *f = fopen(path, "r");
	char *data;
	long size;

	if (!f || fseek(f, 0, SEEK_END) || (size = ftell(f)) < 0)
		err(1, "%s", path);
	rewind(f);
	data = malloc((size_t)size);
	if (!data || fread(data, 1, (size_t)size, f) != (size_t)size)
		err(1, "%s", path);
	fclose(f);
	*ret_size = (size_t)size;
	return data;
}

/* Names stand in the symbols and in BTF; all are as long as before. */
static void rename_maps(char *object, size_t size, const char *suffix)
{
	size_t len = strlen(PLACEHOLDER);

	for (size_t i = 0; i + len <= size; i++)
		if (!memcmp(object + i, PLACEHOLDER, len))
			memcpy(object + i + 1, suffix, SUFFIX_LEN);
}

static void set_target(struct bpf_object *object)
{
	pid_t target = getpid();
	struct bpf_map *map;

	bpf_object__for_each_map(map, object)
		if (strstr(bpf_map__name(map), ".rodata.target") &&
		    bpf_map__set_initial_value(map, &target, sizeof(target)))
			err(1, "the target cannot be set");
}

static struct bpf_object *load(const char *path, const char *suffix)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = suffix);
	struct bpf_object *object;
	size_t size;
	char *data = read_file(path, &size);

	rename_maps(data, size, suffix);
	object = bpf_object__open_mem(data, size, &opts);
	if (!object)
		err(1, "%s: cannot be opened", path);
	set_target(object);
	if (bpf_object__load(object))
		err(1, "%s: cannot be loaded", path);
	free(data);
	return object;
}

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
	struct bpf_program *program = bpf_object__find_program_by_name(object, "on_sys_enter");
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
	struct sigaction action = { .sa_handler = on_signal };
	struct bpf_object *object;
	struct bpf_link *link;

	if (argc != 3 || strlen(argv[2]) != SUFFIX_LEN)
		errx(2, "usage: workload OBJECT SUFFIX (six characters)");
	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	object = load(argv[1], argv[2]);
	link = attach(object);
	run(object, "start_timer");
	for (int i = 0; i < 1000; i++)
		run(object, "turn_locked"); /* also gives every key its first visit */
	print_maps(object);
	while (!stopped) {
		run(object, "turn_locked");
		nanosleep(&pause, NULL);
	}
	bpf_link__destroy(link);
	bpf_object__close(object);
	return 0;
}
