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

#include "map/assign.h"
#include "map/def-line.h"
#include "map/ops.h"
#include "map/view.h"
#include "util/buf.h"

/* key= of a map with indexes, unless names are asked for. */
#define INDEX_TYPE "u32"

enum token_id {
	TOKEN_TYPE,
	TOKEN_KEY,
	TOKEN_VALUE,
	TOKEN_MAX_ENTRIES,
	TOKEN_FLAGS,
	TOKEN_EXTRA,
	TOKEN_NUMA_NODE,
	TOKEN_INNER,
	TOKEN_SHOW,
	N_TOKENS
};

struct token {
	const char *name;
	int (*parse)(struct def *d, const struct assign_span *v, struct text_error *err);
	void (*format)(const struct def *d, struct buf *out); /* after "name=" */
	bool (*present)(const struct def *d);		      /* NULL: always written */
};

static bool span_is(const struct assign_span *v, const char *s)
{
	return strlen(s) == v->len && !memcmp(s, v->s, v->len);
}

static int set_text(char **field, const struct assign_span *v)
{
	char *s = strndup(v->s, v->len);

	if (!s)
		return -ENOMEM;
	free(*field);
	*field = s;
	return 0;
}

static int set_type(char **field, const struct assign_span *v)
{
	char *line;
	int r = def_one_line(v->s, v->len, &line);

	if (r < 0)
		return r;
	free(*field);
	*field = line;
	return 0;
}

static int parse_number(const struct assign_span *v, uint64_t max, uint64_t *ret,
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

static int parse_u32(const struct assign_span *v, uint32_t *ret, struct text_error *err)
{
	uint64_t n;
	int r = parse_number(v, UINT32_MAX, &n, err);

	if (r == 0)
		*ret = (uint32_t)n;
	return r;
}

static int parse_type(struct def *d, const struct assign_span *v, struct text_error *err)
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

static int parse_key(struct def *d, const struct assign_span *v, struct text_error *err)
{
	return set_type(&d->key, v);
}

static void format_key(const struct def *d, struct buf *out)
{
	assign_put_value(d->key, out);
}

static bool has_key(const struct def *d)
{
	return d->key != NULL;
}

static int parse_value(struct def *d, const struct assign_span *v, struct text_error *err)
{
	return set_type(&d->value, v);
}

static void format_value(const struct def *d, struct buf *out)
{
	assign_put_value(d->value, out);
}

static bool has_value(const struct def *d)
{
	return d->value != NULL;
}

static int parse_max(struct def *d, const struct assign_span *v, struct text_error *err)
{
	return parse_u32(v, &d->max_entries, err);
}

static void format_max(const struct def *d, struct buf *out)
{
	buf_put_u64(out, d->max_entries);
}

static int parse_flags(struct def *d, const struct assign_span *v, struct text_error *err)
{
	return def_parse_flags(v->s, v->len, v->offset, &d->flags, err);
}

/* numa_node= implies its flag. */
static uint32_t shown_flags(const struct def *d)
{
	return d->on_node ? d->flags & ~(uint32_t)BPF_F_NUMA_NODE : d->flags;
}

static void format_flags(const struct def *d, struct buf *out)
{
	def_format_flags(shown_flags(d), out);
}

static bool has_flags(const struct def *d)
{
	return shown_flags(d) != 0;
}

static int parse_extra(struct def *d, const struct assign_span *v, struct text_error *err)
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

static int parse_numa(struct def *d, const struct assign_span *v, struct text_error *err)
{
	int r = parse_u32(v, &d->numa_node, err);

	if (r == 0) {
		d->flags |= BPF_F_NUMA_NODE;
		d->on_node = true;
	}
	return r;
}

static void format_numa(const struct def *d, struct buf *out)
{
	buf_put_u64(out, d->numa_node);
}

static bool has_numa(const struct def *d)
{
	return d->on_node;
}

static int parse_inner(struct def *d, const struct assign_span *v, struct text_error *err)
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

static int parse_show(struct def *d, const struct assign_span *v, struct text_error *err)
{
	(void)err;
	if (v->len)
		return set_type(&d->show, v);
	free(d->show);
	d->show = NULL;
	return 0;
}

static void format_show(const struct def *d, struct buf *out)
{
	assign_put_value(d->show, out);
}

static bool has_show(const struct def *d)
{
	return d->show != NULL;
}

static const struct token tokens[N_TOKENS] = {
	[TOKEN_TYPE] = { "type", parse_type, format_type, NULL },
	[TOKEN_KEY] = { "key", parse_key, format_key, has_key },
	[TOKEN_VALUE] = { "value", parse_value, format_value, has_value },
	[TOKEN_MAX_ENTRIES] = { "max_entries", parse_max, format_max, NULL },
	[TOKEN_FLAGS] = { "flags", parse_flags, format_flags, has_flags },
	[TOKEN_EXTRA] = { "extra", parse_extra, format_extra, has_extra },
	[TOKEN_NUMA_NODE] = { "numa_node", parse_numa, format_numa, has_numa },
	[TOKEN_INNER] = { "inner", parse_inner, format_inner, has_inner },
	[TOKEN_SHOW] = { "show", parse_show, format_show, has_show },
};

void def_release(struct def *d)
{
	free(d->key);
	free(d->value);
	free(d->inner);
	free(d->show);
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

	copy.key = copy.value = copy.inner = copy.show = NULL;
	if (copy_text(from->key, &copy.key) < 0 ||
	    copy_text(from->value, &copy.value) < 0 ||
	    copy_text(from->inner, &copy.inner) < 0 ||
	    copy_text(from->show, &copy.show) < 0)
		return -ENOMEM;
	*to = copy;
	copy = (struct def){ 0 };
	return 0;
}

/* Which tokens a line has. */
struct given {
	bool token[N_TOKENS];
};

/* N_TOKENS: there is no such token. */
static enum token_id find_token(const struct assign_span *name)
{
	enum token_id id = 0;

	while (id < N_TOKENS && !span_is(name, tokens[id].name))
		id++;
	return id;
}

bool def_has_word(const char *name, size_t len)
{
	return find_token(&(struct assign_span){ name, len, 0 }) < N_TOKENS;
}

static int parse_token(struct def *d, const struct assign *word, struct given *given,
		       struct text_error *err)
{
	enum token_id id = find_token(&word->name);

	if (id == N_TOKENS)
		return text_fail(err, -EINVAL, word->name.offset,
				 "expected type=, key=, value=, max_entries=, flags=, "
				 "extra=, numa_node=, inner= or show=");
	if (given->token[id])
		return assign_refuse_second(&word->name, err);
	given->token[id] = true;
	return tokens[id].parse(d, &word->value, err);
}

/* A token that the type does not use: an error if the line has it, otherwise drop
 * the value inherited from the base definition. */
static int drop(struct def *d, char **field, bool given, enum token_id id,
		struct text_error *err)
{
	if (given)
		return text_fail(err, -EINVAL, 0,
				 "maps of type %s have no %s=", d->type->name,
				 tokens[id].name);
	free(*field);
	*field = NULL;
	return 0;
}

static int drop_unused(struct def *d, const struct given *given, struct text_error *err)
{
	unsigned traits = d->type->traits;
	int r = 0;

	if (traits & MAP_NO_KEYS)
		r = drop(d, &d->key, given->token[TOKEN_KEY], TOKEN_KEY, err);
	if (r == 0 && traits & (MAP_OF_MAPS | MAP_NO_VALUES))
		r = drop(d, &d->value, given->token[TOKEN_VALUE], TOKEN_VALUE, err);
	if (r == 0 && !(traits & MAP_OF_MAPS))
		r = drop(d, &d->inner, given->token[TOKEN_INNER], TOKEN_INNER, err);
	return r;
}

/* Replace a value that the line does not give by the one implied by the type. */
static int imply_text(char **field, const char *text, bool given)
{
	const struct assign_span span = { text, text ? strlen(text) : 0, 0 };

	return text && !given ? set_text(field, &span) : 0;
}

/* Flags that maps of a type cannot be without. */
static uint32_t implied_flags(const struct map_type *type)
{
	return (type->traits & MAP_NO_PREALLOC ? (uint32_t)BPF_F_NO_PREALLOC : 0u) |
	       (type->traits & MAP_NEEDS_MMAP ? (uint32_t)BPF_F_MMAPABLE : 0u);
}

/* Set values that the line does not give and the type implies. */
static int imply(struct def *d, const struct given *given, struct text_error *err)
{
	unsigned traits = d->type->traits;
	bool indexed = traits & (MAP_INDEXED | MAP_KEY_U32);
	int r = drop_unused(d, given, err);

	if (r < 0)
		return r;
	d->flags |= implied_flags(d->type);
	/* flags= may follow numa_node=. */
	if (d->on_node)
		d->flags |= BPF_F_NUMA_NODE;
	if (traits & MAP_UNLIMITED && !given->token[TOKEN_MAX_ENTRIES])
		d->max_entries = 0;
	/* The names of an array's indexes stay while it is one. */
	r = imply_text(&d->key, indexed ? INDEX_TYPE : NULL,
		       given->token[TOKEN_KEY] || (d->key && !given->token[TOKEN_TYPE]));
	if (r == 0)
		r = imply_text(&d->value, d->type->value, given->token[TOKEN_VALUE]);
	return r;
}

int def_parse(const struct def *base, const char *line, size_t len, struct def *d,
	      struct text_error *err)
{
	_cleanup_def_ struct def new = { 0 };
	struct given given = { 0 };
	struct assign word;
	const char *nul = len ? memchr(line, '\0', len) : NULL;
	size_t pos = 0, words = 0;
	int r = base ? def_copy(base, &new) : 0;

	if (r == 0 && nul)
		r = text_fail(err, -EINVAL, (size_t)(nul - line),
			      "a definition is text, found a NUL byte");
	while (r == 0 && (r = assign_next(line, len, &pos, &word, err)) > 0) {
		r = parse_token(&new, &word, &given, err);
		words++;
	}
	if (r == 0 && !new.type)
		r = text_fail(err, -EINVAL, 0, "expected type=");
	if (r == 0 && !words)
		r = text_fail(err, -EINVAL, 0,
			      "expected words such as type=hash key=u32");
	if (r == 0 && base && !given.token[TOKEN_FLAGS])
		new.flags &= ~implied_flags(base->type);
	if (r == 0)
		r = imply(&new, &given, err);
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

/* For keys and values that have another form in the kernel than in the tree. */
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

static bool has_other_index(const struct def *d)
{
	return d->type->traits & MAP_INDEXED && d->key && strcmp(d->key, INDEX_TYPE);
}

bool def_names_indexes(const struct def *d)
{
	return has_other_index(d) && d->type->traits & MAP_TAKES_BTF;
}

int def_take_view(struct def *d, struct map_view *ret)
{
	char *index = has_other_index(d) ? strdup(INDEX_TYPE) : NULL;

	if (has_other_index(d) && !index)
		return -ENOMEM;
	ret->show = take_ptr(d->show);
	if (!index)
		return 0;
	if (def_names_indexes(d))
		ret->key = d->key;
	else
		free(d->key);
	d->key = index;
	return 0;
}

void def_format(const struct def *d, struct buf *out)
{
	const char *space = "";

	for (enum token_id i = 0; i < N_TOKENS; i++) {
		if (tokens[i].present && !tokens[i].present(d))
			continue;
		buf_printf(out, "%s%s=", space, tokens[i].name);
		tokens[i].format(d, out);
		space = " ";
	}
}
