/*
 * A result as a line of cells, written as soon as it is there: two blanks between
 * the cells for people, TABs for programs.  Rows that can be collected, so that
 * their columns are aligned, are prog/table.h's; results as JSON json/line.h's.
 *
 *	struct line l = { stdout, prog_options()->format == PROG_FMT_TSV };
 *
 *	line_cell(&l, "%s", path);
 *	line_cell(&l, "%.2f%%", share);
 *	line_end(&l);
 *
 * Cells are made fit to print as those of a table.  That a write failed is found
 * when the stream is closed (prog_end, prog_std_check).
 */
#ifndef PROG_LINE_H
#define PROG_LINE_H

#include <stddef.h>
#include <stdio.h>

struct line {
	FILE *out;
	int tsv;
	size_t cells; /* written so far */
};

void line_cell(struct line *l, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* The line break; the next cell begins another line. */
void line_end(struct line *l);

#endif
