/* Shapes of drawings: see image/draw.h.  Each is a rectangle or a path, in a style,
 * for cairo or as an element of SVG. */
#include <math.h>

#include "image/drawing/inside.h"

static const struct svg_style plain = {
	.fill = SVG_NONE, .stroke = SVG_NONE, .alpha = 1, .line = 1
};

static struct svg_style
filled(uint32_t colour, double alpha)
{
	struct svg_style s = plain;

	s.fill = colour;
	s.alpha = alpha < 1 ? alpha : 1;
	return s;
}

static struct svg_style
stroked(uint32_t colour, double line, double dash, bool round)
{
	struct svg_style s = plain;

	s.stroke = colour;
	s.line = line;
	s.dash = dash;
	s.round = round;
	return s;
}

void
draw_use(struct draw *d, uint32_t colour)
{
	cairo_set_source_rgb(d->cr, (colour >> 16 & 255) / 255.0,
	    (colour >> 8 & 255) / 255.0, (colour & 255) / 255.0);
}

/* The path that cairo has, in a style. */
static void
paint(struct draw *d, const struct svg_style *s)
{
	if (s->fill != SVG_NONE) {
		const unsigned c = (unsigned)s->fill;

		cairo_set_source_rgba(d->cr, (c >> 16 & 255) / 255.0,
		    (c >> 8 & 255) / 255.0, (c & 255) / 255.0, s->alpha);
		cairo_fill_preserve(d->cr);
	}
	if (s->stroke != SVG_NONE) {
		cairo_save(d->cr);
		draw_use(d, (uint32_t)s->stroke);
		cairo_set_line_width(d->cr, s->line);
		if (s->round)
			cairo_set_line_join(d->cr, CAIRO_LINE_JOIN_ROUND);
		if (s->round && !(s->dash > 0))
			cairo_set_line_cap(d->cr, CAIRO_LINE_CAP_ROUND);
		if (s->dash > 0)
			cairo_set_dash(d->cr, &s->dash, 1, 0);
		cairo_stroke_preserve(d->cr);
		cairo_restore(d->cr);
	}
	cairo_new_path(d->cr);
}

static void
round_path(cairo_t *cr, double x, double y, double w, double h, double r)
{
	cairo_new_sub_path(cr);
	cairo_arc(cr, x + w - r, y + r, r, -M_PI / 2, 0);
	cairo_arc(cr, x + w - r, y + h - r, r, 0, M_PI / 2);
	cairo_arc(cr, x + r, y + h - r, r, M_PI / 2, M_PI);
	cairo_arc(cr, x + r, y + r, r, M_PI, 3 * M_PI / 2);
	cairo_close_path(cr);
}

static void
put_rect(struct draw *d, double x, double y, double w, double h, double r,
    const struct svg_style *s)
{
	if (d == NULL)
		return;
	if (d->svg != NULL) {
		svg_rect(d->svg, x, y, w, h, r, s);
		return;
	}
	if (r > 0)
		round_path(d->cr, x, y, w, h, r);
	else
		cairo_rectangle(d->cr, x, y, w, h);
	paint(d, s);
}

static void
put_path(struct draw *d, const double *xy, size_t n, bool curve,
    const struct svg_style *s)
{
	if (d == NULL || n == 0)
		return;
	if (d->svg != NULL) {
		svg_path(d->svg, xy, n, curve, s);
		return;
	}
	cairo_move_to(d->cr, xy[0], xy[1]);
	for (size_t i = 1; i < n; i += curve ? 3 : 1) {
		const double *p = xy + 2 * i;

		if (!curve)
			cairo_line_to(d->cr, p[0], p[1]);
		else if (i + 2 < n)
			cairo_curve_to(
			    d->cr, p[0], p[1], p[2], p[3], p[4], p[5]);
	}
	paint(d, s);
}

void
draw_fill(
    struct draw *d, double x, double y, double w, double h, uint32_t colour)
{
	const struct svg_style s = filled(colour, 1);

	put_rect(d, x, y, w, h, 0, &s);
}

void
draw_shade(struct draw *d, double x, double y, double w, double h,
    uint32_t colour, double alpha)
{
	const struct svg_style s = filled(colour, alpha);

	if (alpha > 0)
		put_rect(d, x, y, w, h, 0, &s);
}

void
draw_box(struct draw *d, double x, double y, double w, double h, double line,
    uint32_t colour)
{
	const struct svg_style s = stroked(colour, line, 0, false);

	put_rect(d, x + line / 2, y + line / 2, w - line, h - line, 0, &s);
}

void
draw_card(struct draw *d, double x, double y, double w, double h,
    const struct draw_card *card)
{
	struct svg_style s =
	    stroked(card->frame, card->line, card->dash, false);

	if (!(card->line > 0))
		s.stroke = SVG_NONE;
	s.fill = card->fill;
	put_rect(d, x + card->line / 2, y + card->line / 2, w - card->line,
	    h - card->line, card->round, &s);
}

void
draw_line(struct draw *d, double x0, double y0, double x1, double y1,
    double line, uint32_t colour)
{
	const struct svg_style s = stroked(colour, line, 0, false);
	const double xy[] = { x0, y0, x1, y1 };

	put_path(d, xy, 2, false, &s);
}

void
draw_lines(struct draw *d, const double *xy, size_t n, double line, double dash,
    uint32_t colour)
{
	const struct svg_style s = stroked(colour, line, dash, true);

	put_path(d, xy, n, false, &s);
}

void
draw_curve(struct draw *d, const double *xy, size_t n, double line, double dash,
    uint32_t colour)
{
	const struct svg_style s = stroked(colour, line, dash, true);

	put_path(d, xy, n, true, &s);
}

void
draw_dot(struct draw *d, double x, double y, double r, uint32_t colour)
{
	const struct svg_style s = filled(colour, 1);

	if (d == NULL)
		return;
	if (d->svg != NULL) {
		svg_dot(d->svg, x, y, r, colour);
		return;
	}
	cairo_arc(d->cr, x, y, r, 0, 2 * M_PI);
	paint(d, &s);
}

void
draw_clip(struct draw *d, double x, double y, double w, double h)
{
	if (d == NULL)
		return;
	if (d->svg != NULL) {
		svg_clip(d->svg, x, y, w, h);
		return;
	}
	cairo_save(d->cr);
	cairo_rectangle(d->cr, x, y, w, h);
	cairo_clip(d->cr);
}

void
draw_unclip(struct draw *d)
{
	if (d == NULL)
		return;
	if (d->svg != NULL)
		svg_unclip(d->svg);
	else
		cairo_restore(d->cr);
}

void
draw_note(struct draw *d, const char *text)
{
	if (d != NULL && d->svg != NULL)
		svg_note(d->svg, text);
}
