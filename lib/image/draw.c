/*
 * Drawing with cairo.  A picture becomes a cairo surface of 32-bit words and
 * comes back; cairo keeps a failure in the context and ignores what follows,
 * which is the rule that draw.h passes on.
 */
#include "image/draw.h"

#include <cairo/cairo-pdf.h>
#include <cairo/cairo-svg.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "file/file.h"
#include "image/drawing/inside.h"

enum { CAIRO_SIDE_MAX = 32767, PAGE_MAX = 1 << 28 };

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
	*out = d;
	return 0;
}

static int
check_size(double w, double h)
{
	if (w <= CAIRO_SIDE_MAX && h <= CAIRO_SIDE_MAX)
		return 0;
	return err_set(ERR_RANGE,
	    "drawing on %.0fx%.0f pixels; the most is %d a side", w, h,
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

/* Words as wide as they are at any size: where a drawing is made smaller, letters
 * moved to whole pixels would not stay where they were measured. */
static void
use_scale(struct draw *d, double scale)
{
	cairo_font_options_t *o = cairo_font_options_create();

	cairo_font_options_set_hint_metrics(o, CAIRO_HINT_METRICS_OFF);
	cairo_font_options_set_hint_style(o, CAIRO_HINT_STYLE_NONE);
	cairo_set_font_options(d->cr, o);
	cairo_font_options_destroy(o);
	cairo_scale(d->cr, scale, scale);
}

int
draw_svg(struct draw **out, double w, double h, double scale)
{
	struct draw *d = mem_new(struct draw);

	buf_init(&d->page, PAGE_MAX);
	d->surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, 1, 1);
	d->svg = svg_new(w, h, scale);
	TRY(begin(out, d));
	use_scale(d, 1);
	draw_fill(d, 0, 0, w, h, 0xffffff);
	return 0;
}

int
draw_svg_end(struct buf *b, struct draw **handle)
{
	struct draw *d = *handle;
	cairo_status_t status = cairo_status(d->cr);
	int rc;

	if (status != CAIRO_STATUS_SUCCESS) {
		rc = cairo_failed(status);
	} else {
		rc = svg_end(b, d->svg);
		d->svg = NULL;
	}
	draw_free(d);
	*handle = NULL;
	return rc;
}

int
draw_scaled(
    struct draw **out, const char *path, double w, double h, double scale)
{
	*out = NULL;
	TRY(check_size(ceil(w * scale), ceil(h * scale)));
	TRY(draw_page(out, path, (int)ceil(w * scale), (int)ceil(h * scale)));
	use_scale(*out, scale);
	return 0;
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
	svg_free(d->svg);
	mem_free(d);
}

void
draw_picture(struct draw *d, double x, double y, const struct image *im)
{
	cairo_surface_t *s;

	if (d == NULL)
		return;
	if (d->svg != NULL) {
		svg_picture(d->svg, x, y, im);
		return;
	}
	s = surface_of(im);
	cairo_set_source_surface(d->cr, s, x, y);
	cairo_pattern_set_filter(cairo_get_source(d->cr), CAIRO_FILTER_NEAREST);
	cairo_paint(d->cr);
	cairo_surface_destroy(s);
}
