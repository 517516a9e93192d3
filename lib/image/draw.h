/*
 * Drawing on pictures: boxes, lines, bars and words, through cairo; and the
 * overlay of a segmentation, without it.  Charts are plot's.
 *
 *	struct draw *d = NULL;
 *	rc = draw_begin(&d, &im);
 *	draw_box(d, 10, 10, 50, 30, 2, draw_colour(0));
 *	draw_text(d, 10, 8, 12, DRAW_LEFT, draw_colour(0), "cat 0.98");
 *	rc = draw_end(&im, &d);       the pixels go back; d is freed
 *
 * Coordinates are pixels from the upper left corner, fractions allowed; what
 * falls outside is cut off.  Colours are 0xRRGGBB.  Calls on a NULL or failed
 * drawing do nothing: the failure is told by draw_end.  One thread a drawing.
 *
 * Only programs that draw link cairo: this is the one object that needs it.
 */
#ifndef IMAGE_DRAW_H
#define IMAGE_DRAW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "image/image.h"

struct draw;

/* Where the given point is in a line of text. */
enum draw_align { DRAW_LEFT, DRAW_CENTRE, DRAW_RIGHT };

/* Begin on a copy of im (grey or RGB). */
int draw_begin(struct draw **out, const struct image *im);
/* Write the result to out (RGB; may be the picture begun with), free. */
int draw_end(struct image *out, struct draw **d);
/* Begin a white page that becomes a file, of pixels (.png) or of shapes: .svg, whose
 * letters are shapes, too, so that it looks the same everywhere, or .pdf (a pixel is
 * a point). */
int draw_page(struct draw **out, const char *path, int w, int h);
/* Write it, free. */
int draw_write(struct draw **d, const char *path, int force);
/* The same of w x h units, each scale pixels; words are as wide as draw_svg has them. */
int draw_scaled(
    struct draw **out, const char *path, double w, double h, double scale);
/*
 * Begin a white <svg> element to stand in a page of HTML, or alone: no XML header,
 * words are <text>, to be searched and copied, nothing has an id.  w x h units, shown
 * as scale pixels each.  draw_svg_end adds it to b and frees.
 */
int draw_svg(struct draw **out, double w, double h, double scale);
int draw_svg_end(struct buf *b, struct draw **d);
void draw_free(struct draw *d); /* give up; accepts NULL */

void draw_fill(
    struct draw *d, double x, double y, double w, double h, uint32_t colour);
/* The same, mixed with what is there: alpha 0..1 of the colour. */
void draw_shade(struct draw *d, double x, double y, double w, double h,
    uint32_t colour, double alpha);
/* A frame of line pixels, inside the rectangle. */
void draw_box(struct draw *d, double x, double y, double w, double h,
    double line, uint32_t colour);
/* A filled frame with round corners, within the rectangle. */
struct draw_card {
	uint32_t fill, frame;
	double line; /* of the frame; 0: none */
	double round, dash;
};
void draw_card(struct draw *d, double x, double y, double w, double h,
    const struct draw_card *card);
/* A line through n points (x, y), with round corners; dash: 0, or the length of the
 * pieces that it is in. */
void draw_lines(struct draw *d, const double *xy, size_t n, double line,
    double dash, uint32_t colour);
/* The same of 3k + 1 points of k cubic Bezier curves, end to end. */
void draw_curve(struct draw *d, const double *xy, size_t n, double line,
    double dash, uint32_t colour);
void draw_dot(struct draw *d, double x, double y, double r, uint32_t colour);
/* Cut off what is drawn outside of the rectangle, until draw_unclip. */
void draw_clip(struct draw *d, double x, double y, double w, double h);
void draw_unclip(struct draw *d);
void draw_line(struct draw *d, double x0, double y0, double x1, double y1,
    double line, uint32_t colour);
/* What shapes tell when they are pointed at, in an <svg> alone, until the next note;
 * NULL: nothing. */
void draw_note(struct draw *d, const char *text);
/* The alpha of draw_shade for a place that is only pointed at: in an <svg> it is
 * "fill-opacity" 0, elsewhere nothing is seen of it. */
#define DRAW_UNSEEN 1e-6
/* Words from now on in bold letters, or not. */
void draw_bold(struct draw *d, bool bold);
/* One line of UTF-8 on the base line y, size pixels high, in a sans serif.
 * What is not UTF-8 is shown as question marks. */
void draw_text(struct draw *d, double x, double y, double size,
    enum draw_align align, uint32_t colour, const char *text);
/* The same turned by a quarter: it reads upwards, and stands left of x. */
void draw_text_up(struct draw *d, double x, double y, double size,
    enum draw_align align, uint32_t colour, const char *text);
/* text, cut short with an ellipsis where it is wider than most; of mem_*. */
char *draw_text_cut(struct draw *d, double size, double most, const char *text);
/* A picture as it is, its upper left corner at x, y. */
void draw_picture(struct draw *d, double x, double y, const struct image *im);
double draw_text_width(struct draw *d, double size, const char *text);
/* Words in a filled box, x, y its upper left corner: the label of a box. */
void draw_label(struct draw *d, double x, double y, double size,
    uint32_t colour, const char *text);

/* The i-th of a cycle of colours that can be told apart, dark enough for white
 * words upon them. */
uint32_t draw_colour(unsigned i);

/* The i-th of a cycle of colours that also the colour-blind can tell apart on white:
 * Okabe and Ito's, but for the yellow, which is too faint. */
uint32_t draw_safe_colour(unsigned i);
/* A colour mixed with white: share 0..1 of the colour. */
uint32_t draw_tint(uint32_t colour, double share);

/*
 * Mix the classes of a segmentation into a picture: pixel = (1 - alpha) pixel
 * + alpha colour of its label.  labels: (height, width); palette: 256 colours
 * 0xRRGGBB, DRAW_CLEAR leaving pixels as they are, or NULL for draw_colour with 0
 * left as it is.  Makes im RGB.
 */
#define DRAW_CLEAR 0xff000000u
int image_overlay(struct image *im, const uint8_t *labels,
    const uint32_t *palette, double alpha);

#endif
