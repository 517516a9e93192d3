/* The steps of a layout in turn: see layout.h. */
#include "base/mem.h"
#include "layout/inside.h"

int
layout_run(struct layout *l)
{
	struct grid g = { .l = l };
	int rc;

	if (!(l->gap_x > 0))
		l->gap_x = 16;
	if (!(l->gap_y > 0))
		l->gap_y = 24;
	l->w = l->h = 0;
	l->crossings = 0;
	layout_clear(l);
	rc = grid_rank(&g);
	if (rc >= 0) {
		grid_order(&g);
		grid_place(&g);
		grid_route(&g);
	}
	grid_clear(&g);
	return rc;
}

void
layout_clear(struct layout *l)
{
	for (size_t i = 0; i < l->nlines; i++) {
		mem_free(l->line[i].xy);
		l->line[i].xy = NULL;
		l->line[i].n = 0;
	}
}
