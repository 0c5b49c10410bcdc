/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For tests of one open map: its store, a reference, its schema and the map.
 *
 *	make_map(&spec)			in a memory store
 *	make_map_of_type(&spec, type)	in one that reports this type
 *	...				entries by store_update(&ref, ...)
 *	open_map(rq)
 *	close_map()
 */
#ifndef BPFMAPFS_TESTS_ONE_MAP_H
#define BPFMAPFS_TESTS_ONE_MAP_H

#include <check.h>

#include "map/map.h"
#include "map/schema.h"
#include "store-fault.h"
#include "store/store.h"

static struct store *store;
static struct store_map ref;
static struct schema *schema;
static struct map map;

static inline void make_map(const struct store_spec *spec)
{
	ck_assert_int_eq(store_memory_new(&store), 0);
	ck_assert_int_eq(store_create(store, spec, &ref), 0);
}

static inline void make_map_of_type(const struct store_spec *spec, uint32_t type)
{
	struct store *inner;

	ck_assert_int_eq(store_memory_new(&inner), 0);
	ck_assert_int_eq(store_fault_new(inner, &store), 0);
	ck_assert_int_eq(store_create(store, spec, &ref), 0);
	store_fault_type(store, type);
}

static inline void open_map(const struct request *rq)
{
	ck_assert_int_eq(schema_new(&ref, &schema), 0);
	ck_assert_int_eq(map_open(rq, store, schema, STORE_READ | STORE_WRITE, &map), 0);
}

/* Nothing happens if there is no map. */
static inline void close_map(void)
{
	if (!store)
		return;
	map_close(&map);
	schema_unref(schema);
	store_close(&ref);
	store_free(store);
	store = NULL;
}

#endif
