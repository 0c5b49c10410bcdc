/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Internals of the kernel store, for this folder only.
 *
 *	kernel.c   the store
 *	probe.c    which map types this kernel has
 *	mmap.c     maps mapped into this process, for the time of a call
 *	objects.c  pins and programs
 *	links.c    where programs are attached
 *	btf.c      BTF by id
 *	fds.c      descriptors for maps whose values are such
 *	symbols.c  names of kernel addresses
 *	pinned.c   the same store for callers that may not list maps
 */
#ifndef BPFMAPFS_STORE_KERNEL_H
#define BPFMAPFS_STORE_KERNEL_H

#include "store/store.h"

struct kernel_store {
	struct store base;
	pthread_mutex_t lock;		/* guards vmlinux */
	struct btf *vmlinux;		/* base of split BTF, loaded when first needed */
	struct kernel_symbols *symbols; /* has a lock of its own */
	pthread_mutex_t pushing;     /* held while a record is put into a ring buffer */
	uint8_t types[64];	     /* by BPF_MAP_TYPE_*; atomic; see probe.c */
	uint32_t program_arrays[64]; /* ids; see fds.c */
};

extern const struct store_ops kernel_ops;

/* -ENOMEM; release it in any case. */
int kernel_store_init(struct kernel_store *k, const struct store_ops *ops);
void kernel_store_release(struct kernel_store *k);

/* objects.c: pins and programs, as in struct store_ops */
int kernel_pin(const struct store_map *m, int dir_fd, const char *name);
int kernel_open_pin(struct store *s, int fd, unsigned access, struct store_map *ret);
int kernel_next_program(struct store *s, uint32_t id, uint32_t *ret);
int kernel_program(struct store *s, uint32_t id, struct store_program *ret);
void kernel_program_name(struct store *s, struct store_program *p);
int kernel_program_memlock(struct store *s, uint32_t id, uint64_t *ret);
bool kernel_counts_runs(struct store *s);
/* The BTF object that has the function which the program is attached to, or will be;
 * 0: none, or Linux before 6.0. */
int kernel_program_target(uint32_t id, uint32_t *ret_btf_id);

/* links.c, as in struct store_ops */
int kernel_next_link(struct store *s, uint32_t id, uint32_t *ret);
int kernel_link_program(struct store *s, uint32_t id, uint32_t *ret);
int kernel_link_attach(struct store *s, uint32_t id, struct store_attach *ret);

/* btf.c, as in struct store_ops */
int kernel_btf(struct store *s, uint32_t btf_id, struct btf **ret);
int kernel_next_module_btf(struct store *s, uint32_t id, uint32_t *ret);
/* The name of a type, cut at size; "": it has none. */
int kernel_type_name(struct store *s, uint32_t btf_id, uint32_t type_id, char *name,
		     size_t size);

/* The text of fdinfo of a descriptor, NUL-terminated; the number after "field:" at the
 * start of a line, 0 if there is none. */
#define KERNEL_FDINFO_LEN 2048
int kernel_fdinfo(int object, char text[KERNEL_FDINFO_LEN]);
uint64_t kernel_fdinfo_field(const char *text, const char *field);

/* True if this kernel has a map type, and also if that cannot be determined. Probes the
 * kernel once per type. */
bool kernel_has_type(struct kernel_store *k, uint32_t type);

/* The kinds of a descriptor: both programs and maps can be pinned. */
#define KERNEL_FD_MAP "anon_inode:bpf-map"
#define KERNEL_FD_PROGRAM "anon_inode:bpf-prog"
bool kernel_fd_is(int fd, const char *kind);

/* As store_patch(). */
int kernel_map_patch(int fd, uint64_t offset, const void *data, size_t len);
/* Like store_ring_push(), for a buffer of `size` bytes; one thread at a time. */
int kernel_map_push(int fd, uint32_t size, const void *record, size_t len);

/* As in struct store_ops. */
int kernel_ring_map(const struct store_map *m, unsigned access, struct store_ring *ret);
void kernel_ring_unmap(struct store_ring *r);

/* Like store_symbol(); safe from any thread. */
struct kernel_symbols;
int kernel_symbols_new(struct kernel_symbols **ret);
void kernel_symbols_free(struct kernel_symbols *k);
/* Open the file of symbols, which needs CAP_SYSLOG. Later calls read it again. */
void kernel_symbols_open(struct kernel_symbols *k);
int kernel_symbols_find(struct kernel_symbols *k, uint64_t address,
			struct store_symbol *ret);

/* For maps that must not be closed at once: note the type when info was read; ask for
 * it; wait. */
void kernel_note_type(struct store *s, uint32_t id, uint32_t type);
bool kernel_closes_late(struct store *s, uint32_t id);
void kernel_wait_to_close(void);

/* As in struct store_ops. */
int kernel_let_go(const struct store_map *m);
int kernel_open_program(struct store *s, uint32_t id, int *ret);
int kernel_pinned_program(struct store *s, const char *path, uint32_t *ret_id);

#endif
