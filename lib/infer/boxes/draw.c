/* Boxes drawn: the object of the view that needs cairo. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "image/draw.h"
#include "infer/boxes/view.h"
#include "infer/report.h"
#include "infer/views/pictures.h"

/* Words are not smaller, and pictures that have no room for such are drawn larger
 * until their longer side is this. */
enum { WORDS_MIN = 11, SIDE_MIN = 320, LARGER_MAX = 16 };

/* Class 0 of a data set is what is not to be found; the colours are those that
 * dset-show draws. */
static uint32_t
colour_of(const struct boxes_view *b, int class)
{
	return draw_colour(b->dontcare == 0 && class > 0 ? (unsigned)class - 1
							 : (unsigned)class);
}

struct look {
	double scale; /* of the drawing to the picture */
	double line, words, opacity;
	int width, height; /* of the drawing */
};

static void
draw_one(struct draw *d, const struct boxes_view *b, const struct net_box *x,
    const struct look *l)
{
	const uint32_t colour = colour_of(b, x->class);
	const double left = x->box.left * l->scale;
	const double top = x->box.top * l->scale;
	const double w = x->box.right * l->scale - left;
	const double h = x->box.bottom * l->scale - top;
	const double high = 1.5 * l->words;
	char number[24], score[32];
	char *text;
	double at;

	snprintf(score, sizeof(score), b->plain ? " %.2f" : " %.0f%%",
	    b->plain ? x->score : 100 * x->score);
	text = mem_printf(
	    "%s%s", infer_label(b->v->infer, x->class, number), score);
	draw_shade(d, left, top, w, h, colour, l->opacity);
	draw_box(d, left, top, w, h, l->line, colour);
	/* Above the box, or where there is no room within its upper edge. */
	at = fmin(
	    left, l->width - draw_text_width(d, l->words, text) - l->words / 2);
	draw_label(d, fmax(at, 0), top >= high ? top - high : top, l->words,
	    colour, text);
	mem_free(text);
}

/* Larger by a whole number, so that there is room for words; or smaller, where so much
 * of it would not be seen. */
static double
scale_of(const struct boxes_view *b, int longer)
{
	const int side = b->v->side;
	int by = longer >= SIDE_MIN ? 1 : (SIDE_MIN + longer - 1) / longer;

	if (side > 0 && longer > side)
		return (double)side / longer;
	if (side > 0)
		by = side / longer;
	return by < LARGER_MAX ? by : LARGER_MAX;
}

int
boxes_draw(
    struct image *out, const struct boxes_view *b, const struct image *picture)
{
	const struct report_opts *o = b->v->o;
	const int longer =
	    picture->width > picture->height ? picture->width : picture->height;
	struct look l = { .scale = scale_of(b, longer) };
	struct draw *d = NULL;
	const double side = longer * l.scale;

	l.width = (int)fmax(1, round(picture->width * l.scale));
	l.height = (int)fmax(1, round(picture->height * l.scale));
	l.line = o->line > 0 ? o->line : fmax(2, round(side / 400));
	l.words = fmax(WORDS_MIN, side / 45);
	l.opacity = o->opacity;
	if (l.scale < 1)
		TRY(image_resize(out, picture, l.width, l.height, NULL));
	else
		TRY(image_enlarge(out, picture, (int)l.scale));
	TRY(draw_begin(&d, out));
	/* The surest lie above. */
	for (size_t i = boxes_shown(b); i-- > 0;)
		draw_one(d, b, &b->boxes.v[i], &l);
	return draw_end(out, &d);
}
