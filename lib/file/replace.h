/*
 * What -f may replace: nothing that this command reads, and of folders only
 * those that are wholly ours.
 *
 * A folder is replaced when it is empty, or when its own papers say that it is a
 * product of the kind being made (struct replace_kind) and nothing lies in it
 * that such a product does not hold.  It must be neither an input, nor around or
 * inside one, nor a place of its own: /, the home or the current folder or what
 * they are in, a mount point, a repository.  Anything else is ERR_REFUSED with a sentence that
 * names what stands in the way, and nothing was touched.
 *
 *	static const char *const names[] = { "info.json", "*.prototxt", NULL };
 *	const struct replace_kind kind = { "model", names, judge };
 *	rc = file_dir_begin(&d, path, force ? &kind : NULL);
 *
 * Inputs are noted for the whole process; prog_parse does so for operands and
 * options that are marked as paths which are read (OPT_INPUT).
 */
#ifndef FILE_REPLACE_H
#define FILE_REPLACE_H

#include <stddef.h>

/* Names, by their path within a folder, that a product has besides those that
 * all of its kind have. */
struct replace_names {
	char **v;
	size_t n, cap;
};
void replace_name_add(struct replace_names *names, const char *name);

struct replace_kind {
	const char *what; /* "data set" */
	/* fnmatch(3) patterns of the paths within it; ends with NULL */
	const char *const *names;
	/* 0: the papers in dir say that it is one; may add to more.  Else an
	 * error, with a sentence that says what is wrong with them. */
	int (*judge)(
	    struct replace_names *more, const char *dir, const void *ctx);
	const void *ctx;
};

/* May dir, which exists, be replaced?  0, or ERR_REFUSED. */
int replace_check(const char *dir, const struct replace_kind *kind);

/*
 * Products whose files have no names known beforehand list them in the file
 * ".nnutils-files": a line "nnutils KIND", then a name a line, those of folders
 * with a slash behind.
 */
#define REPLACE_LIST ".nnutils-files"
/* List what lies in dir now, and the names in more, which may be NULL. */
int replace_list_write(
    const char *dir, const char *what, const struct replace_names *more);
/* 1: there is a list of that kind, added to names; 0: there is none;
 * ERR_FORMAT: it is of another kind, or no list. */
int replace_list_read(
    struct replace_names *names, const char *dir, const char *what);
void replace_names_clear(struct replace_names *names);
/* The files of dir that are not among kind's own names, added to out. */
int replace_others(struct replace_names *out, const char *dir,
    const struct replace_kind *kind);

/* Note a path that is read, whatever comes of it; URLs, "-" and what does not
 * exist are left out.  Thread-safe. */
void replace_input(const char *path);
/* 0, or ERR_REFUSED: path is an input, or a folder around or inside one. */
int replace_check_inputs(const char *path);
/* 0, or ERR_REFUSED: the file path is an input itself. */
int replace_check_file(const char *path);
/* The same for an output that a person names, which may also lie in a folder
 * that is read: reads says whether its path within that folder is one of those
 * that count; NULL: none. */
int replace_check_output(const char *path, int (*reads)(const char *rel));
/* Is rel among the names that all of a kind may have?  1 or 0. */
int replace_holds(const struct replace_kind *kind, const char *rel);
/* What is made anew each time, without being asked: 0, or ERR_REFUSED because
 * path is a file without the sign that it is a WHAT ("make rule"): these bytes at
 * its beginning, or anywhere in it. */
int replace_check_anew(
    const char *path, const char *what, const char *begin, const char *within);

#endif
