/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A store holds maps: the running kernel (kernel/) or this process (memory/). Both
 * behave the same, down to the errno: the errors described here are those of bpf(2),
 * and the memory store imitates them.
 *
 * Every call is safe from any thread. Every function returns 0 or a negative
 * errno, and leaves its results untouched on failure unless it says
 * otherwise. Errors are the kernel's own, including the kernel-internal
 * -STORE_ENOTSUPP; store/errno.h turns them into what users see.
 */
#ifndef BPFMAPFS_STORE_STORE_H
#define BPFMAPFS_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/cleanup.h"
#include "util/attributes.h"

struct btf;
struct store;

/* "Operation not supported" in the kernel's BPF code; it has no name in libc. */
#define STORE_ENOTSUPP 524

/* Size of a map's name, with the NUL. */
#define STORE_NAME_LEN 16
/* A creation flag of ring buffers since Linux 6.19, by its number. */
#define STORE_RB_OVERWRITE (1u << 19)
/* Size of a program's name, with the NUL. "NAME@ID" is a file name, which has at most
 * 255 bytes. */
#define STORE_PROGRAM_NAME_LEN 245

/* Access asked of store_open(). */
enum store_access {
	STORE_READ = 1 << 0,
	STORE_WRITE = 1 << 1,
};

/* Element flags: the numbers of bpf(2). */
enum store_flag {
	STORE_ANY = 0,
	STORE_NOEXIST = 1,
	STORE_EXIST = 2,
	STORE_LOCK = 4,
};

/*
 * An open map: a reference that keeps the map alive, so it is held only
 * while a request or a pass runs. A plain value; move it, never copy it.
 */
struct store_map {
	struct store *store; /* NULL: closed */
	unsigned access;     /* private to the store: access bits (memory), or whether it
			  * must be closed late (kernel) */
	union {
		int fd;
		void *object;
	};
};

#define STORE_MAP_INIT \
	{              \
		0      \
	}

/* The result of OBJ_GET_INFO. Sizes in bytes; value_size is that of one CPU. */
struct store_info {
	uint32_t type;
	uint32_t id;
	uint32_t key_size;
	uint32_t value_size;
	uint32_t max_entries;
	uint32_t flags; /* BPF_F_* as created */
	uint64_t map_extra;
	uint32_t ifindex;
	uint32_t btf_id; /* 0: none */
	uint32_t btf_key_type_id;
	uint32_t btf_value_type_id;
	uint32_t btf_vmlinux_value_type_id;
	uint32_t btf_vmlinux_id; /* the BTF that this is in; 0: the kernel's own */
	char name[STORE_NAME_LEN];
};

/* Fields that only fdinfo has. */
struct store_usage {
	uint64_t memlock; /* bytes of memory, as the kernel counts them */
	bool frozen;
};

/* The symbol of a kernel address. */
struct store_symbol {
	char name[512];	 /* name of the function; cut if it is longer */
	char module[64]; /* its module, "bpf" for a program; empty: none */
	uint64_t offset; /* from its beginning */
};

/* A map to be created. btf_data NULL: without types. */
struct store_spec {
	uint32_t type;
	uint32_t key_size;
	uint32_t value_size;
	uint32_t max_entries;
	uint32_t flags;
	uint32_t numa_node; /* used with BPF_F_NUMA_NODE in flags */
	uint64_t map_extra;
	const char *name;     /* NULL: none */
	const void *btf_data; /* raw BTF, native endianness; copied */
	uint32_t btf_size;
	uint32_t btf_key_type_id;
	uint32_t btf_value_type_id;
	const struct store_map *inner; /* maps of maps: the template of inner maps, in
					* the same store. NULL: none */
};

/* A loaded BPF program and the maps it uses. */
struct store_program {
	uint32_t id;
	char name[STORE_PROGRAM_NAME_LEN]; /* "": none; see store_program_name() */
	uint32_t btf_id; /* 0: none */
	uint32_t type;	 /* BPF_PROG_TYPE_* */
	const char *type_name; /* NULL: newer than the store */
	uint8_t tag[8];	 /* a hash of its instructions */
	uint32_t uid;	 /* of the user who loaded it */
	uint64_t loaded; /* ns since boot */
	/* 0 also if the kernel does not count; see store_counts_runs(). */
	uint64_t run_time_ns, run_cnt;
	uint32_t instructions; /* bytes that the kernel holds; 0: unknown */
	uint32_t n_maps;
	uint32_t *maps; /* ids */
};

/* The kind of a program's place, and the members of struct store_attach that identify
 * it. */
enum store_place {
	STORE_PLACE_NONE,      /* only the kind */
	STORE_PLACE_NAME,      /* name, and offset if it is not 0 */
	STORE_PLACE_PATH,      /* name and offset, of a file */
	STORE_PLACE_NUMBER,    /* number */
	STORE_PLACE_CGROUP,    /* number: its id */
	STORE_PLACE_INTERFACE, /* number: its index */
};

/* Where a link of the kernel attaches a program. */
struct store_attach {
	char kind[32]; /* "xdp", "raw_tracepoint", "cgroup_inet_ingress" */
	enum store_place place;
	char name[1024]; /* a longer one is cut */
	uint64_t number, offset;
};

#define STORE_PROGRAM_INIT \
	{                  \
		0          \
	}

/*
 * A ring buffer in this process's memory. Positions only grow; the byte at position
 * p is data[p % size]. src/map/ring.h reads it. The mapping keeps the map alive.
 */
struct store_ring {
	uint64_t *consumer; /* writable if mapped with STORE_WRITE; other processes may
			     * write it, too, so its value is untrusted */
	const uint64_t *producer;
	/* The end of the last record that was overwritten; NULL: a full ring accepts no
	 * records. */
	const uint64_t *overwritten;
	const char *data;
	uint64_t size; /* a power of two */
	/* the store's own: */
	struct store *store; /* NULL: not mapped */
	union {
		void *pages[2];
		void *object;
	};
	size_t lengths[2];
};

#define STORE_RING_INIT \
	{               \
		0       \
	}

struct store_ops {
	const char *name; /* "kernel", "memory" */
	/* Maps appear with any ids. Otherwise a new map has a higher id than all before
	 * it, until ids start again at 1. */
	bool ids_any_order;
	/* The reason, for users, why maps may not be opened (-EPERM, -EACCES); NULL:
	 * they always may. */
	const char *denied;
	/* Programs exist, but they cannot be listed. */
	bool hides_programs;

	void (*free)(struct store *s);

	/* The smallest live id above `id`; -ENOENT after the last. */
	int (*next_id)(struct store *s, uint32_t id, uint32_t *ret);

	/* -ENOENT: no such map, or it is gone; -EPERM, -EACCES: not allowed. */
	int (*open)(struct store *s, uint32_t id, unsigned access, struct store_map *ret);
	void (*close)(struct store_map *m);

	/* -EPERM, -EINVAL (bad combination, size, name, BTF or inner map),
	 * -EBADF (no inner map where one is needed), -E2BIG, -EACCES, -EOPNOTSUPP, -STORE_ENOTSUPP (flags or types that this map
	 * type refuses), -ENOMEM. The map lives as long as *ret or another
	 * reference to it. spec is not needed afterwards. */
	int (*create)(struct store *s, const struct store_spec *spec,
		      struct store_map *ret);

	int (*info)(const struct store_map *m, struct store_info *ret);
	int (*usage)(const struct store_map *m, struct store_usage *ret);

	/* The BTF object with this id (0: that of the running kernel); the
	 * caller frees it with btf__free(). -ENOENT, -EPERM. */
	int (*btf)(struct store *s, uint32_t btf_id, struct btf **ret);
	/* Like next_id, for the BTF objects of kernel modules. -EPERM. NULL: there are
	 * none. */
	int (*next_module_btf)(struct store *s, uint32_t id, uint32_t *ret);

	/* The function at an address of the kernel that owns the maps. -ENOENT:
	 * unknown, or not permitted. NULL: no symbols. */
	int (*symbol)(struct store *s, uint64_t address, struct store_symbol *ret);

	/* Called before privileges are given up (host/privilege.h), to do what would
	 * need them later. NULL: nothing to do. */
	void (*prepare)(struct store *s);

	/* Element operations, as BPF_MAP_*_ELEM: value holds value_size bytes, per-CPU
	 * maps round_up(value_size, 8) for each possible CPU. key is NULL for types
	 * without keys (-EFAULT, -EINVAL if that is wrong). Queues and stacks: lookup
	 * peeks, update pushes (STORE_EXIST: replacing the oldest element if full),
	 * lookup_and_delete pops. Bloom filters: lookup checks whether the filter may
	 * hold the value that is passed *in* value. Slots of maps of maps read as the
	 * id of the inner map. A busy bucket is tried again a few times before -EBUSY.
	 * -ENOENT, -EEXIST, -E2BIG (full), -ENOSPC (LPM full), -EPERM (frozen), -EINVAL
	 * (flags; deleting from an array), -EBUSY (bucket), -ENOMEM. */
	int (*lookup)(const struct store_map *m, const void *key, void *value,
		      unsigned flags);
	int (*update)(const struct store_map *m, const void *key, const void *value,
		      unsigned flags);
	/* Put a map into a slot of the map of maps m, which keeps it alive. Both must
	 * be of the same store. -EINVAL: inner does not fit the template that m was
	 * created with; otherwise errors like update. */
	int (*update_map)(const struct store_map *m, const void *key,
			  const struct store_map *inner, unsigned flags);
	int (*remove)(const struct store_map *m, const void *key);
	int (*lookup_and_delete)(const struct store_map *m, const void *key, void *value,
				 unsigned flags);
	/* If key is NULL or does not exist: the first key. -ENOENT: no more. */
	int (*next_key)(const struct store_map *m, const void *key, void *next);

	/*
	 * Batches. in NULL begins a pass; out receives the cursor for the next
	 * call; both have room for max(4, key_size) bytes and may be the same
	 * memory. *count is the room in elements, then the number done, also
	 * on failure (but untouched by -EINVAL, -EPERM, -STORE_ENOTSUPP).
	 * lookup_batch: -ENOENT with *count elements ends the pass; -ENOSPC:
	 * the next bucket holds more than *count (nothing taken; retry from
	 * out with more room). update and remove stop at the first failure,
	 * that of element *count.
	 * -STORE_ENOTSUPP: the type has no such batch.
	 */
	int (*lookup_batch)(const struct store_map *m, const void *in, void *out,
			    void *keys, void *values, uint32_t *count,
			    unsigned elem_flags);
	/*
	 * LOOKUP_AND_DELETE_BATCH: like lookup_batch, and the returned elements are
	 * removed from the map: no other call returns them. All hash maps have it,
	 * including LRU and per-CPU ones. The elements of a bucket are removed
	 * together, so no update can come between the copy and the deletion of an
	 * element; but a program that holds the address of a value may still write
	 * there. *count elements were taken also on failure (-EBUSY, -ENOSPC, -ENOENT),
	 * unless that is -EINVAL, -EPERM or -STORE_ENOTSUPP. The map must be open for
	 * STORE_READ | STORE_WRITE: else -EPERM, also when it is frozen.
	 */
	int (*take_batch)(const struct store_map *m, const void *in, void *out,
			  void *keys, void *values, uint32_t *count,
			  unsigned elem_flags);
	int (*update_batch)(const struct store_map *m, const void *keys,
			    const void *values, uint32_t *count, unsigned elem_flags);
	int (*remove_batch)(const struct store_map *m, const void *keys, uint32_t *count);

	/*
	 * Change len bytes of an array's memory, where element i begins at i *
	 * round_up(value_size, 8). No other byte is written, because programs may be
	 * changing them. Aligned 1, 2, 4 or 8 bytes change in one store; more bytes in
	 * stores as wide as their alignment. m is open for STORE_READ | STORE_WRITE.
	 * -EPERM (frozen), -EACCES (BPF_F_RDONLY_PROG, access), -EINVAL (offset; made
	 * without BPF_F_MMAPABLE), -STORE_ENOTSUPP (values hold locks, timers or the
	 * like; not an array), -ENOMEM. NULL: never.
	 */
	int (*patch)(const struct store_map *m, uint64_t offset, const void *data,
		     size_t len);

	/*
	 * Put one record into a user ring buffer, for the program to drain. m is open
	 * for STORE_READ | STORE_WRITE. Pushes of this process are serialized; the
	 * protocol does not allow another process to push at the same time, but nothing
	 * prevents it. -ENOSPC (full), -EFBIG (never fits), -EINVAL (not such a map),
	 * -ENOMEM. NULL: never.
	 */
	int (*ring_push)(const struct store_map *m, const void *record, size_t len);

	/*
	 * Map a ring buffer into this process: to read it (STORE_READ), or also to move
	 * its consumer position (STORE_READ | STORE_WRITE). m must be open for reading
	 * and writing in both cases, because the kernel requires it. The mapping
	 * outlives m. -EINVAL (no ring buffer), -EPERM (frozen), -EACCES, -EOPNOTSUPP
	 * (a flag whose effect on the layout is not known), -ENOMEM. NULL: never.
	 */
	int (*ring_map)(const struct store_map *m, unsigned access,
			struct store_ring *ret);
	void (*ring_unmap)(struct store_ring *r);

	/*
	 * Release the reference and take it again: entries that the kernel drops with
	 * the last reference are dropped, unless another process has one. m stays open,
	 * though after an error it refers to nothing. -ENOENT: the map is gone. NULL:
	 * this store has no such maps.
	 */
	int (*let_go)(const struct store_map *m);

	/* A descriptor of a loaded program, which the caller closes; and the id of a
	 * pinned program. -ENOENT, -EPERM, -EACCES; -EINVAL: something else is pinned
	 * there. NULL: there are no programs. */
	int (*open_program)(struct store *s, uint32_t id, int *ret);
	int (*pinned_program)(struct store *s, const char *path, uint32_t *ret_id);

	/* -EPERM the second time, -EBUSY while mapped writable or written to,
	 * -STORE_ENOTSUPP if values hold locks, timers or the like. */
	int (*freeze)(const struct store_map *m);

	/* ---- what a store may lack: a NULL op is -EOPNOTSUPP ---- */

	/* Pin a map as `name` in a directory of a BPF file system. -EEXIST,
	 * -EPERM (a '.' in the name), -EACCES, -ENOENT, ... */
	int (*pin)(const struct store_map *m, int dir_fd, const char *name);
	/* The map behind a pin; fd may be O_PATH. -EINVAL: no map is pinned
	 * there; -EACCES: the pin's mode does not allow it. */
	int (*open_pin)(struct store *s, int fd, unsigned access, struct store_map *ret);
	/* Like next_id and info, for programs. */
	int (*next_program)(struct store *s, uint32_t id, uint32_t *ret);
	int (*program)(struct store *s, uint32_t id, struct store_program *ret);
	/* The kernel cuts a program's name at 15 bytes, and `program` returns that
	 * name. Replace it with the name in the program's BTF, if that is longer. It is
	 * unchanged if there is none, or on an error. NULL: names are never cut. */
	void (*program_name)(struct store *s, struct store_program *p);
	/* Bytes of memory of a program. NULL: unknown. */
	int (*program_memlock)(struct store *s, uint32_t id, uint64_t *ret);
	/* True if runs of programs are counted in run_cnt and run_time_ns. NULL:
	 * never. */
	bool (*counts_runs)(struct store *s);
	/* Like next_id, for links; and the program and the place of a link. -ENOENT:
	 * the link is gone. NULL: there are no links. */
	int (*next_link)(struct store *s, uint32_t id, uint32_t *ret);
	int (*link_program)(struct store *s, uint32_t id, uint32_t *ret);
	int (*link_attach)(struct store *s, uint32_t id, struct store_attach *ret);
};

struct store {
	const struct store_ops *ops;
};

/*
 * Constructors of the stores, for main.c alone. -ENOMEM; kernel: -EPERM (maps may not
 * be listed), -ENOSYS (no BPF), and libbpf is made silent. Every map is closed before
 * its store is freed.
 */
int store_kernel_new(struct store **ret);
/* The version of libbpf, as "1.1". */
const char *store_kernel_library(void);
int store_memory_new(struct store **ret);
/* Limit of the memory of all memory stores together, in bytes; 0: half of the memory
 * that is free now. No limit before the first call. Beyond it, operations fail with
 * -ENOMEM. */
void store_memory_limit(uint64_t bytes);
/*
 * For tests: put a record into a ring buffer of a memory store, as a program does.
 * discard: reserve it, then discard it. -ENOSPC (full), -EFBIG (never fits), -EINVAL
 * (no ring buffer).
 */
int store_memory_produce(const struct store_map *m, const void *record, size_t len,
			 bool discard);
/* The kernel's maps without CAP_SYS_ADMIN: those that are pinned below a
 * directory of the BPF file system, as far as the pins' modes allow. */
int store_pinned_new(const char *bpffs, struct store **ret);
void store_free(struct store *s);

/* Checked wrappers of the ops: the interface for all callers. */
const char *store_name(const struct store *s);
bool store_ids_any_order(const struct store *s);
const char *store_denied(const struct store *s);
bool store_hides_programs(const struct store *s);
int store_next_id(struct store *s, uint32_t id, uint32_t *ret) _must_check_;
int store_open(struct store *s, uint32_t id, unsigned access, struct store_map *ret) _must_check_;
void store_close(struct store_map *m); /* a closed one is allowed */
int store_create(struct store *s, const struct store_spec *spec, struct store_map *ret) _must_check_;
int store_info(const struct store_map *m, struct store_info *ret) _must_check_;
int store_usage(const struct store_map *m, struct store_usage *ret) _must_check_;
int store_btf(struct store *s, uint32_t btf_id, struct btf **ret) _must_check_;
int store_next_module_btf(struct store *s, uint32_t id, uint32_t *ret) _must_check_;
int store_symbol(struct store *s, uint64_t address, struct store_symbol *ret);
void store_prepare(struct store *s);
int store_lookup(const struct store_map *m, const void *key, void *value, unsigned flags) _must_check_;
int store_update(const struct store_map *m, const void *key, const void *value,
		 unsigned flags);
int store_update_map(const struct store_map *m, const void *key,
		     const struct store_map *inner, unsigned flags);
int store_remove(const struct store_map *m, const void *key);
int store_lookup_and_delete(const struct store_map *m, const void *key, void *value,
			    unsigned flags);
int store_next_key(const struct store_map *m, const void *key, void *next) _must_check_;
int store_lookup_batch(const struct store_map *m, const void *in, void *out, void *keys,
		       void *values, uint32_t *count, unsigned elem_flags) _must_check_;
int store_take_batch(const struct store_map *m, const void *in, void *out, void *keys,
		     void *values, uint32_t *count, unsigned elem_flags);
/*
 * Take one element if there is no take_batch: by lookup_and_delete, or if that is
 * missing, too (tries; hash maps before Linux 5.14), by lookup and remove. *ret_exact:
 * an update between the two cannot be lost. Errors as of these ops; -ENOENT: another
 * taker may have been faster.
 */
int store_take_one(const struct store_map *m, const void *key, void *value,
		   bool *ret_exact);
int store_update_batch(const struct store_map *m, const void *keys, const void *values,
		       uint32_t *count, unsigned elem_flags) _must_check_;
int store_remove_batch(const struct store_map *m, const void *keys, uint32_t *count);
int store_patch(const struct store_map *m, uint64_t offset, const void *data, size_t len) _must_check_;
int store_ring_push(const struct store_map *m, const void *record, size_t len);
int store_ring_map(const struct store_map *m, unsigned access, struct store_ring *ret) _must_check_;
void store_ring_unmap(struct store_ring *r); /* one that is not mapped is allowed */
int store_let_go(const struct store_map *m);
int store_open_program(struct store *s, uint32_t id, int *ret);
int store_pinned_program(struct store *s, const char *path, uint32_t *ret_id);
int store_freeze(const struct store_map *m);
bool store_has_pins(const struct store *s);
int store_pin(const struct store_map *m, int dir_fd, const char *name);
int store_open_pin(struct store *s, int fd, unsigned access, struct store_map *ret);
/* The id of the map that is pinned at fd (O_PATH). -EINVAL: no map;
 * -EACCES: it may not be opened. */
int store_pinned_map(struct store *s, int fd, uint32_t *ret);
bool store_has_programs(const struct store *s);
int store_next_program(struct store *s, uint32_t id, uint32_t *ret);
int store_program(struct store *s, uint32_t id, struct store_program *ret);
void store_program_name(struct store *s, struct store_program *p);
int store_program_memlock(struct store *s, uint32_t id, uint64_t *ret) _must_check_;
bool store_counts_runs(struct store *s);
/* -ENOENT after the last, and where there are no links. */
int store_next_link(struct store *s, uint32_t id, uint32_t *ret) _must_check_;
int store_link_program(struct store *s, uint32_t id, uint32_t *ret) _must_check_;
int store_link_attach(struct store *s, uint32_t id, struct store_attach *ret) _must_check_;
void store_program_release(struct store_program *p);
bool store_program_uses(const struct store_program *p, uint32_t map_id);

/* Number of possible CPUs, which is the number of values of a per-CPU entry in both
 * stores. */
unsigned store_possible_cpus(void);

#define _cleanup_store_map_ _cleanup_(store_close)
#define _cleanup_store_program_ _cleanup_(store_program_release)

#endif
