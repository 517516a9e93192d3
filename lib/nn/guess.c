/* The nearest name, by Levenshtein's distance without regard to case. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "nn/guess.h"

enum { NAME_MAX_ = 48 };

static size_t
least(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

static size_t
distance(const char *a, const char *b)
{
	size_t row[NAME_MAX_ + 1], na = strlen(a), nb = strlen(b), i, j, up, old;

	if (na > NAME_MAX_ || nb > NAME_MAX_)
		return NAME_MAX_;
	for (j = 0; j <= nb; j++)
		row[j] = j;
	for (i = 1; i <= na; i++) {
		up = row[0];
		row[0] = i;
		for (j = 1; j <= nb; j++) {
			old = row[j];
			row[j] = least(row[j] + 1, row[j - 1] + 1,
			    up + (tolower((unsigned char)a[i - 1]) !=
				     tolower((unsigned char)b[j - 1])));
			up = old;
		}
	}
	return row[nb];
}

void
guess_init(struct guess *g, const char *name)
{
	memset(g, 0, sizeof(*g));
	g->name = name;
	g->distance = strlen(name) / 3 + 1;
}

void
guess_add(struct guess *g, const char *candidate)
{
	size_t d = distance(g->name, candidate);

	if (d > g->distance || (g->best && d == g->distance))
		return;
	g->best = candidate;
	g->distance = d;
}

const char *
guess_text(struct guess *g)
{
	if (g->best)
		snprintf(g->text, sizeof(g->text), " (did you mean \"%s\"?)",
		    g->best);
	return g->text;
}
