/*
 * Drawing with cairo.  A picture becomes a cairo surface of 32-bit words and
 * comes back; cairo keeps a failure in the context and ignores what follows,
 * which is the rule that draw.h passes on.
 */
#include "image/draw.h"

#include <cairo/cairo-pdf.h>
#include <cairo/cairo-svg.h>
#include <cairo/cairo.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "file/file.h"

enum { CAIRO_SIDE_MAX = 32767, PAGE_MAX = 1 << 28 };

struct draw {
	cairo_surface_t *surface;
	cairo_t *cr;
	bool shapes;     /* a page of them, */
	struct buf page; /* and its bytes */
};

static int
cairo_failed(cairo_status_t status)
{
	return err_set(status == CAIRO_STATUS_NO_MEMORY ? ERR_IO : ERR_RANGE,
	    "drawing: %s", cairo_status_to_string(status));
}

/* The words of row y. */
static uint32_t *
row_of(cairo_surface_t *surface, int y)
{
	return (uint32_t *)(void *)(cairo_image_surface_get_data(surface) +
	    (size_t)y * (size_t)cairo_image_surface_get_stride(surface));
}

/* A surface with the pixels of im; a failed one is cairo's to tell. */
static cairo_surface_t *
surface_of(const struct image *im)
{
	cairo_surface_t *s = cairo_image_surface_create(
	    CAIRO_FORMAT_RGB24, im->width, im->height);

	if (cairo_surface_status(s) != CAIRO_STATUS_SUCCESS)
		return s;
	cairo_surface_flush(s);
	for (int y = 0; y < im->height; y++) {
		const uint8_t *p = im->data +
		    (size_t)y * (size_t)im->width * (size_t)im->channels;
		int step = im->channels == 3;
		uint32_t *to = row_of(s, y);

		for (int x = 0; x < im->width; x++, p += im->channels)
			to[x] = (uint32_t)p[0] << 16 | (uint32_t)p[step] << 8 |
			    p[2 * step];
	}
	cairo_surface_mark_dirty(s);
	return s;
}

/* The drawing on d->surface, which is there. */
static int
begin(struct draw **out, struct draw *d)
{
	cairo_status_t status = cairo_surface_status(d->surface);

	if (status != CAIRO_STATUS_SUCCESS) {
		draw_free(d);
		return cairo_failed(status);
	}
	d->cr = cairo_create(d->surface);
	cairo_select_font_face(d->cr, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
	    CAIRO_FONT_WEIGHT_NORMAL);
	*out = d;
	return 0;
}

static int
check_size(int w, int h)
{
	if (w <= CAIRO_SIDE_MAX && h <= CAIRO_SIDE_MAX)
		return 0;
	return err_set(ERR_RANGE,
	    "drawing on %dx%d pixels; the most is %d a side", w, h,
	    CAIRO_SIDE_MAX);
}

int
draw_begin(struct draw **out, const struct image *im)
{
	struct draw *d;

	*out = NULL;
	TRY(check_size(im->width, im->height));
	d = mem_new(struct draw);
	d->surface = surface_of(im);
	return begin(out, d);
}

static cairo_status_t
add_bytes(void *ctx, const unsigned char *p, unsigned n)
{
	struct draw *d = ctx;

	return buf_add(&d->page, p, n) < 0 ? CAIRO_STATUS_NO_MEMORY
					   : CAIRO_STATUS_SUCCESS;
}

/* Without the time it was made, so that the same is the same. */
static cairo_surface_t *
pdf_page(struct draw *d, int w, int h)
{
	cairo_surface_t *s =
	    cairo_pdf_surface_create_for_stream(add_bytes, d, w, h);

	cairo_pdf_surface_set_metadata(
	    s, CAIRO_PDF_METADATA_CREATE_DATE, "1970-01-01T00:00:00Z");
	return s;
}

int
draw_page(struct draw **out, const char *path, int w, int h)
{
	struct draw *d;

	*out = NULL;
	TRY(check_size(w, h));
	d = mem_new(struct draw);
	buf_init(&d->page, PAGE_MAX);
	d->shapes = true;
	if (path_has_ext(path, ".svg"))
		d->surface =
		    cairo_svg_surface_create_for_stream(add_bytes, d, w, h);
	else if (path_has_ext(path, ".pdf"))
		d->surface = pdf_page(d, w, h);
	else
		d->shapes = false;
	if (!d->shapes)
		d->surface =
		    cairo_image_surface_create(CAIRO_FORMAT_RGB24, w, h);
	TRY(begin(out, d));
	draw_fill(d, 0, 0, w, h, 0xffffff);
	return 0;
}

int
draw_write(struct draw **handle, const char *path, int force)
{
	struct draw *d = *handle;
	cairo_status_t status;
	struct image im;
	int rc;

	image_init(&im);
	if (d->shapes) {
		cairo_surface_finish(d->surface);
		status = cairo_surface_status(d->surface);
		if (status == CAIRO_STATUS_SUCCESS)
			status = cairo_status(d->cr);
		rc = status != CAIRO_STATUS_SUCCESS
		    ? cairo_failed(status)
		    : file_write(path, d->page.data, d->page.len, force);
		draw_free(d);
		*handle = NULL;
	} else {
		rc = draw_end(&im, handle);
		if (rc >= 0)
			rc = image_write(path, &im, force);
	}
	image_clear(&im);
	return rc;
}

int
draw_end(struct image *out, struct draw **handle)
{
	struct draw *d = *handle;
	cairo_status_t status = cairo_status(d->cr);
	int w = cairo_image_surface_get_width(d->surface);
	int h = cairo_image_surface_get_height(d->surface);
	int rc;

	rc = status != CAIRO_STATUS_SUCCESS ? cairo_failed(status)
					    : image_resize_buffer(out, w, h, 3);
	if (rc >= 0) {
		uint8_t *to = out->data;

		cairo_surface_flush(d->surface);
		for (int y = 0; y < h; y++) {
			const uint32_t *p = row_of(d->surface, y);

			for (int x = 0; x < w; x++) {
				*to++ = (uint8_t)(p[x] >> 16);
				*to++ = (uint8_t)(p[x] >> 8);
				*to++ = (uint8_t)p[x];
			}
		}
	}
	draw_free(d);
	*handle = NULL;
	return rc;
}

void
draw_free(struct draw *d)
{
	if (d == NULL)
		return;
	if (d->cr != NULL)
		cairo_destroy(d->cr);
	cairo_surface_destroy(d->surface);
	buf_clear(&d->page);
	mem_free(d);
}

static void
use(struct draw *d, uint32_t colour)
{
	cairo_set_source_rgb(d->cr, (colour >> 16 & 255) / 255.0,
	    (colour >> 8 & 255) / 255.0, (colour & 255) / 255.0);
}

void
draw_fill(
    struct draw *d, double x, double y, double w, double h, uint32_t colour)
{
	if (d == NULL)
		return;
	use(d, colour);
	cairo_rectangle(d->cr, x, y, w, h);
	cairo_fill(d->cr);
}

void
draw_shade(struct draw *d, double x, double y, double w, double h,
    uint32_t colour, double alpha)
{
	if (d == NULL || !(alpha > 0))
		return;
	cairo_set_source_rgba(d->cr, (colour >> 16 & 255) / 255.0,
	    (colour >> 8 & 255) / 255.0, (colour & 255) / 255.0, alpha);
	cairo_rectangle(d->cr, x, y, w, h);
	cairo_fill(d->cr);
}

void
draw_box(struct draw *d, double x, double y, double w, double h, double line,
    uint32_t colour)
{
	if (d == NULL)
		return;
	use(d, colour);
	cairo_set_line_width(d->cr, line);
	cairo_rectangle(d->cr, x + line / 2, y + line / 2, w - line, h - line);
	cairo_stroke(d->cr);
}

void
draw_line(struct draw *d, double x0, double y0, double x1, double y1,
    double line, uint32_t colour)
{
	if (d == NULL)
		return;
	use(d, colour);
	cairo_set_line_width(d->cr, line);
	cairo_move_to(d->cr, x0, y0);
	cairo_line_to(d->cr, x1, y1);
	cairo_stroke(d->cr);
}

void
draw_lines(struct draw *d, const double *xy, size_t n, double line, double dash,
    uint32_t colour)
{
	if (d == NULL || n == 0)
		return;
	use(d, colour);
	cairo_save(d->cr);
	cairo_set_line_width(d->cr, line);
	cairo_set_line_join(d->cr, CAIRO_LINE_JOIN_ROUND);
	cairo_set_line_cap(
	    d->cr, dash > 0 ? CAIRO_LINE_CAP_BUTT : CAIRO_LINE_CAP_ROUND);
	if (dash > 0)
		cairo_set_dash(d->cr, &dash, 1, 0);
	cairo_move_to(d->cr, xy[0], xy[1]);
	for (size_t i = 1; i < n; i++)
		cairo_line_to(d->cr, xy[2 * i], xy[2 * i + 1]);
	cairo_stroke(d->cr);
	cairo_restore(d->cr);
}

void
draw_dot(struct draw *d, double x, double y, double r, uint32_t colour)
{
	if (d == NULL)
		return;
	use(d, colour);
	cairo_arc(d->cr, x, y, r, 0, 2 * M_PI);
	cairo_fill(d->cr);
}

void
draw_clip(struct draw *d, double x, double y, double w, double h)
{
	if (d == NULL)
		return;
	cairo_save(d->cr);
	cairo_rectangle(d->cr, x, y, w, h);
	cairo_clip(d->cr);
}

void
draw_unclip(struct draw *d)
{
	if (d != NULL)
		cairo_restore(d->cr);
}

/* text with what cairo would stumble over as question marks; of mem_*. */
static char *
clean(const char *text)
{
	char *s = mem_strdup(text);
	size_t i = 0, len = strlen(s);
	uint32_t c;

	while (i < len) {
		size_t n = text_char(&c, s + i, len - i);

		if (n == 0 || (unsigned char)s[i] < ' ')
			s[i] = '?';
		i += n == 0 ? 1 : n;
	}
	return s;
}

double
draw_text_width(struct draw *d, double size, const char *text)
{
	cairo_text_extents_t e = { 0 };
	char *s;

	if (d == NULL)
		return 0;
	s = clean(text);
	cairo_set_font_size(d->cr, size);
	cairo_text_extents(d->cr, s, &e);
	mem_free(s);
	return e.x_advance;
}

static void
text_turned(struct draw *d, double x, double y, double turn, double size,
    enum draw_align align, uint32_t colour, const char *text)
{
	static const double share[] = {
		[DRAW_LEFT] = 0, [DRAW_CENTRE] = 0.5, [DRAW_RIGHT] = 1
	};
	char *s;

	if (d == NULL)
		return;
	s = clean(text);
	cairo_save(d->cr);
	cairo_translate(d->cr, x, y);
	cairo_rotate(d->cr, turn);
	use(d, colour);
	cairo_set_font_size(d->cr, size);
	cairo_move_to(d->cr, -share[align] * draw_text_width(d, size, text), 0);
	cairo_show_text(d->cr, s);
	cairo_restore(d->cr);
	mem_free(s);
}

void
draw_text(struct draw *d, double x, double y, double size,
    enum draw_align align, uint32_t colour, const char *text)
{
	text_turned(d, x, y, 0, size, align, colour, text);
}

void
draw_text_up(struct draw *d, double x, double y, double size,
    enum draw_align align, uint32_t colour, const char *text)
{
	text_turned(d, x, y, -M_PI / 2, size, align, colour, text);
}

char *
draw_text_cut(struct draw *d, double size, double most, const char *text)
{
	char *s = mem_strdup(text), *cut;
	size_t n = strlen(s);

	if (draw_text_width(d, size, s) <= most)
		return s;
	while (n > 0) {
		do
			n--;
		while (n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80);
		while (n > 0 && s[n - 1] == ' ')
			n--;
		cut = mem_printf("%.*s\xe2\x80\xa6", (int)n, s);
		if (n == 0 || draw_text_width(d, size, cut) <= most) {
			mem_free(s);
			return cut;
		}
		mem_free(cut);
	}
	return s;
}

void
draw_picture(struct draw *d, double x, double y, const struct image *im)
{
	cairo_surface_t *s;

	if (d == NULL)
		return;
	s = surface_of(im);
	cairo_set_source_surface(d->cr, s, x, y);
	cairo_pattern_set_filter(cairo_get_source(d->cr), CAIRO_FILTER_NEAREST);
	cairo_paint(d->cr);
	cairo_surface_destroy(s);
}

void
draw_label(struct draw *d, double x, double y, double size, uint32_t colour,
    const char *text)
{
	double pad = size / 4;

	draw_fill(d, x, y, draw_text_width(d, size, text) + 2 * pad,
	    size + 2 * pad, colour);
	draw_text(
	    d, x + pad, y + pad + size * 0.82, size, DRAW_LEFT, 0xffffff, text);
}
