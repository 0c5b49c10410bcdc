/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "text/words.h"

#include <string.h>

#include <bpf/btf.h>

#include "text/model.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define SIGNED BTF_INT_SIGNED

/*
 * The kernel's __be32 is nearly always an address, so it is shown as one;
 * be32, which only our grammar makes, is a number.
 */
static const struct word words[] = {
	{ "u8", &kind_uint, 1, 1, false, "unsigned char", 0, { NULL } },
	{ "u16", &kind_uint, 2, 2, false, "unsigned short", 0, { NULL } },
	{ "u32", &kind_uint, 4, 4, false, "unsigned int", 0, { NULL } },
	{ "u64", &kind_uint, 8, 8, false, "unsigned long long", 0, { NULL } },
	{ "u128", &kind_hex, 16, 16, false, "unsigned __int128", 0, { NULL } },
	{ "s8", &kind_sint, 1, 1, true, "signed char", SIGNED, { NULL } },
	{ "s16", &kind_sint, 2, 2, true, "short", SIGNED, { NULL } },
	{ "s32", &kind_sint, 4, 4, true, "int", SIGNED, { NULL } },
	{ "s64", &kind_sint, 8, 8, true, "long long", SIGNED, { NULL } },
	{ "s128", &kind_hex, 16, 16, true, "__int128", SIGNED, { NULL } },
	{ "x8", &kind_hex, 1, 1, false, "unsigned char", 0, { "x8" } },
	{ "x16", &kind_hex, 2, 2, false, "unsigned short", 0, { "x16" } },
	{ "x32", &kind_hex, 4, 4, false, "unsigned int", 0, { "x32" } },
	{ "x64", &kind_hex, 8, 8, false, "unsigned long long", 0, { "x64" } },
	{ "be16", &kind_be, 2, 2, false, "unsigned short", 0, { "__be16", "be16" } },
	{ "be32", &kind_be, 4, 4, false, "unsigned int", 0, { "be32" } },
	{ "be64", &kind_be, 8, 8, false, "unsigned long long", 0, { "__be64", "be64" } },
	{ "bool", &kind_bool, 1, 1, false, "_Bool", BTF_INT_BOOL, { NULL } },
	{ "f32", &kind_float, 4, 4, false, "float", 0, { NULL } },
	{ "f64", &kind_float, 8, 8, false, "double", 0, { NULL } },
	{ "ipv4", &kind_ipv4, 4, 4, false, "unsigned int", 0,
	  { "ipv4", "__be32", "in_addr_t", "in_addr" } },
	{ "ipv6", &kind_ipv6, 16, 1, false, NULL, 0, { "ipv6", "in6_addr" } },
	{ "mac", &kind_mac, 6, 1, false, NULL, 0, { "mac" } },
};

const struct word *word_find(const char *text, size_t len)
{
	for (size_t i = 0; i < COUNT(words); i++)
		if (strlen(words[i].text) == len && memcmp(text, words[i].text, len) == 0)
			return &words[i];
	return NULL;
}

const struct word *word_for(const struct kind *kind, uint32_t size, bool is_signed)
{
	for (size_t i = 0; i < COUNT(words); i++)
		if (words[i].kind == kind && words[i].size == size &&
		    words[i].is_signed == is_signed)
			return &words[i];
	return NULL;
}

const struct word *word_by_name(const char *name)
{
	for (size_t i = 0; i < COUNT(words); i++)
		for (size_t j = 0; j < COUNT(words[i].names) && words[i].names[j]; j++)
			if (strcmp(words[i].names[j], name) == 0)
				return &words[i];
	return NULL;
}
