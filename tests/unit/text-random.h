/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random types: as text of the grammar, and as BTF that the grammar cannot express
 * (unions, bit-fields, enums, anonymous members, repeated names, holes, records without
 * members, members without a name).
 */
#ifndef BPFMAPFS_TESTS_TEXT_RANDOM_H
#define BPFMAPFS_TESTS_TEXT_RANDOM_H

#include "text-util.h"

static inline void random_grammar(struct buf *out, unsigned depth)
{
	static const char *const words[] = { "u8",   "u16",  "u32",  "u64",  "u128",
					     "s8",   "s16",  "s32",  "s64",  "s128",
					     "x8",   "x16",  "x32",  "x64",  "bool",
					     "f32",  "f64",  "be16", "be32", "be64",
					     "ipv4", "ipv6", "mac" };
	uint32_t i, n, dice = random_below(depth ? 10 : 7);

	if (dice < 5)
		buf_puts(out, words[random_below(sizeof(words) / sizeof(words[0]))]);
	else if (dice == 5)
		buf_printf(out, "char[%u]", 1 + random_below(9));
	else if (dice == 6)
		buf_printf(out, "bytes[%u]", 1 + random_below(9));
	if (dice < 7)
		return;
	if (dice == 7) {
		random_grammar(out, depth - 1);
		buf_printf(out, "[%u]", 1 + random_below(4));
		return;
	}
	n = 1 + random_below(4);
	for (i = 0; i < n; i++) {
		buf_printf(out, "%c%c:", i ? ',' : '{', 'a' + (int)i);
		random_grammar(out, depth - 1);
	}
	buf_putc(out, '}');
}

struct random_type {
	int id;
	uint32_t size;
};

static inline struct random_type random_leaf(struct btf *btf)
{
	static const uint32_t sizes[] = { 1, 2, 4, 8, 16 };
	uint32_t i, size = sizes[random_below(5)], count = 1 + random_below(8);
	struct random_type t = { 0, size };
	int elem;

	switch (random_below(7)) {
	case 0:
		t.id = btf__add_enum(btf, NULL, t.size = size > 8 ? 4 : size);
		for (i = 0; i < count; i++) {
			char name[] = { 'E', (char)('a' + random_below(6)), 0 };

			btf__add_enum_value(btf, name, (int)random_below(5) - 2);
		}
		return t;
	case 1:
		elem = btf__add_int(btf, random_below(2) ? "char" : "unsigned char", 1,
				    0);
		t.id = btf__add_array(btf, elem, elem, count);
		t.size = count;
		return t;
	case 2: t.id = btf__add_float(btf, "real", t.size = size < 8 ? 4 : 8); return t;
	case 3:
		elem = btf__add_int(btf, "u", 4, 0);
		t.id = btf__add_typedef(btf, random_below(2) ? "__be32" : "x32", elem);
		t.size = 4;
		return t;
	case 4: t.id = btf__add_int(btf, "_Bool", t.size = 1, BTF_INT_BOOL); return t;
	default:
		t.id = btf__add_int(btf, "i", size, random_below(2) ? BTF_INT_SIGNED : 0);
		return t;
	}
}

#define RANDOM_MEMBERS 4

static inline struct random_type random_btf(struct btf *btf, unsigned depth)
{
	static const char *const names[] = { "a", "b", "c", "d", "e", "f" };
	struct random_type m[RANDOM_MEMBERS], t = { 0, 0 };
	uint32_t i, n = 1 + random_below(RANDOM_MEMBERS), bit = 0;
	bool is_union = random_below(3) == 0;

	if (random_below(12) == 0) {
		/* a size, and nothing else */
		t.size = 1 + random_below(9);
		t.id = btf__add_struct(btf, NULL, t.size);
		return t;
	}
	if (!depth || random_below(4) == 0)
		return random_leaf(btf);
	for (i = 0; i < n; i++)
		m[i] = random_btf(btf, depth - 1);
	if (random_below(4) == 0) {
		t.id = btf__add_array(btf, m[0].id, m[0].id, 1 + random_below(3));
		t.size = m[0].size *
			 btf_array(btf__type_by_id(btf, (uint32_t)t.id))->nelems;
		return t;
	}
	for (i = 0; i < n; i++)
		t.size = is_union ? (t.size > m[i].size ? t.size : m[i].size)
				  : t.size + m[i].size + 2;
	t.id = is_union ? btf__add_union(btf, NULL, t.size)
			: btf__add_struct(btf, NULL, t.size);
	for (i = 0; i < n; i++) {
		const struct btf_type *bt = btf__type_by_id(btf, (uint32_t)m[i].id);
		bool number = btf_is_int(bt) || btf_is_enum(bt);
		uint32_t bits = number && random_below(3) == 0
					? 1 + random_below(8 * m[i].size)
					: 0;
		const char *name = names[random_below(6)];

		if (random_below(btf_is_composite(bt) ? 2 : 12) == 0)
			name = NULL;
		/* libbpf makes no bit-field in a union of size 0 to start at. */
		if (!bits)
			bit = (bit + 7) / 8 * 8 + 8 * (random_below(4) == 0 ? random_below(6) : 0);
		if (is_union)
			bit = 0;
		if (bit + (bits ? bits : 8 * m[i].size) > 8 * t.size)
			break;
		btf__add_field(btf, name, m[i].id, bit, bits);
		bit += bits ? bits : 8 * m[i].size;
	}
	return t;
}

#endif
