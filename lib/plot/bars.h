/*
 * A chart of bars: a row for each name, its bar of a piece for each series (how many
 * of a class are in train, val and test), with the sum behind it.
 *
 * A page has as many columns of rows as make it about 3 wide by 2 high, so that a
 * thousand names can be read as well as two.
 */
#ifndef PLOT_BARS_H
#define PLOT_BARS_H

#include <stddef.h>

#include "base/buf.h"

enum { BARS_SERIES = 4, BARS_ROWS_MAX = 20000 };

struct bars {
	const char *title; /* or NULL */
	size_t n;
	char **name; /* n; owned where bars_table made it */
	int series;
	char *series_name[BARS_SERIES];
	double *v[BARS_SERIES]; /* n of each, >= 0 */
};

/*
 * Of a table with TABs between columns and their names in the first line: names from
 * the column `names`, series from those of `series` (ends with NULL) that are there.
 * Reading ends at an empty line, or where another table begins with other columns.
 * ERR_MISSING: there is no such column, or no row.
 */
int bars_table(struct bars *b, const char *text, const char *names,
    const char *const *series);
void bars_clear(struct bars *b); /* accepts zeros; of bars_table's */

/* A .png, .svg or .pdf.  w x h pixels that it is made to fit into; 0: its own size,
 * at which its words are 13 pixels high.  ERR_RANGE: more than BARS_ROWS_MAX rows. */
int bars_write(const struct bars *b, const char *path, int w, int h, int force);
/* Into out, as an <svg> element of its own size (draw_svg of image/draw.h). */
int bars_inline(struct buf *out, const struct bars *b);

#endif
