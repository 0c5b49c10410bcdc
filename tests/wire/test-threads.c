/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many threads at once on one key and one directory: no crash, no lost
 * count, no value that nobody wrote.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "wire.h"

#define THREADS 6
#define ROUNDS 150

static struct wire *w;
static uint64_t dir;

static void setup(void)
{
	w = wire_new("type=hash key=u32 value={a:u32,b:u32} max_entries=16");
	ck_assert_int_eq(wire_mkdir(w, "m", &dir), 0);
	wire_serve(w);
}

/* A forget has no reply to wait for. */
static void teardown(void)
{
	for (int i = 0; i < 5000 && wire_known_keys(w); i++)
		usleep(1000);
	ck_assert_uint_eq(wire_known_keys(w), 0);
	wire_free(w);
}

static void together(void *(*const actors[])(void *), size_t n)
{
	pthread_t threads[THREADS];

	for (size_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, actors[i % n],
						(void *)(uintptr_t)i), 0);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

/* Values whose members agree, so that a mixture would show. */
static void *writer(void *arg)
{
	char text[64];

	for (unsigned i = 0; i < ROUNDS; i++) {
		unsigned v = (unsigned)(uintptr_t)arg * ROUNDS + i;
		int r;

		snprintf(text, sizeof(text), "{\"a\":%u,\"b\":%u}\n", v, v);
		r = wire_put(w, dir, "1", text);
		ck_assert_msg(r == 0 || r == -ESTALE || r == -ENOENT, "put: %d", r);
	}
	return NULL;
}

static void *reader(void *arg)
{
	unsigned a, b;

	(void)arg;
	for (unsigned i = 0; i < ROUNDS; i++) {
		const char *text = wire_text(w, dir, "1");

		if (sscanf(text, "{\"a\":%u,\"b\":%u}", &a, &b) == 2)
			ck_assert_uint_eq(a, b);
		else
			ck_assert_msg(!*text || !strcmp(text, "errno 2") ||
					      !strcmp(text, "errno 116"), "read: %s", text);
	}
	return NULL;
}

static void *remover(void *arg)
{
	(void)arg;
	for (unsigned i = 0; i < ROUNDS; i++) {
		int r = wire_unlink(w, dir, "1");

		ck_assert_msg(r == 0 || r == -ENOENT, "unlink: %d", r);
	}
	return NULL;
}

static void forget_entries(const char *data, int len)
{
	for (int i = 0; i < len;) {
		const struct fuse_direntplus *de = (const void *)(data + i);

		if (de->entry_out.nodeid && de->dirent.name[0] != '.')
			wire_forget(w, de->entry_out.nodeid, 1);
		i += (int)FUSE_DIRENTPLUS_SIZE(de);
	}
}

static void *lister(void *arg)
{
	static _Thread_local char data[4096] __attribute__((aligned(8)));
	uint64_t fh;

	(void)arg;
	for (unsigned i = 0; i < ROUNDS; i++) {
		ck_assert_int_eq(wire_opendir(w, dir, &fh), 0);
		forget_entries(data, wire_readdir(w, FUSE_READDIRPLUS, fh, 0, data,
						  sizeof(data)));
		wire_releasedir(w, fh);
	}
	return NULL;
}

static void *maker(void *arg)
{
	char name[16];
	uint64_t node;

	snprintf(name, sizeof(name), "t%u", (unsigned)(uintptr_t)arg);
	for (unsigned i = 0; i < ROUNDS / 5; i++) {
		ck_assert_int_eq(wire_mkdir(w, name, &node), 0);
		ck_assert_int_eq(wire_put(w, node, "1", "{}"), 0);
		ck_assert_int_eq(wire_unlink(w, node, "1"), 0);
		ck_assert_int_eq(wire_rmdir(w, WIRE_ROOT, name), 0);
	}
	return NULL;
}

START_TEST(writers_and_readers_of_one_key_see_whole_values)
{
	static void *(*const actors[])(void *) = { writer, reader };

	together(actors, 2);
}
END_TEST

START_TEST(writers_removers_and_listers_lose_no_count)
{
	static void *(*const actors[])(void *) = { writer, remover, lister };

	together(actors, 3);
}
END_TEST

START_TEST(maps_made_and_ended_at_once_disturb_nobody)
{
	static void *(*const actors[])(void *) = { maker, writer, maker };

	together(actors, 3);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("threads");
	TCase *tc = tcase_create("threads");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, writers_and_readers_of_one_key_see_whole_values);
	tcase_add_test(tc, writers_removers_and_listers_lose_no_count);
	tcase_add_test(tc, maps_made_and_ended_at_once_disturb_nobody);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
