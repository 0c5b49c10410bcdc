/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Input: two bytes of a size, then type records and names of BTF, to which a
 * header is made so that fuzzing need not find one. Every type that compiles
 * is used to format bytes and to read them back.
 */
#include "fuzz-text.h"

#define NAMES \
	"\0a\0b\0char\0_Bool\0__be32\0bpf_timer\0bpf_spin_lock\0kptr\0in6_addr\0mac\0x8"

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
	if (size < 2 || size > 4096)
		return 0;
	btf = make_btf(data + 2, (uint32_t)(size - 2) & ~3u);
	for (id = 0; btf && id < btf__type_cnt(btf); id++) {
		long long real = btf__resolve_size(btf, id);

		use_type(btf, id, (data[0] | data[1] << 8) % 4096);
		if (real >= 0 && real <= 4096)
			use_type(btf, id, (size_t)real);
	}
	btf__free(btf);
	return 0;
}
