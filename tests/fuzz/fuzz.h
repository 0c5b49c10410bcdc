/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What all fuzzers share: reading decisions from the input, and main().
 *
 * With libFuzzer (--enable-fuzzing) its main() is used. Otherwise the main() here
 * runs the files that it is given, so that found inputs stay tests; without any
 * it makes inputs of its own and prints TAP. SEED chooses them (default: 1),
 * ROUNDS how many there are. A failure names the round before it aborts:
 * `SEED=... FIRST=ROUND ROUNDS=1` repeats it.
 */
#ifndef BPFMAPFS_TESTS_FUZZ_H
#define BPFMAPFS_TESTS_FUZZ_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzz_word {
	const char *data; /* NULL ends a list */
	size_t len;
};

#define WORD(text) { text, sizeof(text) - 1 }
#define LAST_WORD { NULL, 0 }

/* A fuzzer defines: its name, how many rounds `make check` runs, the longest
 * input, and words that its inputs are made of beside single bytes. */
extern const char fuzz_name[];
extern const unsigned fuzz_rounds;
extern const size_t fuzz_longest;
extern const struct fuzz_word fuzz_words[];

/* Must hold; abort() so that libFuzzer keeps the input. */
#define FUZZ_ASSERT(what, ...)                                                 \
	do {                                                                   \
		if (!(what)) {                                                 \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #what); \
			fprintf(stderr, " " __VA_ARGS__);                      \
			fputc('\n', stderr);                                   \
			abort();                                               \
		}                                                              \
	} while (0)

/* ---- decisions ---- */

/* Bytes are taken from the front; behind the end there are zeros. */
struct fuzz_input {
	const uint8_t *data;
	size_t left;
};

static inline uint8_t fuzz_byte(struct fuzz_input *in)
{
	if (!in->left)
		return 0;
	in->left--;
	return *in->data++;
}

static inline uint32_t fuzz_below(struct fuzz_input *in, uint32_t below)
{
	uint32_t n = fuzz_byte(in);

	if (below > 256)
		n |= (uint32_t)fuzz_byte(in) << 8;
	if (below > 65536)
		n |= (uint32_t)fuzz_byte(in) << 16 | (uint32_t)fuzz_byte(in) << 24;
	return n % below;
}

static inline uint64_t fuzz_u64(struct fuzz_input *in)
{
	uint64_t n = 0;

	for (int i = 0; i < 8; i++)
		n = n << 8 | fuzz_byte(in);
	return n;
}

#define FUZZ_PICK(in, array) \
	((array)[fuzz_below(in, sizeof(array) / sizeof((array)[0]))])

/* ---- main() ---- */

static inline uint64_t fuzz_random(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static inline size_t fuzz_words_count(void)
{
	size_t n = 0;

	while (fuzz_words[n].data)
		n++;
	return n;
}

/* Words, and in half of all inputs a few bytes between them; bytes alone if there
 * are no words. */
static inline size_t fuzz_make(uint64_t *state, uint8_t *data)
{
	size_t size = fuzz_random(state) % (fuzz_random(state) % fuzz_longest + 2);
	size_t n = fuzz_words_count();
	bool pure = fuzz_random(state) % 2;
	size_t len = 0;

	while (len < size) {
		char byte = (char)fuzz_random(state);
		struct fuzz_word word = { &byte, 1 };

		if (n && (pure || fuzz_random(state) % 8))
			word = fuzz_words[fuzz_random(state) % n];
		if (len + word.len > size)
			break;
		memcpy(data + len, word.data, word.len);
		len += word.len;
	}
	return len;
}

/* libFuzzer's mutations, which are bytes, and words besides. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t room) __attribute__((weak));
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed)
{
	size_t n = fuzz_words_count(), at;
	uint64_t state = seed;
	struct fuzz_word word;

	while (n && fuzz_random(&state) % 3) {
		word = fuzz_words[fuzz_random(&state) % n];
		at = fuzz_random(&state) % (size + 1);
		if (word.len > room - size)
			break;
		memmove(data + at + word.len, data + at, size - at);
		memcpy(data + at, word.data, word.len);
		size += word.len;
	}
	return LLVMFuzzerMutate ? LLVMFuzzerMutate(data, size, room) : size;
}

/* In memory of exactly that size, for ASan. */
static inline void fuzz_once(const uint8_t *data, size_t size)
{
	uint8_t *exact = malloc(size ? size : 1);

	if (!exact)
		abort();
	memcpy(exact, data, size);
	LLVMFuzzerTestOneInput(exact, size);
	free(exact);
}

static inline int fuzz_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	static uint8_t data[1 << 20];
	size_t size;

	if (!file) {
		perror(path);
		return 1;
	}
	size = fread(data, 1, sizeof(data), file);
	fclose(file);
	fuzz_once(data, size);
	return 0;
}

static inline unsigned long fuzz_setting(const char *name, unsigned long otherwise)
{
	const char *text = getenv(name);

	return text ? strtoul(text, NULL, 10) : otherwise;
}

/* The round under way, said when the process dies. */
static char fuzz_round_text[32];

static inline void fuzz_say_round(void)
{
	ssize_t n = write(STDOUT_FILENO, fuzz_round_text, strlen(fuzz_round_text));

	(void)n;
}

static inline void fuzz_die(int signal_number)
{
	fuzz_say_round();
	signal(signal_number, SIG_DFL);
	raise(signal_number);
}

void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

static inline int fuzz_all_rounds(void)
{
	unsigned long seed = fuzz_setting("SEED", 1), first = fuzz_setting("FIRST", 0);
	unsigned long rounds = fuzz_setting("ROUNDS", fuzz_rounds);
	uint8_t *data = malloc(fuzz_longest + 1);
	uint64_t state;

	printf("1..1\n# SEED=%lu ROUNDS=%lu\n", seed, rounds);
	fflush(stdout);
	signal(SIGABRT, fuzz_die);
	signal(SIGSEGV, fuzz_die);
	if (__sanitizer_set_death_callback)
		__sanitizer_set_death_callback(fuzz_say_round);
	for (unsigned long i = first; data && i < first + rounds; i++) {
		snprintf(fuzz_round_text, sizeof(fuzz_round_text), "# round %lu\n", i);
		state = seed << 32 | i;
		fuzz_once(data, fuzz_make(&state, data));
	}
	free(data);
	printf("ok 1 - %s\n", fuzz_name);
	return 0;
}

__attribute__((weak)) int main(int argc, char **argv)
{
	int failed = 0;

	for (int i = 1; i < argc; i++)
		failed |= fuzz_file(argv[i]);
	return argc > 1 ? failed : fuzz_all_rounds();
}

#endif
