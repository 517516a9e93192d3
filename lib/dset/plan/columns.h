/*
 * Tables as lists of samples: CSV (commas or semicolons, RFC 4180) or lines with TABs
 * or blanks between, whose first line names the columns.  As CelebA has them, a line
 * with the number of rows may stand above, and the first column may be without a name.
 *
 * What is wanted of them is said as "path=NAME,label=NAME,split=NAME": the column of
 * the picture (default: the first), of the label, or of several of them (A+B+C, or *
 * for all others), and of the part (train, val, test; 0, 1, 2), if any.  Instead of its
 * name a column may be called by its number, from 1.
 */
#ifndef DSET_PLAN_COLUMNS_H
#define DSET_PLAN_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "dset/dset.h"
#include "dset/list.h"

enum { COLUMNS_MAX = 4096 };

/* What is wanted. */
struct dset_columns {
	char *path, *split;
	char **label;
	size_t nlabels;
	bool all; /* label=* */
};
/* ERR_USAGE with what is wrong. */
int dset_columns_parse(struct dset_columns *out, const char *spec);
void dset_columns_clear(struct dset_columns *c);
/* Several numbers for each picture? */
bool dset_columns_several(const struct dset_columns *c);

/* A table as the text of lists. */
struct dset_rows_text {
	/* Lines "path TAB label" or "path TAB label label ...", as many as the file
	 * has up to there: those of other parts are empty. */
	struct buf part[DSET_PARTS];
	bool has[DSET_PARTS];
	char **names; /* of the label columns */
	size_t nnames;
};
/* Rows that are none are told to bad, with their line. */
int dset_columns_read(struct dset_rows_text *out, const char *file,
    const struct dset_columns *c, const struct dset_bad *bad);
/* The same of n bytes and a 0. */
int dset_columns_text(struct dset_rows_text *out, const char *text, size_t n,
    const char *file, const struct dset_columns *c, const struct dset_bad *bad);
void dset_rows_text_clear(struct dset_rows_text *t);

#endif
