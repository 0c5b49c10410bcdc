/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ranges of histogram buckets, and their labels. The test counts like each tool:
 * every value that it puts into a bucket is in the bucket's range.
 */
#include "../suite.h"
#include "report/hist-scale.h"
#include "util/buf.h"

static void check_label(struct hist_scale scale, uint64_t bucket, const char *want)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct hist_range range;

	if (!want) {
		ck_assert(!hist_scale_range(&scale, bucket, &range));
		return;
	}
	ck_assert(hist_scale_range(&scale, bucket, &range));
	hist_scale_label(&scale, &range, &out);
	ck_assert_str_eq(buf_cstr(&out), want);
}

START_TEST(labels_of_powers)
{
	const struct hist_scale index = { .kind = HIST_INDEX };
	const struct hist_scale bpftrace = { .kind = HIST_BPFTRACE };
	const struct hist_scale bcc = { .kind = HIST_BCC };
	const struct hist_scale slots = { .kind = HIST_SLOTS };
	const struct hist_scale exp2 = { .kind = HIST_EXP2 };
	const struct hist_scale exp2zero = { .kind = HIST_EXP2ZERO };

	check_label(index, 0, "[0]");
	check_label(index, 2048, "[2048]");
	check_label(index, UINT64_MAX, "[18446744073709551615]");
	check_label(bpftrace, 0, "(..., 0)");
	check_label(bpftrace, 1, "[0]");
	check_label(bpftrace, 2, "[1]");
	check_label(bpftrace, 3, "[2, 4)");
	check_label(bpftrace, 11, "[512, 1K)");
	check_label(bpftrace, 12, "[1K, 2K)");
	check_label(bpftrace, 65, "[8E, 16E)");
	check_label(bpftrace, 66, NULL);
	check_label(bcc, 0, "[0]");
	check_label(bcc, 1, "[0, 2)");
	check_label(bcc, 2, "[2, 4)");
	check_label(bcc, 64, "[8E, 16E)");
	check_label(bcc, 65, NULL);
	check_label(slots, 0, "[0, 2)");
	check_label(slots, 1, "[2, 4)");
	check_label(slots, 26, "[64M, 128M)");
	check_label(slots, 64, NULL);
	check_label(exp2, 0, "[0, 1]");
	check_label(exp2, 1, "[2]");
	check_label(exp2, 2, "(2, 4]");
	check_label(exp2, 11, "(1K, 2K]");
	check_label(exp2, 64, "(8E, 16E]");
	check_label(exp2, 65, NULL);
	check_label(exp2zero, 0, "[0]");
	check_label(exp2zero, 1, "[1]");
	check_label(exp2zero, 2, "[2]");
	check_label(exp2zero, 3, "(2, 4]");
	check_label(exp2zero, 65, "(8E, 16E]");
	check_label(exp2zero, 66, NULL);
}
END_TEST

START_TEST(labels_of_steps)
{
	const struct hist_scale lhist = {
		.kind = HIST_LHIST, .min = -10, .max = 20, .step = 10
	};
	const struct hist_scale kilo = { .kind = HIST_LHIST,
					 .max = 1 << 21,
					 .step = 1 << 19 };
	const struct hist_scale linear = { .kind = HIST_LINEAR, .step = 100 };

	check_label(lhist, 0, "(..., -10)");
	check_label(lhist, 1, "[-10, 0)");
	check_label(lhist, 3, "[10, 20)");
	check_label(lhist, 4, "[20, ...)");
	check_label(lhist, 5, NULL);
	check_label(kilo, 1, "[0, 512K)");
	check_label(kilo, 2, "[512K, 1M)");
	check_label(kilo, 5, "[2M, ...)");
	check_label(linear, 0, "[0, 100)");
	check_label(linear, 10, "[1000, 1100)");
	check_label(linear, UINT64_MAX,
		    "[1844674407370955161500, 1844674407370955161600)");
}
END_TEST

/* ---- the tools' ways to count ---- */

static uint64_t log2_of(uint64_t v)
{
	return v ? 63 - (uint64_t)__builtin_clzll(v) : 0;
}

static uint64_t round_up_log2(uint64_t v)
{
	return log2_of(v) + (v > 1 && v & (v - 1));
}

static uint64_t count_bpftrace(uint64_t v)
{
	return v ? log2_of(v) + 2 : 1;
}

static uint64_t count_bcc(uint64_t v)
{
	return log2_of(v) + 1;
}

static uint64_t count_exp2zero(uint64_t v)
{
	return v ? round_up_log2(v) + 1 : 0;
}

static const struct {
	enum hist_kind kind;
	uint64_t (*count)(uint64_t v);
} tools[] = {
	{ HIST_BPFTRACE, count_bpftrace }, { HIST_BCC, count_bcc },
	{ HIST_SLOTS, log2_of },	   { HIST_EXP2, round_up_log2 },
	{ HIST_EXP2ZERO, count_exp2zero },
};

static void check_value(size_t tool, uint64_t v)
{
	const struct hist_scale scale = { .kind = tools[tool].kind };
	hist_bound value = v;
	struct hist_range range;

	ck_assert(hist_scale_range(&scale, tools[tool].count(v), &range));
	ck_assert(!range.below && !range.above);
	ck_assert_msg(value <= hist_range_max(&range), "%llu", (unsigned long long)v);
	ck_assert_msg(range.to_incl ? value > range.from : value >= range.from, "%llu",
		      (unsigned long long)v);
}

START_TEST(values_are_in_the_range_of_their_bucket)
{
	for (size_t tool = 0; tool < sizeof(tools) / sizeof(tools[0]); tool++) {
		for (uint64_t v = 0; v < 5000; v++)
			check_value(tool, v);
		for (unsigned bit = 0; bit < 64; bit++)
			for (int d = -1; d <= 1; d++)
				check_value(tool, ((uint64_t)1 << bit) + (uint64_t)d);
		check_value(tool, UINT64_MAX);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("report-hist");
	TCase *tc = tcase_create("scale");

	tcase_add_test(tc, labels_of_powers);
	tcase_add_test(tc, labels_of_steps);
	tcase_add_test(tc, values_are_in_the_range_of_their_bucket);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
