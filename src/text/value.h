/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values as text: one line, as jq -r prints it, and back
 * (bpfmapfs(5), "Values"). Line ends belong to the caller when formatting.
 */
#ifndef BPFMAPFS_TEXT_VALUE_H
#define BPFMAPFS_TEXT_VALUE_H

#include <stddef.h>

#include "text/parse.h"
#include "text/type.h"

/*
 * Append the text of one value of type_size(t) bytes, without a newline.
 * Text beyond TYPE_MAX_TEXT becomes the raw form ("@..." bare, quoted in
 * VALUE_JSON). Returns 0 or -ENOMEM. Safe from any thread.
 */
int value_format(const struct type *t, const void *value, enum value_form form,
		 struct buf *out);

/*
 * Like VALUE_JSON, but in the raw form (quoted) if the typed text would not read back
 * as the same bytes: padding, NaNs, host bits of a prefix.
 */
int value_format_exact(const struct type *t, const void *value, struct buf *out);

/*
 * Turn text into one value. One trailing newline is allowed.
 *
 * What is accepted beyond what value_format() writes: the raw form, bare or as a JSON
 *   string, of any type; numbers in decimal, as 0x..., in quotes, and as jq writes
 *   large ones if they are integers (1.0, 1.5e3; no negative exponents), -0 as 0; 0 and
 *   1 for false and true, enumerators as numbers; char[N] and u8[N] as arrays of N
 *   numbers; any spelling of an IPv6 address, IPv4 as four decimal numbers only, a
 *   prefix without a length as one of full length; white space where JSON has it, and
 *   around bare numbers and addresses. A name that n members share may be written n
 *   times: the first time it is the first of these members, and so on. Strings must be
 *   UTF-8; other bytes are written in the raw form.
 *
 * how->current is needed with VALUE_MERGE and for types with TYPE_HAS_OVERLAP: among
 * members that share bytes, those that differ from the current value take effect, and
 * they must agree byte for byte.
 *
 * Nothing is written to out unless the whole text is valid. out may be the
 * same memory as how->current.
 *
 * Returns 0;
 *   -EAGAIN  the text is no value yet but more text could make it one
 *            (err says what is missing);
 *   -EINVAL  malformed; -ERANGE number out of range; -EFBIG string longer
 *            than its array; -ENOMEM.
 */
int value_parse(const struct type *t, const struct text_parse *how, const char *text,
		size_t len, void *out);

#endif
