/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration file: accepted text, refused text and the line of the error, and
 * the section from which a map gets a word.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../suite.h"
#include "config/config.h"
#include "util/buf.h"

static struct buf errors = BUF_INIT;

static void note(void *arg, unsigned line, const char *reason)
{
	buf_printf(&errors, "%u: %s\n", line, reason);
}

static int parse_bytes(const char *text, size_t len, struct config **ret)
{
	buf_clear(&errors);
	return config_parse(text, len, note, NULL, ret);
}

static struct config *parse(const char *text)
{
	struct config *c = NULL;
	int r = parse_bytes(text, strlen(text), &c);

	ck_assert_msg(r == 0, "%s", buf_cstr(&errors));
	ck_assert_uint_eq(errors.len, 0);
	return c;
}

static void teardown(void)
{
	buf_release(&errors);
}

/* What a word of the only section says. */
static const struct config_value *only(const struct config *c, enum config_word word)
{
	ck_assert_uint_eq(c->count, 1);
	return &c->sections[0].words[word];
}

START_TEST(sections_and_words_are_read)
{
	_cleanup_config_ struct config *c = parse(
		"\xef\xbb\xbf# of the firewall team\r\n"
		"[ map  .flow[0-9]* ]  ; all of them\r\n"
		"key = ipv4\r\n"
		"value={packets:u64,bytes:u64}  ; two counters\r\n"
		"  show = packets:u32\r\n"
		"\r\n"
		"\tbtf = /etc/passwd\r\n"
		"mode = 0750\r\nowner = 0\r\ngroup = 4294967294\r\n"
		"hidden = no\r\nreadonly = yes\r\nmetrics = yes\r\ninterval = 0.25");

	ck_assert_uint_eq(c->count, 1);
	ck_assert_int_eq(c->sections[0].kind, CONFIG_MAP);
	ck_assert_str_eq(c->sections[0].pattern, ".flow[0-9]*");
	ck_assert_uint_eq(c->sections[0].line, 2);
	ck_assert_str_eq(only(c, CONFIG_KEY)->text, "ipv4");
	ck_assert_uint_eq(only(c, CONFIG_KEY)->line, 3);
	ck_assert_str_eq(only(c, CONFIG_VALUE)->text, "{packets:u64,bytes:u64}");
	ck_assert_str_eq(only(c, CONFIG_SHOW)->text, "packets:u32");
	ck_assert_str_eq(only(c, CONFIG_BTF)->text, "/etc/passwd");
	ck_assert_uint_eq(only(c, CONFIG_MODE)->number, 0750);
	ck_assert_uint_eq(only(c, CONFIG_OWNER)->number, 0);
	ck_assert_uint_eq(only(c, CONFIG_GROUP)->number, 4294967294u);
	ck_assert_uint_eq(only(c, CONFIG_HIDDEN)->number, 0);
	ck_assert_uint_eq(only(c, CONFIG_READONLY)->number, 1);
	ck_assert_str_eq(only(c, CONFIG_METRICS)->text, "yes");
	ck_assert_uint_eq(only(c, CONFIG_INTERVAL)->number, 250);
}
END_TEST

START_TEST(value_goes_on_in_lines_that_begin_with_a_blank)
{
	_cleanup_config_ struct config *c = parse("[map a]\n"
						  "value = {a:u32,\n"
						  "         b:u32,\n"
						  "# between\n"
						  "\tc:u32}\n"
						  " key = struct x {\n"
						  "	__u64 a;\n"
						  "	unsigned\n"
						  "	int b;\n"
						  " }\n");

	ck_assert_str_eq(only(c, CONFIG_VALUE)->text, "{a:u32,b:u32,c:u32}");
	ck_assert_uint_eq(only(c, CONFIG_VALUE)->line, 2);
	ck_assert_str_eq(only(c, CONFIG_KEY)->text,
			 "struct x {__u64 a; unsigned int b;}");
}
END_TEST

START_TEST(types_that_only_a_map_knows_are_taken)
{
	static const char *const values[] = {
		"struct flow", "enum xdp_action[4]", "flow_t", "{a:struct flow,b:flow_t[2]}",
		"struct { struct flow *next; union addr a; }", "char[16]", "ksym",
	};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		_cleanup_buf_ struct buf text = BUF_INIT;

		buf_printf(&text, "[map a]\nkey = struct key\nvalue = %s\n"
				  "show = a.b:hex,c:char,d:dname,e:percent(5),errno\n",
			   values[i]);
		config_unref(parse(buf_cstr(&text)));
	}
}
END_TEST

START_TEST(nothing_is_a_configuration_without_sections)
{
	_cleanup_config_ struct config *c = parse(""), *d = parse("\n# nothing\n;\n");

	ck_assert_uint_eq(c->count, 0);
	ck_assert_uint_eq(d->count, 0);
}
END_TEST

#define LONG_197                                                                      \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

START_TEST(header_is_longer_than_the_library_can_take)
{
	_cleanup_config_ struct config *c = parse("[pin /" LONG_197 LONG_197 "/[x]]\n");

	ck_assert_uint_eq(strlen(c->sections[0].pattern), 2 * 197 + 5);
}
END_TEST

static const struct {
	const char *text, *error;
} bad[] = {
	{ "key = u32\n", "1: key= comes before the first section" },
	{ "[map a]\nkey u32\n", "2: expected WORD = VALUE, [map PATTERN]" },
	{ "[map a]\nkey = u32\nkey = u64\n", "3: duplicate key=, see line 2" },
	{ "[map a]\nkey: u32\n", "2: expected WORD = VALUE" },
	{ "[map a]\nkey =\n", "2: key= has no value" },
	{ "[map a]\nkey = ; later\n", "2: key= has no value" },
	{ "[map a]\nkeys = u32\n", "2: unknown word \"keys\": expected one of key, value" },
	{ "[map a]\nk\x1b = 1\n", "2: unknown word \"k\\x1b\"" },
	{ "[map a\n", "1: expected [map PATTERN]" },
	{ "[map a] b\n", "1: expected [map PATTERN]" },
	{ "[map]\n", "1: expected [map PATTERN]" },
	{ "[map ]\n", "1: expected [map PATTERN]" },
	{ "[maps a]\n", "1: expected [map PATTERN]" },
	{ "[]\n", "1: expected [map PATTERN]" },
	{ "[map flows@17]\n", "1: map names consist of letters" },
	{ "[pin tc/globals]\n", "1: expected a pattern of absolute paths" },
	{ "[id 0]\n", "1: expected the id of a map" },
	{ "[id 12x]\n", "1: expected the id of a map" },
	{ "[id 99999999999999999999]\n", "1: expected the id of a map" },
	{ "[id 4294967296]\n", "1: expected the id of a map" },
	{ "[id 4294967297]\n", "1: expected the id of a map" },
	{ "[map a]\nmode = 0999\n", "2: mode=\"0999\": expected an octal number" },
	{ "[map a]\nmode = 10000\n", "2: mode=\"10000\": expected an octal number" },
	{ "[map a]\nmode = u+rwx\n", "2: mode=\"u+rwx\": expected an octal number" },
	{ "[map a]\nowner = no-such-user\n", "2: owner=\"no-such-user\": no such user" },
	{ "[map a]\ngroup = no-such-group\n", "2: group=\"no-such-group\": no such group" },
	{ "[map a]\nowner = 4294967295\n", "2: owner=\"4294967295\": expected a user" },
	{ "[map a]\nowner = -1\n", "2: owner=\"-1\": no such user" },
	{ "[map a]\nkey = ifname\n", "2: key=\"ifname\": ksym, cgroup and ifname are for" },
	{ "[map a]\nkey = u8[\n", "2: key=\"u8[\": expected a number of elements" },
	{ "[map a]\nvalue = {a:u32,\n b:u32\n", "2: value=\"{a:u32,b:u32\": expected" },
	{ "[map a]\nvalue = u46\n", "2: value=\"u46\": expected a type, found \"u46\"" },
	{ "[map a]\nvalue = \"u32\"\n", "2: value=\"\\\"u32\\\"\": expected a C identifier" },
	{ "[map a]\nvalue = struct { int }\n", "2: value=\"struct { int }\": expected" },
	{ "[map a]\nshow = a:ipv4,\n", "2: show=\"a:ipv4,\": in show=: expected a type" },
	{ "[map a]\nshow = a:percent\n", "2: show=\"a:percent\": in show=: expected \"(\"" },
	{ "[map a]\nshow = a:be23\n", "2: show=\"a:be23\": in show=: expected a type" },
	{ "[map a]\nhidden = maybe\n", "2: hidden=\"maybe\": expected yes or no" },
	{ "[map a]\nbtf = a.o\n", "2: btf=\"a.o\": expected an absolute path" },
	{ "[map a]\nbtf = /no/such.o\n", "2: btf=\"/no/such.o\": the file does not exist" },
	{ "[map a]\ninterval = 0\n", "2: interval=\"0\": expected a number of seconds" },
	{ "[map a]\ninterval = 1.2345\n", "2: interval=\"1.2345\": expected" },
	{ "[map a]\ninterval = 1.\n", "2: interval=\"1.\": expected" },
	{ "[map a]\ninterval = 86401\n", "2: interval=\"86401\": expected" },
	{ "[map a]\nkey = " LONG_197 "\n", "2: a line may have at most 197 bytes" },
};

START_TEST(error_is_reported_with_its_line)
{
	struct config *c = NULL;
	int r = parse_bytes(bad[_i].text, strlen(bad[_i].text), &c);

	ck_assert_int_eq(r, -EINVAL);
	ck_assert_ptr_null(c);
	ck_assert_msg(!strncmp(buf_cstr(&errors), bad[_i].error, strlen(bad[_i].error)),
		      "%s: %s", bad[_i].text, buf_cstr(&errors));
	ck_assert_ptr_eq(strchr(errors.data, '\n') + 1, errors.data + errors.len);
}
END_TEST

START_TEST(all_errors_are_reported)
{
	struct config *c = NULL;

	ck_assert_int_eq(parse_bytes("[map a]\nmode = 9\nnonsense\n[nonsense]\nkeys = 1\n"
				     "owner = no-such-user\n[id x]\n", 74, &c), -EINVAL);
	ck_assert_ptr_nonnull(strstr(buf_cstr(&errors), "2: mode"));
	ck_assert_ptr_nonnull(strstr(errors.data, "\n3: expected WORD"));
	ck_assert_ptr_nonnull(strstr(errors.data, "\n4: expected [map"));
	ck_assert_ptr_nonnull(strstr(errors.data, "\n5: unknown word"));
	ck_assert_ptr_nonnull(strstr(errors.data, "\n6: owner"));
	ck_assert_ptr_nonnull(strstr(errors.data, "\n7: expected the id"));
}
END_TEST

START_TEST(nul_is_refused)
{
	static const char text[] = "[map a]\nkey = u32\0u64\nmode = 0700\n";
	struct config *c = NULL;

	ck_assert_int_eq(parse_bytes(text, sizeof(text) - 1, &c), -EINVAL);
	ck_assert_str_eq(buf_cstr(&errors), "2: unexpected NUL byte\n");
}
END_TEST

static void repeat(struct buf *out, const char *line, unsigned n)
{
	while (n--)
		buf_puts(out, line);
}

START_TEST(sections_and_errors_are_bounded)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	struct config *c = NULL;
	unsigned lines = 0;

	repeat(&text, "[map a]\n", CONFIG_MAX_SECTIONS);
	ck_assert_int_eq(parse_bytes(text.data, text.len, &c), 0);
	config_unref(take_ptr(c));
	repeat(&text, "[map b]\n", 1000);
	ck_assert_int_eq(parse_bytes(text.data, text.len, &c), -EINVAL);
	ck_assert_str_eq(buf_cstr(&errors), "1025: more than 1024 sections\n");
	buf_clear(&text);
	repeat(&text, "nonsense\n", 100000);
	ck_assert_int_eq(parse_bytes(text.data, text.len, &c), -EINVAL);
	for (size_t i = 0; i < errors.len; i++)
		lines += errors.data[i] == '\n';
	ck_assert_uint_eq(lines, CONFIG_MAX_ERRORS);
}
END_TEST

START_TEST(random_bytes_do_no_harm)
{
	static const char pieces[][12] = { "[map a]", "[pin /a]", "[", "]",   "key", "=",
					   "\n",      "\n ",	  ";", "\r", "#",   "mode",
					   " ",	      "\xff",	  ":", "u32", "0",   "\t" };
	uint32_t seed = (uint32_t)_i + 1;
	_cleanup_buf_ struct buf text = BUF_INIT;
	_cleanup_config_ struct config *c = NULL;

	for (unsigned i = 0; i < 300; i++) {
		seed = seed * 1664525 + 1013904223;
		buf_puts(&text, pieces[(seed >> 16) % (sizeof(pieces) / sizeof(*pieces))]);
		if ((seed >> 8) % 512 == 0)
			buf_putc(&text, '\0');
	}
	if (parse_bytes(text.data, text.len, &c) < 0)
		ck_assert_uint_gt(errors.len, 0);
}
END_TEST

/* ---- matching ---- */

static const char *text_of(const struct config *c, const struct config_match *m,
			   enum config_word word)
{
	const struct config_value *v = config_find(c, m, word);

	return v ? v->text : "none";
}

START_TEST(first_section_that_has_a_word_wins)
{
	_cleanup_config_ struct config *c = parse("[map flow*]\nkey = u32\n"
						  "[pin /sys/fs/bpf/tc/*]\nkey = u64\n"
						  "value = u8\n"
						  "[prog xdp_*]\nvalue = u16\nmode = 0750\n"
						  "[id 17]\nvalue = u32\nmode = 0700\n"
						  "show = x:u32\n");
	struct config_match m = { 0 };

	ck_assert(config_match_map(c, "flows", 17, &m));
	ck_assert_str_eq(text_of(c, &m, CONFIG_KEY), "u32");
	ck_assert_str_eq(text_of(c, &m, CONFIG_VALUE), "u32");
	ck_assert_str_eq(text_of(c, &m, CONFIG_MODE), "0700");
	ck_assert_str_eq(text_of(c, &m, CONFIG_SHOW), "x:u32");
	ck_assert_str_eq(text_of(c, &m, CONFIG_OWNER), "none");
	/* What is found later, but stands before that in the file. */
	ck_assert(config_match_program(c, "xdp_main", &m));
	ck_assert_str_eq(text_of(c, &m, CONFIG_VALUE), "u16");
	ck_assert_str_eq(text_of(c, &m, CONFIG_MODE), "0750");
	ck_assert(config_match_pin(c, "/sys/fs/bpf/tc/globals/flows", &m));
	ck_assert_str_eq(text_of(c, &m, CONFIG_KEY), "u32");
	ck_assert_str_eq(text_of(c, &m, CONFIG_VALUE), "u8");
	/* Nothing new. */
	ck_assert(!config_match_program(c, "xdp_main", &m));
	ck_assert(!config_match_pin(c, "/sys/fs/bpf/tc/x", &m));
	ck_assert(!config_match_map(c, "flows", 17, &m));
}
END_TEST

START_TEST(what_does_not_match_has_no_words)
{
	_cleanup_config_ struct config *c = parse("[map flow*]\nkey = u32\n"
						  "[pin /a/*]\nkey = u32\n"
						  "[prog x?]\nkey = u32\n[id 17]\nkey = u32\n");
	struct config_match m = { 0 };

	ck_assert(!config_match_map(c, "Flows", 18, &m));
	ck_assert(!config_match_map(c, "a_flow", 0, &m));
	ck_assert(!config_match_pin(c, "/b/a/c", &m));
	ck_assert(!config_match_program(c, "x", &m));
	ck_assert_str_eq(text_of(c, &m, CONFIG_KEY), "none");
	ck_assert_ptr_null(config_find(NULL, &m, CONFIG_KEY));
}
END_TEST

/* A user's path against an unlucky pattern ends soon: Check's limit is 4 s. */
START_TEST(pattern_of_many_stars_is_matched_soon)
{
	_cleanup_config_ struct config *c =
		parse("[pin /*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b]\nkey = u32\n");
	struct config_match m = { 0 };
	char path[4096];

	memset(path, 'a', sizeof(path));
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	ck_assert(!config_match_pin(c, path, &m));
}
END_TEST

/* ---- files ---- */

static void write_file(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	ck_assert_int_eq(fchmod(fd, mode), 0);
	close(fd);
}

static int read_file(const char *path)
{
	_cleanup_config_ struct config *c = NULL;

	buf_clear(&errors);
	return config_read(path, note, NULL, &c);
}

START_TEST(file_that_others_may_write_is_refused)
{
	char dir[] = "/tmp/test-config.XXXXXX", path[64];

	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/conf", dir);
	ck_assert_int_eq(read_file(path), -ENOENT);
	ck_assert_uint_eq(errors.len, 0);
	write_file(path, "[map a]\nkey = u32\n", 0644);
	ck_assert_int_eq(read_file(path), 0);
	write_file(path, "[map a]\nkey = u32\n", 0664);
	ck_assert_int_eq(read_file(path), -EPERM);
	ck_assert_ptr_nonnull(strstr(buf_cstr(&errors), "0: it must belong to root"));
	write_file(path, "[map a]\nkey = u32\n", 0602);
	ck_assert_int_eq(read_file(path), -EPERM);
	write_file(path, "nonsense", 0600);
	ck_assert_int_eq(read_file(path), -EINVAL);
	if (geteuid() == 0) {
		ck_assert_int_eq(chown(path, 1000, 0), 0);
		ck_assert_int_eq(read_file(path), -EPERM);
	}
	unlink(path);
	ck_assert_int_eq(read_file(dir), -EISDIR);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(read_file(path), -EINVAL);
	unlink(path);
	rmdir(dir);
}
END_TEST

START_TEST(large_file_is_refused)
{
	char path[] = "/tmp/test-config.XXXXXX";
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, CONFIG_MAX_BYTES + 1), 0);
	close(fd);
	ck_assert_int_eq(read_file(path), -EFBIG);
	unlink(path);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("config");
	TCase *tc = tcase_create("config");

	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_test(tc, sections_and_words_are_read);
	tcase_add_test(tc, value_goes_on_in_lines_that_begin_with_a_blank);
	tcase_add_test(tc, types_that_only_a_map_knows_are_taken);
	tcase_add_test(tc, nothing_is_a_configuration_without_sections);
	tcase_add_test(tc, header_is_longer_than_the_library_can_take);
	tcase_add_loop_test(tc, error_is_reported_with_its_line, 0,
			    sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(tc, all_errors_are_reported);
	tcase_add_test(tc, nul_is_refused);
	tcase_add_test(tc, sections_and_errors_are_bounded);
	tcase_add_loop_test(tc, random_bytes_do_no_harm, 0, 200);
	tcase_add_test(tc, first_section_that_has_a_word_wins);
	tcase_add_test(tc, what_does_not_match_has_no_words);
	tcase_add_test(tc, pattern_of_many_stars_is_matched_soon);
	tcase_add_test(tc, file_that_others_may_write_is_refused);
	tcase_add_test(tc, large_file_is_refused);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
