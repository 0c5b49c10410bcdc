/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A ring of open handles under one lock. users.c counts them against quotas.
 */
#include "tree/handles.h"

#include <stddef.h>

#include "tree/users.h"
#include "util/cleanup.h"

void handles_init(struct handles *h, struct users *users)
{
	h->users = users;
	pthread_mutex_init(&h->lock, NULL);
	h->ring.prev = h->ring.next = &h->ring;
}

void handles_release(struct handles *h)
{
	pthread_mutex_destroy(&h->lock);
}

int handles_admit(struct handles *h, uid_t uid, struct user **ret)
{
	return users_open(h->users, uid, ret);
}

void handles_refuse(struct handles *h, struct user *user)
{
	users_close(h->users, user, 0);
}

int handles_add(struct handles *h, struct tree_handle *handle, struct user *user)
{
	int r = users_charge(h->users, user, 0, handle->charged);

	if (r < 0) {
		handles_refuse(h, user);
		return r;
	}
	GUARD_MUTEX(&h->lock);
	handle->user = user;
	handle->owner = h;
	handle->next = &h->ring;
	handle->prev = h->ring.prev;
	handle->prev->next = handle->next->prev = handle;
	return 0;
}

static void unlink_handle(struct tree_handle *handle)
{
	GUARD_MUTEX(&handle->owner->lock);

	handle->prev->next = handle->next;
	handle->next->prev = handle->prev;
}

void handles_remove(struct tree_handle *handle)
{
	if (!handle->owner)
		return;
	unlink_handle(handle);
	users_close(handle->owner->users, handle->user, handle->charged);
}

int handle_charge(struct tree_handle *handle, size_t bytes)
{
	int r = 0;

	if (handle->owner && bytes != handle->charged)
		r = users_charge(handle->owner->users, handle->user, handle->charged, bytes);
	if (r == 0)
		handle->charged = bytes;
	return r;
}

struct tree_handle *handles_first(struct handles *h)
{
	return h->ring.next == &h->ring ? NULL : h->ring.next;
}
