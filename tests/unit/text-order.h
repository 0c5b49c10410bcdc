/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bytes of fixtures are written in little-endian order. On big-endian machines
 * these functions convert each number and each bit-field of a value to the order of the
 * machine.
 *
 * A union is converted as its first member of full size; if other members need another
 * order, the fixture must be the same in both.
 */
#ifndef BPFMAPFS_TESTS_TEXT_ORDER_H
#define BPFMAPFS_TESTS_TEXT_ORDER_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <bpf/btf.h>

#define IS_BIG_ENDIAN (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)

static inline const char *in_order(const char *little, const char *big)
{
	return IS_BIG_ENDIAN ? big : little;
}

static inline void reverse_bytes(uint8_t *p, size_t size)
{
	for (size_t i = 0; i < size / 2; i++) {
		uint8_t byte = p[i];

		p[i] = p[size - 1 - i];
		p[size - 1 - i] = byte;
	}
}

static inline bool is_network_order(const struct btf *btf, const struct btf_type *t)
{
	static const char *const names[] = { "__be16", "__be32", "__be64", "be32",
					     "in_addr_t", "ipv4" };
	const char *name = btf__name_by_offset(btf, t->name_off);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

/* Bits are counted from the least significant one of the first byte; on
 * big-endian machines from the most significant one. */
static inline void move_bit_field(const uint8_t *from, uint8_t *to, uint32_t at, uint32_t width)
{
	for (uint32_t i = 0; i < width; i++) {
		uint32_t source = at + i, target = at + width - 1 - i;

		if (from[source / 8] & 1u << source % 8)
			to[target / 8] |= (uint8_t)(0x80u >> target % 8);
	}
}

/* The width of a bit-field, and the bit where it begins; 0: it is none. Old BTF
 * has both in the type of the member. */
static inline uint32_t bit_field_of(const struct btf *btf, const struct btf_type *record,
				    uint16_t member, uint32_t *at)
{
	const struct btf_type *t = btf__type_by_id(btf, btf_members(record)[member].type);
	uint32_t width = btf_member_bitfield_size(record, member);

	*at = btf_member_bit_offset(record, member);
	if (width || !btf_is_int(t) || btf_int_bits(t) == t->size * 8)
		return width;
	*at += btf_int_offset(t);
	return btf_int_bits(t);
}

static inline void to_machine_order(const struct btf *btf, uint32_t id, uint8_t *bytes);

static inline void members_to_machine_order(const struct btf *btf, const struct btf_type *t,
					    uint8_t *bytes)
{
	uint8_t fields[256] = { 0 }, covered[256] = { 0 };

	for (uint16_t i = 0; i < btf_vlen(t); i++) {
		uint32_t at, width = bit_field_of(btf, t, i, &at);

		if (!width) {
			to_machine_order(btf, btf_members(t)[i].type, bytes + at / 8);
			continue;
		}
		move_bit_field(bytes, fields, at, width);
		for (uint32_t bit = at; bit < at + width; bit++)
			covered[bit / 8] = 0xff;
	}
	for (size_t i = 0; i < sizeof(covered) && i < t->size; i++)
		bytes[i] = (uint8_t)((bytes[i] & ~covered[i]) | (fields[i] & covered[i]));
}

static inline uint32_t widest_member(const struct btf *btf, const struct btf_type *t)
{
	for (uint16_t i = 0; i < btf_vlen(t); i++)
		if (btf__resolve_size(btf, btf_members(t)[i].type) == (int64_t)t->size)
			return btf_members(t)[i].type;
	return 0;
}

/* Bytes of a value of this type. */
static inline void to_machine_order(const struct btf *btf, uint32_t id, uint8_t *bytes)
{
	const struct btf_type *t = btf__type_by_id(btf, id);

	if (!IS_BIG_ENDIAN || !id || !t)
		return;
	if (btf_is_int(t) || btf_is_any_enum(t) || btf_is_float(t) || btf_is_ptr(t)) {
		reverse_bytes(bytes, btf_is_ptr(t) ? 8 : t->size);
	} else if (btf_is_array(t)) {
		const struct btf_array *a = btf_array(t);
		int64_t size = btf__resolve_size(btf, a->type);

		for (uint32_t i = 0; size > 0 && i < a->nelems; i++)
			to_machine_order(btf, a->type, bytes + i * (size_t)size);
	} else if (btf_is_datasec(t)) {
		for (uint16_t i = 0; i < btf_vlen(t); i++)
			to_machine_order(btf, btf_var_secinfos(t)[i].type,
					 bytes + btf_var_secinfos(t)[i].offset);
	} else if (btf_is_struct(t)) {
		members_to_machine_order(btf, t, bytes);
	} else if (btf_is_union(t)) {
		to_machine_order(btf, widest_member(btf, t), bytes);
	} else if (!is_network_order(btf, t)) {
		to_machine_order(btf, t->type, bytes); /* a typedef, a modifier, a variable */
	}
}

/* Bytes of a key of an LPM trie. Data of the size of an address is taken for one. */
static inline void prefix_to_machine_order(const struct btf *btf, uint32_t id, size_t size,
					   uint8_t *bytes)
{
	if (IS_BIG_ENDIAN && (!id || size == 8 || size == 20))
		reverse_bytes(bytes, 4);
	else
		to_machine_order(btf, id, bytes);
}

#endif
