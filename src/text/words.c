/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of the words for types.
 */
#include "text/words.h"

#include <string.h>

#include <bpf/btf.h>

#include "text/model.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define SIGNED BTF_INT_SIGNED
#define U64 "unsigned long long"

/*
 * The kernel's __be32 is nearly always an address, so it is shown as one;
 * be32, which only our grammar makes, is a number.
 */
static const struct word words[] = {
	{ "u8", &kind_uint, 1, 1, false, "unsigned char", 0, { NULL } },
	{ "u16", &kind_uint, 2, 2, false, "unsigned short", 0, { NULL } },
	{ "u32", &kind_uint, 4, 4, false, "unsigned int", 0, { NULL } },
	{ "u64", &kind_uint, 8, 8, false, U64, 0, { NULL } },
	{ "u128", &kind_hex, 16, 16, false, "unsigned __int128", 0, { NULL } },
	{ "s8", &kind_sint, 1, 1, true, "signed char", SIGNED, { NULL } },
	{ "s16", &kind_sint, 2, 2, true, "short", SIGNED, { NULL } },
	{ "s32", &kind_sint, 4, 4, true, "int", SIGNED, { NULL } },
	{ "s64", &kind_sint, 8, 8, true, "long long", SIGNED, { NULL } },
	{ "s128", &kind_hex, 16, 16, true, "__int128", SIGNED, { NULL } },
	{ "x8", &kind_hex, 1, 1, false, "unsigned char", 0, { "x8" } },
	{ "x16", &kind_hex, 2, 2, false, "unsigned short", 0, { "x16" } },
	{ "x32", &kind_hex, 4, 4, false, "unsigned int", 0, { "x32" } },
	{ "x64", &kind_hex, 8, 8, false, U64, 0, { "x64" } },
	{ "be16", &kind_be, 2, 2, false, "unsigned short", 0, { "__be16", "be16" } },
	{ "be32", &kind_be, 4, 4, false, "unsigned int", 0, { "be32" } },
	{ "be64", &kind_be, 8, 8, false, U64, 0, { "__be64", "be64" } },
	{ "bool", &kind_bool, 1, 1, false, "_Bool", BTF_INT_BOOL, { NULL } },
	{ "f32", &kind_float, 4, 4, false, "float", 0, { NULL } },
	{ "f64", &kind_float, 8, 8, false, "double", 0, { NULL } },
	{ "ipv4", &kind_ipv4, 4, 4, false, "unsigned int", 0,
	  { "ipv4", "__be32", "in_addr_t", "in_addr" } },
	{ "ipv6", &kind_ipv6, 16, 1, false, NULL, 0, { "ipv6", "in6_addr" } },
	{ "mac", &kind_mac, 6, 1, false, NULL, 0, { "mac" } },
	{ "ktime", &kind_ktime, 8, 8, false, U64, 0, { "ktime", "gadget_timestamp" } },
	{ "kdate", &kind_date, 8, 8, false, U64, 0, { "kdate" } },
	{ "errno", &kind_errno, 4, 4, true, "int", SIGNED, { "errno", "gadget_errno" } },
	{ "errno64", &kind_errno, 8, 8, true, "long long", SIGNED, { "errno64" } },
	{ "syscall", &kind_syscall, 8, 8, true, "long long", SIGNED,
	  { "syscall", "gadget_syscall" } },
	{ "syscall32", &kind_syscall, 4, 4, true, "int", SIGNED, { "syscall32" } },
	{ "majorminor", &kind_device, 4, 4, false, "unsigned int", 0, { "majorminor" } },
	{ "majorminor64", &kind_device, 8, 8, false, U64, 0, { "majorminor64" } },
	{ "dname", &kind_dname, 0, 1, false, NULL, 0, { "dname" } },
	{ "percent", &kind_percent, 8, 8, false, U64, 0, { "percent" } },
	{ "percent8", &kind_percent, 1, 1, false, "unsigned char", 0, { "percent" } },
	{ "percent16", &kind_percent, 2, 2, false, "unsigned short", 0, { "percent" } },
	{ "percent32", &kind_percent, 4, 4, false, "unsigned int", 0, { "percent" } },
	/* Names that only root sees. */
	{ "ksym", &kind_ksym, 8, 8, false, U64, 0, { "bpfmapfs_ksym" } },
	{ "cgroup", &kind_cgroup, 8, 8, false, U64, 0, { "bpfmapfs_cgroup" } },
	{ "ifname", &kind_ifname, 4, 4, true, "int", SIGNED, { "bpfmapfs_ifname" } },
	/* Buckets of histograms. */
	{ "hist", &kind_bucket, 8, 8, false, U64, 0, { "bpfmapfs_hist" } },
	{ "hist32", &kind_bucket, 4, 4, false, "unsigned int", 0, { "bpfmapfs_hist" } },
	{ "log2", &kind_bucket, 8, 8, false, U64, 0, { "bpfmapfs_log2" } },
	{ "log232", &kind_bucket, 4, 4, false, "unsigned int", 0, { "bpfmapfs_log2" } },
	{ "exp2", &kind_bucket1, 8, 8, false, U64, 0, { "bpfmapfs_exp2" } },
	{ "exp232", &kind_bucket1, 4, 4, false, "unsigned int", 0, { "bpfmapfs_exp2" } },
	{ "exp2zero", &kind_bucket1, 8, 8, false, U64, 0, { "bpfmapfs_exp2zero" } },
	{ "exp2zero32", &kind_bucket1, 4, 4, false, "unsigned int", 0, { "bpfmapfs_exp2zero" } },
	{ "linear", &kind_bucket1, 8, 8, false, U64, 0, { "bpfmapfs_linear" } },
	{ "linear32", &kind_bucket1, 4, 4, false, "unsigned int", 0, { "bpfmapfs_linear" } },
	{ "lhist", &kind_bucket3, 8, 8, false, U64, 0, { "bpfmapfs_lhist" } },
	{ "lhist32", &kind_bucket3, 4, 4, false, "unsigned int", 0, { "bpfmapfs_lhist" } },
	/* Typedefs of Inspektor Gadget, see roles. In definitions: the first u32, u64. */
	{ "u32", &kind_uint, 4, 4, false, "unsigned int", 0, { "gadget_counter__u32" } },
	{ "u64", &kind_uint, 8, 8, false, "unsigned long long", 0,
	  { "gadget_counter__u64" } },
	{ "u32", &kind_uint, 4, 4, false, "unsigned int", 0, { "gadget_gauge__u32" } },
	{ "u64", &kind_uint, 8, 8, false, "unsigned long long", 0,
	  { "gadget_gauge__u64" } },
	{ "u32", &kind_uint, 4, 4, false, "unsigned int", 0,
	  { "gadget_histogram_slot__u32" } },
	{ "u64", &kind_uint, 8, 8, false, "unsigned long long", 0,
	  { "gadget_histogram_slot__u64" } },
};

static const struct {
	const char *prefix;
	enum number_role role;
} roles[] = {
	{ "gadget_counter__", ROLE_COUNTER },
	{ "gadget_gauge__", ROLE_GAUGE },
	{ "gadget_histogram_slot__", ROLE_SLOT },
};

enum number_role word_role(const struct word *word)
{
	const char *name = word && word->names[0] ? word->names[0] : "";

	for (size_t i = 0; i < COUNT(roles); i++)
		if (!strncmp(name, roles[i].prefix, strlen(roles[i].prefix)))
			return roles[i].role;
	return ROLE_NONE;
}

const struct word *word_find(const char *text, size_t len)
{
	for (size_t i = 0; i < COUNT(words); i++)
		if (strlen(words[i].text) == len && memcmp(text, words[i].text, len) == 0)
			return &words[i];
	return NULL;
}

static size_t without_digits(const char *s, size_t len)
{
	while (len && s[len - 1] >= '0' && s[len - 1] <= '9')
		len--;
	return len;
}

bool word_is_like(const char *name)
{
	size_t len = strlen(name), stem = without_digits(name, len);

	if (word_find(name, len))
		return false;
	for (size_t i = 0; i < COUNT(words); i++)
		if (without_digits(words[i].text, strlen(words[i].text)) == stem &&
		    !memcmp(words[i].text, name, stem))
			return true;
	return false;
}

const struct word *word_for(const struct kind *kind, uint32_t size, bool is_signed)
{
	for (size_t i = 0; i < COUNT(words); i++)
		if (words[i].kind == kind && words[i].size == size &&
		    words[i].is_signed == is_signed)
			return &words[i];
	return NULL;
}

bool word_takes_number(const struct word *w)
{
	return w->kind->takes_number;
}

/* The name is "percent_100", for a word that takes a number; the kind counts them. */
static bool is_name(const struct word *w, const char *word_name, const char *name)
{
	size_t len = strlen(word_name);

	if (!word_takes_number(w))
		return strcmp(word_name, name) == 0;
	return strncmp(word_name, name, len) == 0 && name[len] == '_' && name[len + 1] &&
	       strspn(name + len, "_0123456789") == strlen(name + len);
}

const struct word *word_by_name(const char *name, uint32_t size)
{
	for (size_t i = 0; i < COUNT(words); i++)
		for (size_t j = 0; j < COUNT(words[i].names) && words[i].names[j]; j++)
			if (is_name(&words[i], words[i].names[j], name) &&
			    (!size || !words[i].size || words[i].size == size))
				return &words[i];
	return NULL;
}

/* The text, and the digits of a size: x8, errno64. */
static bool is_sized(const struct word *w, const char *text, size_t len)
{
	return strncmp(w->text, text, len) == 0 &&
	       strspn(w->text + len, "0123456789") == strlen(w->text + len);
}

const struct word *word_find_sized(const char *text, size_t len, size_t size)
{
	const struct word *exact = word_find(text, len);
	bool hex = len == 3 && memcmp(text, "hex", len) == 0;

	if (hex)
		len = 1, text = "x";
	for (size_t i = 0; i < COUNT(words) && (hex || exact); i++)
		if (words[i].size == size && is_sized(&words[i], text, len))
			return &words[i];
	return exact;
}
