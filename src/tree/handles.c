/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tree/handles.h"

#include <stddef.h>

#include "util/cleanup.h"

void handles_init(struct handles *h)
{
	pthread_mutex_init(&h->lock, NULL);
	h->ring.prev = h->ring.next = &h->ring;
}

void handles_release(struct handles *h)
{
	pthread_mutex_destroy(&h->lock);
}

void handles_add(struct handles *h, struct tree_handle *handle)
{
	GUARD_MUTEX(&h->lock);

	handle->owner = h;
	handle->next = &h->ring;
	handle->prev = h->ring.prev;
	handle->prev->next = handle->next->prev = handle;
}

void handles_remove(struct tree_handle *handle)
{
	if (!handle->owner)
		return;
	GUARD_MUTEX(&handle->owner->lock);
	handle->prev->next = handle->next;
	handle->next->prev = handle->prev;
}

struct tree_handle *handles_first(struct handles *h)
{
	return h->ring.next == &h->ring ? NULL : h->ring.next;
}
