/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel store and the memory store in lockstep: random operations give
 * the same result, errno and content on both. LRU maps are compared in kind:
 * which entry goes is each store's own business.
 *
 * ROUNDS (store-pair.h) is how many maps of each shape there are.
 */
#include <check.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store-btf.h"
#include "store-pair.h"

#define OPS_PER_MAP 400
#define BATCH 64 /* room of a batch: more than any map here can hold */
#define MAX_KEY 64
#define MAX_VALUE (64 * 64) /* 64 bytes for 64 CPUs */

/* --- maps, one in each store ---------------------------------------------- */

/* What kind of order and cursors a map has. */
enum kind { KIND_HASH, KIND_ARRAY, KIND_LPM, KIND_LRU };

struct shape {
	const char *name;
	uint32_t type;
	enum kind kind;
	bool percpu;
	uint32_t flags;
	uint32_t key_type, value_type; /* BTF, or 0 for sizes at random */
	uint32_t key_size, value_size; /* 0: at random, or by type */
};

static const struct shape shapes[] = {
	{ .name = "hash", .type = BPF_MAP_TYPE_HASH },
	{ .name = "hash_no_prealloc", .type = BPF_MAP_TYPE_HASH,
	  .flags = BPF_F_NO_PREALLOC },
	{ .name = "hash_locked", .type = BPF_MAP_TYPE_HASH,
	  .key_type = BTF_ENUM, .value_type = BTF_LOCKED },
	{ .name = "hash_nested_lock", .type = BPF_MAP_TYPE_HASH,
	  .flags = BPF_F_NO_PREALLOC, .key_type = BTF_U64, .value_type = BTF_NESTED },
	{ .name = "hash_timed", .type = BPF_MAP_TYPE_HASH,
	  .key_type = BTF_U32, .value_type = BTF_TIMED },
	{ .name = "hash_zero_seed", .type = BPF_MAP_TYPE_HASH,
	  .flags = BPF_F_ZERO_SEED | BPF_F_RDONLY_PROG },
	{ .name = "percpu_hash", .type = BPF_MAP_TYPE_PERCPU_HASH, .percpu = true },
	{ .name = "percpu_hash_no_prealloc", .type = BPF_MAP_TYPE_PERCPU_HASH,
	  .percpu = true, .flags = BPF_F_NO_PREALLOC },
	{ .name = "array", .type = BPF_MAP_TYPE_ARRAY, .kind = KIND_ARRAY, .key_size = 4 },
	{ .name = "array_locked", .type = BPF_MAP_TYPE_ARRAY, .kind = KIND_ARRAY,
	  .key_type = BTF_TYPEDEF, .value_type = BTF_LOCKED },
	{ .name = "array_of_locks", .type = BPF_MAP_TYPE_ARRAY, .kind = KIND_ARRAY,
	  .key_type = BTF_U32, .value_type = BTF_LOCKS },
	{ .name = "array_timed", .type = BPF_MAP_TYPE_ARRAY, .kind = KIND_ARRAY,
	  .key_type = BTF_U32, .value_type = BTF_TIMED },
	{ .name = "array_mmapable", .type = BPF_MAP_TYPE_ARRAY, .kind = KIND_ARRAY,
	  .key_size = 4, .flags = BPF_F_MMAPABLE },
	{ .name = "percpu_array", .type = BPF_MAP_TYPE_PERCPU_ARRAY, .kind = KIND_ARRAY,
	  .percpu = true, .key_size = 4 },
	{ .name = "lpm_trie", .type = BPF_MAP_TYPE_LPM_TRIE, .kind = KIND_LPM,
	  .flags = BPF_F_NO_PREALLOC },
	{ .name = "lpm_trie_typed", .type = BPF_MAP_TYPE_LPM_TRIE, .kind = KIND_LPM,
	  .flags = BPF_F_NO_PREALLOC, .key_type = BTF_PREFIX, .value_type = BTF_U64 },
	{ .name = "lru_hash", .type = BPF_MAP_TYPE_LRU_HASH, .kind = KIND_LRU },
	{ .name = "lru_hash_no_common", .type = BPF_MAP_TYPE_LRU_HASH, .kind = KIND_LRU,
	  .flags = BPF_F_NO_COMMON_LRU },
	{ .name = "lru_percpu_hash", .type = BPF_MAP_TYPE_LRU_PERCPU_HASH,
	  .kind = KIND_LRU, .percpu = true },
};

#define SHAPES (sizeof(shapes) / sizeof(shapes[0]))

/* What there is about the map under test beside `pair`. */
static struct {
	const struct shape *shape;
	size_t stride; /* of values */
	char keys[2 * BATCH][MAX_KEY]; /* what operations choose from */
	uint32_t key_count;
} t;

/* Prefixes that share bits often, some too long for the trie. */
static void random_prefix(char *key, uint32_t size)
{
	static const uint8_t bytes[] = { 0, 0, 0, 1, 128, 255 };
	uint32_t bits = (size - 4) * 8, length = rnd(bits + 1);

	if (rnd(24) == 0)
		length = bits + 1 + rnd(100);
	memcpy(key, &length, sizeof(length));
	for (uint32_t i = 4; i < size; i++)
		key[i] = (char)PICK(bytes);
}

static void make_keys(void)
{
	uint32_t size = pair.info.key_size;

	/* More keys than fit, so that the map is full now and then. */
	t.key_count = pair.info.max_entries + 1 + rnd(pair.info.max_entries + 2);
	if (t.shape->kind == KIND_LPM)
		t.key_count *= 2;
	if (t.key_count > 2 * BATCH)
		t.key_count = 2 * BATCH;
	for (uint32_t i = 0; i < t.key_count; i++) {
		rnd_bytes(t.keys[i], size);
		if (t.shape->kind == KIND_ARRAY)
			memcpy(t.keys[i], &i, sizeof(i));
		else if (t.shape->kind == KIND_LPM)
			random_prefix(t.keys[i], size);
	}
}

static void make_map(const struct shape *shape)
{
	static const uint32_t key_sizes[] = { 1, 2, 3, 4, 8, 13, 16, 40, 64 };
	static const uint32_t prefix_sizes[] = { 5, 8, 9, 20 };
	static const uint32_t value_sizes[] = { 1, 3, 4, 8, 12, 16, 33, 64 };
	struct store_spec spec = {
		.type = shape->type,
		.flags = shape->flags,
		.max_entries = 1 + rnd(rnd(3) ? 12 : BATCH - 1),
		.key_size = shape->key_size,
		.name = "differential",
	};

	if (!spec.key_size)
		spec.key_size = shape->kind == KIND_LPM ? PICK(prefix_sizes)
							: PICK(key_sizes);
	spec.value_size = PICK(value_sizes);
	if (shape->value_type) {
		spec.key_size = store_btf_size(shape->key_type);
		spec.value_size = store_btf_size(shape->value_type);
		spec.btf_key_type_id = shape->key_type;
		spec.btf_value_type_id = shape->value_type;
		spec.btf_data = store_btf_types(&spec.btf_size);
	}
	t.shape = shape;
	pair.what = shape->name;
	if (!create_both(&spec))
		pair_fail("cannot be created");
	t.stride = spec.value_size;
	if (shape->percpu)
		t.stride = (t.stride + 7) / 8 * 8 * store_possible_cpus();
	ck_assert_uint_le(t.stride, MAX_VALUE);
	make_keys();
}

/* --- operations on single elements ---------------------------------------- */

static const char *any_key(void)
{
	return t.keys[rnd(t.key_count)];
}

static unsigned update_flags(void)
{
	static const unsigned flags[] = { 0, 0, 0, 0, STORE_NOEXIST, STORE_EXIST, 3,
					  STORE_LOCK, STORE_LOCK | STORE_NOEXIST,
					  STORE_LOCK | STORE_EXIST, 7, 8, 1u << 31 };

	return PICK(flags);
}

static unsigned read_flags(void)
{
	static const unsigned flags[] = { 0, 0, 0, 0, STORE_LOCK, STORE_NOEXIST, 8 };

	return PICK(flags);
}

static void op_lookup(void)
{
	char value[STORES][MAX_VALUE];
	const char *key = any_key();
	unsigned flags = read_flags();
	int r[STORES];

	for (int s = 0; s < STORES; s++)
		r[s] = store_lookup(&pair.m[s], key, value[s], flags);
	same_result("lookup", r);
	if (!r[KERNEL])
		same_bytes("lookup", value[KERNEL], value[MEMORY], t.stride);
}

static void op_update(void)
{
	char value[MAX_VALUE], what[64];
	const char *key = any_key();
	unsigned flags = update_flags();
	int r[STORES];

	rnd_bytes(value, t.stride);
	for (int s = 0; s < STORES; s++)
		r[s] = store_update(&pair.m[s], key, value, flags);
	snprintf(what, sizeof(what), "update with flags %#x", flags);
	same_result(what, r);
}

static void op_remove(void)
{
	const char *key = any_key();
	int r[STORES];

	for (int s = 0; s < STORES; s++)
		r[s] = store_remove(&pair.m[s], key);
	same_result("remove", r);
}

static void op_lookup_and_delete(void)
{
	char value[STORES][MAX_VALUE];
	const char *key = any_key();
	unsigned flags = read_flags();
	int r[STORES];

	for (int s = 0; s < STORES; s++)
		r[s] = store_lookup_and_delete(&pair.m[s], key, value[s], flags);
	same_result("lookup_and_delete", r);
	if (!r[KERNEL])
		same_bytes("lookup_and_delete", value[KERNEL], value[MEMORY], t.stride);
}

static void op_next_key(void)
{
	const char *key = rnd(8) ? any_key() : NULL;
	char next[STORES][MAX_KEY], value[MAX_VALUE];
	int r[STORES];

	/* The order of a hash map is its own, but where it begins is not: an
	 * absent key restarts. */
	if (t.shape->kind == KIND_HASH && key &&
	    store_lookup(&pair.m[KERNEL], key, value, 0) == 0)
		return;
	for (int s = 0; s < STORES; s++)
		r[s] = store_next_key(&pair.m[s], key, next[s]);
	same_result("next_key", r);
	if (!r[KERNEL] && t.shape->kind != KIND_HASH)
		same_bytes("next_key", next[KERNEL], next[MEMORY], pair.info.key_size);
}

/* --- batches --------------------------------------------------------------- */

struct element {
	char key[MAX_KEY];
	char value[MAX_VALUE];
};

struct pass {
	struct element elements[4 * BATCH];
	size_t count;
	int result;
};

static int compare_elements(const void *a, const void *b)
{
	return memcmp(a, b, MAX_KEY);
}

/* Take a batch into a pass. */
static void collect(struct pass *p, const char *keys, const char *values, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		struct element *e = &p->elements[p->count++];

		ck_assert_uint_le(p->count, 4 * BATCH);
		memset(e, 0, sizeof(*e));
		memcpy(e->key, keys + i * pair.info.key_size, pair.info.key_size);
		memcpy(e->value, values + i * t.stride, t.stride);
	}
}

/* store_lookup_batch() or store_take_batch() */
typedef int batch_op(const struct store_map *m, const void *in, void *out, void *keys,
		     void *values, uint32_t *count, unsigned elem_flags);

/* All elements of one store by batches of `room` or as many as it needs. */
static void run_pass(struct store_map *m, batch_op *op, uint32_t room, unsigned flags,
		     struct pass *p)
{
	static char keys[BATCH * MAX_KEY], values[BATCH * MAX_VALUE];
	char cursor[MAX_KEY] = "";
	bool started = false;

	p->count = 0;
	do {
		uint32_t count = room;

		p->result = op(m, started ? cursor : NULL, cursor, keys, values, &count,
			       flags);
		if (p->result == -ENOSPC) {
			ck_assert_uint_eq(count, 0);
			room = room * 2 < BATCH ? room * 2 : BATCH;
		} else if (p->result == 0 || p->result == -ENOENT) {
			ck_assert_uint_le(count, room);
			collect(p, keys, values, count);
		}
		started = true;
	} while (p->result == 0 || p->result == -ENOSPC);
}

static void compare_passes(batch_op *op)
{
	static struct pass pass[STORES];
	unsigned flags = read_flags();
	uint32_t room = 1 + rnd(BATCH);

	for (int s = 0; s < STORES; s++)
		run_pass(&pair.m[s], op, room, flags, &pass[s]);
	if (pass[KERNEL].result != pass[MEMORY].result ||
	    pass[KERNEL].count != pass[MEMORY].count)
		pair_fail("pass: kernel %d (%zu), memory %d (%zu)", pass[KERNEL].result,
		     pass[KERNEL].count, pass[MEMORY].result, pass[MEMORY].count);
	for (int s = 0; t.shape->kind == KIND_HASH && s < STORES; s++)
		qsort(pass[s].elements, pass[s].count, sizeof(struct element),
		      compare_elements);
	for (size_t i = 0; i < pass[KERNEL].count; i++) {
		same_bytes("key in a pass", pass[KERNEL].elements[i].key,
			   pass[MEMORY].elements[i].key, pair.info.key_size);
		same_bytes("value in a pass", pass[KERNEL].elements[i].value,
			   pass[MEMORY].elements[i].value, t.stride);
	}
}

static void op_pass(void)
{
	compare_passes(store_lookup_batch);
}

/* Rarely to the end: the map is empty behind it. */
static void op_take_all(void)
{
	char key[MAX_KEY];
	int r[STORES];

	if (rnd(4))
		return;
	compare_passes(store_take_batch);
	for (int s = 0; s < STORES; s++)
		r[s] = store_next_key(&pair.m[s], NULL, key);
	same_result("next_key behind take_batch", r);
}

/* What store_take_one() does where there are no batches of its kind. */
static void op_take_one(void)
{
	char value[STORES][MAX_VALUE];
	const char *key = any_key();
	bool exact[STORES];
	int r[STORES];

	for (int s = 0; s < STORES; s++)
		r[s] = store_take_one(&pair.m[s], key, value[s], &exact[s]);
	same_result("take_one", r);
	if (!r[KERNEL])
		same_bytes("take_one", value[KERNEL], value[MEMORY], t.stride);
	if (!r[KERNEL] && exact[KERNEL] != (t.shape->kind == KIND_HASH))
		pair_fail("take_one of this type is exact or not, but says otherwise");
}

/* One call of arrays and tries: counts and cursors are the same too. */
static void op_one_batch(void)
{
	static char keys[STORES][BATCH * MAX_KEY], values[STORES][BATCH * MAX_VALUE];
	char cursor[STORES][MAX_KEY] = { "", "" };
	const char *in = rnd(4) ? any_key() : NULL;
	uint32_t room = rnd(BATCH), count[STORES];
	int r[STORES];

	if (t.shape->kind == KIND_HASH)
		return;
	for (int s = 0; s < STORES; s++) {
		count[s] = room;
		r[s] = store_lookup_batch(&pair.m[s], in, cursor[s], keys[s], values[s],
					  &count[s], 0);
	}
	same_result("lookup_batch", r);
	if (count[KERNEL] != count[MEMORY])
		pair_fail("lookup_batch: kernel %u, memory %u", count[KERNEL], count[MEMORY]);
	if (!r[KERNEL] || r[KERNEL] == -ENOENT) {
		same_bytes("batch of keys", keys[KERNEL], keys[MEMORY],
			   count[KERNEL] * pair.info.key_size);
		same_bytes("batch of values", values[KERNEL], values[MEMORY],
			   count[KERNEL] * t.stride);
		same_bytes("cursor", cursor[KERNEL], cursor[MEMORY], MAX_KEY);
	}
}

/* Keys for a batch; the same one may come twice. */
static uint32_t batch_keys(char *keys)
{
	uint32_t count = rnd(8);

	for (uint32_t i = 0; i < count; i++)
		memcpy(keys + i * pair.info.key_size, any_key(), pair.info.key_size);
	return count;
}

static void same_counts(const char *what, const int r[STORES],
			const uint32_t count[STORES])
{
	same_result(what, r);
	if (count[KERNEL] != count[MEMORY])
		pair_fail("%s: kernel did %u, memory %u", what, count[KERNEL], count[MEMORY]);
}

static void op_update_batch(void)
{
	static char keys[BATCH * MAX_KEY], values[BATCH * MAX_VALUE];
	static const unsigned all_flags[] = { 0, 0, 0, STORE_LOCK, STORE_NOEXIST,
					      STORE_EXIST, 8 };
	uint32_t room = batch_keys(keys), count[STORES];
	unsigned flags = PICK(all_flags);
	int r[STORES];

	rnd_bytes(values, room * t.stride);
	for (int s = 0; s < STORES; s++) {
		count[s] = room;
		r[s] = store_update_batch(&pair.m[s], keys, values, &count[s], flags);
	}
	same_counts("update_batch", r, count);
}

static void op_remove_batch(void)
{
	static char keys[BATCH * MAX_KEY];
	uint32_t room = batch_keys(keys), count[STORES];
	int r[STORES];

	for (int s = 0; s < STORES; s++) {
		count[s] = room;
		r[s] = store_remove_batch(&pair.m[s], keys, &count[s]);
	}
	same_counts("remove_batch", r, count);
}

/* --- the map as a whole ---------------------------------------------------- */

/* Close and open again by id, with less or with all rights. */
static void op_reopen(void)
{
	unsigned access = 1 + rnd(3);
	struct store_map again[STORES];

	for (int s = 0; s < STORES; s++) {
		struct store_info info;

		ck_assert_int_eq(store_info(&pair.m[s], &info), 0);
		ck_assert_int_eq(store_open(pair.stores[s], info.id, access, &again[s]), 0);
		store_close(&pair.m[s]);
		pair.m[s] = again[s];
	}
	same_info();
}

static void op_freeze(void)
{
	/* Rarely: little happens to a map after that. */
	if (rnd(20) == 0)
		freeze_both();
}

static void (*const ops[])(void) = {
	op_lookup, op_lookup, op_lookup, op_update, op_update, op_update, op_update,
	op_update, op_remove, op_remove, op_lookup_and_delete, op_next_key, op_next_key,
	op_pass, op_one_batch, op_update_batch, op_update_batch, op_remove_batch,
	op_take_all, op_take_one, op_reopen, op_freeze,
};

/* --- LRU: in kind ---------------------------------------------------------- */

/* Values last written, by number of key; each says whether it was ever. */
static struct {
	bool written;
	char value[MAX_VALUE];
} model[2 * BATCH];

/*
 * Whether an update may give r. The kernel takes room for the new entry
 * first, and what it evicts for it may be the very key.
 */
static bool lru_may_answer(unsigned flags, bool present, int r)
{
	if (flags > STORE_EXIST)
		return r == -EINVAL;
	if (flags == STORE_NOEXIST && present)
		return r == -EEXIST || r == 0;
	if (flags == STORE_EXIST)
		return r == -ENOENT || (present && r == 0);
	return r == 0;
}

static void lru_update(uint32_t i)
{
	static const unsigned all_flags[] = { 0, 0, STORE_NOEXIST, STORE_EXIST, 3, 8,
					      STORE_LOCK };
	unsigned flags = PICK(all_flags);
	char value[MAX_VALUE], old[MAX_VALUE];

	rnd_bytes(value, t.stride);
	for (int s = 0; s < STORES; s++) {
		bool present = store_lookup(&pair.m[s], t.keys[i], old, 0) == 0;
		int r = store_update(&pair.m[s], t.keys[i], value, flags);

		if (!lru_may_answer(flags, present, r))
			pair_fail("%s update with flags %#x of a key that is%s there: %d",
			     store_name(pair.stores[s]), flags, present ? "" : " not", r);
		/* Bring both to the same value, so that one model does. */
		if (flags <= 2)
			ck_assert_int_eq(store_update(&pair.m[s], t.keys[i], value, 0), 0);
	}
	if (flags <= 2) {
		model[i].written = true;
		memcpy(model[i].value, value, t.stride);
	}
}

static void lru_lookup(uint32_t i)
{
	bool take = rnd(4) == 0;

	for (int s = 0; s < STORES; s++) {
		char value[MAX_VALUE];
		int r = take ? store_lookup_and_delete(&pair.m[s], t.keys[i], value, 0)
			     : store_lookup(&pair.m[s], t.keys[i], value, 0);

		if (r == 0 && !model[i].written)
			pair_fail("%s holds what is not there", store_name(pair.stores[s]));
		if (r == 0)
			same_bytes("lookup", value, model[i].value, t.stride);
		else if (r != -ENOENT)
			pair_fail("%s lookup: %d", store_name(pair.stores[s]), r);
	}
	if (take)
		model[i].written = false;
}

static uint32_t key_number(const char *key)
{
	for (uint32_t i = 0; i < t.key_count; i++)
		if (memcmp(t.keys[i], key, pair.info.key_size) == 0)
			return i;
	pair_fail("a key that nobody wrote");
	return 0;
}

/* A pass that takes leaves nothing behind. */
static void lru_pass(int s, bool take)
{
	static struct pass pass;

	run_pass(&pair.m[s], take ? store_take_batch : store_lookup_batch, 1 + rnd(BATCH), 0,
		 &pass);
	ck_assert_int_eq(pass.result, -ENOENT);
	if (pass.count > pair.info.max_entries)
		pair_fail("%s holds %zu entries", store_name(pair.stores[s]), pass.count);
	qsort(pass.elements, pass.count, sizeof(struct element), compare_elements);
	for (size_t i = 0; i < pass.count; i++) {
		uint32_t k = key_number(pass.elements[i].key);

		if (i && !compare_elements(&pass.elements[i - 1], &pass.elements[i]))
			pair_fail("%s lists a key twice", store_name(pair.stores[s]));
		if (!model[k].written)
			pair_fail("%s lists a deleted key", store_name(pair.stores[s]));
		same_bytes("value in a pass", pass.elements[i].value, model[k].value,
			   t.stride);
	}
	run_pass(&pair.m[s], store_lookup_batch, BATCH, 0, &pass);
	if (take && pass.count)
		pair_fail("%s keeps what was taken", store_name(pair.stores[s]));
}

static void lru_round(void)
{
	memset(model, 0, sizeof(model));
	for (unsigned i = 0; i < OPS_PER_MAP; i++) {
		uint32_t k = key_number(any_key());

		if (rnd(3))
			lru_update(k);
		else
			lru_lookup(k);
		for (int s = 0; i % 20 == 0 && s < STORES; s++)
			lru_pass(s, i % 100 == 0);
		if (i % 100 == 0)
			memset(model, 0, sizeof(model));
	}
}

/* --- the tests ------------------------------------------------------------- */

START_TEST(random_operations_agree)
{
	const struct shape *shape = &shapes[_i];

	if (shape->value_type == BTF_NESTED && left_out(DIFFERENT_FIELDS))
		return;
	for (pair.round = 0; pair.round < pair.rounds; pair.round++) {
		begin_round((unsigned)_i);
		make_map(shape);
		for (unsigned i = 0; shape->kind != KIND_LRU && i < OPS_PER_MAP; i++)
			PICK(ops)();
		if (shape->kind == KIND_LRU)
			lru_round();
		close_both();
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("differential");
	TCase *tc = tcase_create("operations");

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, random_operations_agree, 0, SHAPES);
	suite_add_tcase(s, tc);
	return run_pair(s);
}
