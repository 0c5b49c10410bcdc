/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "text/members.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text/model.h"

int members_seen_init(struct members_seen *seen, const struct members *m)
{
	size_t words = (m->count + (size_t)63) / 64;

	memset(seen, 0, sizeof(*seen));
	seen->members = m;
	seen->taken = seen->few;
	if (words > sizeof(seen->few) / sizeof(seen->few[0]))
		seen->taken = calloc(words, sizeof(*seen->taken));
	return seen->taken ? 0 : -ENOMEM;
}

void members_seen_release(struct members_seen *seen)
{
	if (seen->taken != seen->few)
		free(seen->taken);
}

/* "a, b, c" or as much as fits. */
static const char *list_names(const struct members *m, char *dst, size_t size)
{
	size_t used = 0;
	uint32_t i;

	*dst = '\0';
	for (i = 0; i < m->count && used < size; i++)
		used += (size_t)snprintf(dst + used, size - used, "%s%s", i ? ", " : "",
					 m->list[i].name);
	if (used >= size)
		memcpy(dst + size - 4, "...", 4);
	return dst;
}

static int refuse(const struct members *m, const struct span *name, bool known,
		  struct text_error *err)
{
	char quote[TEXT_QUOTE_SIZE], names[80];

	text_quote(quote, name->s, name->len);
	if (known)
		return text_fail(err, -EINVAL, name->at, "member %s is named twice",
				 quote);
	if (!m->count)
		return text_fail(err, -EINVAL, name->at, "expected no members, found %s",
				 quote);
	return text_fail(err, -EINVAL, name->at, "expected one of %s; found %s",
			 list_names(m, names, sizeof(names)), quote);
}

int members_seen_find(struct members_seen *seen, const struct span *name,
		      struct text_error *err, const struct member **ret)
{
	bool known;
	int64_t i = members_find(seen->members, name, seen->hint, seen->taken, &known);

	if (i < 0)
		return refuse(seen->members, name, known, err);
	seen->taken[i / 64] |= 1ULL << (i % 64);
	/* Out of order once, the next one may have twins that come before it. */
	seen->hint = seen->hint == i ? seen->hint + 1 : UINT32_MAX;
	*ret = &seen->members->list[i];
	return 0;
}
