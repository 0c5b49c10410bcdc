/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Input: type records of BTF; a header and names are added, so that fuzzing need not
 * find them. Every type that compiles is used to format bytes and to parse the text:
 * with its own size, and with a size that two bytes of the input select.
 */
#include "fuzz-text.h"

#define NAMES \
	"\0a\0b\0char\0_Bool\0__be32\0bpf_timer\0bpf_spin_lock\0kptr\0in6_addr\0mac\0x8"

const char fuzz_name[] = "types_of_random_btf_format_and_parse";
const unsigned fuzz_rounds = 20000;
const size_t fuzz_longest = 250;
/* Records: name, vlen and kind, size or type; integers, members and the like. */
const struct fuzz_word fuzz_words[] = {
	WORD("\5\0\0\0" "\0\0\0\1" "\4\0\0\0" "\40\0\0\0"), /* unsigned 32 */
	WORD("\1\0\0\0" "\0\0\0\1" "\10\0\0\0" "\100\0\0\1"), /* signed 64 */
	WORD("\5\0\0\0" "\0\0\0\1" "\1\0\0\0" "\10\0\0\2"), /* char */
	WORD("\12\0\0\0" "\0\0\0\1" "\1\0\0\0" "\10\0\0\4"), /* _Bool */
	WORD("\0\0\0\0" "\0\0\0\2" "\1\0\0\0"), /* pointer */
	WORD("\0\0\0\0" "\0\0\0\3" "\0\0\0\0" "\1\0\0\0" "\1\0\0\0" "\4\0\0\0"), /* array */
	WORD("\0\0\0\0" "\0\0\0\3" "\0\0\0\0" "\3\0\0\0" "\1\0\0\0" "\20\0\0\0"),
	/* struct of one, of two, with bit-fields, in a struct without a name */
	WORD("\1\0\0\0" "\1\0\0\4" "\4\0\0\0" "\1\0\0\0" "\1\0\0\0" "\0\0\0\0"),
	WORD("\3\0\0\0" "\2\0\0\4" "\14\0\0\0" "\1\0\0\0" "\2\0\0\0" "\0\0\0\0"
	     "\3\0\0\0" "\1\0\0\0" "\100\0\0\0"),
	WORD("\1\0\0\0" "\2\0\0\204" "\4\0\0\0" "\1\0\0\0" "\1\0\0\0" "\0\0\0\3"
	     "\3\0\0\0" "\1\0\0\0" "\5\0\0\7"),
	WORD("\0\0\0\0" "\2\0\0\4" "\20\0\0\0" "\0\0\0\0" "\4\0\0\0" "\0\0\0\0"
	     "\3\0\0\0" "\5\0\0\0" "\100\0\0\0"),
	WORD("\3\0\0\0" "\2\0\0\5" "\10\0\0\0" "\1\0\0\0" "\1\0\0\0" "\0\0\0\0"
	     "\3\0\0\0" "\2\0\0\0" "\0\0\0\0"), /* union */
	WORD("\1\0\0\0" "\1\0\0\4" "\4\0\0\0"), /* members are missing */
	WORD("\1\0\0\0" "\1\0\0\0" "\0\0\0\0"), WORD("\0\0\0\0" "\4\0\0\0" "\0\0\0\0"),
	WORD("\3\0\0\0" "\2\0\0\6" "\4\0\0\0" "\1\0\0\0" "\0\0\0\0" "\3\0\0\0" "\1\0\0\0"),
	WORD("\1\0\0\0" "\1\0\0\23" "\10\0\0\0" "\3\0\0\0" "\1\0\0\0" "\1\0\0\0"), /* enum64 */
	WORD("\20\0\0\0" "\0\0\0\10" "\1\0\0\0"), /* typedef __be32 */
	WORD("\0\0\0\0" "\0\0\0\12" "\1\0\0\0"), WORD("\0\0\0\0" "\0\0\0\11" "\2\0\0\0"),
	WORD("\1\0\0\0" "\0\0\0\20" "\10\0\0\0"), /* double */
	WORD("\1\0\0\0" "\0\0\0\16" "\1\0\0\0" "\1\0\0\0"), /* variable */
	WORD("\1\0\0\0" "\1\0\0\17" "\10\0\0\0" "\1\0\0\0" "\0\0\0\0" "\4\0\0\0"),
	WORD("\1\0\0\0" "\0\0\0\22" "\1\0\0\0"), /* type tag */
	LAST_WORD,
};

static struct btf *make_btf(const uint8_t *data, uint32_t size)
{
	static const char names[] = NAMES;
	struct btf_header header = {
		.magic = BTF_MAGIC,
		.version = BTF_VERSION,
		.hdr_len = sizeof(header),
		.type_len = size,
		.str_off = size,
		.str_len = sizeof(names),
	};
	struct buf blob = BUF_INIT;
	struct btf *btf;

	buf_put(&blob, &header, sizeof(header));
	buf_put(&blob, data, size);
	buf_put(&blob, names, sizeof(names));
	btf = btf__new(blob.data, (uint32_t)blob.len);
	buf_release(&blob);
	return libbpf_get_error(btf) ? NULL : btf;
}

static void use_type(const struct btf *btf, uint32_t id, size_t size)
{
	uint8_t bytes[4096] = { 0 };
	struct type *t = NULL;
	struct buf text = BUF_INIT;
	size_t i;

	if (type_from_btf(btf, id, size, &t) == 0) {
		for (i = 0; i < size; i++)
			bytes[i] = (uint8_t)(i * 37 + 1);
		name_format(t, bytes, &text);
		memset(bytes, 0, size);
		fuzz_bytes(t, bytes);
		type_describe(t, &text);
		type_free(t);
	}
	t = NULL;
	if (type_prefix_from_btf(btf, id, size, &t) == 0) {
		fuzz_bytes(t, bytes);
		type_free(t);
	}
	buf_release(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct btf *btf;
	uint32_t id;

	libbpf_set_print(NULL);
	if (size < 4 || size > 4096)
		return 0;
	btf = make_btf(data, (uint32_t)size & ~3u);
	for (id = 0; btf && id < btf__type_cnt(btf); id++) {
		long long real = btf__resolve_size(btf, id);

		use_type(btf, id, (data[0] | data[size - 1] << 8) % 4096);
		if (real >= 0 && real <= 4096)
			use_type(btf, id, (size_t)real);
	}
	btf__free(btf);
	return 0;
}
