/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program that writes numbered records into a ring buffer, and a consumer of libbpf
 * that reads them in another process.
 *
 *	records OBJECT NAME consumer|alone ORDERS
 *
 * NAME, six characters, replaces "000000" in the map's name. Prints "NAME ID", "ready",
 * then does what each line of the named pipe ORDERS says, until its end or SIGTERM:
 *
 *	RATE COUNT	put so many records, so many a second; in a full ring wait for
 *			room. Prints "sent COUNT", and when the consumer has got them
 *			"consumed TOTAL wrong N"
 *	full		put records until there is no room. Prints "sent COUNT"
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "object.h"
#include "records.h"

/* Shared with the consumer. */
struct counts {
	unsigned long long got, wrong;
};

static struct counts *counts;
static unsigned long long sent;

/* ---- the consumer ---- */

static int on_record(void *ctx, void *data, size_t size)
{
	const struct record *r = data;

	(void)ctx;
	if (size != sizeof(*r) || r->number != counts->got ||
	    r->check != r->number * RECORD_FACTOR)
		counts->wrong++;
	__atomic_fetch_add(&counts->got, 1, __ATOMIC_RELEASE);
	return 0;
}

static pid_t start_consumer(int fd)
{
	struct ring_buffer *rb;
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	rb = ring_buffer__new(fd, on_record, NULL, NULL);
	if (!rb)
		err(1, "ring_buffer__new");
	while (!object_stopped)
		ring_buffer__poll(rb, 100);
	ring_buffer__free(rb);
	_exit(0);
}

/* ---- the producer ---- */

/* How many were put. */
static unsigned produce(int program, unsigned count, bool discard)
{
	struct order o = { sent, count, discard };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &o, .ctx_size_in = sizeof(o));

	if (bpf_prog_test_run_opts(program, &opts))
		err(1, "produce");
	sent += opts.retval;
	return opts.retval;
}

static void pace(struct timespec *t)
{
	t->tv_nsec += 1000000;
	if (t->tv_nsec >= 1000000000) {
		t->tv_nsec -= 1000000000;
		t->tv_sec++;
	}
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, t, NULL);
}

/* Every millisecond as many as are due. */
static void produce_at(int program, unsigned rate, unsigned count)
{
	unsigned long long end = sent + count, due = 0;
	unsigned done = 0;
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	while (sent < end && !object_stopped) {
		due += rate;
		while (done < due / 1000 && sent < end) {
			unsigned n = (unsigned)(due / 1000 - done);

			n = n < end - sent ? n : (unsigned)(end - sent);
			n = produce(program, n < ORDER_MAX ? n : ORDER_MAX, true);
			if (!n)
				break;
			done += n;
		}
		pace(&t);
	}
}

static void wait_for_consumer(void)
{
	while (__atomic_load_n(&counts->got, __ATOMIC_ACQUIRE) < sent && !object_stopped)
		usleep(1000);
	printf("consumed %llu wrong %llu\n", counts->got, counts->wrong);
}

static void obey(const char *line, int program, bool consumer)
{
	unsigned rate, count;

	if (!strcmp(line, "full\n"))
		while (produce(program, ORDER_MAX, false) == ORDER_MAX)
			;
	else if (sscanf(line, "%u %u", &rate, &count) == 2)
		produce_at(program, rate, count);
	else
		errx(2, "no such order: %s", line);
	printf("sent %llu\n", sent);
	if (consumer)
		wait_for_consumer();
	fflush(stdout);
}

static void print_map(const struct bpf_map *map)
{
	struct bpf_map_info info = { 0 };
	__u32 len = sizeof(info);

	if (bpf_obj_get_info_by_fd(bpf_map__fd(map), &info, &len))
		err(1, "%s", bpf_map__name(map));
	printf("%s %u\nready\n", bpf_map__name(map), info.id);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	bool consumer = argc == 5 && !strcmp(argv[3], "consumer");
	struct bpf_object *object;
	FILE *orders;
	struct bpf_map *map;
	pid_t child = 0;
	char line[64];
	int program;

	if (argc != 5)
		errx(2, "usage: records OBJECT NAME consumer|alone ORDERS");
	counts = mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (counts == MAP_FAILED)
		err(1, "mmap");
	object = object_load(argv[1], argv[2]);
	map = bpf_object__next_map(object, NULL);
	program = bpf_program__fd(bpf_object__find_program_by_name(object, "produce"));
	if (consumer)
		child = start_consumer(bpf_map__fd(map));
	print_map(map);
	orders = fopen(argv[4], "r");
	while (orders && !object_stopped && fgets(line, sizeof(line), orders))
		obey(line, program, consumer);
	if (child) {
		kill(child, SIGTERM);
		waitpid(child, NULL, 0);
	}
	bpf_object__close(object);
	return 0;
}
