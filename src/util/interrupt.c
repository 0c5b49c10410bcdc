/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "util/interrupt.h"

#include <stddef.h>

static __thread bool (*source)(void *arg);
static __thread void *source_arg;

void interrupt_source(bool (*fn)(void *arg), void *arg)
{
	source = fn;
	source_arg = arg;
}

bool interrupted(void)
{
	return source && source(source_arg);
}
