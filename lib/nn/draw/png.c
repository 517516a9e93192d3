/* A net's picture in pixels. */
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "image/draw.h"
#include "nn/draw/draw.h"

static void
paint_box(struct draw *d, const struct net_box *b)
{
	char *text = mem_strdup(b->text), *s = text, *end;
	int line;

	draw_fill(d, b->x, b->y, b->w, b->h, net_colours[b->colour]);
	for (line = 0; s != NULL; line++, s = end) {
		end = strchr(s, '\n');
		if (end != NULL)
			*end++ = '\0';
		draw_text(d, b->x + b->w / 2, b->y + 15 + line * NET_LINE_H, 11,
		    DRAW_CENTRE, 0, s);
	}
	mem_free(text);
}

/* The two strokes of an arrow's head at the end of a path. */
static void
paint_arrow(struct draw *d, const struct net_path *p)
{
	const double *e = &p->xy[2 * p->n - 2];
	double a = atan2(e[1] - e[-1], e[0] - e[-2]);

	draw_line(d, e[0], e[1], e[0] - 7 * cos(a - 0.4),
	    e[1] - 7 * sin(a - 0.4), 1, 0x666666);
	draw_line(d, e[0], e[1], e[0] - 7 * cos(a + 0.4),
	    e[1] - 7 * sin(a + 0.4), 1, 0x666666);
}

int
net_draw_png(const char *path, const struct net_drawing *g, int force)
{
	struct draw *d = NULL;
	struct image im;
	const double *xy;
	int i, k, rc;

	if (g->w > IMAGE_MAX_SIDE || g->h > IMAGE_MAX_SIDE ||
	    g->w * g->h > IMAGE_MAX_PIXELS)
		return err_set(ERR_RANGE,
		    "%.0fx%.0f pixels are too many for a PNG; draw a .svg",
		    g->w, g->h);
	image_init(&im);
	rc = image_resize_buffer(&im, (int)g->w, (int)g->h, 3);
	if (rc >= 0) {
		memset(im.data, 255, (size_t)im.width * (size_t)im.height * 3);
		rc = draw_begin(&d, &im);
	}
	for (i = 0; i < g->npaths; i++) {
		xy = g->paths[i].xy;
		for (k = 1; k < g->paths[i].n; k++, xy += 2)
			draw_line(d, xy[0], xy[1], xy[2], xy[3], 1, 0x666666);
		paint_arrow(d, &g->paths[i]);
	}
	for (i = 0; i < g->nboxes; i++)
		paint_box(d, &g->boxes[i]);
	if (rc >= 0)
		rc = draw_end(&im, &d);
	if (rc >= 0)
		rc = image_write(path, &im, force);
	draw_free(d);
	image_clear(&im);
	return rc;
}
