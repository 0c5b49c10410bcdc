/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A word is one row of `words` and a function that reads its text.
 */
#include "config/words.h"

#include <errno.h>
#include <string.h>

#include "host/accounts.h"
#include "host/file.h"
#include "text/error.h"
#include "text/grammar.h"
#include "text/metric-spec.h"
#include "text/show.h"
#include "util/buf.h"

/* -EINVAL: it is not what the row expects, or err says why; -ENOENT and others: the
 * reason is that. */
typedef int parse_fn(const char *text, uint32_t *ret, struct text_error *err);

static parse_fn parse_key, parse_value, parse_show, parse_path, parse_mode, parse_owner, parse_group, parse_flag,
	parse_metrics, parse_interval;

static const struct {
	const char *name;
	parse_fn *parse;
	const char *expected;
} words[CONFIG_WORDS] = {
	[CONFIG_KEY] = { "key", parse_key, "a type" },
	[CONFIG_VALUE] = { "value", parse_value, "a type" },
	[CONFIG_SHOW] = { "show", parse_show, "types of members" },
	[CONFIG_BTF] = { "btf", parse_path, "an absolute path" },
	[CONFIG_MODE] = { "mode", parse_mode, "an octal number such as 0750" },
	[CONFIG_OWNER] = { "owner", parse_owner, "a user, by name or number" },
	[CONFIG_GROUP] = { "group", parse_group, "a group, by name or number" },
	[CONFIG_HIDDEN] = { "hidden", parse_flag, "yes or no" },
	[CONFIG_READONLY] = { "readonly", parse_flag, "yes or no" },
	[CONFIG_METRICS] = { "metrics", parse_metrics,
			     "yes, no, or members such as packets:counter" },
	[CONFIG_INTERVAL] = { "interval", parse_interval,
			      "a number of seconds from 0.01 to 86400" },
};

static int parse_key(const char *text, uint32_t *ret, struct text_error *err)
{
	return grammar_check(text, true, err);
}

static int parse_value(const char *text, uint32_t *ret, struct text_error *err)
{
	return grammar_check(text, false, err);
}

static int parse_show(const char *text, uint32_t *ret, struct text_error *err)
{
	return show_check(text, err);
}

static int parse_path(const char *text, uint32_t *ret, struct text_error *err)
{
	if (*text != '/')
		return -EINVAL;
	return host_can_read(text) ? 0 : -EACCES;
}

static int parse_mode(const char *text, uint32_t *ret, struct text_error *err)
{
	size_t len = strlen(text);
	uint32_t n = 0;

	if (len > 5 || text[strspn(text, "01234567")])
		return -EINVAL;
	for (size_t i = 0; i < len; i++)
		n = n * 8 + (uint32_t)(text[i] - '0');
	if (n > 07777)
		return -EINVAL;
	*ret = n;
	return 0;
}

static int parse_owner(const char *text, uint32_t *ret, struct text_error *err)
{
	return host_user_id(text, ret);
}

static int parse_group(const char *text, uint32_t *ret, struct text_error *err)
{
	return host_group_id(text, ret);
}

static int parse_flag(const char *text, uint32_t *ret, struct text_error *err)
{
	static const char *const flags[] = { "no",  "yes", "false", "true",
					     "off", "on",  "0",	    "1" };

	for (uint32_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (!strcmp(text, flags[i])) {
			*ret = i % 2;
			return 0;
		}
	return -EINVAL;
}

static int parse_metrics(const char *text, uint32_t *ret, struct text_error *err)
{
	struct metrics_spec spec;

	return metrics_spec_parse(text, &spec, NULL);
}

/* Decimal seconds, to the millisecond. */
static int parse_interval(const char *text, uint32_t *ret, struct text_error *err)
{
	size_t whole = strspn(text, "0123456789");
	bool point = text[whole] == '.';
	size_t parts = point ? strspn(text + whole + 1, "0123456789") : 0;
	uint32_t ms = 0;

	if (!whole || whole > 5 || parts > 3 || (point && !parts) ||
	    text[whole + point + parts])
		return -EINVAL;
	for (size_t i = 0; i < whole; i++)
		ms = ms * 10 + (uint32_t)(text[i] - '0');
	for (size_t i = 0; i < 3; i++)
		ms = ms * 10 + (i < parts ? (uint32_t)(text[whole + 1 + i] - '0') : 0);
	if (ms < 10 || ms > 86400000)
		return -EINVAL;
	*ret = ms;
	return 0;
}

enum config_word config_word_find(const char *name)
{
	enum config_word i = 0;

	while (i < CONFIG_WORDS && strcmp(words[i].name, name))
		i++;
	return i;
}

int config_word_parse(enum config_word word, const char *text, uint32_t *ret_number,
		      struct buf *reason)
{
	struct text_error err = { 0 };
	int r = words[word].parse(text, ret_number, &err);
	char quote[TEXT_QUOTE_SIZE];

	if (r == 0 || r == -ENOMEM)
		return r;
	buf_printf(reason, "%s=%s: ", words[word].name,
		   text_quote(quote, text, strlen(text)));
	if (err.reason[0])
		buf_puts(reason, err.reason);
	else if (r == -EINVAL || r == -ERANGE)
		buf_printf(reason, "expected %s", words[word].expected);
	else if (word == CONFIG_BTF)
		buf_puts(reason, "the file does not exist or cannot be read");
	else if (r == -ENOENT)
		buf_printf(reason, "no such %s",
			   word == CONFIG_OWNER ? "user" : "group");
	else
		buf_printf(reason, "%s", strerror(-r));
	return buf_error(reason) ?: -EINVAL;
}

void config_word_list(struct buf *out)
{
	for (enum config_word i = 0; i < CONFIG_WORDS; i++)
		buf_printf(out, "%s%s", i ? ", " : "", words[i].name);
}
