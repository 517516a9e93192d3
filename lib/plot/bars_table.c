/* Bars of a table with TABs: see bars.h. */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "plot/bars.h"

void
bars_clear(struct bars *b)
{
	for (size_t i = 0; i < b->n; i++)
		mem_free(b->name[i]);
	for (int s = 0; s < b->series; s++) {
		mem_free(b->series_name[s]);
		mem_free(b->v[s]);
	}
	mem_free(b->name);
	memset(b, 0, sizeof(*b));
}

/* Cell i of a line, to be freed; NULL: it has none. */
static char *
cell(const char *line, int i)
{
	for (; i > 0; i--) {
		line += strcspn(line, "\t\n");
		if (*line != '\t')
			return NULL;
		line++;
	}
	return mem_strndup(line, strcspn(line, "\t\n"));
}

/* The number of the column with that name; -1: there is none. */
static int
find(const char *head, const char *name)
{
	for (int i = 0;; i++) {
		char *text = cell(head, i);
		const bool last = text == NULL,
			   same = !last && strcmp(text, name) == 0;

		mem_free(text);
		if (last || same)
			return same ? i : -1;
	}
}

static const char *
next_line(const char *line)
{
	line += strcspn(line, "\n");
	return *line == '\n' ? line + 1 : line;
}

static void
take_row(struct bars *b, const char *line, int names, const int *column,
    size_t cap[BARS_SERIES + 1])
{
	char *text = cell(line, names);

	mem_grow(&b->name, &cap[BARS_SERIES], b->n + 1);
	b->name[b->n] = text != NULL ? text : mem_strdup("");
	for (int s = 0; s < b->series; s++) {
		text = cell(line, column[s]);
		mem_grow(&b->v[s], &cap[s], b->n + 1);
		b->v[s][b->n] = text != NULL ? fmax(strtod(text, NULL), 0) : 0;
		mem_free(text);
	}
	b->n++;
}

int
bars_table(struct bars *b, const char *text, const char *names,
    const char *const *series)
{
	const int name = find(text, names);
	size_t cap[BARS_SERIES + 1] = { 0 };
	int column[BARS_SERIES] = { 0 };
	char *first = cell(text, 0);

	memset(b, 0, sizeof(*b));
	for (; *series != NULL && b->series < BARS_SERIES; series++) {
		const int i = find(text, *series);

		if (i < 0)
			continue;
		column[b->series] = i;
		b->series_name[b->series++] = mem_strdup(*series);
	}
	for (const char *line = next_line(text);
	     name >= 0 && b->series > 0 && *line != '\0' && *line != '\n';
	     line = next_line(line)) {
		char *head = cell(line, 0);
		const bool other = strcmp(head, first) == 0;

		mem_free(head);
		if (other)
			break;
		take_row(b, line, name, column, cap);
	}
	mem_free(first);
	if (b->n > 0)
		return 0;
	bars_clear(b);
	return err_set(ERR_MISSING, "there is nothing to count by classes");
}
