/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Programs: those that use a map, one per line, and information about one program. An
 * unknown number is "-" in a line, and is left out of "name: value" lines.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "report/attach.h"
#include "report/report.h"
#include "store/errno.h"
#include "util/clock.h"
#include "util/printable.h"
#include "util/request.h"

static void put_text(struct buf *out, const char *text)
{
	put_printable(out, text, strlen(text));
}

/* The name of its type, or the number of a new one. */
static void put_type(struct buf *out, const struct store_program *p)
{
	if (p->type_name)
		buf_puts(out, p->type_name);
	else
		buf_put_u64(out, p->type);
}

/* The kernel counts only while kernel.bpf_stats_enabled is on. What it has counted
 * stays with the program. */
static bool has_counts(struct store *store, const struct store_program *p)
{
	return p->run_cnt || store_counts_runs(store);
}

/* ---- progs: "ID NAME TYPE ATTACH RUN_CNT RUN_TIME_NS", with tabs ---- */

struct users {
	struct buf programs; /* struct store_program, by rising id */
	struct buf attached; /* struct attached, likewise */
};

static struct store_program *programs_of(const struct users *u)
{
	return (struct store_program *)u->programs.data;
}

static struct attached *attached_of(const struct users *u)
{
	return (struct attached *)u->attached.data;
}

static size_t count_of(const struct users *u)
{
	return u->attached.len / sizeof(struct attached);
}

static void users_release(struct users *u)
{
	for (size_t i = 0; i < count_of(u); i++) {
		store_program_release(&programs_of(u)[i]);
		attached_release(&attached_of(u)[i]);
	}
	buf_release(&u->programs);
	buf_release(&u->attached);
}
#define _cleanup_users_ _cleanup_(users_release)

/* Takes the program over. */
static int add_user(struct users *u, struct store_program *p)
{
	const struct attached attached = { .program = p->id };

	if (!buf_reserve(&u->programs, sizeof(*p)) ||
	    !buf_reserve(&u->attached, sizeof(attached)))
		return -ENOMEM;
	buf_put(&u->programs, p, sizeof(*p));
	buf_put(&u->attached, &attached, sizeof(attached));
	*p = (struct store_program)STORE_PROGRAM_INIT;
	return 0;
}

static int find_users(const struct report *r, struct users *u)
{
	struct store *store = r->map->ref.store;
	uint32_t id = 0;
	int err = 0;

	while (err == 0 && (err = store_next_program(store, id, &id)) == 0) {
		_cleanup_store_program_ struct store_program p = STORE_PROGRAM_INIT;

		if (request_interrupted(r->rq))
			return -EINTR;
		/* It may have ended meanwhile. */
		if (store_program(store, id, &p) < 0 ||
		    !store_program_uses(&p, r->map->schema->info.id))
			continue;
		store_program_name(store, &p);
		err = add_user(u, &p);
	}
	if (err == -ENOMEM)
		return err;
	return err == -ENOENT ? 0 : store_user_errno(STORE_OP_OPEN, err);
}

static void put_user(struct store *store, const struct store_program *p,
		     const struct attached *a, struct buf *out)
{
	buf_printf(out, "%u\t", p->id);
	put_text(out, *p->name ? p->name : "-");
	buf_putc(out, '\t');
	put_type(out, p);
	buf_putc(out, '\t');
	attached_put(a, out);
	if (has_counts(store, p))
		buf_printf(out, "\t%" PRIu64 "\t%" PRIu64 "\n", p->run_cnt, p->run_time_ns);
	else
		buf_puts(out, "\t-\t-\n");
}

int report_progs(const struct report *r, struct buf *out)
{
	struct store *store = r->map->ref.store;
	_cleanup_users_ struct users users = { BUF_INIT, BUF_INIT };
	int err;

	if (store_hides_programs(store)) {
		errlog_add(&r->m->errors, r->rq ? r->rq->uid : ERRLOG_NOBODY, "read",
			   ".map/progs", -EACCES, "listing programs needs CAP_SYS_ADMIN");
		return -EACCES;
	}
	if (!store_has_programs(store))
		return 0;
	err = find_users(r, &users);
	if (err == 0)
		err = attached_collect(r, attached_of(&users), count_of(&users));
	for (size_t i = 0; err == 0 && i < count_of(&users); i++)
		put_user(store, &programs_of(&users)[i], &attached_of(&users)[i], out);
	return err < 0 ? err : buf_error(out);
}

/* ---- the info of one ---- */

static void put_loaded(struct buf *out, uint64_t since_boot)
{
	uint64_t ns = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_BOOTTIME) + since_boot;
	time_t seconds = (time_t)(ns / 1000000000u);
	char text[32] = "";
	struct tm tm;

	if (gmtime_r(&seconds, &tm) && strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm))
		buf_printf(out, "loaded: %s\n", text);
}

static void put_maps(struct buf *out, const struct store_program *p)
{
	buf_puts(out, "maps: ");
	for (uint32_t i = 0; i < p->n_maps; i++)
		buf_printf(out, "%s%u", i ? "," : "", p->maps[i]);
	buf_puts(out, p->n_maps ? "\n" : "-\n");
}

static void put_counts(struct store *store, const struct store_program *p, struct buf *out)
{
	uint64_t memlock;

	if (has_counts(store, p))
		buf_printf(out, "run_cnt: %" PRIu64 "\nrun_time_ns: %" PRIu64 "\n", p->run_cnt,
			   p->run_time_ns);
	if (store_program_memlock(store, p->id, &memlock) == 0)
		buf_printf(out, "memlock: %" PRIu64 "\n", memlock);
}

static void put_program(struct store *store, const struct store_program *p,
			const struct attached *a, struct buf *out)
{
	buf_printf(out, "id: %u\nname: ", p->id);
	put_text(out, p->name);
	buf_puts(out, "\ntype: ");
	put_type(out, p);
	buf_puts(out, "\ntag: ");
	buf_put_hex(out, p->tag, sizeof(p->tag));
	buf_puts(out, "\nattach: ");
	attached_put(a, out);
	buf_putc(out, '\n');
	put_loaded(out, p->loaded);
	buf_printf(out, "uid: %u\nbtf_id: %u\n", p->uid, p->btf_id);
	put_maps(out, p);
	if (p->instructions)
		buf_printf(out, "instructions: %u\n", p->instructions / 8);
	put_counts(store, p, out);
}

int report_program(const struct report *r, struct buf *out)
{
	struct store *store = r->registry->store;
	_cleanup_store_program_ struct store_program p = STORE_PROGRAM_INIT;
	_cleanup_attached_ struct attached attached = { .program = r->program };
	int err = store_user_errno(STORE_OP_OPEN, store_program(store, r->program, &p));

	if (err == 0)
		err = attached_collect(r, &attached, 1);
	if (err < 0)
		return err;
	store_program_name(store, &p);
	put_program(store, &p, &attached, out);
	return buf_error(out);
}
