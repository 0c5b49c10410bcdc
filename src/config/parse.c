/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a file to sections. libinih takes lines apart:
 *
 *	text ──> next_line() ──> libinih ──> on_word() ──> sections
 *
 * libinih reads through next_line(). It counts lines, and refuses text that libinih
 * would silently misread: lines longer than its buffer, which it would split, and NULs.
 * The headers of sections are read here, because libinih cuts them at 49 bytes and ends
 * them at the first ']', which can be part of a pattern; it gets another one in their
 * place.
 */
#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "config/words.h"
#include "host/file.h"
#include "text/error.h"
#include "util/buf.h"
#include "util/decimal.h"

#define BOM "\xef\xbb\xbf" /* what Windows editors begin UTF-8 with */
#define BLANKS " \t\r\v\f"
#define HEADERS "[map PATTERN], [pin PATTERN], [prog PATTERN] or [id N]"

struct parser {
	const char *text, *end; /* not read yet */
	unsigned line;		/* the one that libinih has */
	bool owed;		/* it should become a word */
	bool continues;		/* it is more of the word before it */
	struct config *c;
	size_t room;	       /* for sections */
	enum config_word last; /* the word that is being read; CONFIG_WORDS: none */
	config_error_fn *fn;
	void *arg;
	unsigned errors;
	int error; /* 0 or -ENOMEM */
};

_printf_(3, 4) static void fail(struct parser *p, unsigned line, const char *fmt, ...)
{
	_cleanup_buf_ struct buf reason = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&reason, fmt, ap);
	va_end(ap);
	if (p->errors++ < CONFIG_MAX_ERRORS)
		p->fn(p->arg, line, buf_cstr(&reason) ?: "no memory");
}

/* ---- words ---- */

static struct config_section *section(struct parser *p)
{
	return p->c->count ? &p->c->sections[p->c->count - 1] : NULL;
}

/* All lines of the last word have been read. */
static void end_word(struct parser *p)
{
	_cleanup_buf_ struct buf reason = BUF_INIT;
	struct config_value *v;
	int r;

	if (p->last == CONFIG_WORDS)
		return;
	v = &section(p)->words[p->last];
	r = config_word_parse(p->last, v->text, &v->number, &reason);
	if (r == -ENOMEM)
		p->error = r;
	else if (r < 0)
		fail(p, v->line, "%s", buf_cstr(&reason) ?: "no memory");
	p->last = CONFIG_WORDS;
}

static void begin_word(struct parser *p, const char *name, const char *text)
{
	_cleanup_buf_ struct buf known = BUF_INIT;
	enum config_word word = config_word_find(name);
	char quote[TEXT_QUOTE_SIZE];
	struct config_value *v;

	config_word_list(&known);
	if (word == CONFIG_WORDS) {
		fail(p, p->line, "unknown word %s: expected one of %s",
		     text_quote(quote, name, strlen(name)), buf_cstr(&known) ?: "");
		return;
	}
	if (!section(p)) {
		fail(p, p->line, "%s= comes before the first section", name);
		return;
	}
	v = &section(p)->words[word];
	if (v->text) {
		fail(p, p->line, "duplicate %s=, see line %u", name, v->line);
	} else if (!*text) {
		fail(p, p->line, "%s= has no value", name);
	} else {
		v->text = strdup(text);
		v->line = p->line;
		p->last = word;
		p->error = v->text ? p->error : -ENOMEM;
	}
}

/* The lines of a value are joined by a blank, but not where a list goes on: the grammar
 * of types has no blanks there. */
static bool needs_blank(const char *a, const char *b)
{
	return !strchr("{[(,", a[strlen(a) - 1]) && !strchr("}]),", *b);
}

static void continue_word(struct parser *p, const char *text)
{
	struct config_value *v = &section(p)->words[p->last];
	char *whole;

	if (!*text)
		return;
	if (asprintf(&whole, "%s%s%s", v->text, needs_blank(v->text, text) ? " " : "",
		     text) < 0) {
		p->error = -ENOMEM;
		return;
	}
	free(v->text);
	v->text = whole;
}

/* Callback of libinih for the current line. */
static int on_word(void *arg, const char *header, const char *name, const char *text)
{
	struct parser *p = arg;

	p->owed = false;
	if (p->error < 0)
		return 1;
	if (p->continues) {
		continue_word(p, text);
		return 1;
	}
	begin_word(p, name, text);
	return 1;
}

/* ---- sections ---- */

static bool is_comment(char c)
{
	return c == '#' || c == ';';
}

/* Where the header that begins at s ends: the first ']' with nothing but a comment
 * behind it. NULL: nowhere. */
static const char *end_of_header(const char *s, const char *end)
{
	while ((s = memchr(s, ']', (size_t)(end - s)))) {
		const char *rest = s + 1;

		while (rest < end && strchr(BLANKS, *rest))
			rest++;
		if (rest == end || is_comment(*rest))
			return s;
		s++;
	}
	return NULL;
}

/* NULL, or what is wrong with a pattern. */
static const char *check_pattern(struct config_section *s)
{
	const char *pattern = s->pattern;
	uint64_t id;

	switch (s->kind) {
	case CONFIG_MAP:
		return strpbrk(pattern, "/@%")
			       ? "map names consist of letters, digits, '_' and '.'; "
				 "to match an id, use [id N]"
			       : NULL;
	case CONFIG_PIN:
		return *pattern != '/' && *pattern != '*'
			       ? "expected a pattern of absolute paths"
			       : NULL;
	case CONFIG_ID:
		if (decimal_parse(pattern, strlen(pattern), UINT32_MAX, &id) < 0 || !id)
			return "expected the id of a map";
		s->id = (uint32_t)id;
		return NULL;
	default:
		return NULL;
	}
}

static int add_section(struct parser *p, struct config_section *s)
{
	struct config *c = p->c;

	if (c->count == p->room) {
		size_t room = p->room ? 2 * p->room : 16;
		struct config_section *more =
			reallocarray(c->sections, room, sizeof(*more));

		if (!more)
			return -ENOMEM;
		c->sections = more;
		p->room = room;
	}
	c->sections[c->count++] = *s;
	return 0;
}

/* The kind that the header between s and end begins with, and its pattern, which is
 * NULL without memory. CONFIG_KINDS: none of them. */
static enum config_kind parse_header(const char *s, const char *end, char **ret_pattern)
{
	static const char *const kinds[CONFIG_KINDS] = { "map", "pin", "prog", "id" };

	while (end > s && strchr(BLANKS, end[-1]))
		end--;
	while (s < end && strchr(BLANKS, *s))
		s++;
	for (enum config_kind kind = 0; kind < CONFIG_KINDS; kind++) {
		size_t len = strlen(kinds[kind]);
		const char *pattern = s + len;

		if ((size_t)(end - s) <= len || memcmp(s, kinds[kind], len) ||
		    !strchr(BLANKS, *pattern))
			continue;
		while (strchr(BLANKS, *pattern))
			pattern++;
		*ret_pattern = strndup(pattern, (size_t)(end - pattern));
		return kind;
	}
	return CONFIG_KINDS;
}

/* A line whose first character, at s, is '['. A bad section is added, too, so that
 * its words are checked. */
static void begin_section(struct parser *p, const char *s, const char *end)
{
	struct config_section new = { .line = p->line };
	const char *close = end_of_header(s, end), *why = NULL;

	if (p->c->count == CONFIG_MAX_SECTIONS) {
		fail(p, p->line, "more than %u sections", CONFIG_MAX_SECTIONS);
		p->text = p->end;
		return;
	}
	new.kind = close ? parse_header(s + 1, close, &new.pattern) : CONFIG_KINDS;
	if (new.kind == CONFIG_KINDS)
		why = "expected " HEADERS;
	else if (new.pattern)
		why = check_pattern(&new);
	if (why)
		fail(p, p->line, "%s", why);
	else
		p->c->has[new.kind] = true;
	if ((!why && !new.pattern) || add_section(p, &new) < 0) {
		free(new.pattern);
		p->error = -ENOMEM;
	}
}

/* ---- lines ---- */

static void settle_line(struct parser *p)
{
	if (p->owed)
		fail(p, p->line, "expected WORD = VALUE, " HEADERS);
	p->owed = false;
}

/* libinih takes ':' for '=', too; here it is part of types. */
static bool is_assignment(const char *s, const char *end)
{
	while (s < end && *s != '=' && *s != ':')
		s++;
	return s < end && *s == '=';
}

/* Returns the text that libinih gets for a line; *s and *len are trimmed. */
static const char *classify(struct parser *p, const char *s, size_t *len)
{
	const char *end = s + *len, *first = s;

	while (first < end && strchr(BLANKS, *first))
		first++;
	if (first == end || is_comment(*first)) {
		*len = 0;
		return s;
	}
	/* libinih continues a value with any line that begins with a blank. */
	p->continues = first > s && p->last != CONFIG_WORDS && *first != '[' &&
		       !is_assignment(first, end);
	if (!p->continues)
		end_word(p);
	if (*first == '[') {
		begin_section(p, first, end);
		*len = strlen("[section]");
		return "[section]";
	}
	p->owed = true;
	if (!p->continues)
		s = first;
	*len = p->continues || is_assignment(s, end) ? (size_t)(end - s) : 0;
	return s;
}

static const char *check_line(struct parser *p, const char *s, size_t *len, size_t max)
{
	if (memchr(s, '\0', *len)) {
		fail(p, p->line, "unexpected NUL byte");
		*len = 0;
		return s;
	}
	s = classify(p, s, len);
	if (*len > max) {
		fail(p, p->line,
		     "a line may have at most %zu bytes; continue the "
		     "value in lines that begin with a blank",
		     max);
		p->owed = false;
		*len = 0;
	}
	return s;
}

/* As fgets(3), for libinih. */
static char *next_line(char *out, int size, void *arg)
{
	struct parser *p = arg;
	const char *s = p->text, *end;
	size_t len;

	settle_line(p);
	if (s == p->end || p->error < 0 || p->errors > CONFIG_MAX_ERRORS)
		return NULL;
	end = memchr(s, '\n', (size_t)(p->end - s)) ?: p->end;
	p->text = end + (end < p->end);
	p->line++;
	len = (size_t)(end - s);
	/* Debian's libinih has 200 bytes: with "\r", "\n" and NUL. */
	s = check_line(p, s, &len, (size_t)size - 3);
	memcpy(out, s, len);
	memcpy(out + len, "\n", 2);
	return out;
}

/* ---- files ---- */

struct config *config_ref(struct config *c)
{
	__atomic_add_fetch(&c->refs, 1, __ATOMIC_RELAXED);
	return c;
}

void config_unref(struct config *c)
{
	if (!c || __atomic_sub_fetch(&c->refs, 1, __ATOMIC_ACQ_REL))
		return;
	for (size_t i = 0; i < c->count; i++) {
		free(c->sections[i].pattern);
		for (size_t w = 0; w < CONFIG_WORDS; w++)
			free(c->sections[i].words[w].text);
	}
	free(c->sections);
	free(c);
}

int config_parse(const char *text, size_t len, config_error_fn *fn, void *arg,
		 struct config **ret)
{
	_cleanup_config_ struct config *c = calloc(1, sizeof(*c));
	struct parser p = {
		.text = text,
		.end = text + len,
		.c = c,
		.last = CONFIG_WORDS,
		.fn = fn,
		.arg = arg,
	};

	if (!c)
		return -ENOMEM;
	c->refs = 1;
	if (len >= strlen(BOM) && !memcmp(text, BOM, strlen(BOM)))
		p.text += strlen(BOM);
	/* Its own result is the first bad line, which is reported by now. */
	if (ini_parse_stream(next_line, &p, on_word, &p) == -2)
		return -ENOMEM;
	settle_line(&p);
	if (p.error == 0)
		end_word(&p);
	if (p.error < 0 || p.errors)
		return p.error ?: -EINVAL;
	*ret = take_ptr(c);
	return 0;
}

static const char *why_not_read(int error)
{
	switch (error) {
	case -EPERM:
		return "it must belong to root or to the mounting user, and nobody "
		       "else may have write permission";
	case -EINVAL:
		return "it is not a regular file";
	default:
		return strerror(-error);
	}
}

int config_read(const char *path, config_error_fn *fn, void *arg, struct config **ret)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	int r = host_read_private(path, CONFIG_MAX_BYTES, &text);

	if (r < 0) {
		if (r != -ENOENT)
			fn(arg, 0, why_not_read(r));
		return r;
	}
	return config_parse(text.data ?: "", text.len, fn, arg, ret);
}
