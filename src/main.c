/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Select a store, create the tree, mount it, and serve until it is unmounted or a
 * signal stops the daemon. Exit status: 0, 1 (could not start or serve), 2 (bad command
 * line).
 */
#include <errno.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "fuse/fs.h"
#include "fuse/name-max.h"
#include "fuse/loop.h"
#include "host/bpffs.h"
#include "host/host.h"
#include "host/mounts.h"
#include "host/notify.h"
#include "host/privilege.h"
#include "host/unmounter.h"
#include "options.h"
#include "reload.h"
#include "store/store.h"
#include "util/log.h"

/*
 * Idle threads save a wake-up across CPUs per request; the limit is what a
 * hundred readers of slow files may occupy before others have to wait.
 */
#define IDLE_THREADS 10
#define MAX_THREADS 128

/* Upper bound for the limit of descriptors: quotas do not use more. */
#define MAX_FILES 65536

/* Larger than any FUSE request or reply. */
#define BIG_BLOCK (2 << 20)
/* Heaps of malloc(), at most: more threads than these seldom allocate at once. */
#define HEAPS_MAX 8

static const char *why_no_kernel(int r)
{
	switch (r) {
	case -EPERM:
	case -EACCES:
		return "listing BPF maps needs CAP_SYS_ADMIN";
	case -ENOSYS:
		return "this kernel has no bpf(2)";
	default:
		return strerror(-r);
	}
}

/* Without CAP_SYS_ADMIN, fall back to pinned maps. must: even if none is pinned yet. */
static int open_pinned(const char *bpffs, bool must, struct store **ret)
{
	struct store *store;
	uint32_t id;
	int r = store_pinned_new(bpffs, &store);

	if (r < 0)
		return r;
	if (!must && store_next_id(store, 0, &id) < 0) {
		store_free(store);
		return -EPERM;
	}
	fprintf(stderr, "bpfmapfs: showing only pinned maps: %s\n", why_no_kernel(-EPERM));
	*ret = store;
	return 0;
}

static int open_store(const struct options *o, struct store **ret)
{
	bool must = !strcmp(o->source, "kernel");
	int r;

	store_memory_limit(o->size_bytes);
	if (!strcmp(o->source, "memory"))
		return store_memory_new(ret);
	r = store_kernel_new(ret);
	if (r == -EPERM || r == -EACCES)
		r = open_pinned(o->tree.bpffs, must, ret);
	if (r == 0)
		return 0;
	fprintf(stderr, "bpfmapfs: %s: %s\n",
		must ? "no kernel maps" : "showing maps in memory, not the kernel's",
		why_no_kernel(r));
	return must ? r : store_memory_new(ret);
}

/* -o pin=DIR: the directory for pins. It is opened once, so that it stays the one that
 * was checked. */
static int open_pin_dir(struct options *o, const struct store *store)
{
	const char *why;
	int r;

	if (!o->tree.pin)
		return 0;
	r = store_has_pins(store) ? bpffs_open_private(o->tree.pin) : -EOPNOTSUPP;
	o->tree.pin_fd = r;
	why = r == -EXDEV	? "it is not on a BPF file system" :
	      r == -EOPNOTSUPP ? "maps in memory cannot be pinned" :
	      r == -EPERM	? "other users may write to it" :
				  strerror(-r);
	if (r < 0)
		fprintf(stderr, "bpfmapfs: -o pin=%s: %s\n", o->tree.pin, why);
	return r < 0 ? r : 0;
}

/* libfuse stops its threads for io_uring in its own loop alone. */
static int loop_of_libfuse(struct fuse_session *session)
{
	struct fuse_loop_config *config = fuse_loop_cfg_create();
	int r;

	if (!config)
		return -ENOMEM;
	fuse_loop_cfg_set_idle_threads(config, IDLE_THREADS);
	fuse_loop_cfg_set_max_threads(config, MAX_THREADS);
	r = fuse_session_loop_mt(session, config);
	fuse_loop_cfg_destroy(config);
	return r;
}

static int serve(struct fuse_session *session, bool io_uring)
{
	int r = io_uring ? loop_of_libfuse(session) :
			   fs_loop(session, IDLE_THREADS, MAX_THREADS);

	/* The kernel took the connection away: on demand of an administrator, and
	 * now and then at the end of a lazy unmount. */
	if (r == -ECONNABORTED)
		return 0;
	if (r < 0)
		log_error("the connection to the kernel failed: %s", strerror(-r));
	return r < 0 ? r : 0;
}

/* libfuse has the option since 3.18, and goes on without where the kernel has
 * it switched off. */
static int check_io_uring(const struct options *o)
{
	if (!o->io_uring || fuse_version() >= FUSE_MAKE_VERSION(3, 18))
		return 0;
	fprintf(stderr, "bpfmapfs: -o io_uring: libfuse %s is older than 3.18\n",
		fuse_pkgversion());
	return -EINVAL;
}

static int add_mount_options(struct options *o, const struct store *store)
{
	char opts[96];

	snprintf(opts, sizeof(opts), "-odefault_permissions,subtype=bpfmapfs,fsname=%s",
		 o->fsname ?: store_name(store));
	if (fuse_opt_add_arg(&o->args, opts) < 0)
		return -ENOMEM;
	if (o->io_uring && fuse_opt_add_arg(&o->args, "-oio_uring") < 0)
		return -ENOMEM;
	return o->debug ? fuse_opt_add_arg(&o->args, "-d") : 0;
}

/* Once stderr is gone, messages go to syslog, libfuse's included. */
static int daemonize(const struct options *o)
{
	int r = fuse_daemonize(o->foreground);

	if (r < 0 || o->foreground)
		return r;
	log_to_syslog();
	log_message(LOG_INFO, "mounted at %s", o->mountpoint);
	return 0;
}

__attribute__((format(printf, 2, 0)))
static void log_of_libfuse(enum fuse_log_level level, const char *fmt, va_list ap)
{
	log_piece((int)level, fmt, ap); /* the levels are those of syslog */
}

/* Where mounts can be made that the host sees; *ret_old: to get back, -1: it is here. */
static int enter_namespace(const struct options *o, int *ret_old)
{
	int r;

	*ret_old = -1;
	if (!o->namespace)
		return 0;
	r = mounts_enter(o->namespace, ret_old);
	if (r < 0)
		log_error("-o namespace=%s: %s", o->namespace, strerror(-r));
	return r;
}

/* The processes beside the daemon cannot be started earlier: they have to be children of
 * the process that serves. The unmounter stays in the namespace of the mount. */
static int start_unmounter(const struct options *o, int namespace)
{
	int r = unmounter_start(o->mountpoint);

	if (r < 0)
		log_warning("cannot start the unmounter, the mount will remain after "
			    "the daemon exits: %s",
			    strerror(-r));
	r = namespace < 0 ? 0 : mounts_return(namespace);
	if (r < 0)
		log_error("cannot return from the mount namespace: %s", strerror(-r));
	return r;
}

static void start_helper(const struct store *store)
{
	int r = store_has_programs(store) ? host_start() : 0;

	if (r < 0)
		log_warning("cannot start the helper process, PID:FD and .map/pids "
			    "will fail: %s",
			    strerror(-r));
}

static int make_device_map(void *arg)
{
	_cleanup_store_map_ struct store_map m = STORE_MAP_INIT;
	const struct store_spec spec = {
		.type = BPF_MAP_TYPE_DEVMAP,
		.key_size = sizeof(uint32_t),
		.value_size = sizeof(uint32_t),
		.max_entries = 1,
	};

	return store_create(arg, &spec, &m);
}

/* The needs of this mode, see bpfmapfs(8), PRIVILEGES. */
static unsigned needs_of(const struct options *o, struct store *store)
{
	unsigned needs = PRIVILEGE_SERVE;

	if (store_has_pins(store))
		needs |= PRIVILEGE_BPF;
	if (store_has_programs(store))
		needs |= PRIVILEGE_IDS;
	if (o->io_uring)
		needs |= PRIVILEGE_IO_URING;
	if (o->pins)
		needs |= PRIVILEGE_ALL_PINS;
	if (o->tree.read_only)
		return needs;
	needs |= PRIVILEGE_WRITE;
	if (store_has_programs(store) &&
	    privilege_is_needed(CAP_NET_ADMIN, make_device_map, store))
		needs |= PRIVILEGE_NET;
	if (o->tree.pin || o->tree.pins_rw)
		needs |= PRIVILEGE_PIN;
	return o->tree.pins_rw ? needs | PRIVILEGE_AS_CALLER : needs;
}

static int give_up_privileges(const struct options *o, struct store *store)
{
	int r = privilege_drop(needs_of(o, store));

	if (r < 0)
		log_error("cannot give up privileges: %s", strerror(-r));
	return r;
}

/* 0: not known; no file system has it. */
static dev_t device_of(const char *mountpoint)
{
	dev_t device;

	return mounts_device(mountpoint, &device) == 0 ? device : 0;
}

/* The kernel ends the connection when it unmounts. */
static bool is_mounted(struct fuse_session *session)
{
	struct pollfd connection = { .fd = fuse_session_fd(session) };

	return poll(&connection, 1, 0) == 0;
}

static int mount_and_serve(struct options *o, struct fs *fs, struct store *store)
{
	struct name_max_probe probe = { 0 };
	struct reloader reloader = { 0 };
	struct fuse_session *session;
	int r = -EIO, namespace;

	log_debugging = o->debug;
	/* It refuses unknown options. */
	session = fuse_session_new(&o->args, &fs_ops, sizeof(fs_ops), fs);
	if (!session)
		return -EINVAL;
	fs->io_uring = o->io_uring;
	fs->max_read = o->max_read;
	fs_connect(fs, session);
	if (fuse_set_signal_handlers(session) < 0)
		goto out_session;
	if (enter_namespace(o, &namespace) < 0 ||
	    fuse_session_mount(session, o->mountpoint) < 0)
		goto out_signals;
	if (daemonize(o) == 0) {
		tree_set_device(fs->tree, device_of(o->mountpoint));
		/* In the host's namespace: a service may lack files of /proc. */
		store_prepare(store);
		r = start_unmounter(o, namespace);
		start_helper(store);
		name_max_probe_begin(&probe, fs, o->mountpoint);
		if (r == 0)
			r = give_up_privileges(o, store);
		if (r == 0 && o->tree.config)
			reloader_start(&reloader, o->config, fs->tree);
		notify_manager("READY=1");
		if (r == 0)
			r = serve(session, o->io_uring);
		notify_manager("STOPPING=1");
		reloader_stop(&reloader);
		host_stop();
		unmounter_stop(is_mounted(session));
		r = r < 0 ? -EIO : 0;
	}
	fs_disconnect(fs);
	fuse_session_unmount(session);
	name_max_probe_end(&probe);
out_signals:
	fuse_remove_signal_handlers(session);
out_session:
	fs_disconnect(fs);
	fuse_session_destroy(session);
	return r;
}

/* As many descriptors as the system allows: users have shares of them. */
static size_t raise_descriptors(void)
{
	struct rlimit limit, raised;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return 0;
	raised = limit;
	raised.rlim_cur = limit.rlim_max < MAX_FILES ? limit.rlim_max : MAX_FILES;
	if (raised.rlim_cur > limit.rlim_cur && setrlimit(RLIMIT_NOFILE, &raised) == 0)
		limit = raised;
	return limit.rlim_cur;
}

/* 0, -EINVAL for the command line, -EIO for all else; stderr has a line on it. */
static int run(struct options *o)
{
	struct store *store = NULL;
	struct fs fs = { 0 };
	int r;

	r = check_io_uring(o);
	if (r < 0)
		return r;
	if (config_file_load(o->config, &o->tree.config) < 0)
		return -EIO;
	if (o->tree.config)
		reloader_block_signal();
	r = open_store(o, &store);
	if (r < 0)
		return -EIO;
	if (open_pin_dir(o, store) < 0) {
		store_free(store);
		return -EIO;
	}
	o->tree.max_files = raise_descriptors();
	r = tree_new(store, &o->tree, &fs.tree);
	if (r == 0)
		r = add_mount_options(o, store);
	if (r < 0) {
		fprintf(stderr, "bpfmapfs: cannot start: %s\n", strerror(-r));
		r = -EIO;
	} else {
		r = mount_and_serve(o, &fs, store);
	}
	tree_free(fs.tree);
	store_free(store);
	if (o->tree.pin)
		close(o->tree.pin_fd);
	return r;
}

/*
 * Big blocks go back to the kernel when they are freed. glibc would learn from
 * the first one to take the next from the heap of the thread at hand, where it
 * stays: one such heap per thread, each as large as what a pass ever needed. Heaps
 * of small blocks do not shrink either, so there is one per CPU, not one per thread.
 */
static void return_memory(void)
{
#ifdef HAVE_MALLOPT
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	mallopt(M_MMAP_THRESHOLD, BIG_BLOCK);
	mallopt(M_TRIM_THRESHOLD, 2 * BIG_BLOCK);
	mallopt(M_ARENA_MAX, cpus < 2 ? 2 : cpus > HEAPS_MAX ? HEAPS_MAX : (int)cpus);
#endif
}

static void *end_thread(void *arg)
{
	pthread_exit(arg);
}

/*
 * Threads that wait are cancelled at the end, and glibc opens libgcc_s when the
 * first thread is cancelled or calls pthread_exit(); without a free descriptor it
 * aborts. So let one thread end that way while there are descriptors.
 */
static void load_unwinder(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, end_thread, NULL) == 0)
		pthread_join(thread, NULL);
}

static void print_version(void)
{
	struct utsname kernel = { .sysname = "Linux" };

	uname(&kernel);
	printf("bpfmapfs %s (libfuse %s, libbpf %s, %s %s)\n", PACKAGE_VERSION,
	       fuse_pkgversion(), store_kernel_library(), kernel.sysname, kernel.release);
}

int main(int argc, char **argv)
{
	struct options o;
	int r;

	fuse_set_log_func(log_of_libfuse);
	r = options_parse(argc, argv, &o);
	return_memory();
	load_unwinder();
	if (r == 0 && o.help)
		options_help();
	else if (r == 0 && o.version)
		print_version();
	else if (r == 0 && (o.remount || o.abort))
		r = o.abort ? mount8_abort(o.mountpoint, o.namespace) :
			      mount8_remount(o.mountpoint, &o.flags);
	else if (r == 0 && o.check_config)
		r = config_file_check(o.check_config) < 0 ? -EIO : 0;
	else if (r == 0 && !o.fake)
		r = run(&o);
	config_unref(o.tree.config);
	options_release(&o);
	return r == 0 ? 0 : r == -EINVAL ? 2 : 1;
}
