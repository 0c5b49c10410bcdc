/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Targets of redirection by XDP programs: interfaces (devmap, devmap_hash) and CPUs
 * (cpumap). Each may run another program on the packets that arrive.
 *
 *	{"ifindex":1,"ifname":"lo","prog":0}	written also as lo or 1
 *	{"qsize":192,"prog":0}			written also as 192
 *
 * The kernel's value is {u32, u32}, or only the first u32; prog is an id when it is
 * read and a descriptor when it is written. Names are those of the daemon's network
 * namespace, where the kernel resolves the indexes, too.
 */
#include <errno.h>
#include <string.h>

#include "map/content.h"
#include "map/ops.h"
#include "map/handle.h"
#include "map/map.h"
#include "map/scan/scan.h"
#include "text/error.h"
#include "text/value.h"

#define QSIZE_MAX 16384

struct target { /* as the kernel has it */
	uint32_t number, prog;
};

struct dev {
	uint32_t ifindex;
	char ifname[HOST_IFNAME_LEN];
	uint32_t prog;
};

struct cpu {
	uint32_t qsize, prog;
};

static int target_lookup(const struct map *m, const void *key, struct target *ret)
{
	*ret = (struct target){ 0 };
	return store_lookup(&m->ref, key, ret, 0);
}

static int target_update(const struct map *m, const void *key, uint32_t number,
			 uint32_t prog, unsigned flags)
{
	_cleanup_close_ int fd = -1;
	struct target t = { .number = number };
	int r = map_ops_check_flags(m, key, &flags);

	if (r == 0 && prog)
		r = handle_open_program(m->rq, m->ref.store, prog, &fd);
	if (r < 0)
		return r;
	if (prog)
		t.prog = (uint32_t)fd;
	return store_update(&m->ref, key, &t, flags);
}

/* The kernel says 0 for slots that were empty. */
static int target_remove(const struct map *m, const void *key)
{
	int r = map_exists(m, key);

	return r < 0 ? r : store_remove(&m->ref, key);
}

static int check_prog(const struct schema *s, const struct content_text *t, uint32_t prog)
{
	struct text_error *err = t->err;
	_cleanup_close_ int fd = -1;

	if (prog && s->info.value_size < sizeof(struct target))
		return text_fail(
			err, -EINVAL, 0,
			"entries of this map have no program: its values have 4 bytes");
	if (!prog)
		return 0;
	if (handle_for_root(t->rq, err) < 0)
		return -EACCES;
	if (store_open_program(s->store, prog, &fd) < 0)
		return text_fail(err, -EINVAL, 0, "no program has the id %u", prog);
	return 0;
}

/* ---- devmap, devmap_hash ---- */

static int dev_lookup(const struct map *m, const void *key, void *value)
{
	struct dev dev = { 0 };
	struct target t;
	int r = target_lookup(m, key, &t);

	if (r < 0)
		return r;
	dev.ifindex = t.number;
	dev.prog = t.prog;
	if (host_interface_name(dev.ifindex, dev.ifname) < 0)
		dev.ifname[0] = '\0'; /* renamed or moved meanwhile */
	memcpy(value, &dev, sizeof(dev));
	return 0;
}

static int dev_update(const struct map *m, const void *key, const void *value,
		      unsigned flags)
{
	struct dev dev;

	memcpy(&dev, value, sizeof(dev));
	if (!dev.ifindex)
		return -EINVAL; /* would empty the slot */
	return target_update(m, key, dev.ifindex, dev.prog, flags);
}

/* A name or index that the text did not change does not identify the interface. */
static void forget_unchanged(struct dev *dev, const struct dev *current)
{
	bool index = dev->ifindex != current->ifindex;
	bool name = memcmp(dev->ifname, current->ifname, sizeof(dev->ifname)) != 0;

	if (name && !index)
		dev->ifindex = 0;
	if (index && !name)
		memset(dev->ifname, 0, sizeof(dev->ifname));
}

/* Index and name: one leads to the other, and both must agree. */
static int settle(struct dev *dev, struct text_error *err)
{
	char name[HOST_IFNAME_LEN + 1] = "", quoted[TEXT_QUOTE_SIZE];
	uint32_t index;

	memcpy(name, dev->ifname, sizeof(dev->ifname));
	if (*name) {
		if (host_interface_index(name, &index) < 0)
			return text_fail(
				err, -EINVAL, 0,
				"the daemon's network namespace has no interface %s",
				text_quote(quoted, name, strlen(name)));
		if (dev->ifindex && dev->ifindex != index)
			return text_fail(err, -EINVAL, 0, "ifindex is %u, but %s is %u",
					 dev->ifindex,
					 text_quote(quoted, name, strlen(name)), index);
		dev->ifindex = index;
		return 0;
	}
	if (!dev->ifindex || host_interface_name(dev->ifindex, name) < 0)
		return text_fail(err, -EINVAL, 0,
				 "the daemon's network namespace has no interface %u",
				 dev->ifindex);
	memcpy(dev->ifname, name, sizeof(dev->ifname));
	return 0;
}

static int dev_parse(const struct schema *s, const void *key,
		     const struct content_text *t, void *value)
{
	const struct text_parse how = { VALUE_JSON, t->flags, t->current, t->err };
	struct dev dev = { 0 }, before = { 0 };
	size_t n = handle_trim(t->text, t->len);
	int r = 0;

	if (t->current)
		memcpy(&before, t->current, sizeof(before));
	if (t->len && (*t->text == '{' || *t->text == '@')) {
		r = value_parse(s->value, &how, t->text, t->len, &dev);
		if (r == 0 && t->current && t->flags & VALUE_MERGE)
			forget_unchanged(&dev, &before);
	} else if (handle_parse_u32(t->text, n, &dev.ifindex) < 0) {
		if (!n || n >= sizeof(dev.ifname))
			return text_fail(
				t->err, -EINVAL, 0,
				"expected the name or index of an interface, or JSON");
		memcpy(dev.ifname, t->text, n);
	}
	if (r == 0)
		r = settle(&dev, t->err);
	if (r == 0)
		r = check_prog(s, t, dev.prog);
	if (r == 0)
		memcpy(value, &dev, sizeof(dev));
	return r;
}

static const struct map_ops_error dev_errors[] = {
	{ EINVAL, EINVAL,
	  "the program must exist, be of type xdp, and be loaded with "
	  "expected_attach_type BPF_XDP_DEVMAP" },
	{ ENOENT, EINVAL, NULL },
	{ EACCES, EACCES, "only root may use program ids" },
	{ 0 },
};

#define DEV_FAMILY                                                               \
	.value = "{ifindex:u32,ifname:char[16],prog:u32}", .lookup = dev_lookup, \
	.update = dev_update, .remove = target_remove, .errors = dev_errors,     \
	.parse = dev_parse, .scan = &scan_walk

const struct map_ops map_ops_devmap = { DEV_FAMILY };

/* Numbers, too, but any: there is no last one. */
const struct map_ops map_ops_devmap_hash = { .key = "u32", DEV_FAMILY };

/* ---- cpumap ---- */

static int cpu_lookup(const struct map *m, const void *key, void *value)
{
	struct target t;
	int r = target_lookup(m, key, &t);

	if (r == 0)
		memcpy(value, &(struct cpu){ t.number, t.prog }, sizeof(struct cpu));
	return r;
}

static int cpu_update(const struct map *m, const void *key, const void *value,
		      unsigned flags)
{
	struct cpu cpu;

	memcpy(&cpu, value, sizeof(cpu));
	if (!cpu.qsize)
		return -EINVAL; /* would delete the entry */
	return target_update(m, key, cpu.qsize, cpu.prog, flags);
}

static int cpu_parse(const struct schema *s, const void *key,
		     const struct content_text *t, void *value)
{
	const struct text_parse how = { VALUE_JSON, t->flags, t->current, t->err };
	size_t n = handle_trim(t->text, t->len);
	struct cpu cpu = { 0 };
	int r = 0;

	if (handle_parse_u32(t->text, n, &cpu.qsize) < 0)
		r = value_parse(s->value, &how, t->text, t->len, &cpu);
	if (r < 0)
		return r;
	if (!cpu.qsize || cpu.qsize > QSIZE_MAX)
		return text_fail(t->err, cpu.qsize ? -ERANGE : -EINVAL, 0,
				 "expected a queue of 1..%d packets, found %u", QSIZE_MAX,
				 cpu.qsize);
	r = check_prog(s, t, cpu.prog);
	if (r == 0)
		memcpy(value, &cpu, sizeof(cpu));
	return r;
}

static const struct map_ops_error cpu_errors[] = {
	{ ENODEV, EINVAL,
	  "no such CPU, or no such program of type xdp that was loaded with "
	  "expected_attach_type BPF_XDP_CPUMAP" },
	{ ENOMEM, EINVAL, NULL }, /* what the kernel says about such a program */
	{ ENOENT, EINVAL, NULL },
	{ EACCES, EACCES, "only root may use program ids" },
	{ EOVERFLOW, ERANGE, "the queue is too long" },
	{ 0 },
};

const struct map_ops map_ops_cpumap = {
	.value = "{qsize:u32,prog:u32}",
	.lookup = cpu_lookup,
	.update = cpu_update,
	.remove = target_remove,
	.errors = cpu_errors,
	.parse = cpu_parse,
	.scan = &scan_walk,
};
