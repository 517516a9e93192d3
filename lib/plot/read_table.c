/* Tables with a line of names: see read.h. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "base/mem.h"
#include "plot/read.h"

enum { COLUMNS = 512, NAME = 128 };

struct columns {
	char name[COLUMNS][NAME];
	int x[COLUMNS]; /* the axis that it is, or -1 */
	size_t n;
	char between;
};

/* The next cell of a line, which it ends with a 0 byte: without blanks and quotes
 * around; NULL behind the last.  A quoted cell may hold what is between cells. */
static char *
next_cell(char **at, char between)
{
	char *p = *at, *end, quote;

	if (p == NULL)
		return NULL;
	p += strspn(p, between == '\t' ? " " : " \t");
	quote = *p == '"' || *p == '\'' ? *p : '\0';
	end = quote ? strchr(p + 1, quote) : NULL;
	*at = strchr(end != NULL ? end : p, between);
	if (*at != NULL)
		*(*at)++ = '\0';
	if (end != NULL) {
		*end = '\0';
		return p + 1;
	}
	end = p + strlen(p);
	while (end > p && isspace((unsigned char)end[-1]))
		*--end = '\0';
	return p;
}

/* The axis that a column of this name is, or -1. */
static int
axis_named(const char *name)
{
	static const struct {
		const char *name;
		enum plot_x x;
	} known[] = { { "iter", PLOT_ITER }, { "iteration", PLOT_ITER },
		{ "iterations", PLOT_ITER }, { "step", PLOT_ITER },
		{ "steps", PLOT_ITER }, { "batch", PLOT_ITER },
		{ "global_step", PLOT_ITER }, { "epoch", PLOT_EPOCH },
		{ "epochs", PLOT_EPOCH }, { "time", PLOT_TIME },
		{ "seconds", PLOT_TIME }, { "elapsed", PLOT_TIME },
		{ "wall_time", PLOT_TIME } };

	for (size_t i = 0; i < LENGTH(known); i++)
		if (strcasecmp(known[i].name, name) == 0)
			return (int)known[i].x;
	return -1;
}

/* The line of names. */
static int
take_names(struct columns *c, char *line, const struct plot_text *t)
{
	bool taken[PLOT_XS] = { false };
	char *cell;

	c->between = strchr(line, '\t') != NULL ? '\t'
	    : strchr(line, ';') != NULL         ? ';'
						: ',';
	while ((cell = next_cell(&line, c->between)) != NULL) {
		char *end;

		if (c->n == COLUMNS)
			return err_set(ERR_RANGE, "%s: more than %d columns",
			    t->name, COLUMNS);
		(void)strtod(cell, &end);
		if (*cell == '\0' || *end == '\0' || strlen(cell) >= NAME)
			return err_set(ERR_FORMAT,
			    "%s:1: \"%.40s\" is no name of a column: a table begins with a line of them, between commas, semicolons or TABs",
			    t->name, cell);
		snprintf(c->name[c->n], NAME, "%s", cell);
		c->x[c->n] = axis_named(cell);
		if (c->x[c->n] >= 0 && taken[c->x[c->n]])
			c->x[c->n] = -1;
		if (c->x[c->n] >= 0)
			taken[c->x[c->n]] = true;
		c->n++;
	}
	if (c->n < 2 && (c->n == 0 || c->x[0] >= 0 || c->between == ','))
		return err_set(ERR_FORMAT,
		    "%s: is no log of Caffe or darknet, no train.ndjson and no table",
		    t->name);
	return 0;
}

/* A cell as a number; an empty one is NAN with *empty. */
static int
cell_number(double *out, bool *empty, const char *cell,
    const struct plot_text *t, size_t line, const char *column)
{
	char *end;

	*empty = cell == NULL || *cell == '\0';
	*out = NAN;
	if (*empty)
		return 0;
	*out = strtod(cell, &end);
	if (*end != '\0')
		return err_set(ERR_FORMAT, "%s:%zu: %s is \"%.40s\", no number",
		    t->name, line, column, cell);
	return 0;
}

static int
take_row(struct plot_data *d, const struct columns *c, char *line,
    size_t number, const struct plot_text *t)
{
	double v[COLUMNS];
	bool empty[COLUMNS], placed = false;
	struct plot_point p;
	char *cell;

	for (int x = 0; x < PLOT_XS; x++)
		p.x[x] = NAN;
	for (size_t i = 0; i < c->n; i++) {
		cell = next_cell(&line, c->between);
		TRY(cell_number(&v[i], &empty[i], cell, t, number, c->name[i]));
		if (c->x[i] >= 0 && !empty[i]) {
			p.x[c->x[i]] = v[i];
			placed = true;
		}
	}
	if (line != NULL)
		return err_set(ERR_FORMAT,
		    "%s:%zu: more cells than the %zu named", t->name, number,
		    c->n);
	if (!placed)
		p.x[PLOT_ITER] = (double)number - 1;
	for (size_t i = 0; i < c->n; i++) {
		p.y = v[i];
		if (c->x[i] < 0 && !empty[i])
			plot_add(d, t->run, c->name[i], &p);
	}
	return 0;
}

int
plot_read_table(struct plot_data *d, const struct plot_text *t)
{
	struct columns *c = mem_new(struct columns);
	char *text = mem_strndup(t->p, t->n), *line = text, *end;
	size_t number = 0;
	int rc = 0;

	for (; rc >= 0 && line != NULL && *line != '\0'; line = end) {
		end = strchr(line, '\n');
		if (end != NULL)
			*end++ = '\0';
		number++;
		line[strcspn(line, "\r")] = '\0';
		if (line[strspn(line, " \t")] == '\0' || line[0] == '#')
			continue;
		rc = c->n == 0 ? take_names(c, line, t)
			       : take_row(d, c, line, number, t);
	}
	mem_free(text);
	mem_free(c);
	return rc;
}
