/* Classes drawn over a picture: the object of the view that needs cairo. */
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "image/draw.h"
#include "image/drawing/legend.h"
#include "infer/masks/view.h"
#include "infer/report.h"
#include "infer/views/pictures.h"

/* How much of the picture is covered, unless --opacity says so. */
#define OPACITY 0.5

enum { WORDS_MIN = 11, SIDE_MIN = 160, LARGER_MAX = 16 };

static bool
differs(const struct image *mask, int x, int y, int dx, int dy, uint8_t own)
{
	x += dx;
	y += dy;
	return x >= 0 && y >= 0 && x < mask->width && y < mask->height &&
	    mask->data[(size_t)y * (size_t)mask->width + (size_t)x] != own;
}

/* Is a pixel of another class within `line` pixels to a side of it? */
static bool
is_edge(const struct image *mask, int x, int y, int line)
{
	const uint8_t own =
	    mask->data[(size_t)y * (size_t)mask->width + (size_t)x];

	for (int i = 1; i <= line; i++)
		if (differs(mask, x, y, i, 0, own) ||
		    differs(mask, x, y, -i, 0, own) ||
		    differs(mask, x, y, 0, i, own) ||
		    differs(mask, x, y, 0, -i, own))
			return true;
	return false;
}

/* The labels to be drawn; for --contour those of outlines alone.  The caller's. */
static uint8_t *
drawn_labels(const struct masks_view *m)
{
	const struct report_opts *o = m->v->o;
	const struct image *mask = &m->mask;
	const size_t n = (size_t)mask->width * (size_t)mask->height;
	const int longer =
	    mask->width > mask->height ? mask->width : mask->height;
	const int line = o->line > 0 ? o->line : 1 + longer / 500;
	uint8_t *v = mem_array(uint8_t, n + 1);

	memcpy(v, mask->data, n);
	for (int y = 0; o->contour && y < mask->height; y++)
		for (int x = 0; x < mask->width; x++)
			if (!is_edge(mask, x, y, line))
				v[(size_t)y * (size_t)mask->width + (size_t)x] =
				    MASKS_NONE;
	return v;
}

/* Is the class left as the picture is?  A ground is black in most palettes. */
static bool
is_clear(const struct masks_view *m, size_t class)
{
	return class == MASKS_NONE || (class == 0 && m->colour[0] == 0);
}

static int
overlay(struct image *out, const struct masks_view *m)
{
	const double opacity = prog_given("opacity") != NULL ? m->v->o->opacity
	    : m->v->o->contour                               ? 1
							     : OPACITY;
	uint32_t palette[256];
	uint8_t *labels = drawn_labels(m);
	int rc;

	for (size_t i = 0; i < 256; i++)
		palette[i] = is_clear(m, i) ? DRAW_CLEAR : m->colour[i];
	rc = image_overlay(out, labels, palette, opacity);
	mem_free(labels);
	return rc;
}

/* Pictures that have no room for words are drawn larger. */
static int
make_room(struct image *im)
{
	const int longer = im->width > im->height ? im->width : im->height;
	const int by = (SIDE_MIN + longer - 1) / longer;
	struct image large;
	int rc;

	if (by <= 1)
		return 0;
	image_init(&large);
	rc = image_enlarge(&large, im, by < LARGER_MAX ? by : LARGER_MAX);
	if (rc >= 0)
		rc = image_copy(im, &large);
	image_clear(&large);
	return rc;
}

/* The classes of the mask, in their order, beside their colours. */
static int
add_legend(struct image *im, const struct masks_view *m)
{
	const double words =
	    fmax(WORDS_MIN, round(fmax(im->width, im->height) / 45.0));
	const size_t n = (size_t)m->mask.width * (size_t)m->mask.height;
	uint32_t colour[256] = { 0 };
	char *name[256] = { NULL }, text[24];
	bool there[256] = { false };
	size_t k = 0;
	int rc;

	for (size_t i = 0; i < n; i++)
		there[m->mask.data[i]] = true;
	for (size_t i = 0; i < m->classes; i++)
		if (there[i]) {
			colour[k] = m->colour[i];
			name[k++] =
			    mem_strdup(infer_label(m->v->infer, (int)i, text));
		}
	rc = image_legend(im, colour, name, k, words, SIDE_MIN);
	while (k > 0)
		mem_free(name[--k]);
	return rc;
}

int
masks_draw(
    struct image *out, const struct masks_view *m, const struct image *picture)
{
	TRY(image_copy(out, picture));
	TRY(overlay(out, m));
	if (!m->v->o->legend)
		return 0;
	TRY(make_room(out));
	return add_legend(out, m);
}
