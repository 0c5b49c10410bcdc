/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads that wait. The requests are served in this thread: if one of them blocked it,
 * the next would never be answered.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fuse/park.h"
#include "wire.h"

#define RING_DEF "type=ringbuf max_entries=4096"
/* Long enough for anything that comes, and for what must not come. */
#define SOON 10000
#define NOT_SOON 100

static struct wire *w;
static uint64_t dir;
static struct fuse_entry_out events, consume;
static struct store_map ring;

static void find_ring(void)
{
	struct fuse_entry_out dot;

	ck_assert_int_eq(wire_lookup(w, dir, ".map", &dot), 0);
	ck_assert_int_eq(wire_lookup(w, dot.nodeid, "events", &events), 0);
	ck_assert_int_eq(wire_lookup(w, dot.nodeid, "consume", &consume), 0);
	ck_assert_int_eq(store_open(w->store, (uint32_t)atoi(wire_dot_text(w, dir, "id")),
				    STORE_READ | STORE_WRITE, &ring), 0);
}

static void setup(void)
{
	w = wire_new(RING_DEF);
	ck_assert_int_eq(wire_mkdir(w, "r", &dir), 0);
	find_ring();
}

static void teardown(void)
{
	store_close(&ring);
	wire_free(w);
}

static uint64_t open_events(void)
{
	uint64_t fh;

	ck_assert_int_eq(wire_open(w, events.nodeid, O_RDONLY, &fh), 0);
	return fh;
}

static uint64_t open_consume(void)
{
	uint64_t fh;

	ck_assert_int_eq(wire_open(w, consume.nodeid, O_RDONLY, &fh), 0);
	return fh;
}

static void produce(const char *bytes)
{
	ck_assert_int_eq(store_memory_produce(&ring, bytes, strlen(bytes), false), 0);
}

/* What a read that does not wait returns. */
static const char *read_now(uint64_t fh)
{
	static char text[1 << 17];
	int error = 0;
	uint64_t unique, mine = wire_begin_read(w, fh, sizeof(text) - 1, O_NONBLOCK);

	ck_assert_int_eq(wire_next_reply(w, SOON, &unique, &error, text, sizeof(text)), 1);
	ck_assert_uint_eq(unique, mine);
	if (error)
		snprintf(text, sizeof(text), "errno %d", -error);
	return text;
}

/* The reply to the read that began first, or "". */
static const char *reply(uint64_t want, int ms)
{
	static char text[1 << 17];
	uint64_t unique;
	int error;

	if (!wire_next_reply(w, ms, &unique, &error, text, sizeof(text)))
		return "";
	ck_assert_uint_eq(unique, want);
	if (error)
		snprintf(text, sizeof(text), "errno %d", -error);
	return text;
}

START_TEST(read_waits_for_a_record)
{
	uint64_t fh = open_events(), r = wire_begin_read(w, fh, 4096, 0);

	ck_assert_str_eq(reply(r, NOT_SOON), "");
	produce("ab");
	ck_assert_str_eq(reply(r, SOON), "@6162\n");
	/* And the next one, without a look in between. */
	produce("c");
	produce("d");
	r = wire_begin_read(w, fh, 4096, 0);
	ck_assert_str_eq(reply(r, SOON), "@63\n@64\n");
	wire_release(w, fh);
}
END_TEST

START_TEST(what_the_consumer_has_not_taken_comes_first)
{
	uint64_t fh[2];

	produce("a");
	produce("b");
	fh[0] = open_events();
	fh[1] = open_events();
	for (int i = 0; i < 2; i++) {
		ck_assert_str_eq(read_now(fh[i]), "@61\n@62\n");
		wire_release(w, fh[i]);
	}
}
END_TEST

/* Of which shells make lines, byte by byte. */
START_TEST(read_of_a_byte_leaves_the_rest)
{
	uint64_t fh = open_events(), unique;
	char text[8];
	int error;

	produce("ab");
	produce("c");
	for (const char *at = "@6162\n@63\n"; *at; at++) {
		wire_begin_read(w, fh, 1, 0);
		ck_assert_int_eq(wire_next_reply(w, SOON, &unique, &error, text,
						 sizeof(text)), 1);
		ck_assert_int_eq(error, 0);
		ck_assert_uint_eq(strlen(text), 1);
		ck_assert_int_eq(*text, *at);
	}
	wire_release(w, fh);
}
END_TEST

/* Of two types, distinguished by a tag. */
START_TEST(records_have_the_types_of_their_tags)
{
	static const char line[] = "show=kind:u8?97={kind:u8,x:u8},98={kind:u8,s:char[3]}\n";
	static const char want[] = "{\"kind\":97,\"x\":122}\n{\"kind\":98,\"s\":\"xyz\"}\n@63\n@61\n";
	uint64_t fh;

	/* The map is replaced. */
	ck_assert_int_eq(wire_dot_put(w, dir, "def", line), 0);
	store_close(&ring);
	find_ring();
	produce("az");
	produce("bxyz");
	produce("c");
	produce("a");
	fh = open_events();
	ck_assert_str_eq(read_now(fh), want);
	wire_release(w, fh);
	fh = open_consume();
	ck_assert_str_eq(read_now(fh), want);
	wire_release(w, fh);
	ck_assert_ptr_nonnull(strstr(wire_dot_text(w, dir, "def"), " show=kind:u8?97="));
}
END_TEST

START_TEST(interrupted_read_is_eintr_and_loses_nothing)
{
	uint64_t fh = open_events(), r = wire_begin_read(w, fh, 4096, 0);

	wire_interrupt(w, r);
	ck_assert_str_eq(reply(r, SOON), "errno 4");
	produce("a");
	ck_assert_str_eq(read_now(fh), "@61\n");
	/* Too late: an answer that came is the answer. */
	wire_interrupt(w, r);
	r = wire_begin_read(w, fh, 4096, 0);
	ck_assert_str_eq(reply(r, NOT_SOON), "");
	produce("b");
	ck_assert_str_eq(reply(r, SOON), "@62\n");
	wire_release(w, fh);
}
END_TEST

START_TEST(read_that_shall_not_wait_is_eagain)
{
	uint64_t fh = open_events();

	ck_assert_str_eq(read_now(fh), "errno 11");
	produce("a");
	ck_assert_str_eq(read_now(fh), "@61\n");
	wire_release(w, fh);
}
END_TEST

/* The page cache would take a short reply for the end. */
START_TEST(read_for_the_cache_is_refused)
{
	uint64_t fh = open_events();
	char byte;

	produce("a");
	ck_assert_int_eq(wire_read_cached(w, fh, 0, &byte, 1), -EINVAL);
	ck_assert_int_eq(wire_read_cached(w, fh, 1ull << 60, &byte, 1), 0);
	wire_release(w, fh);
}
END_TEST

START_TEST(poll_is_notified_of_a_record)
{
	uint64_t fh = open_events(), unique;
	char data[64];
	int kh;

	ck_assert_int_eq(wire_poll(w, fh, 0), 0);
	ck_assert_int_eq(wire_poll(w, fh, 77), 0);
	ck_assert_int_eq(wire_next_reply(w, NOT_SOON, &unique, &kh, data, sizeof(data)), 0);
	produce("a");
	ck_assert_int_eq(wire_next_reply(w, SOON, &unique, &kh, data, sizeof(data)), 1);
	ck_assert_uint_eq(unique, 0);
	ck_assert_int_eq(kh, 77);
	ck_assert(wire_poll(w, fh, 78) & POLLIN);
	ck_assert_str_eq(read_now(fh), "@61\n");
	ck_assert_int_eq(wire_poll(w, fh, 79), 0);
	wire_release(w, fh);
	/* Nobody is notified of what is closed. */
	fh = open_events();
	ck_assert(wire_poll(w, fh, 0) & POLLIN); /* not consumed yet */
	wire_release(w, fh);
	ck_assert_int_eq(wire_next_reply(w, NOT_SOON, &unique, &kh, data, sizeof(data)), 0);
}
END_TEST

START_TEST(other_files_are_always_ready)
{
	struct fuse_entry_out dot, id;
	uint64_t fh;

	ck_assert_int_eq(wire_lookup(w, dir, ".map", &dot), 0);
	ck_assert_int_eq(wire_lookup(w, dot.nodeid, "id", &id), 0);
	ck_assert_int_eq(wire_open(w, id.nodeid, O_RDONLY, &fh), 0);
	ck_assert(wire_poll(w, fh, 5) & POLLIN);
	wire_release(w, fh);
}
END_TEST

#define READERS 200

static bool has(const uint64_t *list, size_t n, uint64_t x)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == x)
			return true;
	return false;
}

static void expect_replies(const uint64_t *reads, size_t n, int error, const char *text)
{
	uint64_t unique;
	char data[4096];
	int e;

	for (size_t i = 0; i < n; i++) {
		ck_assert_int_eq(wire_next_reply(w, SOON, &unique, &e, data, sizeof(data)), 1);
		ck_assert(has(reads, n, unique));
		ck_assert_int_eq(e, error);
		ck_assert_str_eq(data, text);
	}
}

START_TEST(many_readers_wait_and_all_are_answered)
{
	uint64_t fh[READERS], reads[READERS];

	for (int i = 0; i < READERS; i++) {
		fh[i] = open_events();
		reads[i] = wire_begin_read(w, fh[i], 4096, 0);
	}
	ck_assert_str_eq(wire_dot_text(w, dir, "type"), "ringbuf\n");
	produce("a");
	expect_replies(reads, READERS, 0, "@61\n");
	for (int i = 0; i < READERS; i++)
		wire_release(w, fh[i]);
}
END_TEST

START_TEST(end_of_the_session_answers_all)
{
	uint64_t fh = open_events(), reads[8];

	for (int i = 0; i < 8; i++)
		reads[i] = wire_begin_read(w, fh, 4096, 0);
	fs_disconnect(&w->fs);
	expect_replies(reads, 8, -ENODEV, "");
	ck_assert_str_eq(read_now(fh), "errno 11");
}
END_TEST

START_TEST(end_of_the_map_ends_the_stream)
{
	uint64_t fh = open_events(), r = wire_begin_read(w, fh, 4096, 0);

	ck_assert_str_eq(reply(r, NOT_SOON), "");
	store_close(&ring);
	/* No reader holds the map. */
	ck_assert_int_eq(wire_rmdir(w, WIRE_ROOT, "r"), 0);
	ck_assert_str_eq(reply(r, SOON), "");
	ck_assert_str_eq(read_now(fh), "");
	ck_assert(wire_poll(w, fh, 0) & POLLIN);
	wire_release(w, fh);
}
END_TEST

/* Root is exempt. */
START_TEST(waiting_reads_of_a_user_are_limited)
{
	uint64_t fh, unique;
	char data[64];
	int error;

	w->uid = 12345;
	fh = open_events();
	for (int i = 0; i < PARK_EACH; i++)
		wire_begin_read(w, fh, 1, 0);
	ck_assert_int_eq(wire_next_reply(w, 0, &unique, &error, data, sizeof(data)), 0);
	wire_begin_read(w, fh, 1, 0);
	ck_assert_int_eq(wire_next_reply(w, SOON, &unique, &error, data, sizeof(data)), 1);
	ck_assert_int_eq(error, -EAGAIN);
	w->uid = 12346;
	wire_begin_read(w, fh, 1, 0);
	ck_assert_int_eq(wire_next_reply(w, NOT_SOON, &unique, &error, data, sizeof(data)), 0);
}
END_TEST

/* libfuse gets no interrupts there, and each read occupies a place. */
START_TEST(over_io_uring_few_reads_wait_and_not_for_long)
{
	uint64_t fh, reads[PARK_RING], unique;
	char data[64];
	int error;

	fs_disconnect(&w->fs);
	w->fs.io_uring = true;
	fs_connect(&w->fs, w->fs.session);
	fh = open_events();
	for (int i = 0; i < PARK_RING; i++)
		reads[i] = wire_begin_read(w, fh, 4096, 0);
	wire_begin_read(w, fh, 4096, 0);
	ck_assert_int_eq(wire_next_reply(w, SOON, &unique, &error, data, sizeof(data)), 1);
	ck_assert_int_eq(error, -EAGAIN);
	expect_replies(reads, PARK_RING, -EINTR, "");
	reads[0] = wire_begin_read(w, fh, 4096, 0);
	produce("a");
	expect_replies(reads, 1, 0, "@61\n");
}
END_TEST

/* ---- what the text says ---- */

START_TEST(discarded_records_are_not_there)
{
	uint64_t fh = open_events();

	ck_assert_int_eq(store_memory_produce(&ring, "x", 1, true), 0);
	produce("");
	ck_assert_str_eq(read_now(fh), "@\n");
	wire_release(w, fh);
}
END_TEST

/* Nobody consumes. */
START_TEST(full_ring_is_reported_once)
{
	uint64_t fh = open_events(), r;
	const char *text;
	char record[1009] = "";

	memset(record, 'x', sizeof(record) - 1);
	for (int i = 0; i < 4; i++)
		store_memory_produce(&ring, record, 1008, false);
	ck_assert_int_eq(store_memory_produce(&ring, record, 1008, false), -ENOSPC);
	text = read_now(fh);
	ck_assert_uint_eq(strlen(text), 4 * (1 + 2 * 1008 + 1));
	r = wire_begin_read(w, fh, 4096, 0);
	ck_assert_str_eq(reply(r, SOON), "# full\n");
	r = wire_begin_read(w, fh, 4096, 0);
	ck_assert_str_eq(reply(r, 3 * NOT_SOON), "");
	wire_interrupt(w, r);
	ck_assert_str_eq(reply(r, SOON), "errno 4");
	wire_release(w, fh);
}
END_TEST

/* A reader that is slower than its copy of the records: what it does not get is reported. */
START_TEST(slow_reader_is_told_what_it_lost)
{
	uint64_t fh = open_events(), total = 0, lost = 0, one;
	struct store_ring map;
	char record[504];
	const char *text;

	memset(record, 'x', sizeof(record));
	ck_assert_int_eq(store_ring_map(&ring, STORE_READ | STORE_WRITE, &map), 0);
	for (int i = 0; i < 4000; i++) {
		while (store_memory_produce(&ring, record, sizeof(record), false) < 0)
			usleep(100);
		total += 512;
		__atomic_store_n(map.consumer, *map.producer, __ATOMIC_RELEASE);
	}
	for (text = read_now(fh); *text != 'e'; text = read_now(fh))
		for (const char *at = text; *at; at = strchr(at, '\n') + 1) {
			if (sscanf(at, "# lost %lu\n", &one) == 1)
				lost += one;
			else
				total -= 512;
		}
	ck_assert_uint_eq(lost, total);
	ck_assert_uint_gt(lost, 0);
	store_ring_unmap(&map);
	wire_release(w, fh);
}
END_TEST

/* ---- consume ---- */

START_TEST(consumed_records_are_gone)
{
	uint64_t fh = open_consume(), tap = open_events(), r;

	produce("a");
	produce("b");
	ck_assert_str_eq(read_now(fh), "@61\n@62\n");
	ck_assert_str_eq(read_now(fh), "errno 11");
	ck_assert_str_eq(read_now(tap), "@61\n@62\n");
	wire_release(w, tap);
	tap = open_events();
	ck_assert_str_eq(read_now(tap), "errno 11");
	r = wire_begin_read(w, fh, 4096, 0);
	ck_assert_str_eq(reply(r, NOT_SOON), "");
	produce("c");
	ck_assert_str_eq(reply(r, SOON), "@63\n");
	wire_release(w, fh);
	wire_release(w, tap);
}
END_TEST

/* The space of discarded records, too, is given back. */
START_TEST(consumer_makes_room)
{
	uint64_t fh = open_consume();
	char record[1000] = "";

	for (int i = 0; i < 100; i++) {
		ck_assert_int_eq(store_memory_produce(&ring, record, 1000, i % 2), 0);
		ck_assert_uint_eq(strlen(read_now(fh)), i % 2 ? strlen("errno 11") : 2002);
	}
	wire_release(w, fh);
}
END_TEST

START_TEST(line_that_was_not_read_to_its_end_goes_to_the_next)
{
	uint64_t fh[2] = { open_consume(), open_consume() };
	char byte;

	produce("ab");
	produce("c");
	ck_assert_int_eq(wire_read(w, fh[0], 0, &byte, 1), 1);
	ck_assert_int_eq(byte, '@');
	ck_assert_str_eq(read_now(fh[1]), "@63\n");
	wire_release(w, fh[0]);
	ck_assert(wire_poll(w, fh[1], 0) & POLLIN);
	ck_assert_str_eq(read_now(fh[1]), "@6162\n");
	ck_assert_int_eq(wire_poll(w, fh[1], 0), 0);
	wire_release(w, fh[1]);
}
END_TEST

START_TEST(consumer_is_woken_and_polls)
{
	uint64_t fh = open_consume(), unique;
	char data[64];
	int kh;

	ck_assert_int_eq(wire_poll(w, fh, 5), 0);
	produce("a");
	ck_assert_int_eq(wire_next_reply(w, SOON, &unique, &kh, data, sizeof(data)), 1);
	ck_assert_int_eq(kh, 5);
	ck_assert(wire_poll(w, fh, 0) & POLLIN);
	ck_assert_str_eq(read_now(fh), "@61\n");
	wire_release(w, fh);
}
END_TEST

START_TEST(end_of_the_map_ends_consume)
{
	uint64_t fh = open_consume(), r = wire_begin_read(w, fh, 4096, 0);

	store_close(&ring);
	ck_assert_int_eq(wire_rmdir(w, WIRE_ROOT, "r"), 0);
	ck_assert_str_eq(reply(r, SOON), "");
	ck_assert_str_eq(read_now(fh), "");
	wire_release(w, fh);
}
END_TEST

START_TEST(frozen_ring_is_not_consumed)
{
	uint64_t fh;

	ck_assert_int_eq(wire_dot_put(w, dir, "frozen", "1\n"), 0);
	ck_assert_int_eq(wire_open(w, consume.nodeid, O_RDONLY, &fh), -EPERM);
	wire_release(w, open_events());
}
END_TEST

static void add_consume(Suite *s)
{
	TCase *tc = tcase_create("consume");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, consumed_records_are_gone);
	tcase_add_test(tc, consumer_makes_room);
	tcase_add_test(tc, line_that_was_not_read_to_its_end_goes_to_the_next);
	tcase_add_test(tc, consumer_is_woken_and_polls);
	tcase_add_test(tc, end_of_the_map_ends_consume);
	tcase_add_test(tc, frozen_ring_is_not_consumed);
	suite_add_tcase(s, tc);
}

int main(void)
{
	Suite *s = suite_create("stream");
	TCase *tc = tcase_create("stream");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, read_waits_for_a_record);
	tcase_add_test(tc, what_the_consumer_has_not_taken_comes_first);
	tcase_add_test(tc, read_of_a_byte_leaves_the_rest);
	tcase_add_test(tc, records_have_the_types_of_their_tags);
	tcase_add_test(tc, interrupted_read_is_eintr_and_loses_nothing);
	tcase_add_test(tc, read_that_shall_not_wait_is_eagain);
	tcase_add_test(tc, read_for_the_cache_is_refused);
	tcase_add_test(tc, poll_is_notified_of_a_record);
	tcase_add_test(tc, other_files_are_always_ready);
	tcase_add_test(tc, many_readers_wait_and_all_are_answered);
	tcase_add_test(tc, end_of_the_session_answers_all);
	tcase_add_test(tc, end_of_the_map_ends_the_stream);
	tcase_add_test(tc, waiting_reads_of_a_user_are_limited);
	tcase_add_test(tc, over_io_uring_few_reads_wait_and_not_for_long);
	tcase_add_test(tc, discarded_records_are_not_there);
	tcase_add_test(tc, full_ring_is_reported_once);
	tcase_add_test(tc, slow_reader_is_told_what_it_lost);
	suite_add_tcase(s, tc);
	add_consume(s);
	return run_suite(s);
}
