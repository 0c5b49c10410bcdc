/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Load an object, attach what is in it, and make system calls until SIGTERM.
 *
 *	attach OBJECT NAME
 *
 * NAME, six characters, begins the names of its sections' maps and replaces
 * "000000" wherever the object has that. Prints "NAME ID" for each map, then
 * "ready".
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

#define PLACEHOLDER "000000"

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

static void fill_in(char *data, size_t size, const char *name)
{
	size_t len = strlen(PLACEHOLDER);

	for (size_t i = 0; i + len <= size; i++)
		if (!memcmp(data + i, PLACEHOLDER, len))
			memcpy(data + i, name, len);
}

static struct bpf_object *load(const char *path, const char *name)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = name);
	struct bpf_object *object;
	pid_t target = getpid();
	struct bpf_map *map;
	size_t size;
	char *data = read_file(path, &size);

	fill_in(data, size, name);
	object = bpf_object__open_mem(data, size, &opts);
	if (!object)
		err(1, "%s: cannot be opened", path);
	bpf_object__for_each_map(map, object)
		if (strstr(bpf_map__name(map), ".rodata.target") &&
		    bpf_map__set_initial_value(map, &target, sizeof(target)))
			err(1, "the target cannot be set");
	if (bpf_object__load(object))
		err(1, "%s: cannot be loaded", path);
	free(data);
	return object;
}

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
		if (bpf_program__type(program) != BPF_PROG_TYPE_STRUCT_OPS)
			keep(bpf_program__attach(program), bpf_program__name(program));
	bpf_object__for_each_map(map, object)
		if (bpf_map__type(map) == BPF_MAP_TYPE_STRUCT_OPS)
			keep(bpf_map__attach_struct_ops(map), bpf_map__name(map));
}

static void print_maps(struct bpf_object *object)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, object) {
		struct bpf_map_info info = { 0 };
		__u32 len = sizeof(info);

		if (bpf_obj_get_info_by_fd(bpf_map__fd(map), &info, &len))
			err(1, "%s", bpf_map__name(map));
		printf("%s %u\n", bpf_map__name(map), info.id);
	}
	puts("ready");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	static const struct timespec pause = { 0, 100000 };
	struct sigaction action = { .sa_handler = on_signal };
	struct bpf_object *object;

	if (argc != 3 || strlen(argv[2]) != strlen(PLACEHOLDER))
		errx(2, "usage: attach OBJECT NAME (six characters)");
	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	object = load(argv[1], argv[2]);
	attach(object);
	print_maps(object);
	while (!stopped) {
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
