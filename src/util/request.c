/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "util/request.h"

#include <errno.h>
#include <time.h>

#include "util/clock.h"

#define WAIT_STEP_NS 10000000u

bool request_interrupted(const struct request *rq)
{
	return rq && rq->interrupted && rq->interrupted(rq->arg);
}

bool request_is_root(const struct request *rq)
{
	return rq && rq->uid == 0 && !rq->restricted;
}

int request_wait(const struct request *rq, uint64_t deadline)
{
	uint64_t now;

	while ((now = clock_ns(CLOCK_MONOTONIC)) < deadline) {
		uint64_t step =
			deadline - now < WAIT_STEP_NS ? deadline - now : WAIT_STEP_NS;
		struct timespec ts = { 0, (long)step };

		if (request_interrupted(rq))
			return -EINTR;
		nanosleep(&ts, NULL);
	}
	return 0;
}
