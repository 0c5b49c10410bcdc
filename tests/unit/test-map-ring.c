/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A tap on a ring buffer that the test builds byte by byte: the tap returns every
 * record once and complete, or reports the number of lost bytes, whatever the positions
 * are and however fast the producer is.
 */
#include <check.h>
#include <errno.h>
#include <linux/bpf.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "../suite.h"
#include "map/ring.h"

#define SIZE 4096u

static uint64_t consumer, producer, overwritten;
static char data[SIZE] __attribute__((aligned(8)));
static struct store_ring ring;
static struct ring_tap tap;

static void setup(void)
{
	consumer = producer = overwritten = 0;
	memset(data, 0x55, sizeof(data));
	ring = (struct store_ring){
		.consumer = &consumer, .producer = &producer, .data = data, .size = SIZE
	};
	tap = (struct ring_tap){ 0 };
}

/* ---- a producer, in the kernel's order ---- */

static uint32_t *header_at(uint64_t pos)
{
	return (uint32_t *)(void *)(data + pos % SIZE);
}

/* False: no room. */
static bool reserve(uint32_t len)
{
	uint64_t c = __atomic_load_n(&consumer, __ATOMIC_ACQUIRE);
	uint64_t end = producer + ring_bytes(len);

	if (!ring.overwritten && end - c > SIZE - 1)
		return false;
	while (ring.overwritten && end - overwritten > SIZE - 1)
		__atomic_store_n(&overwritten,
				 overwritten + ring_bytes(*header_at(overwritten) &
							  ~BPF_RINGBUF_DISCARD_BIT),
				 __ATOMIC_SEQ_CST);
	__atomic_store_n(header_at(producer), len | BPF_RINGBUF_BUSY_BIT, __ATOMIC_SEQ_CST);
	__atomic_store_n(&producer, end, __ATOMIC_SEQ_CST);
	return true;
}

static void submit(uint64_t pos, uint32_t len, uint32_t mark)
{
	__atomic_store_n(header_at(pos), len | mark, __ATOMIC_RELEASE);
}

static bool put(const void *record, uint32_t len, uint32_t mark)
{
	uint64_t pos = producer;

	if (!reserve(len))
		return false;
	for (uint32_t i = 0; i < len; i++)
		__atomic_store_n(&data[(pos + 8 + i) % SIZE], ((const char *)record)[i],
				 __ATOMIC_RELAXED);
	submit(pos, len, mark);
	return true;
}

static void put_text(const char *text)
{
	ck_assert(put(text, (uint32_t)strlen(text) + 1, 0));
}

/* ---- the tap ---- */

/* The next record as text; "-": none; "lost". */
static const char *next(void)
{
	static char text[SIZE];
	struct ring_record record;

	switch (ring_find(&ring, &tap, &record)) {
	case RING_NOTHING:
		return "-";
	case RING_LOST:
		return "lost";
	default:
		ck_assert(ring_take(&ring, &tap, &record, text));
		return text;
	}
}

static uint64_t lost(void)
{
	struct ring_record record;

	ck_assert_int_eq(ring_find(&ring, &tap, &record), RING_LOST);
	return record.lost;
}

START_TEST(records_come_in_order_and_stay_for_the_consumer)
{
	ck_assert_str_eq(next(), "-");
	put_text("one");
	put_text("two");
	ck_assert_str_eq(next(), "one");
	ck_assert_str_eq(next(), "two");
	ck_assert_str_eq(next(), "-");
	ck_assert_uint_eq(consumer, 0);
}
END_TEST

/* Records of every length, over the end of the ring at every place. */
START_TEST(records_go_over_the_end)
{
	char record[600];
	struct ring_record found;

	for (uint32_t i = 1; i < 5000; i++) {
		uint32_t len = i * 7 % sizeof(record);

		memset(record, (int)i, len);
		ck_assert(put(record, len, 0));
		ck_assert_int_eq(ring_find(&ring, &tap, &found), RING_RECORD);
		ck_assert_uint_eq(found.len, len);
		memset(record, 0, len);
		ck_assert(ring_take(&ring, &tap, &found, record));
		for (uint32_t k = 0; k < len; k++)
			ck_assert_int_eq(record[k], (char)i);
		consumer = producer;
	}
}
END_TEST

START_TEST(busy_record_holds_up_those_behind)
{
	uint64_t pos = producer;

	ck_assert(reserve(8));
	put_text("later");
	ck_assert_str_eq(next(), "-");
	memcpy(data + pos + 8, "first", 6);
	submit(pos, 8, 0);
	ck_assert_str_eq(next(), "first");
	ck_assert_str_eq(next(), "later");
}
END_TEST

START_TEST(discarded_record_is_passed)
{
	ck_assert(put("no", 3, BPF_RINGBUF_DISCARD_BIT));
	put_text("yes");
	ck_assert(put("no", 3, BPF_RINGBUF_DISCARD_BIT));
	ck_assert_str_eq(next(), "yes");
	ck_assert_str_eq(next(), "-");
	ck_assert_uint_eq(tap.pos, producer);
}
END_TEST

/* What the consumer has taken is overwritten. */
START_TEST(lapped_tap_goes_on_with_the_consumer)
{
	char record[1016] = "old";

	for (int i = 0; i < 6; i++) {
		ck_assert(put(record, sizeof(record), 0));
		if (i < 5)
			consumer = producer;
		strcpy(record, "new");
	}
	ck_assert_uint_eq(lost(), 5 * 1024);
	ck_assert_str_eq(next(), "new");
	ck_assert_str_eq(next(), "-");
}
END_TEST

/* The header of the next record is written before the position says so. */
START_TEST(record_below_the_next_header_is_lost)
{
	char record[1016] = "x";
	struct ring_record found;

	for (int i = 0; i < 3; i++)
		ck_assert(put(record, sizeof(record), 0));
	consumer = producer;
	ck_assert(put(record, 1008, 0));
	ck_assert_uint_eq(producer, SIZE - 8);
	ck_assert_int_eq(ring_find(&ring, &tap, &found), RING_RECORD);
	ck_assert(put(record, 0, 0));
	ck_assert_uint_eq(producer, SIZE);
	ck_assert(!ring_take(&ring, &tap, &found, record));
	ck_assert_uint_eq(lost(), 3 * 1024);
}
END_TEST

START_TEST(begin_is_the_consumers_position)
{
	put_text("taken");
	consumer = producer;
	put_text("waits");
	ck_assert_int_eq(ring_begin(&ring, &tap), 0);
	ck_assert_str_eq(next(), "waits");
}
END_TEST

/* The consumer position is anybody's to write. */
START_TEST(consumer_that_makes_no_sense_is_not_followed)
{
	static const uint64_t bad[] = { 1, 4, 1 << 20, UINT64_MAX, UINT64_MAX - 7,
					1ull << 63 };
	uint64_t c;

	put_text("a");
	consumer = bad[_i];
	ck_assert(!ring_consumer(&ring, &c));
	ck_assert(!ring_is_full(&ring, 4000));
	ck_assert_int_eq(ring_begin(&ring, &tap), 0);
	ck_assert_uint_eq(tap.pos, producer);
	ck_assert_str_eq(next(), "-");
	consumer = 0;
	put_text("b");
	ck_assert_str_eq(next(), "b");
	/* Lapped: the producer's position is the only way out. */
	tap.pos = 0;
	producer += 2 * SIZE;
	consumer = producer + (bad[_i] | 1);
	ck_assert_uint_eq(lost(), producer);
	ck_assert_str_eq(next(), "-");
}
END_TEST

/* It may also be a place inside of a record. */
START_TEST(bytes_that_are_no_header_are_passed_over)
{
	char record[64];

	memset(record, 0x3f, sizeof(record));
	ck_assert(put(record, sizeof(record), 0));
	consumer = 16;
	ck_assert_int_eq(ring_begin(&ring, &tap), 0);
	ck_assert_uint_eq(lost(), producer - 16);
	put_text("good");
	ck_assert_str_eq(next(), "good");
}
END_TEST

START_TEST(full_is_said_of_a_ring_without_room)
{
	char record[1016] = "x";

	ck_assert(!ring_is_full(&ring, 1016));
	for (int i = 0; i < 3; i++)
		ck_assert(put(record, sizeof(record), 0));
	ck_assert(ring_is_full(&ring, 1016));
	ck_assert(!ring_is_full(&ring, 1000));
	ck_assert(!put(record, 1016, 0));
	ck_assert(put(record, 1000, 0));
	consumer = 1024;
	ck_assert(!ring_is_full(&ring, 512));
}
END_TEST

/* ---- a ring that overwrites ---- */

static void setup_overwrite(void)
{
	setup();
	ring.overwritten = &overwritten;
}

START_TEST(overwriting_ring_is_read_from_its_oldest_record)
{
	char record[1016];

	for (int i = 0; i < 10; i++) {
		record[0] = (char)('a' + i);
		record[1] = '\0';
		ck_assert(put(record, sizeof(record), 0));
	}
	ck_assert_uint_eq(overwritten, 7 * 1024);
	ck_assert(!ring_is_full(&ring, 1016));
	ck_assert_int_eq(ring_begin(&ring, &tap), 0);
	ck_assert_str_eq(next(), "h");
	ck_assert_str_eq(next(), "i");
	ck_assert_str_eq(next(), "j");
	ck_assert_str_eq(next(), "-");
	tap.pos = 1024;
	ck_assert_uint_eq(lost(), 6 * 1024);
	ck_assert_str_eq(next(), "h");
}
END_TEST

START_TEST(overtaken_copy_is_dropped)
{
	char record[1016] = "x";
	struct ring_record found;

	for (int i = 0; i < 3; i++)
		ck_assert(put(record, sizeof(record), 0));
	ck_assert_int_eq(ring_find(&ring, &tap, &found), RING_RECORD);
	/* Written before the producer position is. */
	overwritten = 1024;
	ck_assert(!ring_take(&ring, &tap, &found, record));
	ck_assert_uint_eq(lost(), 1024);
	ck_assert_str_eq(next(), "x");
}
END_TEST

START_TEST(its_consumer_is_followed_where_there_is_one)
{
	put_text("taken");
	consumer = producer;
	put_text("waits");
	ck_assert_int_eq(ring_begin(&ring, &tap), 0);
	ck_assert_str_eq(next(), "waits");
	consumer = 1;
	ck_assert_int_eq(ring_begin(&ring, &tap), 0);
	ck_assert_str_eq(next(), "taken");
}
END_TEST

/* Another layout than the one that is known. */
START_TEST(overwriting_ring_of_unknown_layout_is_refused)
{
	put_text("a");
	overwritten = _i ? 1 : 4096;
	ck_assert_int_eq(ring_begin(&ring, &tap), -EOPNOTSUPP);
}
END_TEST

/* ---- at once ---- */

#define RECORDS 300000u

struct numbered {
	uint64_t number;
	uint64_t words[4]; /* each follows from the number */
};

static bool is_whole(const struct numbered *n)
{
	for (uint64_t i = 0; i < 4; i++)
		if (n->words[i] != n->number * 0x9e3779b97f4a7c15u + i)
			return false;
	return true;
}

/* With a consumer that follows at once. */
static void *produce(void *arg)
{
	(void)arg;
	for (uint64_t i = 0; i < RECORDS; i++) {
		struct numbered n = { .number = i };

		for (uint64_t k = 0; k < 4; k++)
			n.words[k] = i * 0x9e3779b97f4a7c15u + k;
		ck_assert(put(&n, sizeof(n), 0));
		__atomic_store_n(&consumer, producer, __ATOMIC_RELEASE);
		for (volatile int k = 0; k < (int)(i % 100); k++)
			;
	}
	return NULL;
}

/* Every record is whole and in order, and what is missing was said to be lost. */
START_TEST(fast_producer_tears_nothing)
{
	uint64_t expected = 0, got = 0, missing = 0;
	struct ring_record found;
	struct numbered n;
	pthread_t thread;

	ring.overwritten = _i ? &overwritten : NULL;
	ck_assert_int_eq(pthread_create(&thread, NULL, produce, NULL), 0);
	while (expected < RECORDS) {
		enum ring_found r = ring_find(&ring, &tap, &found);

		if (r == RING_LOST) {
			ck_assert_uint_eq(found.lost % 48, 0);
			missing += found.lost / 48;
			expected += found.lost / 48;
		}
		if (r != RING_RECORD || !ring_take(&ring, &tap, &found, &n))
			continue;
		ck_assert_uint_eq(found.len, sizeof(n));
		ck_assert_uint_eq(n.number, expected);
		ck_assert(is_whole(&n));
		expected++;
		got++;
	}
	pthread_join(thread, NULL);
	ck_assert_uint_eq(got + missing, RECORDS);
	ck_assert_uint_gt(got, 0);
}
END_TEST

static void add_overwriting(Suite *s)
{
	TCase *tc = tcase_create("overwriting");

	tcase_add_checked_fixture(tc, setup_overwrite, NULL);
	tcase_add_test(tc, overwriting_ring_is_read_from_its_oldest_record);
	tcase_add_test(tc, overtaken_copy_is_dropped);
	tcase_add_test(tc, its_consumer_is_followed_where_there_is_one);
	tcase_add_loop_test(tc, overwriting_ring_of_unknown_layout_is_refused, 0, 2);
	suite_add_tcase(s, tc);
}

int main(void)
{
	Suite *s = suite_create("ring");
	TCase *tc = tcase_create("ring");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, records_come_in_order_and_stay_for_the_consumer);
	tcase_add_test(tc, records_go_over_the_end);
	tcase_add_test(tc, busy_record_holds_up_those_behind);
	tcase_add_test(tc, discarded_record_is_passed);
	tcase_add_test(tc, lapped_tap_goes_on_with_the_consumer);
	tcase_add_test(tc, record_below_the_next_header_is_lost);
	tcase_add_test(tc, begin_is_the_consumers_position);
	tcase_add_loop_test(tc, consumer_that_makes_no_sense_is_not_followed, 0, 6);
	tcase_add_test(tc, bytes_that_are_no_header_are_passed_over);
	tcase_add_test(tc, full_is_said_of_a_ring_without_room);
	tcase_add_loop_test(tc, fast_producer_tears_nothing, 0, 2);
	suite_add_tcase(s, tc);
	add_overwriting(s);
	return run_suite(s);
}
