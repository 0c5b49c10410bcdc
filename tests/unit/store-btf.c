/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Types for tests, built with libbpf.
 */
#include "store-btf.h"

#include <bpf/btf.h>
#include <check.h>
#include <linux/bpf.h>
#include <stdlib.h>

/* A struct of up to three members; a type of 0 ends them. */
static void add_struct(struct btf *btf, const char *name, uint32_t size,
		       const uint32_t (*members)[2])
{
	static const char *const names[] = { "a", "b", "c" };

	ck_assert_int_gt(btf__add_struct(btf, name, size), 0);
	for (size_t i = 0; i < 3 && members[i][0]; i++)
		ck_assert_int_eq(btf__add_field(btf, names[i], (int)members[i][0],
						members[i][1] * 8, 0), 0);
}

#define MEMBERS(...) ((const uint32_t[4][2]){ __VA_ARGS__ })

static void add_plain(struct btf *btf)
{
	btf__add_int(btf, "unsigned int", 4, 0);
	btf__add_int(btf, "unsigned long", 8, 0);
	btf__add_enum(btf, "state", 4);
	btf__add_enum_value(btf, "ON", 1);
	btf__add_typedef(btf, "__u32", BTF_U32);
	add_struct(btf, "index", 4, MEMBERS({ BTF_U32, 0 }));
	add_struct(btf, "prefix", 8, MEMBERS({ BTF_U32, 0 }, { BTF_U32, 4 }));
}

static void add_special(struct btf *btf)
{
	add_struct(btf, "bpf_spin_lock", 4, MEMBERS({ BTF_U32, 0 }));
	add_struct(btf, "locked", 16,
		   MEMBERS({ BTF_U32, 0 }, { BTF_LOCK, 4 }, { BTF_U64, 8 }));
	add_struct(btf, "nested", 24, MEMBERS({ BTF_U64, 0 }, { BTF_LOCKED, 8 }));
	add_struct(btf, "bpf_timer", 16, MEMBERS({ BTF_U64, 0 }, { BTF_U64, 8 }));
	add_struct(btf, "timed", 24, MEMBERS({ BTF_U64, 0 }, { BTF_TIMER, 8 }));
	add_struct(btf, "two_timers", 40,
		   MEMBERS({ BTF_U64, 0 }, { BTF_TIMER, 8 }, { BTF_TIMER, 24 }));
	btf__add_array(btf, BTF_U32, BTF_LOCKED, 2);
	add_struct(btf, "locks", 32, MEMBERS({ BTF_LOCK_ARRAY, 0 }));
	btf__add_union(btf, "either", 16);
	btf__add_field(btf, "a", BTF_U64, 0, 0);
	btf__add_field(btf, "b", BTF_LOCKED, 0, 0);
	add_struct(btf, "empty", 0, MEMBERS({ 0, 0 }));
	btf__add_var(btf, "total", BTF_VAR_GLOBAL_ALLOCATED, BTF_U64);
	btf__add_datasec(btf, ".data", 8);
	btf__add_datasec_var_info(btf, BTF_VAR, 0, 8);
}

uint32_t store_btf_size(uint32_t id)
{
	static const uint32_t sizes[BTF_COUNT] = {
		[BTF_U32] = 4, [BTF_U64] = 8, [BTF_ENUM] = 4, [BTF_TYPEDEF] = 4,
		[BTF_INDEX] = 4, [BTF_PREFIX] = 8, [BTF_LOCK] = 4, [BTF_LOCKED] = 16,
		[BTF_NESTED] = 24, [BTF_TIMER] = 16, [BTF_TIMED] = 24,
		[BTF_TWO_TIMERS] = 40, [BTF_LOCK_ARRAY] = 32, [BTF_LOCKS] = 32,
		[BTF_UNION] = 16, [BTF_VAR] = 8, [BTF_DATASEC] = 8,
	};

	ck_assert_uint_lt(id, BTF_COUNT);
	return sizes[id];
}

const void *store_btf_types(uint32_t *ret_size)
{
	static struct btf *btf;

	if (!btf) {
		btf = btf__new_empty();
		ck_assert_ptr_nonnull(btf);
		add_plain(btf);
		add_special(btf);
		ck_assert_uint_eq(btf__type_cnt(btf), BTF_COUNT);
	}
	return btf__raw_data(btf, ret_size);
}

struct store_spec store_btf_spec(uint32_t type, uint32_t key_type, uint32_t value_type,
				 uint32_t max_entries, uint32_t flags)
{
	struct store_spec spec = {
		.type = type,
		.key_size = key_type ? store_btf_size(key_type)
			    : type == BPF_MAP_TYPE_LPM_TRIE ? 8 : 4,
		.value_size = value_type && value_type < BTF_COUNT
			      ? store_btf_size(value_type) : 8,
		.max_entries = max_entries,
		.flags = flags,
		.btf_key_type_id = key_type,
		.btf_value_type_id = value_type,
	};

	spec.btf_data = store_btf_types(&spec.btf_size);
	return spec;
}
