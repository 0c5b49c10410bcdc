/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/record.h"

#include "text/value.h"
#include "util/buf.h"

int record_format(const struct schema *s, const void *record, size_t len, struct buf *out)
{
	int r = 0;

	if (s->record && len == type_size(s->record)) {
		r = value_format(s->record, record, VALUE_JSON, out);
	} else {
		buf_putc(out, '@');
		buf_put_hex(out, record, len);
	}
	buf_putc(out, '\n');
	return r < 0 ? r : buf_error(out);
}
