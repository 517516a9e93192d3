/*
 * Bilinear resizing between the four nearest pixels, however much smaller the
 * result: what OpenCV's INTER_LINEAR does, and with it Caffe's data layers.
 * The arithmetic is OpenCV's for bytes: weights of 11 bits, sums across cut to
 * 15 bits before the sum down, halving both sides exactly is a mean of 2 x 2.
 */
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "image/image.h"

enum { ONE = 1 << 11 };

/* For each output sample the first of two input samples, and the weights. */
struct pair {
	int at;
	short w[2];
};

/* ends: at the borders the border sample counts alone.  OpenCV does so across;
 * down, the row beyond the border is the border row instead. */
static void
pairs(struct pair *p, int from, int to, int ends)
{
	double scale = (double)from / to;

	for (int i = 0; i < to; i++) {
		float f = (float)((i + 0.5) * scale - 0.5);
		int at = (int)floorf(f);

		f -= (float)at;
		if (ends && (at < 0 || at >= from - 1)) {
			f = 0;
			at = at < 0 ? 0 : from - 1;
		}
		p[i] = (struct pair){ at,
			{ (short)lrintf((1.f - f) * ONE),
			    (short)lrintf(f * ONE) } };
	}
}

static int
clip_index(int v, int n)
{
	return v < 0 ? 0 : v >= n ? n - 1 : v;
}

/* One input line spread over w outputs, times ONE. */
static void
across(int *to, const uint8_t *from, const struct pair *x, int w, int channels,
    int last)
{
	for (int i = 0; i < w; i++) {
		const uint8_t *a = from + x[i].at * channels;
		const uint8_t *b = x[i].at < last ? a + channels : a;

		for (int c = 0; c < channels; c++)
			*to++ = a[c] * x[i].w[0] + b[c] * x[i].w[1];
	}
}

static void
halve(struct image *out, const struct image *in)
{
	int ch = in->channels, pitch = in->width * ch;
	uint8_t *to = out->data;

	for (int y = 0; y < out->height; y++)
		for (int x = 0; x < out->width; x++)
			for (int c = 0; c < ch; c++) {
				const uint8_t *p = in->data +
				    (size_t)(2 * y) * (size_t)pitch +
				    (size_t)(2 * x * ch + c);

				*to++ = (uint8_t)((p[0] + p[ch] + p[pitch] +
						      p[pitch + ch] + 2) >>
				    2);
			}
}

static void
blend(struct image *out, const struct image *in, const struct pair *x,
    const struct pair *y, int *lines)
{
	size_t n = (size_t)out->width * (size_t)out->channels;
	size_t pitch = (size_t)in->width * (size_t)in->channels;
	int *row[2] = { lines, lines + n }, have[2] = { -1, -1 };

	for (int i = 0; i < out->height; i++) {
		uint8_t *to = out->data + (size_t)i * n;

		for (int k = 0; k < 2; k++) {
			int want = clip_index(y[i].at + k, in->height);

			if (have[k] == want)
				continue;
			if (k == 0 && have[1] == want) {
				int *swap = row[0];

				row[0] = row[1];
				row[1] = swap;
				have[0] = want;
				have[1] = -1;
				continue;
			}
			across(row[k], in->data + (size_t)want * pitch, x,
			    out->width, in->channels, in->width - 1);
			have[k] = want;
		}
		for (size_t j = 0; j < n; j++)
			to[j] =
			    (uint8_t)(((y[i].w[0] * (row[0][j] >> 4) >> 16) +
					  (y[i].w[1] * (row[1][j] >> 4) >> 16) +
					  2) >>
				2);
	}
}

int
image_resize_nearest4(struct image *out, const struct image *in, int w, int h)
{
	struct pair *x, *y;
	int *lines;

	if (w < 1 || h < 1 || w > IMAGE_MAX_SIDE || h > IMAGE_MAX_SIDE)
		return err_set(ERR_RANGE, "a picture of %dx%d", w, h);
	if (w == in->width && h == in->height)
		return image_copy(out, in);
	TRY(image_resize_buffer(out, w, h, in->channels));
	if (in->width == 2 * w && in->height == 2 * h) {
		halve(out, in);
		return 0;
	}
	x = mem_array(struct pair, (size_t)w);
	y = mem_array(struct pair, (size_t)h);
	lines = mem_array(int, (size_t)w *(size_t)in->channels * 2);
	pairs(x, in->width, w, 1);
	pairs(y, in->height, h, 0);
	blend(out, in, x, y, lines);
	mem_free(x);
	mem_free(y);
	mem_free(lines);
	return 0;
}
