/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Eviction of in-process LRU maps: a clock hand goes around the slots and evicts the
 * first entry that was not updated since the hand last passed it. So entries that are
 * written once are evicted by age, and others get a second chance. As in the kernel,
 * reading through the store does not protect an entry.
 */
#include "store/memory/hash.h"

#include <errno.h>

/* Unlink the entry in a slot unless it is unused, or was updated lately. */
static bool try_evict(struct hash_map *h, uint32_t slot)
{
	struct hash_entry *e = hash_entry(h, slot);
	uint32_t bucket = hash_bucket(h, __atomic_load_n(&e->tag, __ATOMIC_RELAXED));
	uint32_t *link = &h->buckets[bucket];

	/* The slot may be free, or get another key meanwhile: then the entry
	 * is not in the chain that its tag told. */
	GUARD_MUTEX(memory_stripe(&h->stripes, bucket));
	while (*link && *link != slot)
		link = &hash_entry(h, *link)->next;
	if (!*link)
		return false;
	if (e->tag & HASH_USED) {
		__atomic_store_n(&e->tag, e->tag & ~HASH_USED, __ATOMIC_RELAXED);
		return false;
	}
	__atomic_store_n(link, e->next, __ATOMIC_RELAXED);
	return true;
}

int memory_lru_evict(struct hash_map *h, uint32_t *ret)
{
	uint32_t slots = h->entries.limit;

	/* The first round may find every entry used; the second does not. */
	for (uint64_t i = 0; i <= 2 * (uint64_t)slots; i++) {
		uint32_t slot = __atomic_fetch_add(&h->hand, 1, __ATOMIC_RELAXED);

		slot = slot % slots + 1;
		if (try_evict(h, slot)) {
			*ret = slot;
			return 0;
		}
	}
	return -ENOMEM;
}
