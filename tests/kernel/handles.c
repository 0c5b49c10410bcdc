/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Objects for maps of descriptors, held until SIGTERM. Prints a line for each, then
 * "ready".
 *
 *	handles map TYPE KEY VALUE ENTRIES	"map ID"
 *	handles storage TYPE			with an int of 8 bytes as value;
 *						"map -" if there is no such type
 *	handles orphan		a prog_array that only a program uses: "map ID"
 *	handles programs	"filter ID", "filter2 ID", "xdp ID", "devmap ID",
 *				"cpumap ID": programs of these types
 *	handles sockets		"tcp PID:FD COOKIE" (listening), "udp ..." (bound,
 *				SO_REUSEPORT), "closed ..." (neither), "xsk ..."
 *	handles attached PATH	a program on that cgroup with cgroup_storage (19) and
 *				percpu_cgroup_storage (21): "19 ID", "21 ID"
 *	handles threads		"process PID", "thread TID"
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <err.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../bpf/types.h"

#ifndef AF_XDP
#define AF_XDP 44
#endif

static volatile sig_atomic_t stopped;

static void on_signal(int signal)
{
	(void)signal;
	stopped = 1;
}

static void hold(void)
{
	puts("ready");
	fflush(stdout);
	while (!stopped)
		usleep(20000);
}

static void print_map_as(const char *name, int fd)
{
	struct bpf_map_info info = { 0 };
	uint32_t len = sizeof(info);

	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len))
		err(1, "no map");
	printf("%s %u\n", name, info.id);
}

static void print_map(int fd)
{
	print_map_as("map", fd);
}

static void map(char **arg)
{
	uint32_t type = (uint32_t)atoi(arg[0]);

	print_map(bpf_map_create((enum bpf_map_type)type, NULL, (uint32_t)atoi(arg[1]),
				 (uint32_t)atoi(arg[2]), (uint32_t)atoi(arg[3]), NULL));
	hold();
}

static void storage(char **arg)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_NO_PREALLOC,
		    .btf_key_type_id = 1, .btf_value_type_id = 2);
	struct btf *btf = btf__new_empty();
	const void *data;
	uint32_t size;

	if (!kernel_has_map_type((uint32_t)atoi(arg[0]))) {
		puts("map -");
		hold();
		return;
	}
	if (!btf || btf__add_int(btf, "int", 4, BTF_INT_SIGNED) < 0 ||
	    btf__add_int(btf, "long", 8, BTF_INT_SIGNED) < 0)
		errx(1, "no BTF");
	data = btf__raw_data(btf, &size);
	opts.btf_fd = (uint32_t)bpf_btf_load(data, size, NULL);
	btf__free(btf);
	print_map(bpf_map_create((enum bpf_map_type)atoi(arg[0]), NULL, 4, 8, 0, &opts));
	hold();
}

/* ---- programs ---- */

static int load(uint32_t type, uint32_t attach, const struct bpf_insn *code, size_t n)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts,
		    .expected_attach_type = (enum bpf_attach_type)attach);
	int fd =
		bpf_prog_load((enum bpf_prog_type)type, "handles", "GPL", code, n, &opts);

	if (fd < 0)
		err(1, "no program of type %u", type);
	return fd;
}

static int load_nothing(uint32_t type, uint32_t attach)
{
	static const struct bpf_insn code[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 2 },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return load(type, attach, code, 2);
}

static void program(const char *name, uint32_t type, uint32_t attach)
{
	int fd = load_nothing(type, attach);
	struct bpf_prog_info info = { 0 };
	uint32_t len = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		err(1, "%s", name);
	printf("%s %u\n", name, info.id);
}

static void programs(char **arg)
{
	(void)arg;
	program("filter", BPF_PROG_TYPE_SOCKET_FILTER, 0);
	program("filter2", BPF_PROG_TYPE_SOCKET_FILTER, 0);
	program("xdp", BPF_PROG_TYPE_XDP, 0);
	program("devmap", BPF_PROG_TYPE_XDP, BPF_XDP_DEVMAP);
	program("cpumap", BPF_PROG_TYPE_XDP, BPF_XDP_CPUMAP);
	hold();
}

static void orphan(char **arg)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_PROG_ARRAY, NULL, 4, 4, 4, NULL);
	const struct bpf_insn code[] = {
		{ .code = BPF_LD | BPF_DW | BPF_IMM,
		  .dst_reg = 2,
		  .src_reg = BPF_PSEUDO_MAP_FD,
		  .imm = fd },
		{ 0 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 3, .imm = 0 },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_tail_call },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	(void)arg;
	load(BPF_PROG_TYPE_SOCKET_FILTER, 0, code, 6);
	print_map(fd);
	close(fd);
	hold();
}

#define STORAGE(map)                                                                    \
	{ .code = BPF_LD | BPF_DW | BPF_IMM,                                            \
	  .dst_reg = 1,                                                                 \
	  .src_reg = BPF_PSEUDO_MAP_FD,                                                 \
	  .imm = map },                                                                 \
		{ 0 }, { .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 2, .imm = 0 }, \
	{                                                                               \
		.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_get_local_storage           \
	}

static void attached(char **arg)
{
	int one = bpf_map_create(BPF_MAP_TYPE_CGROUP_STORAGE, NULL, 16, 8, 0, NULL);
	int each =
		bpf_map_create(BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE, NULL, 8, 8, 0, NULL);
	const struct bpf_insn code[] = {
		STORAGE(one),
		STORAGE(each),
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 1 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int program = load(BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_EGRESS, code, 10);
	int cgroup = open(arg[0], O_RDONLY | O_DIRECTORY);

	if (cgroup < 0 || bpf_prog_attach(program, cgroup, BPF_CGROUP_INET_EGRESS, 0))
		err(1, "%s", arg[0]);
	print_map_as("19", one);
	print_map_as("21", each);
	hold();
	bpf_prog_detach2(program, cgroup, BPF_CGROUP_INET_EGRESS);
}

/* ---- sockets ---- */

static int print_socket(const char *name, int fd)
{
	uint64_t cookie = 0;
	socklen_t len = sizeof(cookie);

	if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &len))
		err(1, "%s", name);
	printf("%s %d:%d %llu\n", name, getpid(), fd, (unsigned long long)cookie);
	return fd;
}

static void sockets(char **arg)
{
	struct sockaddr_in any = { .sin_family = AF_INET };
	int on = 1, fd;

	(void)arg;
	fd = print_socket("tcp", socket(AF_INET, SOCK_STREAM, 0));
	if (listen(fd, 1))
		err(1, "listen");
	fd = print_socket("udp", socket(AF_INET, SOCK_DGRAM, 0));
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) ||
	    bind(fd, (struct sockaddr *)&any, sizeof(any)))
		err(1, "bind");
	print_socket("closed", socket(AF_INET, SOCK_STREAM, 0));
	fd = socket(AF_XDP, SOCK_RAW, 0);
	if (fd >= 0)
		print_socket("xsk", fd);
	hold();
}

/* ---- threads ---- */

static void *stay(void *arg)
{
	*(long *)arg = syscall(SYS_gettid);
	while (!stopped)
		usleep(20000);
	return NULL;
}

static void threads(char **arg)
{
	pthread_t thread;
	volatile long tid = 0;

	(void)arg;
	if (pthread_create(&thread, NULL, stay, (void *)&tid))
		errx(1, "no thread");
	while (!tid)
		usleep(1000);
	printf("process %d\nthread %ld\n", getpid(), tid);
	hold();
	pthread_join(thread, NULL);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int args;
		void (*run)(char **arg);
	} modes[] = {
		{ "map", 4, map },	     { "storage", 1, storage },
		{ "orphan", 0, orphan },     { "programs", 0, programs },
		{ "sockets", 0, sockets },   { "threads", 0, threads },
		{ "attached", 1, attached },
	};
	struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	for (size_t i = 0; argc > 1 && i < sizeof(modes) / sizeof(modes[0]); i++)
		if (!strcmp(argv[1], modes[i].name) && argc == 2 + modes[i].args) {
			modes[i].run(argv + 2);
			return 0;
		}
	errx(2, "usage: see the head of the source");
}
