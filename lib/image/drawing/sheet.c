/* Contact sheets: see sheet.h. */
#include "image/drawing/sheet.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "image/draw.h"

enum {
	PAD = 4,
	GROUND = 255,
	TEXT = 11,
	LINE = 15, /* pixels that a line of words takes */
	WORDS_MOST = 112,
	INK = 0x222222
};

int
image_sheet_enlarge(struct image *im, int side)
{
	const int most = im->width > im->height ? im->width : im->height;
	struct image out;

	if (side < 2 * most)
		return 0;
	image_init(&out);
	TRY(image_enlarge(&out, im, side / most));
	image_clear(im);
	*im = out;
	return 0;
}

/* Pixels that the longest of the words takes, or as many as words may. */
static int
words_width(char *const *captions, size_t n)
{
	struct image dot;
	struct draw *d = NULL;
	double most = 0;

	image_init(&dot);
	if (image_resize_buffer(&dot, 1, 1, 1) < 0)
		return WORDS_MOST;
	dot.data[0] = 0;
	if (draw_begin(&d, &dot) >= 0)
		for (size_t i = 0; i < n && most < WORDS_MOST; i++)
			most =
			    fmax(most, draw_text_width(d, TEXT, captions[i]));
	draw_free(d);
	image_clear(&dot);
	return (int)ceil(fmin(most, WORDS_MOST));
}

static int
put_pictures(struct image *out, const struct image *const *pictures, size_t n,
    int columns, int w, int h, int line)
{
	const size_t rows = (n + (size_t)columns - 1) / (size_t)columns;
	const double width = PAD + columns * ((double)w + PAD);
	const double height = PAD + (double)rows * ((double)h + line + PAD);
	int x, y;

	if (width > IMAGE_MAX_SIDE || height > IMAGE_MAX_SIDE)
		return err_set(ERR_RANGE,
		    "a sheet of %.0f x %.0f pixels; the most is %d a side",
		    width, height, IMAGE_MAX_SIDE);
	TRY(image_resize_buffer(out, (int)width, (int)height, 3));
	memset(out->data, GROUND, (size_t)out->width * (size_t)out->height * 3);
	for (size_t i = 0; i < n; i++) {
		image_montage_cell(i, columns, w, h + line, PAD, &x, &y);
		TRY(image_put(out, pictures[i], x, y, w, h));
	}
	return 0;
}

static int
write_words(struct image *out, char *const *captions, size_t n, int columns,
    int w, int h)
{
	struct draw *d = NULL;

	TRY(draw_begin(&d, out));
	for (size_t i = 0; i < n; i++) {
		char *text = draw_text_cut(d, TEXT, w + 2, captions[i]);
		int x, y;

		image_montage_cell(i, columns, w, h + LINE, PAD, &x, &y);
		draw_text(
		    d, x + w / 2.0, y + h + TEXT, TEXT, DRAW_CENTRE, INK, text);
		mem_free(text);
	}
	return draw_end(out, &d);
}

int
image_sheet(struct image *out, const struct image *const *pictures,
    char *const *captions, size_t n, int columns, int most)
{
	int w = 1, h = 1, words = 0;

	if (n == 0 || n > INT_MAX)
		return err_set(ERR_RANGE, "a sheet of %zu pictures", n);
	for (size_t i = 0; i < n; i++) {
		const struct image *im = pictures[i];
		const double by = fmin(1,
		    fmin((double)most / im->width, (double)most / im->height));

		w = (int)fmax(w, round(im->width * by));
		h = (int)fmax(h, round(im->height * by));
	}
	if (captions != NULL)
		words = words_width(captions, n);
	w = words > w ? words : w;
	columns = image_montage_columns(n, columns);
	TRY(put_pictures(
	    out, pictures, n, columns, w, h, words > 0 ? LINE : 0));
	if (words == 0)
		return 0;
	return write_words(out, captions, n, columns, w, h);
}
