/* Rows in columns: see table.h. */
#include "prog/table.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"

void
table_init(struct table *t, size_t columns)
{
	memset(t, 0, sizeof(*t));
	t->columns = columns < TABLE_COLUMNS_MAX ? columns : TABLE_COLUMNS_MAX;
}

void
table_clear(struct table *t)
{
	size_t i;

	for (i = 0; i < t->rows * t->columns; i++)
		mem_free(t->cell[i]);
	mem_free(t->cell);
	table_init(t, 0);
}

void
table_cell_tame(char *s, int tsv)
{
	for (char *p = s; *p != '\0'; p++)
		if (*p == '\t' || *p == '\n' || *p == '\r')
			*p = ' ';
		else if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	if (!tsv)
		text_tame(s);
}

/* A copy that is one cell of a line. */
static char *
one_line(const char *s)
{
	char *copy = mem_strdup(s != NULL ? s : "");

	table_cell_tame(copy, 1);
	return copy;
}

void
table_row(struct table *t, const char *const *cells)
{
	size_t i;

	mem_grow(&t->cell, &t->cap, (t->rows + 1) * t->columns);
	for (i = 0; i < t->columns; i++)
		t->cell[t->rows * t->columns + i] = one_line(cells[i]);
	t->rows++;
}

static size_t
cell_width(const struct table *t, size_t column, const char *s)
{
	size_t w = text_columns(s), limit = t->limit[column];

	return limit > 0 && w > limit ? limit : w;
}

static void
cell_print(
    const struct table *t, FILE *out, size_t column, size_t wide, const char *s)
{
	size_t w = cell_width(t, column, s), pad = wide - w;
	int cut = text_columns(s) > w, last = column + 1 == t->columns;

	if (t->right[column])
		fprintf(out, "%*s", (int)pad, "");
	fwrite(s, 1, text_fit(s, cut ? w - 1 : w), out);
	if (cut)
		fputs("~", out);
	if (!last)
		fprintf(out, "%*s", t->right[column] ? 2 : (int)pad + 2, "");
}

void
table_print(const struct table *t, FILE *out, int tsv)
{
	size_t wide[TABLE_COLUMNS_MAX] = { 0 }, r, c, w;

	for (r = 0; r < t->rows; r++)
		for (c = 0; c < t->columns; c++) {
			if (!tsv)
				text_tame(t->cell[r * t->columns + c]);
			w = cell_width(t, c, t->cell[r * t->columns + c]);
			if (w > wide[c])
				wide[c] = w;
		}
	for (r = 0; r < t->rows; r++) {
		for (c = 0; c < t->columns; c++) {
			const char *s = t->cell[r * t->columns + c];

			if (tsv)
				fprintf(out, "%s%s", c > 0 ? "\t" : "", s);
			else
				cell_print(t, out, c, wide[c], s);
		}
		fputc('\n', out);
	}
}
