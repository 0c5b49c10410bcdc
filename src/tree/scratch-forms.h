/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of temporary files: the forms that editors and copying tools use, and the rules
 * by which exclusively created files in a map's directory become scratch files
 * (scratch.h). Pure functions, safe from any thread.
 */
#ifndef BPFMAPFS_TREE_SCRATCH_FORMS_H
#define BPFMAPFS_TREE_SCRATCH_FORMS_H

#include <stdbool.h>
#include <stddef.h>

enum scratch_form_flags {
	FORM_LINK = 1,	 /* the tool makes a symlink of this name, not a file */
	FORM_NO_KEY = 2, /* only if the name cannot be a key of the map */
	FORM_BESIDE = 4, /* name may be a key: also O_WRONLY, if KEY is in the map */
};

struct scratch_form {
	const char *pattern; /* KEY: a key; X: a letter, a digit or '_'; others: itself */
	const char *made_by;
	unsigned flags; /* enum scratch_form_flags */
};

/* Properties of names in the map. name is not NUL-terminated. */
struct scratch_keys {
	bool (*legal)(void *arg, const char *name, size_t len);	  /* may be a key */
	bool (*present)(void *arg, const char *name, size_t len); /* is in the map */
	void *arg;
};

/*
 * The form of a name; NULL: none. is_key: the whole name may be a key. *ret_key, if not
 * NULL, is the part of the name that is KEY in the form, *ret_len its length; 0 if the
 * form has no KEY.
 */
const struct scratch_form *scratch_form_of(const char *name, bool is_key,
					   const struct scratch_keys *keys,
					   const char **ret_key, size_t *ret_len);

/*
 * The name has this form, but its X part could be a word or a number, so it may as well
 * be a key ("www.google"). Tools generate about one such name in seventy.
 */
bool scratch_form_is_word(const struct scratch_form *f, const char *name);

/*
 * True if open(2) with O_CREAT and these flags creates a scratch file, not a key.
 * parsed: 0 if the name may be a key, otherwise the errno of parsing it.
 */
bool scratch_form_takes(const char *name, int parsed, int flags,
			const struct scratch_keys *keys);

#endif
