# SPDX-License-Identifier: GPL-2.0-or-later
#
# make check           everything that can run here; the rest is skipped
# make check-root      as root; missing FUSE or BPF is a failure
# make check-memory    the unit, wire and mount tiers (what runs under sanitizers)
# make check-valgrind  the C tests under valgrind
# make bench           ratios against bpftool and bare programs
#
# A test in C is one line in unit_tests or wire_tests: its source has the same
# name and ".c" behind it. A test in shell is one line in shell_tests.

unit_tests = \
	tests/unit/test-config \
	tests/unit/test-decimal \
	tests/unit/test-differential \
	tests/unit/test-differential-create \
	tests/unit/test-differential-lru \
	tests/unit/test-differential-objects \
	tests/unit/test-host \
	tests/unit/test-host-bpffs \
	tests/unit/test-host-helper \
	tests/unit/test-host-identity \
	tests/unit/test-host-privilege \
	tests/unit/test-keyset \
	tests/unit/test-live-errlog \
	tests/unit/test-live-owned \
	tests/unit/test-live-registry \
	tests/unit/test-live-types \
	tests/unit/test-map-cases \
	tests/unit/test-map-churn \
	tests/unit/test-map-data \
	tests/unit/test-map-def \
	tests/unit/test-map-reveal \
	tests/unit/test-map-ring \
	tests/unit/test-map-prefix \
	tests/unit/test-map-sample \
	tests/unit/test-map-unknown \
	tests/unit/test-report-apply-queue \
	tests/unit/test-report-hist \
	tests/unit/test-report-interrupt \
	tests/unit/test-scan-split \
	tests/unit/test-scratch-forms \
	tests/unit/test-store-busy \
	tests/unit/test-store-churn \
	tests/unit/test-store-errno \
	tests/unit/test-store-kernel \
	tests/unit/test-store-memory \
	tests/unit/test-store-memory-create \
	tests/unit/test-store-objects \
	tests/unit/test-store-shortage \
	tests/unit/test-ticker \
	tests/unit/test-text-btf \
	tests/unit/test-text-cases \
	tests/unit/test-text-field \
	tests/unit/test-text-grammar \
	tests/unit/test-text-hidden \
	tests/unit/test-text-named \
	tests/unit/test-text-hostile \
	tests/unit/test-text-prefix \
	tests/unit/test-text-records \
	tests/unit/test-text-pieces \
	tests/unit/test-text-property \
	tests/unit/test-text-quick \
	tests/unit/test-text-show \
	tests/unit/test-thread

wire_tests = \
	tests/wire/test-backup \
	tests/wire/test-changes \
	tests/wire/test-create \
	tests/wire/test-drain \
	tests/wire/test-ending \
	tests/wire/test-failed \
	tests/wire/test-forget \
	tests/wire/test-malformed \
	tests/wire/test-open \
	tests/wire/test-owner \
	tests/wire/test-readdir \
	tests/wire/test-release \
	tests/wire/test-rename \
	tests/wire/test-root \
	tests/wire/test-scratch \
	tests/wire/test-section \
	tests/wire/test-share \
	tests/wire/test-shortage \
	tests/wire/test-sizes \
	tests/wire/test-stream \
	tests/wire/test-threads \
	tests/wire/test-write

fuzzers = \
	tests/fuzz/fuzz-btf \
	tests/fuzz/fuzz-bulk \
	tests/fuzz/fuzz-def \
	tests/fuzz/fuzz-text \
	tests/fuzz/fuzz-wire
fuzz_headers = tests/fuzz/fuzz.h tests/fuzz/fuzz-text.h tests/fuzz/fuzz-wire.h

shell_tests = \
	tests/check-dist.sh \
	tests/check-dotfiles.sh \
	tests/check-includes.sh \
	tests/check-install.sh \
	tests/check-man.sh \
	tests/check-recipes.sh \
	tests/check-options.sh \
	tests/check-shell.sh \
	tests/check-systemd.sh \
	tests/check-words.sh \
	tests/kernel/backups-leave-no-memory-behind.sh \
	tests/kernel/arrays-name-their-indexes.sh \
	tests/mount/arrays-name-their-indexes.sh \
	tests/kernel/auto-without-privilege-is-memory.sh \
	tests/kernel/changes-follow-programs.sh \
	tests/kernel/clients-together-tear-nothing.sh \
	tests/kernel/by-name-is-the-map-in-use.sh \
	tests/kernel/daemon-keeps-what-its-mode-needs.sh \
	tests/kernel/definitions-clone-maps-of-others.sh \
	tests/kernel/descriptor-maps-take-what-they-name.sh \
	tests/kernel/df-shows-entries.sh \
	tests/kernel/every-type-lists-and-reads.sh \
	tests/kernel/every-type-of-a-program-is-served.sh \
	tests/kernel/frozen-map-refuses-writes.sh \
	tests/kernel/histograms-are-right-to-the-count.sh \
	tests/kernel/host-names-are-for-root.sh \
	tests/kernel/listing-under-churn-is-exact.sh \
	tests/kernel/manual-sessions.sh \
	tests/kernel/map-is-not-kept-alive.sh \
	tests/kernel/map-names-tell-maps-apart.sh \
	tests/kernel/metrics-are-what-programs-count.sh \
	tests/kernel/mkdir-makes-typed-kernel-maps.sh \
	tests/kernel/ordinary-user-sees-pins.sh \
	tests/kernel/owners-and-modes-follow-linux.sh \
	tests/kernel/pinned-maps-keep-what-was-acknowledged.sh \
	tests/kernel/pinned-maps-outlive-the-daemon.sh \
	tests/kernel/pins-mirror-the-bpf-file-system.sh \
	tests/kernel/pins-rw-changes-the-bpf-file-system.sh \
	tests/kernel/peers-maps-read-as-bpftool-prints.sh \
	tests/kernel/prefix-spellings-are-one-file.sh \
	tests/kernel/prefixes-of-any-layout.sh \
	tests/kernel/objects-queue-bloom-links.sh \
	tests/kernel/program-maps-match-bpftool.sh \
	tests/kernel/programs-lead-to-their-maps.sh \
	tests/kernel/programs-say-where-they-run.sh \
	tests/kernel/prometheus-answers-with-the-count.sh \
	tests/kernel/raw-and-match-show-keys-otherwise.sh \
	tests/kernel/recipes-work-on-a-program.sh \
	tests/kernel/records-have-types-by-their-tag.sh \
	tests/kernel/requests-per-action-are-few.sh \
	tests/kernel/ring-is-tapped-and-nothing-taken.sh \
	tests/kernel/root-maps-counts-what-holds-maps.sh \
	tests/kernel/service-mounts-for-the-host.sh \
	tests/kernel/stacks-have-symbols.sh \
	tests/kernel/struct-ops-tells-its-state.sh \
	tests/kernel/storages-are-keyed-by-names.sh \
	tests/kernel/sums-add-up-all-cpus.sh \
	tests/kernel/timer-keeps-running.sh \
	tests/kernel/tools-replace-files.sh \
	tests/kernel/user-ringbuf-takes-records.sh \
	tests/kernel/variables-change-alone.sh \
	tests/kernel/whole-maps-copy-whole.sh \
	tests/kernel/views-of-programs-maps.sh \
	tests/kernel/whole-maps-are-written-and-restored.sh \
	tests/kernel/views-of-tools-are-true.sh \
	tests/kernel/write-is-seen-by-bpftool.sh \
	tests/mount/clients-together-tear-nothing.sh \
	tests/kernel/configuration-follows-pins-and-programs.sh \
	tests/kernel/closed-maps-are-not-linked.sh \
	tests/mount/closed-maps-are-not-linked.sh \
	tests/mount/configuration-applies-and-reloads.sh \
	tests/mount/daemon-ends-cleanly.sh \
	tests/mount/definitions-in-c.sh \
	tests/mount/df-shows-entries.sh \
	tests/mount/dot-map-files-say-one-value-each.sh \
	tests/mount/errors-of-each-map-type.sh \
	tests/mount/keys-have-one-name-and-aliases.sh \
	tests/mount/large-map-lists-and-streams.sh \
	tests/mount/log-says-what-the-daemon-does.sh \
	tests/mount/long-names-are-listed.sh \
	tests/mount/long-texts-arrive-whole.sh \
	tests/mount/manual-examples.sh \
	tests/mount/metrics-are-what-the-configuration-asks.sh \
	tests/mount/mkdir-makes-and-rmdir-ends-maps.sh \
	tests/mount/objects-queue-bloom-links.sh \
	tests/mount/modes-decide-who-may-what.sh \
	tests/mount/owners-and-modes-follow-linux.sh \
	tests/mount/prefix-spellings-are-one-file.sh \
	tests/mount/mount8-mounts-and-remounts.sh \
	tests/mount/host-names-are-for-root.sh \
	tests/mount/indexers-can-stay-out.sh \
	tests/mount/options-are-checked-and-obeyed.sh \
	tests/mount/readers-that-wait-disturb-nobody.sh \
	tests/mount/recipe-keeps-a-map-equal-to-etcd.sh \
	tests/mount/recipes-work-in-memory.sh \
	tests/mount/refusals-leave-a-line-that-says-why.sh \
	tests/mount/root-names-resolve-to-maps.sh \
	tests/mount/shells-complete-options.sh \
	tests/mount/shells-write-keys.sh \
	tests/mount/shortages-are-survived.sh \
	tests/mount/tools-read-keys.sh \
	tests/mount/tools-replace-files.sh \
	tests/mount/tools-write-keys.sh \
	tests/mount/whole-maps-splice-whole.sh \
	tests/kernel/users-have-shares.sh \
	tests/mount/users-have-shares.sh \
	tests/mount/values-read-back-as-written.sh \
	tests/mount/views-retype-maps.sh \
	tests/mount/views-show-members.sh \
	tests/mount/whole-maps-copy-whole.sh \
	tests/mount/whole-maps-are-written-and-restored.sh

# Programs that shell tests start.
helper_programs = \
	tests/bpf/attach \
	tests/bpf/places \
	tests/bpf/records \
	tests/bpf/workload \
	tests/kernel/handles \
	tests/kernel/maps \
	tests/kernel/without-openat2 \
	tests/load/load

# Programs for BPF, loaded by tests/bpf/workload and tests/bpf/attach.
bpf_objects = \
	tests/bpf/congestion.bpf.o \
	tests/bpf/kinds.bpf.o \
	tests/bpf/metrics.bpf.o \
	tests/bpf/storage.bpf.o \
	tests/bpf/every-type.bpf.o \
	tests/bpf/firewall.bpf.o \
	tests/bpf/firewall-grown.bpf.o \
	tests/bpf/places.bpf.o \
	tests/bpf/prefixes.bpf.o \
	tests/bpf/records.bpf.o \
	tests/bpf/variables.bpf.o \
	tests/bpf/workload.bpf.o

# Files that tests read.
test_data = \
	tests/kernel/lib.sh \
	tests/load/lib.sh \
	tests/host-names.sh \
	tests/objects.sh \
	tests/permissions.sh \
	tests/unit/text.cases

# --- C: Check, which prints TAP ----------------------------------------------

# What tests share.
check_LIBRARIES = tests/libtest.a
tests_libtest_a_SOURCES = \
	tests/suite.h \
	tests/unit/differential.c \
	tests/unit/differential.h \
	tests/unit/shortage.c \
	tests/unit/shortage.h \
	tests/unit/store-btf.c \
	tests/unit/store-btf.h \
	tests/unit/fake-host.c \
	tests/unit/fake-host.h \
	tests/unit/one-map.h \
	tests/unit/store-fault.c \
	tests/unit/store-fault.h \
	tests/unit/store-pair.c \
	tests/unit/store-pair.h \
	tests/unit/store-require.h \
	tests/unit/text-btf.h \
	tests/unit/text-order.h \
	tests/unit/text-random.h \
	tests/unit/text-util.h \
	tests/wire/wire.c \
	tests/wire/wire-calls.c \
	tests/wire/wire.h

if HAVE_CHECK
if FUZZING
c_tests = $(unit_tests) $(wire_tests)
else
c_tests = $(unit_tests) $(wire_tests) $(fuzzers)
endif
endif
check_PROGRAMS = $(c_tests) $(helper_programs)
LDADD = tests/libtest.a $(BPFMAPFS_LIBS) $(CHECK_LIBS)
AM_CPPFLAGS += $(CHECK_CFLAGS) -DTESTS_DIR='"$(abs_top_srcdir)/tests"'

tests_unit_test_store_busy_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=bpf_map_lookup_batch,--wrap=bpf_map_lookup_and_delete_batch
# tests/unit/shortage.c
shortage_flags = $(AM_LDFLAGS) -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc \
	-Wl,--wrap=reallocarray,--wrap=strdup,--wrap=strndup,--wrap=mmap
tests_unit_test_store_shortage_LDFLAGS = $(shortage_flags)
tests_wire_test_shortage_LDFLAGS = $(shortage_flags)
tests_bpf_attach_SOURCES = tests/bpf/attach.c tests/bpf/object.h tests/bpf/types.h
tests_bpf_records_SOURCES = tests/bpf/records.c tests/bpf/records.h tests/bpf/object.h \
	tests/bpf/types.h
tests_bpf_workload_SOURCES = tests/bpf/workload.c tests/bpf/object.h tests/bpf/types.h
tests_bpf_places_SOURCES = tests/bpf/places.c tests/bpf/object.h tests/bpf/types.h
tests_bpf_attach_LDADD = $(LIBBPF_LIBS)
tests_bpf_places_LDADD = $(LIBBPF_LIBS)
tests_bpf_records_LDADD = $(LIBBPF_LIBS)
tests_bpf_workload_LDADD = $(LIBBPF_LIBS)
tests_kernel_handles_LDADD = $(LIBBPF_LIBS)
tests_kernel_maps_LDADD = $(LIBBPF_LIBS)
tests_kernel_without_openat2_LDADD =
tests_load_load_LDADD =

# Tests without an extension are programs that print TAP.
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) \
	$(top_srcdir)/.ci/build-aux/tap-driver.sh --comments

# --- shell: exit status 0, 77 to skip ----------------------------------------

# A test that hangs is a failed test (on SIGTERM it still cleans up).
TEST_EXTENSIONS = .sh
TEST_TIMEOUT = $$(($${TEST_DEADLINE:-30} * 10))
SH_LOG_COMPILER = timeout -k 60 $(TEST_TIMEOUT)
TESTS = $(c_tests) $(shell_tests)

AM_TESTS_ENVIRONMENT = \
	top_srcdir='$(abs_top_srcdir)'; export top_srcdir; \
	top_builddir='$(abs_top_builddir)'; export top_builddir; \
	PATH="$$PATH:/usr/sbin:/sbin"; export PATH; \
	LC_ALL=C; export LC_ALL; \
	ASAN_OPTIONS="$${ASAN_OPTIONS-detect_stack_use_after_return=1}"; \
	export ASAN_OPTIONS; \
	UBSAN_OPTIONS="$${UBSAN_OPTIONS-print_stacktrace=1}"; \
	export UBSAN_OPTIONS; \
	CK_DEFAULT_TIMEOUT=30; export CK_DEFAULT_TIMEOUT; \
	CK_TIMEOUT_MULTIPLIER="$${CK_TIMEOUT_MULTIPLIER-$$((($${TEST_DEADLINE:-30} + 29) / 30))}"; \
	export CK_TIMEOUT_MULTIPLIER;

if HAVE_BPF_CC
check_DATA = $(bpf_objects)
endif

tests/bpf/%.bpf.o: $(top_srcdir)/tests/bpf/%.bpf.c
	$(AM_V_GEN)$(MKDIR_P) tests/bpf && \
	$(BPF_CC) -target bpf -g -O2 -Wall $(BPF_CPPFLAGS) $(LIBBPF_CFLAGS) \
		-c $< -o $@

CLEANFILES += $(bpf_objects)
clean-local:
	-rm -rf tests/scratch

EXTRA_DIST += \
	$(bpf_objects:.o=.c) \
	$(test_data) \
	$(shell_tests) \
	tests/README \
	tests/lib.sh \
	tests/manual.sh

# --- fuzzers: configure CC=clang --enable-fuzzing --enable-sanitizers ---------

# Otherwise they are tests, which make inputs of their own.

if FUZZING
noinst_PROGRAMS += $(fuzzers)
fuzzer_flags = $(AM_LDFLAGS) -fsanitize=fuzzer
else
fuzzer_flags = $(AM_LDFLAGS)
endif
wire_fuzzer_flags = $(fuzzer_flags) \
	-Wl,--wrap=_mark_point -Wl,--wrap=_ck_assert_failed
tests_fuzz_fuzz_btf_SOURCES = tests/fuzz/fuzz-btf.c $(fuzz_headers)
tests_fuzz_fuzz_btf_LDFLAGS = $(fuzzer_flags)
tests_fuzz_fuzz_bulk_SOURCES = tests/fuzz/fuzz-bulk.c $(fuzz_headers)
tests_fuzz_fuzz_bulk_LDFLAGS = $(wire_fuzzer_flags)
tests_fuzz_fuzz_def_SOURCES = tests/fuzz/fuzz-def.c $(fuzz_headers)
tests_fuzz_fuzz_def_LDFLAGS = $(wire_fuzzer_flags)
tests_fuzz_fuzz_text_SOURCES = tests/fuzz/fuzz-text.c $(fuzz_headers)
tests_fuzz_fuzz_text_LDFLAGS = $(fuzzer_flags)
tests_fuzz_fuzz_wire_SOURCES = tests/fuzz/fuzz-wire.c tests/fuzz/fuzz-wire-run.h \
	$(fuzz_headers)
tests_fuzz_fuzz_wire_LDFLAGS = $(wire_fuzzer_flags)

# --- other ways to run them --------------------------------------------------

check-root: all
	@test "$$(id -u)" = 0 || { echo "$@: become root first" >&2; exit 1; }
	TEST_REQUIRE="fuse bpf" $(MAKE) $(AM_MAKEFLAGS) check

check-memory: all
	$(MAKE) $(AM_MAKEFLAGS) check TESTS='$(filter-out $(CHECK_MEMORY_WITHOUT), \
		$(c_tests) $(filter tests/mount/%,$(shell_tests)))'

# For contrib/check-vm: what another kernel can change. slow_tests take about a
# minute or more each under emulation; the others, of every tier, ten in all.
kernel_tests = $(filter-out tests/check-%,$(c_tests) $(shell_tests))
slow_tests = $(fuzzers) \
	tests/kernel/backups-leave-no-memory-behind.sh \
	tests/kernel/listing-under-churn-is-exact.sh \
	tests/kernel/map-is-not-kept-alive.sh \
	tests/kernel/peers-maps-read-as-bpftool-prints.sh \
	tests/kernel/pins-mirror-the-bpf-file-system.sh \
	tests/kernel/ring-is-tapped-and-nothing-taken.sh \
	tests/kernel/tools-replace-files.sh \
	tests/kernel/users-have-shares.sh \
	tests/kernel/whole-maps-copy-whole.sh \
	tests/kernel/every-type-lists-and-reads.sh \
	tests/kernel/histograms-are-right-to-the-count.sh \
	tests/kernel/metrics-are-what-programs-count.sh \
	tests/kernel/recipes-work-on-a-program.sh \
	tests/kernel/whole-maps-are-written-and-restored.sh \
	tests/kernel/configuration-follows-pins-and-programs.sh \
	tests/kernel/closed-maps-are-not-linked.sh \
	tests/mount/closed-maps-are-not-linked.sh \
	tests/mount/configuration-applies-and-reloads.sh \
	tests/mount/daemon-ends-cleanly.sh \
	tests/mount/dot-map-files-say-one-value-each.sh \
	tests/mount/errors-of-each-map-type.sh \
	tests/mount/keys-have-one-name-and-aliases.sh \
	tests/mount/large-map-lists-and-streams.sh \
	tests/mount/long-names-are-listed.sh \
	tests/mount/long-texts-arrive-whole.sh \
	tests/mount/manual-examples.sh \
	tests/mount/options-are-checked-and-obeyed.sh \
	tests/mount/readers-that-wait-disturb-nobody.sh \
	tests/mount/recipe-keeps-a-map-equal-to-etcd.sh \
	tests/mount/recipes-work-in-memory.sh \
	tests/mount/shells-complete-options.sh \
	tests/mount/shortages-are-survived.sh \
	tests/mount/tools-replace-files.sh \
	tests/mount/tools-write-keys.sh \
	tests/mount/users-have-shares.sh \
	tests/mount/values-read-back-as-written.sh \
	tests/mount/whole-maps-are-written-and-restored.sh \
	tests/unit/test-keyset \
	tests/unit/test-map-churn \
	tests/unit/test-report-apply-queue \
	tests/unit/test-scan-split \
	tests/unit/test-text-property \
	tests/unit/test-text-quick \
	tests/wire/test-readdir \
	tests/wire/test-shortage

check-kernel: all
	$(MAKE) $(AM_MAKEFLAGS) check TESTS='$(kernel_tests)'

check-kernel-quick: all
	$(MAKE) $(AM_MAKEFLAGS) check TESTS='$(filter-out $(slow_tests),$(kernel_tests))'

check-valgrind: $(c_tests)
	CK_FORK=no $(MAKE) $(AM_MAKEFLAGS) check TESTS='$(c_tests)' \
		LOG_COMPILER='valgrind --quiet --error-exitcode=99 --leak-check=full'

# Not a test: only bench wants it.
EXTRA_PROGRAMS = tests/bench/bench-floor
tests_bench_bench_floor_LDADD = $(FUSE_LIBS) $(LIBBPF_LIBS)
CLEANFILES += $(EXTRA_PROGRAMS)
EXTRA_DIST += tests/bench/run

bench: all $(EXTRA_PROGRAMS)
	$(AM_TESTS_ENVIRONMENT) $(top_srcdir)/tests/bench/run

.PHONY: check-root check-memory check-kernel check-kernel-quick check-valgrind bench
