/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared by the loaders of test programs: load an object under names of its own, so
 * that parallel runs do not share maps, keep its links, and stop on SIGTERM.
 */
#ifndef TESTS_BPF_OBJECT_H
#define TESTS_BPF_OBJECT_H

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <err.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "types.h"

/* Replaced wherever the object has it: in names, symbols and BTF. */
#define OBJECT_PLACEHOLDER "000000"

static volatile sig_atomic_t object_stopped;

/* A program that is not to be loaded; NULL: none. */
static const char *object_left_out;

static void object_on_signal(int signal)
{
	(void)signal;
	object_stopped = 1;
}

static char *object_read(const char *path, size_t *ret_size)
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

static void object_rename(char *data, size_t size, const char *name)
{
	size_t len = strlen(OBJECT_PLACEHOLDER);

	for (size_t i = 0; i + len <= size; i++)
		if (!memcmp(data + i, OBJECT_PLACEHOLDER, len))
			memcpy(data + i, name, len);
}

/* A variable in .rodata.target is the process whose doings count. */
static void object_set_target(struct bpf_object *object)
{
	pid_t target = getpid();
	struct bpf_map *map;

	bpf_object__for_each_map(map, object)
		if (strstr(bpf_map__name(map), ".rodata.target") &&
		    bpf_map__set_initial_value(map, &target, sizeof(target)))
			err(1, "the target cannot be set");
}

/* Do not create maps of types that the kernel lacks, nor load the programs that
 * need them, which are called with_MAP. */
static void object_leave_out(struct bpf_object *object)
{
	struct bpf_program *program;
	struct bpf_map *map;
	char name[64];

	bpf_object__for_each_program(program, object)
		if (object_left_out && !strcmp(bpf_program__name(program), object_left_out))
			bpf_program__set_autoload(program, false);
	bpf_object__for_each_map(map, object) {
		if (kernel_has_map_type(bpf_map__type(map)))
			continue;
		bpf_map__set_autocreate(map, false);
		snprintf(name, sizeof(name), "with_%s", bpf_map__name(map));
		program = bpf_object__find_program_by_name(object, name);
		if (program)
			bpf_program__set_autoload(program, false);
	}
}

/* name: six characters, which begin the names of its sections' maps too. */
static struct bpf_object *object_load(const char *path, const char *name)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = name);
	struct sigaction action = { .sa_handler = object_on_signal };
	struct bpf_object *object;
	size_t size;
	char *data;

	if (strlen(name) != strlen(OBJECT_PLACEHOLDER))
		errx(2, "a name has six characters, not \"%s\"", name);
	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	data = object_read(path, &size);
	object_rename(data, size, name);
	object = bpf_object__open_mem(data, size, &opts);
	if (!object)
		err(1, "%s: cannot be opened", path);
	object_set_target(object);
	object_leave_out(object);
	if (bpf_object__load(object))
		err(1, "%s: cannot be loaded", path);
	free(data);
	return object;
}

/* Attached until object_close(). */
static struct bpf_link *object_links[16];
static size_t object_n_links;

/* False: there is no link, or no room for it. */
static inline bool object_keep(struct bpf_link *link)
{
	if (!link || object_n_links == sizeof(object_links) / sizeof(object_links[0]))
		return false;
	object_links[object_n_links++] = link;
	return true;
}

static inline __u32 object_map_id(const struct bpf_map *map)
{
	struct bpf_map_info info = { 0 };
	__u32 len = sizeof(info);

	if (bpf_obj_get_info_by_fd(bpf_map__fd(map), &info, &len))
		err(1, "%s", bpf_map__name(map));
	return info.id;
}

/* Links first: a struct_ops stays registered until its link is destroyed. */
static inline void object_close(struct bpf_object *object)
{
	while (object_n_links)
		bpf_link__destroy(object_links[--object_n_links]);
	bpf_object__close(object);
}

#endif
