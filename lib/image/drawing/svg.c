/*
 * Elements of SVG, for drawings that become part of a page of HTML.  Cairo writes
 * SVG, too, but makes shapes of letters, which cannot be searched, and names things,
 * whose names two drawings in one page would share.  Here words are words, in
 * whatever sans serif the reader has, drawn as wide as they were measured; and
 * nothing has a name.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "file/bytes/base64.h"
#include "image/drawing/inside.h"

enum { SVG_MAX = 1 << 28 };

struct svg {
	struct buf b;
	int rc; /* of the first failure */
	char *note;
};

static void
put(struct svg *s, const char *text)
{
	if (s->rc >= 0)
		s->rc = buf_adds(&s->b, text);
}

/* A number of hundredths, as short as it can be, behind what stands before it. */
static void
put_num(struct svg *s, const char *before, double v)
{
	char t[64];
	size_t n;

	snprintf(t, sizeof(t), "%.2f", v);
	for (n = strlen(t); n > 0 && t[n - 1] == '0'; n--)
		t[n - 1] = '\0';
	if (n > 0 && t[n - 1] == '.')
		t[n - 1] = '\0';
	put(s, before);
	put(s, strcmp(t, "-0") == 0 ? "0" : t);
}

static void
put_colour(struct svg *s, const char *before, int64_t colour)
{
	char t[16] = "none";

	if (colour != SVG_NONE)
		snprintf(t, sizeof(t), "#%06x", (unsigned)colour & 0xffffffu);
	put(s, before);
	put(s, t);
	put(s, "\"");
}

static void
put_xml(struct svg *s, const char *text)
{
	if (s->rc >= 0)
		s->rc = buf_add_xml(&s->b, text, strlen(text));
}

/* The end of an element, with the note in it. */
static void
put_end(struct svg *s, const char *name)
{
	if (s->note == NULL) {
		put(s, "/>\n");
		return;
	}
	put(s, "><title>");
	put_xml(s, s->note);
	put(s, "</title></");
	put(s, name);
	put(s, ">\n");
}

static void
put_style(struct svg *s, const struct svg_style *style)
{
	put_colour(s, " fill=\"", style->fill);
	if (style->fill != SVG_NONE && style->alpha < 1) {
		put_num(s, " fill-opacity=\"", style->alpha);
		put(s, "\"");
	}
	if (style->stroke == SVG_NONE)
		return;
	put_colour(s, " stroke=\"", style->stroke);
	if (style->line != 1) {
		put_num(s, " stroke-width=\"", style->line);
		put(s, "\"");
	}
	if (style->dash > 0) {
		put_num(s, " stroke-dasharray=\"", style->dash);
		put(s, "\"");
	}
	if (style->round)
		put(s,
		    style->dash > 0
			? " stroke-linejoin=\"round\""
			: " stroke-linejoin=\"round\" stroke-linecap=\"round\"");
}

/* Place and size of an element that is open. */
static void
put_area(struct svg *s, double x, double y, double w, double h)
{
	put_num(s, " x=\"", x);
	put_num(s, "\" y=\"", y);
	put_num(s, "\" width=\"", w);
	put_num(s, "\" height=\"", h);
	put(s, "\"");
}

static void
put_view(struct svg *s, double x, double y, double w, double h)
{
	put_num(s, " viewBox=\"", x);
	put_num(s, " ", y);
	put_num(s, " ", w);
	put_num(s, " ", h);
	put(s, "\">\n");
}

struct svg *
svg_new(double w, double h, double scale)
{
	struct svg *s = mem_new(struct svg);

	buf_init(&s->b, SVG_MAX);
	put(s, "<svg xmlns=\"http://www.w3.org/2000/svg\"");
	put_num(s, " width=\"", w * scale);
	put_num(s, "\" height=\"", h * scale);
	put(s, "\" font-family=\"sans-serif\"");
	put_view(s, 0, 0, w, h);
	return s;
}

int
svg_end(struct buf *b, struct svg *s)
{
	int rc;

	put(s, "</svg>\n");
	rc = s->rc < 0 ? s->rc : buf_add(b, s->b.data, s->b.len);
	svg_free(s);
	return rc;
}

void
svg_free(struct svg *s)
{
	if (s == NULL)
		return;
	buf_clear(&s->b);
	mem_free(s->note);
	mem_free(s);
}

void
svg_note(struct svg *s, const char *text)
{
	mem_free(s->note);
	s->note = text != NULL ? draw_clean(text) : NULL;
}

void
svg_rect(struct svg *s, double x, double y, double w, double h, double r,
    const struct svg_style *style)
{
	put(s, "<rect");
	put_area(s, x, y, w, h);
	if (r > 0) {
		put_num(s, " rx=\"", r);
		put(s, "\"");
	}
	put_style(s, style);
	put_end(s, "rect");
}

void
svg_path(struct svg *s, const double *xy, size_t n, bool curve,
    const struct svg_style *style)
{
	for (size_t i = 0; i < n; i++) {
		const char *letter = i == 0           ? "<path d=\"M"
		    : i > 1 && (!curve || i % 3 != 1) ? " "
		    : curve                           ? "C"
						      : "L";

		put_num(s, letter, xy[2 * i]);
		put_num(s, " ", xy[2 * i + 1]);
	}
	put(s, "\"");
	put_style(s, style);
	put_end(s, "path");
}

void
svg_dot(struct svg *s, double x, double y, double r, uint32_t colour)
{
	put_num(s, "<circle cx=\"", x);
	put_num(s, "\" cy=\"", y);
	put_num(s, "\" r=\"", r);
	put_colour(s, "\" fill=\"", colour);
	put_end(s, "circle");
}

void
svg_text(struct svg *s, double x, double y, bool up, double size,
    enum draw_align align, bool bold, uint32_t colour, const char *text,
    double width)
{
	static const char *const anchor[] = {
		[DRAW_LEFT] = "",
		[DRAW_CENTRE] = " text-anchor=\"middle\"",
		[DRAW_RIGHT] = " text-anchor=\"end\"",
	};

	if (text[0] == '\0')
		return;
	put_num(s, "<text x=\"", x);
	put_num(s, "\" y=\"", y);
	put_num(s, "\" font-size=\"", size);
	put_num(s, "\" textLength=\"", width);
	put_colour(s, "\" lengthAdjust=\"spacingAndGlyphs\" fill=\"", colour);
	put(s, anchor[align]);
	put(s, bold ? " font-weight=\"bold\"" : "");
	if (up) {
		put_num(s, " transform=\"rotate(-90 ", x);
		put_num(s, " ", y);
		put(s, ")\"");
	}
	put(s, ">");
	put_xml(s, text);
	put(s, "</text>\n");
}

/* An <svg> within cuts off what stands out of it, and needs no name. */
void
svg_clip(struct svg *s, double x, double y, double w, double h)
{
	put(s, "<svg");
	put_area(s, x, y, w, h);
	put_view(s, x, y, w, h);
}

void
svg_unclip(struct svg *s)
{
	put(s, "</svg>\n");
}

void
svg_picture(struct svg *s, double x, double y, const struct image *im)
{
	struct buf png;
	int rc;

	buf_init(&png, SVG_MAX);
	rc = image_encode_png(&png, im, -1);
	if (rc < 0) {
		s->rc = s->rc < 0 ? s->rc : rc;
	} else {
		put(s, "<image");
		put_area(s, x, y, im->width, im->height);
		put(s, " href=\"data:image/png;base64,");
		if (s->rc >= 0)
			s->rc = base64_add(&s->b, png.data, png.len);
		put(s, "\"");
		put_end(s, "image");
	}
	buf_clear(&png);
}
