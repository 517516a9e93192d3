/* Boxes drawn: the one object of dset that needs cairo. */
#include "dset/boxes/rows.h"

#include <math.h>
#include <stdio.h>
#include <strings.h>

#include "base/err.h"
#include "image/draw.h"

enum { DONTCARE_COLOUR = 0x707070 };

static uint32_t
colour_of(const struct dset *d, int32_t class)
{
	/* By name, as --classes may put it anywhere. */
	const char *name = dset_row_name(d, class);

	if (class < 0 || (name != NULL && strcasecmp(name, "dontcare") == 0))
		return DONTCARE_COLOUR;
	return draw_colour(class > 0 ? (unsigned)class - 1 : 9);
}

/* Names that would be too small to be read are left out. */
static void
draw_row(struct draw *d, const float *row, const struct image *im,
    const struct dset *set, double line, double size)
{
	int32_t class = dset_row_class(row);
	const char *name = dset_row_name(set, class);
	uint32_t colour = colour_of(set, class);
	double x = row[ROW_LEFT], y = row[ROW_TOP];
	double above = y - 1.5 * size;
	char number[24];

	draw_box(d, x, y, row[ROW_WIDTH], row[ROW_HEIGHT], line, colour);
	if (size < 6)
		return;
	snprintf(number, sizeof number, "%d", class);
	/* Within the picture, where it has room for it. */
	x = fmin(x,
	    im->width - draw_text_width(d, size, name ? name : number) -
		size / 2);
	draw_label(d, fmax(x, 0), fmax(above, 0), size, colour,
	    name != NULL ? name : number);
}

int
dset_rows_draw(struct image *im, const struct record *r, const struct dset *d)
{
	const double side = fmax(im->width, im->height);
	const double line = fmax(1, side / 320), size = side / 45;
	struct draw *draw = NULL;
	const float *v;
	size_t n, i;

	if (!dset_rows(&v, &n, r) || n == 0)
		return 0;
	TRY(draw_begin(&draw, im));
	for (i = 0; i < n; i++, v += ROW_NUMBERS)
		if (dset_row_sound(v))
			draw_row(draw, v, im, d, line,
			    fmax(fmin(size, 14), side >= 160 ? 9 : 0));
	return draw_end(im, &draw);
}
