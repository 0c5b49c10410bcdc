/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The flags of a map by their names.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "map/def.h"
#include "util/buf.h"

/* The kernel's BPF_F_* for map creation, by bit. */
static const char *const flag_names[] = {
	"no_prealloc",	    "no_common_lru",  "numa_node",     "rdonly",       "wronly",
	"stack_build_id",   "zero_seed",      "rdonly_prog",   "wronly_prog",  "clone",
	"mmapable",	    "preserve_elems", "inner_map",     "link",	       "path_fd",
	"vtype_btf_obj_fd", "token_fd",	      "segv_on_fault", "no_user_conv",
	"rb_overwrite",
};
#define N_FLAGS (sizeof(flag_names) / sizeof(flag_names[0]))

/* -1: no flag has this name. */
static int find_flag(const char *s, size_t len)
{
	for (size_t i = 0; i < N_FLAGS; i++)
		if (strlen(flag_names[i]) == len && !memcmp(flag_names[i], s, len))
			return (int)i;
	return -1;
}

/* A number, as def_format_flags() prints those without a name. */
static bool parse_bits(const char *s, size_t len, uint32_t *ret)
{
	char text[16], *end;
	unsigned long n;

	if (!len || len >= sizeof(text) || *s < '0' || *s > '9')
		return false;
	memcpy(text, s, len);
	text[len] = '\0';
	n = strtoul(text, &end, 0);
	if (*end || n > UINT32_MAX)
		return false;
	*ret = (uint32_t)n;
	return true;
}

int def_parse_flags(const char *s, size_t len, size_t offset, uint32_t *ret,
		    struct text_error *err)
{
	uint32_t flags = 0, bits = 0;
	size_t n;

	for (size_t at = 0; at < len; at += n + 1) {
		const char *comma = memchr(s + at, ',', len - at);
		int bit;

		n = comma ? (size_t)(comma - s) - at : len - at;
		bit = find_flag(s + at, n);
		if (bit < 0 && !parse_bits(s + at, n, &bits))
			return text_fail(err, -EINVAL, offset + at,
					 "expected a flag such as no_prealloc, mmapable, "
					 "rdonly_prog");
		flags |= bit >= 0 ? 1u << bit : bits;
	}
	*ret = flags;
	return 0;
}

void def_format_flags(uint32_t flags, struct buf *out)
{
	const char *comma = "";

	if (!flags)
		buf_putc(out, '0');
	for (size_t i = 0; i < N_FLAGS; i++)
		if (flags & 1u << i) {
			buf_printf(out, "%s%s", comma, flag_names[i]);
			flags &= ~(1u << i);
			comma = ",";
		}
	if (flags)
		buf_printf(out, "%s%#x", comma, flags);
}
