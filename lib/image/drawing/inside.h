/* What a drawing is, for the files that draw: see image/draw.h. */
#ifndef IMAGE_DRAWING_INSIDE_H
#define IMAGE_DRAWING_INSIDE_H

#include <cairo/cairo.h>
#include <stdbool.h>

#include "base/buf.h"
#include "image/draw.h"

struct svg;

struct draw {
	cairo_surface_t *surface; /* with svg one pixel, that measures words */
	cairo_t *cr;
	bool shapes;     /* a page of them, */
	struct buf page; /* and its bytes */
	struct svg *svg; /* or elements, whose words are words; or NULL */
	bool bold;
};

/* text with what cairo would stumble over as question marks; of mem_*. */
char *draw_clean(const char *text);

void draw_use(struct draw *d, uint32_t colour);

/* ---- elements of SVG ------------------------------------------------------- */

enum { SVG_NONE = -1 }; /* no colour */

struct svg_style {
	int64_t fill, stroke; /* 0xRRGGBB, or SVG_NONE */
	double alpha;         /* of the fill */
	double line, dash;    /* of the stroke; dash 0: none */
	bool round;           /* ends and corners */
};

struct svg *svg_new(double w, double h, double scale);
/* What became of it is added to b; frees. */
int svg_end(struct buf *b, struct svg *s);
void svg_free(struct svg *s); /* accepts NULL */

void svg_note(struct svg *s, const char *text); /* borrowed; NULL: none */
void svg_rect(struct svg *s, double x, double y, double w, double h, double r,
    const struct svg_style *style);
/* n points; curve: pieces of cubic Bezier curves, else straight ones. */
void svg_path(struct svg *s, const double *xy, size_t n, bool curve,
    const struct svg_style *style);
void svg_dot(struct svg *s, double x, double y, double r, uint32_t colour);
/* clean text, width wide. */
void svg_text(struct svg *s, double x, double y, bool up, double size,
    enum draw_align align, bool bold, uint32_t colour, const char *text,
    double width);
void svg_clip(struct svg *s, double x, double y, double w, double h);
void svg_unclip(struct svg *s);
void svg_picture(struct svg *s, double x, double y, const struct image *im);

#endif
