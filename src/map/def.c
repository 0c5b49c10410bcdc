/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading and writing of definition lines. A token is one row in the table
 * `tokens`; def-create.c turns the result into a map.
 */
#include "map/def.h"

#include <errno.h>
#include <limits.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "map/ops.h"
#include "util/buf.h"

#define FLAG_NO_PREALLOC (1u << 0)
#define FLAG_NUMA_NODE (1u << 2)

/* The kernel's BPF_F_* for map creation, by bit. */
static const char *const flag_names[] = {
	"no_prealloc",	    "no_common_lru",  "numa_node",     "rdonly",       "wronly",
	"stack_build_id",   "zero_seed",      "rdonly_prog",   "wronly_prog",  "clone",
	"mmapable",	    "preserve_elems", "inner_map",     "link",	       "path_fd",
	"vtype_btf_obj_fd", "token_fd",	      "segv_on_fault", "no_user_conv",
};
#define N_FLAGS (sizeof(flag_names) / sizeof(flag_names[0]))

/* One token's value inside the line. */
struct span {
	const char *s;
	size_t len;
	size_t offset; /* in the line */
};

struct token {
	const char *name;
	int (*parse)(struct def *d, const struct span *v, struct text_error *err);
	void (*format)(const struct def *d, struct buf *out); /* after "name=" */
	bool (*present)(const struct def *d);		      /* NULL: always written */
};

static bool span_is(const struct span *v, const char *s)
{
	return strlen(s) == v->len && !memcmp(s, v->s, v->len);
}

static int set_text(char **field, const struct span *v)
{
	char *s = strndup(v->s, v->len);

	if (!s)
		return -ENOMEM;
	free(*field);
	*field = s;
	return 0;
}

static int parse_number(const struct span *v, uint64_t max, uint64_t *ret,
			struct text_error *err)
{
	char text[32], *end;
	uint64_t n;

	if (!v->len || v->len >= sizeof(text) || *v->s < '0' || *v->s > '9')
		return text_fail(err, -EINVAL, v->offset, "expected a number");
	memcpy(text, v->s, v->len);
	text[v->len] = '\0';
	errno = 0;
	n = strtoull(text, &end, text[1] == 'x' ? 16 : 10);
	if (*end)
		return text_fail(err, -EINVAL, v->offset,
				 "expected a number, found \"%s\"", text);
	if (errno == ERANGE || n > max)
		return text_fail(err, -ERANGE, v->offset, "expected a number up to %llu",
				 (unsigned long long)max);
	*ret = n;
	return 0;
}

static int parse_u32(const struct span *v, uint32_t *ret, struct text_error *err)
{
	uint64_t n;
	int r = parse_number(v, UINT32_MAX, &n, err);

	if (r == 0)
		*ret = (uint32_t)n;
	return r;
}

static int parse_type(struct def *d, const struct span *v, struct text_error *err)
{
	_cleanup_free_ char *name = strndup(v->s, v->len);
	const struct map_type *type;

	if (!name)
		return -ENOMEM;
	type = map_type_by_name(name);
	if (!type)
		return text_fail(
			err, -EINVAL, v->offset,
			"expected a map type such as hash, array, lru_hash, lpm_trie");
	d->type = type;
	return 0;
}

static void format_type(const struct def *d, struct buf *out)
{
	if (d->type->name)
		buf_puts(out, d->type->name);
	else
		buf_puts(out, "unknown");
}

static int parse_key(struct def *d, const struct span *v, struct text_error *err)
{
	return set_text(&d->key, v);
}

static void format_key(const struct def *d, struct buf *out)
{
	buf_puts(out, d->key);
}

static bool has_key(const struct def *d)
{
	return d->key != NULL;
}

static int parse_value(struct def *d, const struct span *v, struct text_error *err)
{
	return set_text(&d->value, v);
}

static void format_value(const struct def *d, struct buf *out)
{
	buf_puts(out, d->value);
}

static bool has_value(const struct def *d)
{
	return d->value != NULL;
}

static int parse_max(struct def *d, const struct span *v, struct text_error *err)
{
	return parse_u32(v, &d->max_entries, err);
}

static void format_max(const struct def *d, struct buf *out)
{
	buf_put_u64(out, d->max_entries);
}

static int parse_flag(const struct span *v, uint32_t *flags, struct text_error *err)
{
	uint32_t n;

	for (size_t i = 0; i < N_FLAGS; i++)
		if (span_is(v, flag_names[i])) {
			*flags |= 1u << i;
			return 0;
		}
	if (v->len && *v->s >= '0' && *v->s <= '9' && parse_u32(v, &n, err) == 0) {
		*flags |= n;
		return 0;
	}
	return text_fail(err, -EINVAL, v->offset,
			 "expected a flag such as no_prealloc, mmapable, rdonly_prog");
}

static int parse_flags(struct def *d, const struct span *v, struct text_error *err)
{
	const char *end = v->s + v->len, *p = v->s;
	uint32_t flags = 0;
	int r = 0;

	while (r == 0 && p < end) {
		const char *comma = memchr(p, ',', (size_t)(end - p)) ?: end;
		struct span one = { p, (size_t)(comma - p),
				    v->offset + (size_t)(p - v->s) };

		r = parse_flag(&one, &flags, err);
		p = comma + 1;
	}
	if (r == 0)
		d->flags = flags;
	return r;
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

static void format_flags(const struct def *d, struct buf *out)
{
	def_format_flags(d->flags, out);
}

static bool has_flags(const struct def *d)
{
	return d->flags != 0;
}

static int parse_extra(struct def *d, const struct span *v, struct text_error *err)
{
	return parse_number(v, UINT64_MAX, &d->extra, err);
}

static void format_extra(const struct def *d, struct buf *out)
{
	buf_put_u64(out, d->extra);
}

static bool has_extra(const struct def *d)
{
	return d->extra != 0;
}

static int parse_numa(struct def *d, const struct span *v, struct text_error *err)
{
	int r = parse_u32(v, &d->numa_node, err);

	if (r == 0)
		d->flags |= FLAG_NUMA_NODE;
	return r;
}

static void format_numa(const struct def *d, struct buf *out)
{
	buf_put_u64(out, d->numa_node);
}

static bool has_numa(const struct def *d)
{
	return d->numa_node != 0;
}

static int parse_inner(struct def *d, const struct span *v, struct text_error *err)
{
	if (!v->len)
		return text_fail(err, -EINVAL, v->offset, "expected the name of a map");
	return set_text(&d->inner, v);
}

static void format_inner(const struct def *d, struct buf *out)
{
	buf_puts(out, d->inner);
}

static bool has_inner(const struct def *d)
{
	return d->inner != NULL;
}

static const struct token tokens[] = {
	{ "type", parse_type, format_type, NULL },
	{ "key", parse_key, format_key, has_key },
	{ "value", parse_value, format_value, has_value },
	{ "max_entries", parse_max, format_max, NULL },
	{ "flags", parse_flags, format_flags, has_flags },
	{ "extra", parse_extra, format_extra, has_extra },
	{ "numa_node", parse_numa, format_numa, has_numa },
	{ "inner", parse_inner, format_inner, has_inner },
};
#define N_TOKENS (sizeof(tokens) / sizeof(tokens[0]))

/* Bits of the tokens that a line has: their rows. */
#define SEEN_KEY (1u << 1)
#define SEEN_VALUE (1u << 2)
#define SEEN_MAX (1u << 3)
#define SEEN_INNER (1u << 7)

void def_release(struct def *d)
{
	free(d->key);
	free(d->value);
	free(d->inner);
	*d = (struct def){ 0 };
}

static int copy_text(const char *from, char **to)
{
	*to = from ? strdup(from) : NULL;
	return from && !*to ? -ENOMEM : 0;
}

int def_copy(const struct def *from, struct def *to)
{
	_cleanup_def_ struct def copy = *from;

	copy.key = copy.value = copy.inner = NULL;
	if (copy_text(from->key, &copy.key) < 0 ||
	    copy_text(from->value, &copy.value) < 0 ||
	    copy_text(from->inner, &copy.inner) < 0)
		return -ENOMEM;
	*to = copy;
	copy = (struct def){ 0 };
	return 0;
}

static const struct token *find_token(const struct span *name)
{
	for (size_t i = 0; i < N_TOKENS; i++)
		if (span_is(name, tokens[i].name))
			return &tokens[i];
	return NULL;
}

static int parse_token(struct def *d, const struct span *word, unsigned *seen,
		       struct text_error *err)
{
	const char *eq = memchr(word->s, '=', word->len);
	struct span name = { word->s, eq ? (size_t)(eq - word->s) : word->len,
			     word->offset };
	const struct token *t = find_token(&name);
	struct span value;

	if (!t || !eq)
		return text_fail(err, -EINVAL, word->offset,
				 "expected type=, key=, value=, max_entries=, flags=, "
				 "extra=, numa_node= or inner=");
	if (*seen & 1u << (t - tokens))
		return text_fail(err, -EINVAL, word->offset, "%s= is given twice",
				 t->name);
	*seen |= 1u << (t - tokens);
	value = (struct span){ eq + 1, word->len - name.len - 1,
			       word->offset + name.len + 1 };
	return t->parse(d, &value, err);
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

static void drop_text(char **field)
{
	free(*field);
	*field = NULL;
}

/* What the type has no use for: an error if the line says it, else left over
 * from the definition before. */
static int drop(struct def *d, char **field, bool given, const char *name,
		struct text_error *err)
{
	if (given)
		return text_fail(err, -EINVAL, 0,
				 "maps of type %s have no %s=", d->type->name, name);
	drop_text(field);
	return 0;
}

/* What follows from the type when the line does not say otherwise. */
static int imply(struct def *d, unsigned seen, struct text_error *err)
{
	static const struct span index_type = { "u32", 3, 0 };
	unsigned traits = d->type->traits;
	bool key_given = seen & SEEN_KEY;
	int r = 0;

	if (traits & MAP_NO_KEYS)
		r = drop(d, &d->key, key_given, "key", err);
	if (r == 0 && traits & MAP_OF_MAPS)
		r = drop(d, &d->value, seen & SEEN_VALUE, "value", err);
	if (r == 0 && !(traits & MAP_OF_MAPS))
		r = drop(d, &d->inner, seen & SEEN_INNER, "inner", err);
	if (r < 0)
		return r;
	if (traits & MAP_NO_PREALLOC)
		d->flags |= FLAG_NO_PREALLOC;
	if (traits & MAP_UNLIMITED && !(seen & SEEN_MAX))
		d->max_entries = 0;
	if (traits & (MAP_INDEXED | MAP_KEY_U32) && !key_given)
		return set_text(&d->key, &index_type);
	return 0;
}

int def_parse(const struct def *base, const char *line, size_t len, struct def *d,
	      struct text_error *err)
{
	_cleanup_def_ struct def new = { 0 };
	unsigned seen = 0;
	size_t i = 0, start;
	int r;

	r = base ? def_copy(base, &new) : 0;
	while (r == 0) {
		while (i < len && is_space(line[i]))
			i++;
		for (start = i; i < len && !is_space(line[i]);)
			i++;
		if (start == i)
			break;
		r = parse_token(&new, &(struct span){ line + start, i - start, start },
				&seen, err);
	}
	if (r == 0 && !new.type)
		r = text_fail(err, -EINVAL, 0, "expected type=");
	if (r == 0 && !seen)
		r = text_fail(err, -EINVAL, 0,
			      "expected tokens such as type=hash key=u32");
	if (r == 0)
		r = imply(&new, seen, err);
	if (r < 0)
		return r;
	def_release(d);
	*d = new;
	new = (struct def){ 0 };
	return 0;
}

static char *describe(const struct type *t)
{
	struct buf b = BUF_INIT;

	type_describe(t, &b);
	buf_putc(&b, '\0');
	if (buf_error(&b)) {
		buf_release(&b);
		return NULL;
	}
	return buf_detach(&b);
}

/* Of keys and values that are something else to the kernel than to the tree. */
static char *describe_size(uint32_t size)
{
	char text[32];

	if (size == 4 || size == 8)
		return strdup(size == 4 ? "u32" : "u64");
	snprintf(text, sizeof(text), "bytes[%u]", size);
	return strdup(text);
}

int def_from_schema(const struct schema *s, struct def *d)
{
	bool set = schema_has(s, MAP_SET);
	const struct type *key = set ? NULL : s->key;
	const struct type *value = set ? s->key : s->data ? s->data->whole : s->value;
	_cleanup_def_ struct def new = {
		.type = s->type,
		.max_entries = s->info.max_entries,
		.flags = s->info.flags,
		.extra = s->info.map_extra,
	};

	if (schema_has(s, MAP_RDONLY_PROG))
		new.flags &= ~BPF_F_RDONLY_PROG;
	if (s->ops->key)
		new.key = describe_size(s->info.key_size);
	else if (key)
		new.key = describe(key);
	if (s->ops->value)
		new.value = describe_size(s->info.value_size);
	else if (value && !schema_has(s, MAP_OF_MAPS))
		new.value = describe(value);
	if ((key && !new.key) || (value && !schema_has(s, MAP_OF_MAPS) && !new.value))
		return -ENOMEM;
	def_release(d);
	*d = new;
	new = (struct def){ 0 };
	return 0;
}

void def_format(const struct def *d, struct buf *out)
{
	const char *space = "";

	for (size_t i = 0; i < N_TOKENS; i++) {
		if (tokens[i].present && !tokens[i].present(d))
			continue;
		buf_printf(out, "%s%s=", space, tokens[i].name);
		tokens[i].format(d, out);
		space = " ";
	}
}
