/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An option is one row of `rows`, with its help text.
 */
#include "options.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/accounts.h"
#include "host/mounts.h"

struct row {
	const char *template; /* of fuse_opt */
	unsigned long offset;
	int value;
	const char *shown; /* NULL: another spelling of the row above */
	const char *help;
};

#define O(field) offsetof(struct options, field)

/* Keys that on_argument() gets for rows without a field (offset -1U). */
enum { KEY_MAPS };

static const struct row rows[] = {
	{ "-h", O(help), 1, "-h, --help", "show this help" },
	{ "--help", O(help), 1, NULL, NULL },
	{ "-V", O(version), 1, "-V, --version", "show the version" },
	{ "--version", O(version), 1, NULL, NULL },
	{ "-f", O(foreground), 1, "-f, --foreground", "stay in the foreground" },
	{ "--foreground", O(foreground), 1, NULL, NULL },
	{ "-s", -1U, FUSE_OPT_KEY_DISCARD, "-s", "ignored: requests are served by threads" },
	{ "-d", O(debug), 1, "-d", "log every request and operation; stay in the foreground" },
	{ "maps=%s", -1U, KEY_MAPS, "-o maps=GLOB:GLOB", "show only maps whose name matches" },
	{ "config=%s", O(config), 0, "-o config=FILE",
	  "configuration file (" SYSCONFDIR "/bpfmapfs.conf)" },
	{ "--check-config %s", O(check_config), 0, "--check-config FILE",
	  "report the errors of a configuration file, and exit" },
	{ "--check-config=%s", O(check_config), 0, NULL, NULL },
	{ "def=%s", O(def_line), 0, "-o def=LINE", "definition of maps created by mkdir" },
	{ "pin=%s", O(pin), 0, "-o pin=DIR", "pin maps created by mkdir in DIR" },
	{ "pins=%s", O(pins), 0, "-o pins=rw", "allow changes in by-pin" },
	{ "bpffs=%s", O(bpffs), 0, "-o bpffs=DIR", "the BPF file system (/sys/fs/bpf)" },
	{ "uid=%s", O(uid), 0, "-o uid=USER", "owner of the files" },
	{ "gid=%s", O(gid), 0, "-o gid=GROUP", "group of the files" },
	{ "umask=%s", O(umask), 0, "-o umask=M",
	  "permission bits to clear (077)" },
	{ "size=%s", O(size), 0, "-o size=BYTES", "memory limit of in-memory maps: 512m, 2g" },
	{ "unsafe", O(tree.unsafe), 1, "-o unsafe",
	  "allow overwriting values that hold kernel objects" },
	{ "steal", O(tree.steal), 1, "-o steal",
	  "let .map/consume take records of another consumer" },
	{ "nonempty", O(nonempty), 1, "-o nonempty",
	  "mount over a directory with files, or over a mount" },
	{ "io_uring", O(io_uring), 1, "-o io_uring",
	  "talk to the kernel through io_uring" },
	{ "remount", O(remount), 1, "-o remount",
	  "change flags of a mount, such as ro" },
	{ "abort", O(abort), 1, "-o abort", "unmount even if the daemon hangs" },
	{ "namespace=%s", O(namespace), 0, "-o namespace=FILE",
	  "mount in another mount namespace (/proc/1/ns/mnt)" },
};
#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

void options_help(void)
{
	puts("usage: bpfmapfs [options] [kernel|memory|auto] MOUNTPOINT\n\n"
	     "Shows BPF maps as directories and their keys as files.\n\noptions:");
	for (size_t i = 0; i < N_ROWS; i++)
		if (rows[i].shown)
			printf("  %-19s %s\n", rows[i].shown, rows[i].help);
	printf("  %-19s %s\n", "-o allow_other", "allow other users, subject to file modes");
	printf("  %-19s %s\n", "-o ro", "read-only mount");
	puts("\nand the other mount options of libfuse, see mount.fuse3(8)");
}

/* Each maps= adds patterns. */
static int add_maps(struct options *o, const char *globs)
{
	char *all = NULL;

	if (asprintf(&all, "%s%s%s", o->maps ?: "", o->maps ? ":" : "", globs) < 0)
		return -1;
	free(o->maps);
	o->maps = all;
	return 0;
}

/* An option that wants a value and came without one. */
static const struct row *row_without_value(const char *arg)
{
	size_t len = strlen(arg);

	for (size_t i = 0; i < N_ROWS; i++)
		if (rows[i].shown && !strncmp(rows[i].template, arg, len) &&
		    !strcmp(rows[i].template + len, "=%s"))
			return &rows[i];
	return NULL;
}

static int on_option(struct options *o, const char *arg)
{
	const struct row *row = row_without_value(arg);

	if (row) {
		fprintf(stderr, "bpfmapfs: an option needs a value: %s\n", row->shown);
		return -1;
	}
	/* libfuse takes it, and wants to hear it again from fs_init(). */
	sscanf(arg, "max_read=%u", &o->max_read);
	mount8_flag(!strcmp(arg, "-r") ? "ro" : arg, &o->flags);
	return !mount8_ignores(arg); /* libfuse knows it, or refuses it */
}

static int on_argument(void *data, const char *arg, int key, struct fuse_args *out)
{
	struct options *o = data;

	if (key == KEY_MAPS)
		return add_maps(o, arg + strlen("maps="));
	if (key == FUSE_OPT_KEY_OPT)
		return on_option(o, arg);
	if (o->n_words == 2) {
		fprintf(stderr, "bpfmapfs: unexpected argument '%s'\n", arg);
		return -1;
	}
	o->words[o->n_words++] = strdup(arg);
	return 0;
}

static int parse_args(struct options *o)
{
	struct fuse_opt opts[N_ROWS + 1];

	memset(opts, 0, sizeof(opts));
	for (size_t i = 0; i < N_ROWS; i++)
		opts[i] = (struct fuse_opt){ rows[i].template, rows[i].offset,
					     rows[i].value };
	return fuse_opt_parse(&o->args, o, opts, on_argument) < 0 ? -EINVAL : 0;
}

/* The store that a source means; NULL: it is no source. *ret_word: the same word, for
 * good. "none" and "bpf" are what people write in fstab(5). */
static const char *source_of(const char *word, const char **ret_word)
{
	static const char *const sources[][2] = {
		{ "auto", "auto" }, { "kernel", "kernel" }, { "memory", "memory" },
		{ "none", "auto" }, { "bpf", "kernel" },
	};

	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
		if (!strcmp(word, sources[i][0])) {
			*ret_word = sources[i][0];
			return sources[i][1];
		}
	return NULL;
}

static int check_source(struct options *o)
{
	const char *source = o->n_words == 2 ? o->words[0] : "auto";
	const char *word;

	o->source = source_of(source, &word);
	if (o->source) {
		/* mount -a looks for it to see what is mounted. */
		o->fsname = o->n_words == 2 ? word : NULL;
		return 0;
	}
	fprintf(stderr,
		"bpfmapfs: unknown source '%s': expected kernel, memory or auto\n",
		source);
	return -EINVAL;
}

static int refuse_place(const struct options *o)
{
	_cleanup_free_ char *flags = NULL;

	fprintf(stderr, "bpfmapfs: %s %s: mount elsewhere, or with -o nonempty\n",
		o->mountpoint, mounts_flags(o->mountpoint, &flags) == 0
			? "has a bpfmapfs mounted already" : "is not empty");
	return -EINVAL;
}

/* Files under a mount point become hidden: a typing error must not hide /etc. The root
 * of a mounted tree is never empty, so this also refuses a second mount. */
static int check_empty(const struct options *o)
{
	_cleanup_closedir_ DIR *d = opendir(o->mountpoint);
	const struct dirent *de;

	if (o->nonempty)
		return 0;
	if (!d) {
		fprintf(stderr, "bpfmapfs: %s: %s\n", o->mountpoint, strerror(errno));
		return -EINVAL;
	}
	while ((de = readdir(d)))
		if (strcmp(de->d_name, ".") && strcmp(de->d_name, ".."))
			return refuse_place(o);
	return 0;
}

/* "bpfmapfs MOUNTPOINT memory" */
static int check_order(const struct options *o)
{
	const char *word;

	if (o->n_words < 2 || source_of(o->words[0], &word) || !source_of(o->words[1], &word))
		return 0;
	fprintf(stderr, "bpfmapfs: the mount point comes last: bpfmapfs %s %s\n", word,
		o->words[0]);
	return -EINVAL;
}

/* The daemon leaves the current directory. free() the result; NULL and errno. */
static char *absolute(const char *path)
{
	_cleanup_free_ char *cwd = *path == '/' ? NULL : getcwd(NULL, 0);
	char *whole;

	if (*path == '/')
		return strdup(path);
	return cwd && asprintf(&whole, "%s/%s", cwd, path) >= 0 ? whole : NULL;
}

static int check_mountpoint(struct options *o)
{
	const char *word;
	struct stat st;

	if (check_order(o) < 0)
		return -EINVAL;
	/* A file system whose daemon hangs must not be accessed. */
	if (o->n_words && o->abort)
		o->mountpoint = absolute(o->words[o->n_words - 1]);
	else if (o->n_words)
		o->mountpoint = realpath(o->words[o->n_words - 1], NULL);
	/* A lone source is not meant as a place, unless there is one. */
	if (!o->n_words ||
	    (!o->mountpoint && o->n_words == 1 && source_of(o->words[0], &word))) {
		fprintf(stderr, "bpfmapfs: no mount point given; see bpfmapfs --help\n");
		return -EINVAL;
	}
	if (!o->mountpoint) {
		fprintf(stderr, "bpfmapfs: %s: %s\n", o->words[o->n_words - 1],
			strerror(errno));
		return -EINVAL;
	}
	if (o->remount || o->abort)
		return 0;
	/* libfuse would mount on a file, which could not be entered. */
	if (stat(o->mountpoint, &st) == 0 && !S_ISDIR(st.st_mode)) {
		fprintf(stderr, "bpfmapfs: %s: %s\n", o->mountpoint, strerror(ENOTDIR));
		return -EINVAL;
	}
	return check_empty(o);
}

static int check_umask(struct options *o)
{
	unsigned long n;
	char *end;

	if (!o->umask)
		return 0;
	n = strtoul(o->umask, &end, 8);
	if (!isdigit((unsigned char)*o->umask) || *end || n > 0777) {
		fprintf(stderr, "bpfmapfs: -o umask=%s: expected an octal number up to 777\n",
			o->umask);
		return -EINVAL;
	}
	o->tree.umask = (mode_t)n;
	return 0;
}

/* error: of looking the text up. */
static int check_id(const char *option, const char *text, const char *what, int error)
{
	if (error == 0)
		return 0;
	if (error == -ENOENT || error == -ERANGE)
		fprintf(stderr, "bpfmapfs: -o %s=%s: no such %s\n", option, text, what);
	else
		fprintf(stderr, "bpfmapfs: -o %s=%s: %s\n", option, text, strerror(-error));
	return -EINVAL;
}

static int check_owner(struct options *o)
{
	int r = 0;

	o->tree.uid = geteuid();
	o->tree.gid = getegid();
	o->tree.umask = 077;
	if (o->uid)
		r = check_id("uid", o->uid, "user", host_user_id(o->uid, &o->tree.uid));
	if (r == 0 && o->gid)
		r = check_id("gid", o->gid, "group", host_group_id(o->gid, &o->tree.gid));
	return r < 0 ? r : check_umask(o);
}

/* A number with an optional suffix k, m or g, as tmpfs accepts it. */
static int check_size(struct options *o)
{
	static const char suffixes[] = "kmg";
	unsigned long long n;
	const char *suffix;
	unsigned shift = 0;
	char *end;

	if (!o->size)
		return 0;
	errno = 0;
	n = strtoull(o->size, &end, 10);
	suffix = *end ? strchr(suffixes, tolower((unsigned char)*end)) : NULL;
	if (suffix) {
		shift = 10 * (unsigned)(suffix - suffixes + 1);
		end++;
	}
	if (!isdigit((unsigned char)*o->size) || *end || errno || !n || n > UINT64_MAX >> shift) {
		fprintf(stderr, "bpfmapfs: -o size=%s: expected a number of bytes such as 512m\n",
			o->size);
		return -EINVAL;
	}
	o->size_bytes = (uint64_t)n << shift;
	return 0;
}

static int check_def(struct options *o)
{
	const char *line = o->def_line ?: DEF_BUILTIN;
	struct text_error err = { 0 };
	_cleanup_def_ struct def base = { 0 };
	int r;

	r = def_parse(NULL, DEF_BUILTIN, strlen(DEF_BUILTIN), &base, &err);
	if (r == 0)
		r = def_parse(&base, line, strlen(line), &o->tree.def, &err);
	if (r == 0)
		r = def_check(&o->tree.def, &err);
	if (r < 0)
		fprintf(stderr, "bpfmapfs: -o def=: column %zu: %s\n", err.column,
			err.reason);
	return r < 0 && r != -ENOMEM ? -EINVAL : r;
}

static int make_absolute(char **path)
{
	char *whole = *path ? absolute(*path) : NULL;

	if (*path && !whole)
		return -errno;
	free(*path);
	*path = whole;
	return 0;
}

static int check_pins(struct options *o)
{
	int r = 0;

	o->tree.pins_rw = o->pins && !strcmp(o->pins, "rw");
	if (o->pins && !o->tree.pins_rw && strcmp(o->pins, "ro")) {
		fprintf(stderr, "bpfmapfs: -o pins=%s: expected rw or ro\n", o->pins);
		return -EINVAL;
	}
	r = make_absolute(&o->pin);
	if (r == 0)
		r = make_absolute(&o->bpffs);
	o->tree.pin = o->pin;
	o->tree.bpffs = o->bpffs ?: "/sys/fs/bpf";
	return r;
}

/* A line for each option with text that a remount does not change. */
static void note_unchanged(const struct options *o)
{
	for (size_t i = 0; i < N_ROWS; i++) {
		unsigned long at = rows[i].value == KEY_MAPS && rows[i].offset == -1U
					   ? O(maps) : rows[i].offset;
		const char *percent = strchr(rows[i].template, '%');

		if (percent && *(char *const *)((const char *)o + at))
			fprintf(stderr, "bpfmapfs: remount does not change %.*s\n",
				(int)(percent - rows[i].template), rows[i].template);
	}
}

int options_parse(int argc, char **argv, struct options *o)
{
	int r;

	memset(o, 0, sizeof(*o));
	r = mount8_arguments(&argc, argv, &o->fake);
	o->args = (struct fuse_args)FUSE_ARGS_INIT(argc, argv);
	if (r == 0)
		r = parse_args(o);
	if (r < 0 || o->help || o->version || o->check_config)
		return r;
	o->tree.read_only = o->flags.set & MS_RDONLY;
	r = check_mountpoint(o);
	if (r == 0 && o->remount)
		note_unchanged(o);
	if (r < 0 || o->remount || o->abort)
		return r;
	r = check_source(o);
	if (r == 0)
		r = check_owner(o);
	if (r == 0)
		r = check_size(o);
	if (r == 0)
		r = check_def(o);
	if (r == 0)
		r = check_pins(o);
	if (r == 0 && o->config && *o->config)
		r = make_absolute(&o->config);
	o->tree.mountpoint = o->mountpoint;
	o->foreground |= o->debug;
	o->tree.maps = o->maps;
	o->tree.version = PACKAGE_VERSION;
	return r;
}

void options_release(struct options *o)
{
	fuse_opt_free_args(&o->args);
	def_release(&o->tree.def);
	free(o->mountpoint);
	free(o->def_line);
	free(o->maps);
	free(o->uid);
	free(o->size);
	free(o->gid);
	free(o->umask);
	free(o->config);
	free(o->check_config);
	free(o->pin);
	free(o->pins);
	free(o->bpffs);
	free(o->namespace);
	free(o->words[0]);
	free(o->words[1]);
}
