/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A fast path for JSON in exactly the form in which it is printed, as in most lines of
 * whole-map files. All other text is left to value-parse.c, which also reports errors.
 */
#include "text/quick.h"

#include <string.h>

#include "text/model.h"
#include "text/number.h"
#include "util/decimal.h"

/* Up to 19 digits, which fit 64 bits. */
static const char *digits(const char *s, const char *end, uint64_t *ret)
{
	const char *from = s;
	uint64_t v = 0;

	if (end - s > DECIMAL_SAFE)
		end = s + DECIMAL_SAFE;
	for (; s < end && *s >= '0' && *s <= '9'; s++)
		v = v * 10 + (uint64_t)(*s - '0');
	*ret = v;
	return s == from || decimal_has_zeros(from, (size_t)(s - from)) ? NULL : s;
}

/* Returns s if a number ends there, otherwise NULL. */
static const char *ended(const char *s, const char *end)
{
	return s && (s == end || *s == ',' || *s == '}' || *s == ']' || *s == '\n') ? s : NULL;
}

const char *quick_uint(const struct node *n, const char *s, const char *end, uint8_t *p)
{
	uint64_t v;

	s = ended(digits(s, end, &v), end);
	if (!s || (n->size < 8 && v >> (8 * n->size)))
		return NULL;
	store_u128(p, n->size, v);
	return s;
}

const char *quick_sint(const struct node *n, const char *s, const char *end, uint8_t *p)
{
	bool negative = s < end && *s == '-';
	uint64_t v;

	s = ended(digits(s + negative, end, &v), end);
	if (!s || v > (UINT64_MAX >> (65 - 8 * n->size)) || (negative && !v))
		return NULL;
	store_u128(p, n->size, negative ? (u128)0 - v : v);
	return s;
}

const char *quick_record(const struct node *n, const char *s, const char *end, uint8_t *p)
{
	const struct members *all = &n->record->all;

	if (n->record->overlap || !all->count || s == end || *s != '{')
		return NULL;
	for (uint32_t i = 0; i < all->count; i++) {
		const struct member *m = &all->list[i];
		size_t len = m->label_len - 1u; /* without the comma or bracket */

		if (s == end || *s != (i ? ',' : '{') || (size_t)(end - s) <= len ||
		    memcmp(s + 1, m->label + 1, len) || !m->node->kind->quick)
			return NULL;
		s = m->node->kind->quick(m->node, s + 1 + len, end, p + m->offset);
		if (!s)
			return NULL;
	}
	return s < end && *s == '}' ? s + 1 : NULL;
}

const char *quick_array(const struct node *n, const char *s, const char *end, uint8_t *p)
{
	const struct node *elem = n->array.elem;

	if (!elem->kind->quick || !n->array.count)
		return NULL;
	for (uint32_t i = 0; i < n->array.count; i++, p += elem->size) {
		if (s == end || *s != (i ? ',' : '['))
			return NULL;
		s = elem->kind->quick(elem, s + 1, end, p);
		if (!s)
			return NULL;
	}
	return s < end && *s == ']' ? s + 1 : NULL;
}
