/*
 * Rows of text in columns for people, or separated by TABs for programs.
 *
 *	struct table t;
 *	table_init(&t, 3);
 *	table_row(&t, (const char *[]){ "name", "size", "note" });
 *	...
 *	table_print(&t, stdout, prog_options()->format == PROG_FMT_TSV);
 *	table_clear(&t);
 *
 * Cells are copied and made fit to print: control characters become '?', TABs
 * and line breaks spaces; for people, all that base/text.h names.
 * Widths count characters of UTF-8.
 */
#ifndef PROG_TABLE_H
#define PROG_TABLE_H

#include <stddef.h>
#include <stdio.h>

enum { TABLE_COLUMNS_MAX = 24 };

struct table {
	size_t columns;
	size_t rows;
	char **cell; /* rows * columns */
	size_t cap;
	/* cut cells longer than this when aligned; 0: do not */
	size_t limit[TABLE_COLUMNS_MAX];
	int right[TABLE_COLUMNS_MAX]; /* aligned right: numbers */
};

void table_init(struct table *t, size_t columns);
/* cells: one for each column; NULL is an empty one. */
void table_row(struct table *t, const char *const *cells);
void table_print(const struct table *t, FILE *out, int tsv);
void table_clear(struct table *t);

/* Makes text fit to be a cell, in place; tsv: for programs. */
void table_cell_tame(char *s, int tsv);

#endif
