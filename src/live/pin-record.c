/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/pin-record.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "host/bpffs.h"
#include "live/pin-dir.h"

/* No map's name has an '@'. */
struct link_name {
	char s[LISTED_NAME_MAX + 16];
};

static struct link_name link_of(const char *name, uint32_t id, const char *what)
{
	struct link_name n;

	snprintf(n.s, sizeof(n.s), "%s@%u@%s", name, id, what);
	return n;
}

/* ---- text ---- */

static void put_owner(const struct owner *o, struct buf *out)
{
	if (o->set & OWNER_MODE)
		buf_printf(out, "mode=%04o ", (unsigned)o->mode);
	if (o->set & OWNER_UID)
		buf_printf(out, "uid=%u ", (unsigned)o->uid);
	if (o->set & OWNER_GID)
		buf_printf(out, "gid=%u ", (unsigned)o->gid);
	buf_putc(out, '\n');
}

/* Caller must hold m->lock. */
static int format(const struct live_map *m, struct buf *out)
{
	put_owner(&m->own, out);
	if (m->def.type)
		def_format(&m->def, out);
	buf_putc(out, '\n');
	map_view_format(&m->view, out);
	return buf_error(out);
}

static bool get_number(const char *line, const char *word, int base, unsigned *ret)
{
	const char *at = strstr(line, word);

	if (at)
		*ret = (unsigned)strtoul(at + strlen(word), NULL, base);
	return at;
}

static struct owner get_owner(const char *line)
{
	struct owner o = { 0 };
	unsigned n;

	if (get_number(line, "mode=", 8, &n)) {
		o.set |= OWNER_MODE;
		o.mode = n & 07777;
	}
	if (get_number(line, "uid=", 10, &n)) {
		o.set |= OWNER_UID;
		o.uid = n;
	}
	if (get_number(line, "gid=", 10, &n)) {
		o.set |= OWNER_GID;
		o.gid = n;
	}
	return o;
}

/* ---- writing ---- */

/* A daemon that was killed may have left the link under its first name. */
static int write_link(int dir, const struct link_name *name, const struct link_name *first,
		      const char *text)
{
	int e = bpffs_symlink_at(dir, text, first->s);

	if (e == -EEXIST)
		e = bpffs_unlink_at(dir, first->s, NULL) ?:
		    bpffs_symlink_at(dir, text, first->s);
	return e ?: bpffs_rename_at(dir, first->s, NULL, dir, name->s, NULL, 0);
}

int pin_record_write(struct registry *r, struct live_map *m, struct text_error *err)
{
	const struct link_name name = link_of(m->name, m->id, "record"),
			       first = link_of(m->name, m->id, "new");
	_cleanup_buf_ struct buf text = BUF_INIT;
	int e;

	if (!r->pin || !live_map_is_owned(m))
		return 0;
	GUARD_MUTEX(&r->recording);
	pthread_mutex_lock(&m->lock);
	e = format(m, &text);
	pthread_mutex_unlock(&m->lock);
	if (e < 0 || !buf_cstr(&text))
		return -ENOMEM;
	if (text.len >= PATH_MAX)
		return text_fail(err, -EFBIG, 0,
				 "definition and view are too long to "
				 "be recorded in %s: at most %d bytes",
				 r->pin, PATH_MAX - 1);
	e = write_link(r->pin_fd, &name, &first, buf_cstr(&text));
	return e < 0 ? text_fail(err, e, 0,
				 "the definition, view or owner cannot be "
				 "recorded in %s",
				 r->pin)
		     : 0;
}

void pin_record_remove(struct registry *r, const char *name, uint32_t id)
{
	if (r->pin)
		bpffs_unlink_at(r->pin_fd, link_of(name, id, "record").s, NULL);
}

/* ---- reading ---- */

void pin_record_release(struct pin_record *record)
{
	free(record->text);
}

int pin_record_read(struct registry *r, const char *name, uint32_t id, struct pin_record *ret)
{
	_cleanup_free_ char *text = calloc(1, PATH_MAX);
	char *def, *view;
	int e;

	if (!text)
		return -ENOMEM;
	e = bpffs_readlink_at(r->pin_fd, link_of(name, id, "record").s, text, PATH_MAX);
	def = e == 0 ? strchr(text, '\n') : NULL;
	view = def ? strchr(def + 1, '\n') : NULL;
	if (!view)
		return e ?: -EINVAL;
	*def++ = '\0';
	*view++ = '\0';
	*ret = (struct pin_record){ get_owner(text), def, view, take_ptr(text) };
	return 0;
}

/* ---- what a daemon left that was killed ---- */

/* A record whose map is not pinned under its name. */
static bool is_stale(struct registry *r, const char *link)
{
	char name[STORE_NAME_LEN];
	unsigned id;

	return sscanf(link, "%15[^@]@%u@", name, &id) == 2 && !pin_dir_has(r, name, id);
}

void pin_record_mend(struct registry *r)
{
	_cleanup_buf_ struct buf names = BUF_INIT;

	if (!r->pin || bpffs_list(r->pin_fd, &names) < 0)
		return;
	for (const char *link = names.data; link < names.data + names.len;
	     link += strlen(link) + 1) {
		const char *last = strrchr(link, '@');

		if (last && (!strcmp(last, "@new") ||
			     (!strcmp(last, "@record") && is_stale(r, link))))
			bpffs_unlink_at(r->pin_fd, link, NULL);
	}
}
