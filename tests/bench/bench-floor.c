/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The minimal cost of each task: bare programs without the project's library, with
 * which the benchmark compares the daemon.
 *
 *	bench-floor map N		make a hash map of N entries (u32 -> two u64, with
 *					BTF) and hold it; prints its id
 *	bench-floor maps N		make N small maps and hold them; prints N
 *	bench-floor update ID N		UPDATE_BATCH of its entries: seconds
 *	bench-floor pass ID		LOOKUP_BATCH over the map, nothing else
 *	bench-floor dump ID		the same as text on standard output
 *	bench-floor load ID		such text from standard input, by UPDATE_BATCH
 *	bench-floor serve MOUNT N	a FUSE file system of N names, one text in each
 *	bench-floor read FILE N		open, read to the end, close, N times: seconds
 *	bench-floor cold FILE N		the same after a pause each time, not counted, in
 *					which everything that was remembered grows old
 *	bench-floor write FILE N	open, write, close, N times: seconds
 *	bench-floor insert FIRST N	the same with new files, FIRST and the numbers
 *					behind it; they are removed afterwards
 *	bench-floor period FILE PID ID	.map/changes of the map: seconds of CPU time that
 *					process PID takes for a period
 *	bench-floor time COMMAND...	seconds that it takes, output dropped
 *	bench-floor cpu COMMAND...	the same of CPU time
 */
#define FUSE_USE_VERSION 314

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 4096, IDLE_THREADS = 10, MAX_THREADS = 128 };

struct value {
	uint64_t packets, bytes;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void print_seconds(double since)
{
	printf("%.6f\n", now() - since);
}

/* ---- the map ---- */

static int create_map(uint32_t n)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts);
	struct btf *btf = btf__new_empty();
	const void *data;
	uint32_t size;
	int u64, fd;

	opts.btf_key_type_id = (uint32_t)btf__add_int(btf, "unsigned int", 4, 0);
	u64 = btf__add_int(btf, "unsigned long", 8, 0);
	opts.btf_value_type_id = (uint32_t)btf__add_struct(btf, "counters", 16);
	btf__add_field(btf, "packets", u64, 0, 0);
	btf__add_field(btf, "bytes", u64, 64, 0);
	data = btf__raw_data(btf, &size);
	opts.btf_fd = (uint32_t)bpf_btf_load(data, size, NULL);
	fd = bpf_map_create(BPF_MAP_TYPE_HASH, "bench", 4, sizeof(struct value), n, &opts);
	if (fd < 0)
		err(1, "no map");
	btf__free(btf);
	return fd;
}

static void fill_map(int fd, uint32_t n)
{
	static uint32_t keys[BATCH];
	static struct value values[BATCH];

	for (uint32_t first = 0; first < n; first += BATCH) {
		uint32_t count = n - first < BATCH ? n - first : BATCH;

		for (uint32_t i = 0; i < count; i++) {
			keys[i] = first + i;
			values[i] = (struct value){ keys[i], 1500ull * keys[i] };
		}
		if (bpf_map_update_batch(fd, keys, values, &count, NULL))
			err(1, "UPDATE_BATCH");
	}
}

static int make_map(uint32_t n)
{
	struct bpf_map_info info = { 0 };
	uint32_t len = sizeof(info);
	int fd = create_map(n);

	fill_map(fd, n);
	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		err(1, "info");
	printf("%u\n", info.id);
	fflush(stdout);
	pause(); /* until a signal ends us, and the map */
	return 0;
}

static int make_maps(uint32_t n)
{
	const struct rlimit limit = { n + 64, n + 64 };
	char name[32];

	setrlimit(RLIMIT_NOFILE, &limit);
	for (uint32_t i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "bench_%u", i);
		if (bpf_map_create(BPF_MAP_TYPE_ARRAY, name, 4, 4, 1, NULL) < 0)
			err(1, "map %u", i);
	}
	printf("%u\n", n);
	fflush(stdout);
	pause();
	return 0;
}

static int update_map(uint32_t id, uint32_t n)
{
	int fd = bpf_map_get_fd_by_id(id);
	double start = now();

	if (fd < 0)
		err(1, "map %u", id);
	fill_map(fd, n);
	print_seconds(start);
	return 0;
}

/* ---- passes ---- */

static char out[4 << 20];
static size_t out_len;

static void flush_out(void)
{
	for (size_t done = 0; done < out_len;) {
		ssize_t n = write(1, out + done, out_len - done);

		if (n < 0)
			err(1, "write");
		done += (size_t)n;
	}
	out_len = 0;
}

static void put(const char *s, size_t len)
{
	memcpy(out + out_len, s, len);
	out_len += len;
}

static void put_number(uint64_t n)
{
	char digits[20];
	size_t i = sizeof(digits);

	do
		digits[--i] = (char)('0' + n % 10);
	while (n /= 10);
	put(digits + i, sizeof(digits) - i);
}

static void put_entry(uint32_t key, const struct value *v)
{
	put_number(key);
	put("\t{\"packets\":", 12);
	put_number(v->packets);
	put(",\"bytes\":", 9);
	put_number(v->bytes);
	put("}\n", 2);
}

/* Room for a batch of any map's entries. */
struct room {
	int fd;
	void *keys, *values;
};

static void make_room(uint32_t id, struct room *ret)
{
	struct bpf_map_info info = { 0 };
	uint32_t len = sizeof(info);
	size_t value;

	ret->fd = bpf_map_get_fd_by_id(id);
	if (ret->fd < 0 || bpf_obj_get_info_by_fd(ret->fd, &info, &len))
		err(1, "map %u", id);
	value = info.value_size;
	if (info.type == BPF_MAP_TYPE_PERCPU_HASH)
		value = (value + 7) / 8 * 8 * (size_t)libbpf_num_possible_cpus();
	ret->keys = calloc(BATCH, info.key_size);
	ret->values = calloc(BATCH, value);
	if (!ret->keys || !ret->values)
		err(1, "no memory");
}

static int pass(uint32_t id, int text)
{
	uint32_t cursor[16], count;
	struct room room;
	void *in = NULL;
	int r = 0;

	make_room(id, &room);
	for (; r == 0; in = cursor) {
		count = BATCH;
		r = bpf_map_lookup_batch(room.fd, in, cursor, room.keys, room.values,
					 &count, NULL);
		if (r && r != -ENOENT)
			err(1, "LOOKUP_BATCH");
		for (uint32_t i = 0; text && i < count; i++)
			put_entry(((uint32_t *)room.keys)[i],
				  &((struct value *)room.values)[i]);
		flush_out();
	}
	return 0;
}

/* The numbers of a line as put_entry() writes it. */
static void get_entry(char *line, uint32_t *key, struct value *v)
{
	*key = (uint32_t)strtoul(line, &line, 10);
	v->packets = strtoull(line + 12, &line, 10);
	v->bytes = strtoull(line + 9, NULL, 10);
}

static int load(uint32_t id)
{
	static uint32_t keys[BATCH];
	static struct value values[BATCH];
	int fd = bpf_map_get_fd_by_id(id);
	uint32_t count = 0;
	char line[256];

	if (fd < 0)
		err(1, "map %u", id);
	while (fgets(line, sizeof(line), stdin)) {
		get_entry(line, &keys[count], &values[count]);
		if (++count < BATCH)
			continue;
		if (bpf_map_update_batch(fd, keys, values, &count, NULL))
			err(1, "UPDATE_BATCH");
		count = 0;
	}
	if (count && bpf_map_update_batch(fd, keys, values, &count, NULL))
		err(1, "UPDATE_BATCH");
	return 0;
}

/* ---- a bare FUSE server ---- */

static const char content[] = "{\"packets\":1000,\"bytes\":1500000}\n";
static uint64_t names;

/* The file of name i is inode i + 2. */
static void fill_stat(fuse_ino_t ino, struct stat *st)
{
	memset(st, 0, sizeof(*st));
	st->st_ino = ino;
	st->st_nlink = 1;
	st->st_mode = ino == FUSE_ROOT_ID ? S_IFDIR | 0755 : S_IFREG | 0644;
	st->st_size = ino == FUSE_ROOT_ID ? 0 : (off_t)sizeof(content) - 1;
}

static void serve_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct fuse_entry_param e = { .attr_timeout = 0.02, .entry_timeout = 0.02 };

	(void)parent;
	e.ino = strtoull(name, NULL, 10) + 2;
	fill_stat(e.ino, &e.attr);
	fuse_reply_entry(req, &e);
}

static void serve_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct stat st;

	(void)fi;
	fill_stat(ino, &st);
	fuse_reply_attr(req, &st, 0.02);
}

static void serve_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)ino;
	fi->direct_io = 1;
	fi->noflush = (fi->flags & O_ACCMODE) == O_RDONLY;
	fuse_reply_open(req, fi);
}

static void serve_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		       struct fuse_file_info *fi)
{
	size_t len = sizeof(content) - 1, from = (size_t)off < len ? (size_t)off : len;

	(void)ino;
	(void)fi;
	fuse_reply_buf(req, content + from, size < len - from ? size : len - from);
}

static void serve_write(fuse_req_t req, fuse_ino_t ino, const char *data, size_t size,
			off_t off, struct fuse_file_info *fi)
{
	(void)ino;
	(void)data;
	(void)off;
	(void)fi;
	fuse_reply_write(req, size);
}

static void serve_ok(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)ino;
	(void)fi;
	fuse_reply_err(req, 0);
}

static void serve_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
			  struct fuse_file_info *fi)
{
	char *reply = malloc(size), name[24];
	struct stat st;
	size_t used = 0, need;

	(void)ino;
	(void)fi;
	for (uint64_t i = (uint64_t)off; i < names; i++) {
		snprintf(name, sizeof(name), "%llu", (unsigned long long)i);
		fill_stat(i + 2, &st);
		need = fuse_add_direntry(req, reply + used, size - used, name, &st,
					 (off_t)i + 1);
		if (need > size - used)
			break;
		used += need;
	}
	fuse_reply_buf(req, reply, used);
	free(reply);
}

static void serve_init(void *userdata, struct fuse_conn_info *conn)
{
	(void)userdata;
	conn->want &= ~(unsigned)(FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE |
				  FUSE_CAP_SPLICE_MOVE);
	conn->want |= conn->capable & FUSE_CAP_ATOMIC_O_TRUNC;
}

static const struct fuse_lowlevel_ops serve_ops = {
	.init = serve_init,
	.lookup = serve_lookup,
	.getattr = serve_getattr,
	.open = serve_open,
	.read = serve_read,
	.write = serve_write,
	.flush = serve_ok,
	.release = serve_ok,
	.readdir = serve_readdir,
};

static int serve(const char *mountpoint, uint64_t n)
{
	char program[] = "bench-floor", *argv[] = { program, NULL };
	struct fuse_args args = FUSE_ARGS_INIT(1, argv);
	struct fuse_loop_config *config = fuse_loop_cfg_create();
	struct fuse_session *session;

	names = n;
	session = fuse_session_new(&args, &serve_ops, sizeof(serve_ops), NULL);
	if (!session || fuse_set_signal_handlers(session) ||
	    fuse_session_mount(session, mountpoint))
		errx(1, "no mount");
	fuse_loop_cfg_set_idle_threads(config, IDLE_THREADS);
	fuse_loop_cfg_set_max_threads(config, MAX_THREADS);
	fuse_session_loop_mt(session, config);
	fuse_session_unmount(session);
	fuse_session_destroy(session);
	fuse_loop_cfg_destroy(config);
	return 0;
}

/* ---- clients ---- */

static void read_once(const char *file)
{
	char text[4096];
	int fd = open(file, O_RDONLY);

	if (fd < 0)
		err(1, "%s", file);
	while (read(fd, text, sizeof(text)) > 0)
		;
	close(fd);
}

static int read_loop(const char *file, uint64_t n)
{
	double start = now();

	for (uint64_t i = 0; i < n; i++)
		read_once(file);
	print_seconds(start);
	return 0;
}

static int cold_loop(const char *file, uint64_t n)
{
	double start, sum = 0;

	for (uint64_t i = 0; i < n; i++) {
		usleep(25000);
		start = now();
		read_once(file);
		sum += now() - start;
	}
	printf("%.6f\n", sum);
	return 0;
}

static int write_loop(const char *file, uint64_t n)
{
	double start = now();

	for (uint64_t i = 0; i < n; i++) {
		int fd = open(file, O_WRONLY | O_TRUNC);

		if (fd < 0 || write(fd, content, sizeof(content) - 1) < 0 || close(fd))
			err(1, "%s", file);
	}
	print_seconds(start);
	return 0;
}

static int insert_loop(uint64_t first, uint64_t n)
{
	double start = now();
	char file[32];

	for (uint64_t i = first; i < first + n; i++) {
		int fd;

		snprintf(file, sizeof(file), "%llu", (unsigned long long)i);
		fd = open(file, O_WRONLY | O_CREAT | O_EXCL, 0644);
		if (fd < 0 || write(fd, content, sizeof(content) - 1) < 0 || close(fd))
			err(1, "%s", file);
	}
	print_seconds(start);
	for (uint64_t i = first; i < first + n; i++) {
		snprintf(file, sizeof(file), "%llu", (unsigned long long)i);
		unlink(file);
	}
	return 0;
}

/* CPU time of a process, all threads together. */
static double cpu_of(const char *pid)
{
	unsigned long long user, system;
	char path[64], text[1024], *at;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	f = fopen(path, "r");
	if (!f || !fgets(text, sizeof(text), f))
		err(1, "%s", path);
	fclose(f);
	/* Behind the name, which may have anything in it. */
	at = strrchr(text, ')');
	if (!at || sscanf(at, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu", &user,
			  &system) != 2)
		errx(1, "%s", path);
	return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

/* Change a value and wait for the line that says so, which comes with the next period. */
static void wait_for_period(int changes, int map)
{
	static struct value value;
	uint32_t key = 0;
	char line[4096];

	value.packets++;
	if (bpf_map_update_elem(map, &key, &value, BPF_ANY) ||
	    read(changes, line, sizeof(line)) <= 0)
		err(1, "changes");
}

static int periods(const char *file, const char *pid, uint32_t id)
{
	enum { PERIODS = 3 };
	int changes = open(file, O_RDONLY), map = bpf_map_get_fd_by_id(id);
	double before;

	if (changes < 0 || map < 0)
		err(1, "%s", file);
	wait_for_period(changes, map);
	before = cpu_of(pid);
	for (int i = 0; i < PERIODS; i++)
		wait_for_period(changes, map);
	printf("%.6f\n", (cpu_of(pid) - before) / PERIODS);
	return 0;
}

static double cpu_of_children(void)
{
	struct rusage u;

	getrusage(RUSAGE_CHILDREN, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static int time_command(char **argv, int cpu)
{
	double start = now();
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY);

		dup2(null, 1);
		execvp(argv[0], argv);
		err(127, "%s", argv[0]);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		err(1, "%s", argv[0]);
	if (cpu)
		printf("%.6f\n", cpu_of_children());
	else
		print_seconds(start);
	return status != 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "";
	uint64_t last = argc > 2 ? strtoull(argv[argc - 1], NULL, 10) : 0;

	if (!strcmp(what, "map"))
		return make_map((uint32_t)last);
	if (!strcmp(what, "maps"))
		return make_maps((uint32_t)last);
	if (!strcmp(what, "update") && argc == 4)
		return update_map((uint32_t)strtoul(argv[2], NULL, 10), (uint32_t)last);
	if (!strcmp(what, "pass"))
		return pass((uint32_t)last, 0);
	if (!strcmp(what, "dump"))
		return pass((uint32_t)last, 1);
	if (!strcmp(what, "load"))
		return load((uint32_t)last);
	if (!strcmp(what, "time"))
		return time_command(argv + 2, 0);
	if (!strcmp(what, "cpu"))
		return time_command(argv + 2, 1);
	if (!strcmp(what, "period") && argc == 5)
		return periods(argv[2], argv[3], (uint32_t)last);
	if (!strcmp(what, "serve") && argc == 4)
		return serve(argv[2], last);
	if (!strcmp(what, "read") && argc == 4)
		return read_loop(argv[2], last);
	if (!strcmp(what, "cold") && argc == 4)
		return cold_loop(argv[2], last);
	if (!strcmp(what, "write") && argc == 4)
		return write_loop(argv[2], last);
	if (!strcmp(what, "insert") && argc == 4)
		return insert_loop(strtoull(argv[2], NULL, 10), last);
	errx(2, "usage: see the head of bench-floor.c");
}
