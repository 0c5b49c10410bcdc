/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/record.h"

#include "map/cases.h"
#include "text/value.h"
#include "util/buf.h"

int record_format(const struct schema *s, const void *record, size_t len, struct buf *out)
{
	const struct type *t = s->cases ? record_cases_find(s->cases, record, len) : NULL;
	int r = 0;

	if (!t && s->record && len == type_size(s->record))
		t = s->record;
	if (t) {
		r = value_format(t, record, VALUE_JSON, out);
	} else {
		buf_putc(out, '@');
		buf_put_hex(out, record, len);
	}
	buf_putc(out, '\n');
	return r < 0 ? r : buf_error(out);
}
