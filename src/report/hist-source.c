/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Find out which maps have histograms, and on which scale. A map does not say so; names
 * and shapes that are typical of a tool decide. All other histograms have the numbers
 * of their buckets as labels, which are correct for any scale.
 */
#include "report/hist.h"

#include <string.h>

#include "map/content.h"
#include "map/numbers.h"
#include "map/ops.h"
#include "text/name.h"
#include "text/words.h"
#include "util/buf.h"

/* BPF_HISTOGRAM() of bcc has so many unless told otherwise. */
#define BCC_SLOTS 64
/* bpftrace names its maps so: @usecs is AT_usecs. */
#define BPFTRACE_PREFIX "AT_"

/* Names of the last member of a key, and of arrays, and what they mean. */
static const struct {
	const char *name;
	enum hist_shape shape;
	enum hist_kind kind;
} known[] = {
	{ "slot", HIST_OF_KEYS, HIST_BCC },
	{ "bucket", HIST_OF_KEYS, HIST_EXP2 },
	{ "slots", HIST_OF_ARRAYS, HIST_SLOTS },
};

static struct hist_scale scale_by_name(enum hist_shape shape, const char *path)
{
	const char *name = strrchr(path, '.') ? strrchr(path, '.') + 1 : path;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].shape == shape && !strcmp(known[i].name, name))
			return (struct hist_scale){ .kind = known[i].kind,
						    .assumed = true };
	return (struct hist_scale){ .kind = HIST_INDEX };
}

/* Words of definitions and views. */
static const struct {
	const char *name;
	enum hist_kind kind;
} words[] = {
	{ "bpfmapfs_hist", HIST_BPFTRACE }, { "bpfmapfs_log2", HIST_BCC },
	{ "bpfmapfs_exp2", HIST_EXP2 },	    { "bpfmapfs_exp2zero", HIST_EXP2ZERO },
	{ "bpfmapfs_linear", HIST_LINEAR }, { "bpfmapfs_lhist", HIST_LHIST },
};

static bool scale_by_word(const struct field *f, struct hist_scale *ret)
{
	const char *name = f->word && f->word->names[0] ? f->word->names[0] : "";
	size_t i = 0, count = sizeof(words) / sizeof(words[0]);

	while (i < count && strcmp(words[i].name, name) != 0)
		i++;
	if (i == count)
		return false;
	*ret = (struct hist_scale){ .kind = words[i].kind };
	if (ret->kind == HIST_LHIST) {
		ret->min = f->bucket[0];
		ret->max = f->bucket[1];
		ret->step = f->bucket[2];
	} else if (ret->kind == HIST_LINEAR) {
		ret->step = f->bucket[0];
	} else {
		ret->max = f->bucket[0];
	}
	return true;
}

static bool is_bpftrace(const struct schema *s)
{
	return schema_has(s, MAP_PER_CPU) && s->value_size == 8 &&
	       !strncmp(s->info.name, BPFTRACE_PREFIX, strlen(BPFTRACE_PREFIX));
}

/* ---- the shapes ---- */

static bool has_array(const struct fields *fs)
{
	for (size_t i = 0; i < fs->count; i++)
		if (fs->list[i].count > 1)
			return true;
	return false;
}

static bool of_keys(const struct schema *s, struct hist_source *src)
{
	if (schema_has(s, MAP_PREFIX) || !s->key || !field_last(s->key, &src->bucket))
		return false;
	src->shape = HIST_OF_KEYS;
	src->scale = scale_by_name(HIST_OF_KEYS, src->bucket.path);
	if (scale_by_word(&src->bucket, &src->scale))
		return true;
	if (is_bpftrace(s))
		src->scale = (struct hist_scale){ HIST_BPFTRACE, .assumed = true };
	return true;
}

static bool of_indexes(const struct schema *s, struct hist_source *src)
{
	src->shape = HIST_OF_INDEXES;
	if (s->info.max_entries == BCC_SLOTS)
		src->scale = (struct hist_scale){ HIST_BCC, .assumed = true };
	return s->info.max_entries > 1;
}

bool hist_source(const struct schema *s, struct hist_source *ret)
{
	const struct fields *fs;

	*ret = (struct hist_source){ .shape = HIST_OF_ARRAYS };
	if (!numbers_apply(s))
		return false;
	if (s->data)
		return true;
	if (type_fields(s->value, &fs) < 0)
		return false;
	if (has_array(fs))
		return true;
	if (fs->numbers != 1)
		return false;
	return schema_has(s, MAP_INDEXED) ? of_indexes(s, ret) : of_keys(s, ret);
}

bool hist_applies(const struct schema *s)
{
	struct hist_source src;

	return hist_source(s, &src);
}

struct hist_scale hist_scale_up_to(struct hist_scale scale, uint64_t bucket)
{
	struct hist_range range;

	if (hist_scale_range(&scale, bucket, &range))
		return scale;
	return (struct hist_scale){ .kind = HIST_INDEX };
}

struct hist_scale hist_array_scale(const struct field *f)
{
	struct hist_scale scale = scale_by_name(HIST_OF_ARRAYS, f->path);

	if (word_role(f->word) == ROLE_SLOT)
		scale = (struct hist_scale){ .kind = HIST_SLOTS };
	return hist_scale_up_to(scale, f->count - 1);
}

const char *hist_assumption(const struct hist_scale *scale)
{
	static const char *const texts[] = {
		[HIST_BPFTRACE] = "those of bpftrace's hist()",
		[HIST_BCC] = "log2 slots of bcc",
		[HIST_SLOTS] = "log2 slots of libbpf-tools",
		[HIST_EXP2] = "exp2 of ebpf_exporter",
		[HIST_KINDS - 1] = NULL,
	};

	return scale->assumed ? texts[scale->kind] : NULL;
}

/* ---- titles ---- */

static int put_key(const struct schema *s, const struct hist_source *src,
		   const struct hist *h, struct buf *out)
{
	if (!h->key)
		return 0;
	if (src->shape == HIST_OF_KEYS)
		return name_format_head(s->key, h->key, src->bucket.size, out);
	return content_name(s, h->key, out);
}

int hist_title(const struct schema *s, const struct hist_source *src,
	       const struct hist *h, struct buf *out)
{
	const char *name = src->shape == HIST_OF_KEYS ? src->bucket.path : h->path ?: "";
	size_t before = out->len;
	int r = put_key(s, src, h, out);

	if (out->len > before && *name)
		buf_putc(out, ' ');
	buf_puts(out, name);
	return r < 0 ? r : buf_error(out);
}
