/*
 * Entries: which picture goes with which label.  Made by the sources (folders,
 * lists), shared out by the plan, read by the writer.  Texts live in the arena
 * of the list, so a million entries cost their paths and little more.
 */
#ifndef DSET_LIST_H
#define DSET_LIST_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/mem.h"

struct dset_entry {
	const char *path;
	const float
	    *labels; /* several numbers (--labels-from column), or NULL */
	int32_t label;
	uint32_t nlabels;
};

struct dset_list {
	struct arena *arena;
	struct dset_entry *v;
	size_t n, cap;
};

void dset_list_init(struct dset_list *l);
void dset_list_clear(struct dset_list *l);
/* path is copied, labels (n of them, n may be 0) too. */
void dset_list_add(struct dset_list *l, const char *path, int32_t label,
    const float *labels, uint32_t nlabels);

/* Somebody who hears of items that cannot be used; a negative answer stops. */
struct dset_bad {
	int (*fn)(
	    void *ctx, const char *path, int64_t record, const char *reason);
	void *ctx;
};
/* As fn, when there is one; 0 otherwise. */
int dset_bad_tell(const struct dset_bad *bad, const char *path, int64_t record,
    const char *reason);

struct dset_list_options {
	const char *root; /* put in front of relative paths, or NULL */
	int nul;          /* lines end with a 0 byte, not a newline */
	int columns;      /* all trailing numbers are labels (floats) */
	size_t classes;   /* labels must be below this; 0: LABELS_MAX */
};

/*
 * Add the lines "path label" of file ("-": stdin) to l.  As in DIGITS the last
 * blank-separated integer is the label, so that paths may hold blanks.  Empty
 * lines are skipped; a line that is neither is told to bad, with its number, and
 * left out.  With columns all trailing numbers are labels (where there is a TAB:
 * all words after the first TAB), and every line has as many as the first.
 */
int dset_list_read(struct dset_list *l, const char *file,
    const struct dset_list_options *opts, const struct dset_bad *bad);

#endif
