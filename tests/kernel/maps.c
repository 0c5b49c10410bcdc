/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Make maps, hold them until SIGTERM. Prints a line for each, then "ready".
 *
 *	maps all		one of every type that this kernel has: "TYPE ID"
 *	maps churn TYPE		one map with PERMANENT keys that stay (0, 1, ... in
 *				4 bytes; for lpm_trie addresses of full length),
 *				while threads insert and delete others
 *	maps hold ID		a reference to a map that is there
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <err.h>
#include <errno.h>
#include <linux/bpf.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PERMANENT = 50000, PASSING = 30000, CHURNERS = 2, MAX_CPUS = 1024 };

static volatile sig_atomic_t stopped;

static void on_signal(int signal)
{
	(void)signal;
	stopped = 1;
}

static uint32_t print_id(const char *name, int fd)
{
	struct bpf_map_info info = { 0 };
	uint32_t len = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		err(1, "%s", name);
	printf("%s %u\n", name, info.id);
	return info.id;
}

static void hold(void)
{
	puts("ready");
	fflush(stdout);
	while (!stopped)
		pause();
}

/* ---- one of every type ---- */

enum need { NOTHING, INNER, STORAGE, PAGE };

static const struct row {
	uint32_t type;
	const char *name;
	uint32_t key_size, value_size, max_entries, flags;
	enum need need;
	const char *put; /* value of an entry 0: "i" a number 1, "s" a socket, "m" a map */
} rows[] = {
	{ 1, "hash", 4, 8, 8, 0, NOTHING, "i" },
	{ 2, "array", 4, 8, 8, 0, NOTHING, "i" },
	{ 3, "prog_array", 4, 4, 8, 0, NOTHING, NULL },
	{ 4, "perf_event_array", 4, 4, 8, 0, NOTHING, NULL },
	{ 5, "percpu_hash", 4, 8, 8, 0, NOTHING, "i" },
	{ 6, "percpu_array", 4, 8, 8, 0, NOTHING, "i" },
	{ 7, "stack_trace", 4, 64, 8, 0, NOTHING, NULL },
	{ 8, "cgroup_array", 4, 4, 8, 0, NOTHING, NULL },
	{ 9, "lru_hash", 4, 8, 8, 0, NOTHING, "i" },
	{ 10, "lru_percpu_hash", 4, 8, 8, 0, NOTHING, "i" },
	{ 11, "lpm_trie", 8, 4, 8, BPF_F_NO_PREALLOC, NOTHING, "i" },
	{ 12, "array_of_maps", 4, 4, 8, 0, INNER, "m" },
	{ 13, "hash_of_maps", 4, 4, 8, 0, INNER, "m" },
	{ 14, "devmap", 4, 4, 8, 0, NOTHING, "i" },
	{ 15, "sockmap", 4, 8, 8, 0, NOTHING, "s" },
	{ 15, "sockmap4", 4, 4, 8, 0, NOTHING, "s" },
	{ 16, "cpumap", 4, 4, 1, 0, NOTHING, "i" },
	{ 17, "xskmap", 4, 4, 8, 0, NOTHING, NULL },
	{ 18, "sockhash", 4, 8, 8, 0, NOTHING, "s" },
	{ 18, "sockhash4", 4, 4, 8, 0, NOTHING, "s" },
	{ 19, "cgroup_storage", 16, 8, 0, 0, NOTHING, NULL },
	{ 20, "reuseport_sockarray", 4, 8, 8, 0, NOTHING, NULL },
	{ 21, "percpu_cgroup_storage", 16, 8, 0, 0, NOTHING, NULL },
	{ 22, "queue", 0, 8, 8, 0, NOTHING, "i" },
	{ 23, "stack", 0, 8, 8, 0, NOTHING, "i" },
	{ 24, "sk_storage", 4, 8, 0, BPF_F_NO_PREALLOC, STORAGE, NULL },
	{ 25, "devmap_hash", 4, 4, 8, 0, NOTHING, "i" },
	{ 27, "ringbuf", 0, 0, 0, 0, PAGE, NULL },
	{ 28, "inode_storage", 4, 8, 0, BPF_F_NO_PREALLOC, STORAGE, NULL },
	{ 29, "task_storage", 4, 8, 0, BPF_F_NO_PREALLOC, STORAGE, NULL },
	{ 30, "bloom_filter", 0, 8, 8, 0, NOTHING, "i" },
	{ 31, "user_ringbuf", 0, 0, 0, 0, PAGE, NULL },
	{ 32, "cgrp_storage", 4, 8, 0, BPF_F_NO_PREALLOC, STORAGE, NULL },
	{ 33, "arena", 0, 0, 10, BPF_F_MMAPABLE, NOTHING, NULL },
};

/* BTF with an int of 4 bytes (type 1) and one of 8 (type 2). */
static int load_ints(void)
{
	struct btf *btf = btf__new_empty();
	const void *data;
	uint32_t size;
	int fd;

	if (!btf || btf__add_int(btf, "int", 4, BTF_INT_SIGNED) < 0 ||
	    btf__add_int(btf, "long", 8, 0) < 0)
		errx(1, "no BTF");
	data = btf__raw_data(btf, &size);
	fd = bpf_btf_load(data, size, NULL);
	if (fd < 0)
		err(1, "BTF is refused");
	btf__free(btf);
	return fd;
}

static int make(const struct row *row, int inner, int btf)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = row->flags);
	uint32_t entries = row->max_entries;

	if (row->need == INNER)
		opts.inner_map_fd = (uint32_t)inner;
	if (row->need == PAGE)
		entries = (uint32_t)sysconf(_SC_PAGESIZE);
	if (row->need == STORAGE) {
		opts.btf_fd = (uint32_t)btf;
		opts.btf_key_type_id = 1;
		opts.btf_value_type_id = 2;
	}
	return bpf_map_create((enum bpf_map_type)row->type, row->name, row->key_size,
			      row->value_size, entries, &opts);
}

static int listening_socket(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || listen(fd, 1))
		err(1, "no socket");
	return fd;
}

static void fill(const struct row *row, int fd, int inner)
{
	uint64_t value[MAX_CPUS];
	uint32_t key[4] = { 0 };

	for (int i = 0; i < MAX_CPUS; i++)
		value[i] = 1;
	if (!row->put)
		return;
	if (*row->put == 'm')
		memcpy(value, &inner, sizeof(inner));
	if (*row->put == 's')
		value[0] = (uint64_t)listening_socket();
	if (bpf_map_update_elem(fd, row->key_size ? key : NULL, value, 0))
		printf("# %s stays empty: %s\n", row->name, strerror(errno));
}

static int all(void)
{
	int inner = bpf_map_create(BPF_MAP_TYPE_ARRAY, NULL, 4, 4, 1, NULL);
	int btf = load_ints();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int fd = make(&rows[i], inner, btf);

		if (fd < 0) {
			printf("# no %s: %s\n", rows[i].name, strerror(-fd));
			continue;
		}
		fill(&rows[i], fd, inner);
		print_id(rows[i].name, fd);
	}
	hold();
	return 0;
}

/* ---- churn ---- */

struct churn {
	int fd;
	bool prefixes;
	uint64_t value[MAX_CPUS];
};

static void put(const struct churn *c, uint32_t n)
{
	uint32_t key[2] = { c->prefixes ? 32 : n, n };

	bpf_map_update_elem(c->fd, key, c->value, 0);
}

static void *insert_and_delete(void *arg)
{
	const struct churn *c = arg;
	unsigned seed = (unsigned)(uintptr_t)pthread_self(); /* musl: a pointer */

	while (!stopped) {
		uint32_t n = PERMANENT + (uint32_t)rand_r(&seed) % PASSING;
		uint32_t key[2] = { c->prefixes ? 32 : n, n };

		if (rand_r(&seed) % 2)
			put(c, n);
		else
			bpf_map_delete_elem(c->fd, key);
	}
	return NULL;
}

static int churn(const char *type)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts);
	const struct row *row = rows;
	pthread_t threads[CHURNERS];
	uint32_t entries;
	static struct churn c;

	while (strcmp(row->name, type))
		row++;
	opts.map_flags = row->flags;
	c.prefixes = !strcmp(type, "lpm_trie");
	c.value[0] = !strcmp(type, "devmap_hash"); /* that of the loopback interface */
	/* An LRU map evicts when it is nearly full: it never is. */
	entries = strstr(type, "lru") ? 8 * PERMANENT : 2 * PERMANENT;
	c.fd = bpf_map_create((enum bpf_map_type)row->type, NULL, row->key_size,
			      row->value_size, entries, &opts);
	if (c.fd < 0)
		err(1, "%s", type);
	for (uint32_t i = 0; i < PERMANENT; i++)
		put(&c, i);
	for (int i = 0; i < CHURNERS; i++)
		if (pthread_create(&threads[i], NULL, insert_and_delete, &c))
			errx(1, "no thread");
	print_id(type, c.fd);
	hold();
	for (int i = 0; i < CHURNERS; i++)
		pthread_join(threads[i], NULL);
	return 0;
}

static int hold_id(uint32_t id)
{
	int fd = bpf_map_get_fd_by_id(id);

	if (fd < 0)
		err(1, "map %u", id);
	hold();
	return 0;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	if (argc == 2 && !strcmp(argv[1], "all"))
		return all();
	if (argc == 3 && !strcmp(argv[1], "churn"))
		return churn(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "hold"))
		return hold_id((uint32_t)strtoul(argv[2], NULL, 10));
	errx(2, "usage: maps all | churn TYPE | hold ID");
}
