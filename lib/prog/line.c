/* A line of cells: see line.h. */
#include "prog/line.h"

#include <stdarg.h>

#include "base/mem.h"
#include "prog/table.h"

void
line_cell(struct line *l, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = mem_vprintf(fmt, ap);
	va_end(ap);
	table_cell_tame(text, l->tsv);
	if (l->cells++ > 0)
		fputs(l->tsv ? "\t" : "  ", l->out);
	fputs(text, l->out);
	mem_free(text);
}

void
line_end(struct line *l)
{
	fputc('\n', l->out);
	l->cells = 0;
}
