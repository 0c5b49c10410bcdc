/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state of one run of fuzz-wire, as the kernel and a program would have it, and
 * the choices that the input makes: nodes, open files, names, texts, offsets.
 */
#ifndef BPFMAPFS_TESTS_FUZZ_WIRE_RUN_H
#define BPFMAPFS_TESTS_FUZZ_WIRE_RUN_H

#include "fuzz-wire.h"
#include "tree/node.h"

#define N_MAPS 4
#define N_NODES 64
#define N_OPEN 16
#define ROOM (1u << 17)

struct seen {
	uint64_t node;
	uint64_t n; /* lookups of it */
};

enum use { USE_READ = 1, USE_WRITE = 2, USE_DIR = 4, USE_FILE = 3 };

struct open_file {
	unsigned use; /* what the kernel allows; 0: closed */
	uint64_t fh, node;
};

struct run {
	struct fuzz_input in;
	struct wire *w;
	struct store *memory; /* below the failing store: what a program uses */
	uint64_t maps[N_MAPS];
	struct seen nodes[N_NODES];
	struct open_file open[N_OPEN];
	struct store_map held[2]; /* maps that a program made */
	bool faulty; /* a store call may still fail */
	unsigned interrupts; /* that libfuse may still keep */
	char name[1100];
	char out[ROOM]; /* texts to write */
	uint64_t reply[ROOM / 16];
};

/* ---- nodes and open files ---- */

static inline void remember(struct run *r, uint64_t node)
{
	struct seen *free_slot = NULL;

	if (!node)
		return;
	for (unsigned i = 0; i < N_NODES; i++) {
		if (r->nodes[i].node == node) {
			r->nodes[i].n++;
			return;
		}
		if (!r->nodes[i].node)
			free_slot = &r->nodes[i];
	}
	if (free_slot)
		*free_slot = (struct seen){ node, 1 };
	else
		wire_forget(r->w, node, 1);
}

static inline uint64_t pick_node(struct run *r)
{
	uint8_t how = fuzz_byte(&r->in);
	uint64_t node = r->nodes[fuzz_byte(&r->in) % N_NODES].node;

	if (how < 90)
		return r->maps[how % N_MAPS];
	if (how < 100)
		return WIRE_ROOT;
	if (how < 235)
		return node ? node : r->maps[0];
	if (how < 242)
		return node ^ 1ull << fuzz_below(&r->in, 64);
	if (how < 250)
		return node_make(fuzz_below(&r->in, 32), fuzz_byte(&r->in), fuzz_byte(&r->in));
	return fuzz_u64(&r->in);
}

static inline struct open_file *pick_open(struct run *r, unsigned use)
{
	unsigned first = fuzz_byte(&r->in) % N_OPEN;

	for (unsigned i = 0; i < N_OPEN; i++) {
		struct open_file *o = &r->open[(first + i) % N_OPEN];

		if (o->use & use)
			return o;
	}
	return NULL;
}

static inline void release(struct run *r, struct open_file *o)
{
	if (o->use & USE_DIR)
		wire_releasedir(r->w, o->fh);
	else
		wire_release(r->w, o->fh);
	o->use = 0;
}

/* fh 0: there was no reply. */
static inline void remember_open(struct run *r, unsigned use, uint64_t fh, uint64_t node)
{
	struct open_file *o = &r->open[fuzz_byte(&r->in) % N_OPEN];

	if (!fh)
		return;
	if (o->use)
		release(r, o);
	*o = (struct open_file){ use, fh, node };
}

/* ---- names and texts ---- */

static const char *const names[] = {
	"0", "1", "2", "7", "63", "64", "4294967295", "4294967296", "-1", "0x1", "1e1",
	"a=1,b=2", "b=2,a=1", "a=1", "a=256,b=0", "@01000000", "@0100000002000000", "@01", "@",
	"x", "hello", "longer-than-8", "%00", "%", "%41", "%2Ehidden", ".hidden", "#a#", "a~",
	".a.swp", "4913", "sedAbC123", "tmpabcdefgh", ".goutputstream-ABC123", "1.tmp",
	"1.AbCdEf", "10.0.0.1", "10.0.0.0_8", "10.1.2.3_8", "10.0.0.0_33", "_0", "ab_16", "::1",
	"2001:db8::1", "02:00:00:00:00:01", "true", "false", ".", "..", ".map", "", "m0", "m1",
	"m2", "m3", "m0@1", "@1", "@2", "by-id", "by-name", "by-pin", "by-prog", "new", "raw",
	"sum", "match", "def", "entries", "entries.jsonl", "entries.bin", "backup", "keys",
	"delete", "clear", "count", "info", "btf", "frozen", "push", "pop", "peek", "errors",
	"help", "drain", "hist", "id", "flags",
};

static const char *const texts[] = {
	"1\n", "0\n", "11", "-1\n", "65535\n", "65536\n", "1e400\n", "\n", "{\"a\":1,\"b\":2}\n",
	"{\"a\":1}\n", "{}", "{\"a\":", "[1,2]\n", "true\n", "\"x\"\n", "hello\n", "@01000000\n",
	"@0100000000000000", "@", "nan\n", "yes\n", "1\t1\n", "1\t1\n2\t2\n", "1\tx\n",
	"a=1,b=2\t{\"a\":1}\n", "10.0.0.0/8\t1\n", "{\"key\":1,\"value\":2}\n", "# a comment\n",
	"# end 0\n", "# end 1\n", "1\t1\n# end 1\n", "1\t1\n# end 2\n# end 1\n",
	"{\"a\":[1,2],\"b\":3}\n{\"a\":1}\n", "{\"a\":1,\"c\":\"xyz\",\"d\":\"00112233\"}\n",
	"key=u64 value=u64\n", "max_entries=5\n", "type=array key=u32 value=u8 max_entries=3\n",
	"type=hash key=bytes[250] value=bytes[400] max_entries=9\n", "key={a:u8,b:u64}\n",
	"value=char[2]\n", "type=queue key= value=u8\n", "value=struct { __u64 a; __u32 b:3; }\n",
	"type=hash_of_maps key=u32 inner=m1 max_entries=2\n", "# def type=hash key=u8 value=u8\n",
};

static inline void pick_name(struct run *r)
{
	uint8_t how = fuzz_byte(&r->in);
	size_t len, i;

	if (how < 215) {
		snprintf(r->name, sizeof(r->name), "%s", FUZZ_PICK(&r->in, names));
		return;
	}
	len = how < 245 ? how - 214u : fuzz_below(&r->in, 1050);
	for (i = 0; i < len; i++)
		r->name[i] = (char)(how < 245 ? fuzz_byte(&r->in) : 'a' + (int)i % 26);
	r->name[len] = '\0';
	/* What the kernel never sends. */
	for (i = 0; i < len; i++)
		if (r->name[i] == '/' || !r->name[i])
			r->name[i] = '%';
}

/* Returns how much of r->out it is. */
static inline size_t pick_text(struct run *r)
{
	uint8_t how = fuzz_byte(&r->in);
	size_t len = 0;

	if (how < 170)
		return (size_t)snprintf(r->out, ROOM, "%s", FUZZ_PICK(&r->in, texts));
	if (how < 200) /* several texts, perhaps cut off */
		for (unsigned n = fuzz_byte(&r->in) % 20; n; n--)
			len += (size_t)snprintf(r->out + len, ROOM - len, "%s",
						FUZZ_PICK(&r->in, texts));
	else if (how < 245)
		for (len = 0; len < how - 200u; len++)
			r->out[len] = (char)fuzz_byte(&r->in);
	else if (how < 253)
		memset(r->out, "0 x@{\n\t["[how - 245], len = fuzz_below(&r->in, 65536));
	else
		memset(r->out, 0, len = fuzz_below(&r->in, 3000));
	return how & 1 && len ? len - fuzz_below(&r->in, (uint32_t)len) : len;
}

static inline uint64_t pick_offset(struct run *r)
{
	uint8_t how = fuzz_byte(&r->in);

	if (how < 128)
		return 0;
	return how < 240 ? fuzz_below(&r->in, 300) : fuzz_u64(&r->in) >> (how % 64);
}

#endif
