/*
 * The image object: memory, copies, channels, orientation, and what several
 * codecs need (alpha over white, CMYK, EXIF).  No file format here.
 */
#include "image/image.h"

#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "image/codec.h"

/* A buffer this much larger than needed is given back, so that one huge
 * picture does not leave every slot of a pipeline huge. */
enum { KEEP_FACTOR = 4, KEEP_ALWAYS = 4 << 20 };

void
image_init(struct image *im)
{
	*im = (struct image){ 0 };
}

void
image_clear(struct image *im)
{
	mem_free(im->data);
	image_init(im);
}

int
image_check_size(uint64_t w, uint64_t h)
{
	if (w == 0 || h == 0)
		return err_set(ERR_FORMAT, "the picture is empty (%llu x %llu)",
		    (unsigned long long)w, (unsigned long long)h);
	if (w > IMAGE_MAX_SIDE || h > IMAGE_MAX_SIDE ||
	    w * h > IMAGE_MAX_PIXELS)
		return err_set(ERR_RANGE,
		    "%llu x %llu pixels; at most %d a side and %d million are taken",
		    (unsigned long long)w, (unsigned long long)h,
		    IMAGE_MAX_SIDE, IMAGE_MAX_PIXELS / 1000000);
	return 0;
}

int
image_cut_short(void)
{
	return err_set(ERR_FORMAT, "the file is cut short");
}

int
image_take(struct image *im, int w, int h, int c)
{
	size_t need;
	void *p;

	if (w < 0 || h < 0)
		return err_set(ERR_RANGE, "a picture of %d x %d", w, h);
	TRY(image_check_size((uint64_t)w, (uint64_t)h));
	need = (size_t)w * (size_t)h * (size_t)c;
	if (im->cap < need ||
	    (im->cap > KEEP_ALWAYS && im->cap / KEEP_FACTOR > need)) {
		/* Not realloc: nobody wants the old pixels. */
		mem_free(im->data);
		im->data = NULL;
		im->cap = 0;
		TRY(mem_take(
		    &p, need, 1, (size_t)IMAGE_MAX_PIXELS * 4, "a picture"));
		im->data = p;
		im->cap = need;
	}
	im->width = w;
	im->height = h;
	im->channels = c;
	im->full_width = im->full_height = 0;
	return 0;
}

int
image_resize_buffer(struct image *im, int w, int h, int c)
{
	if (c != 1 && c != 3)
		return err_set(
		    ERR_RANGE, "%d channels: a picture has 1 or 3", c);
	return image_take(im, w, h, c);
}

int
image_copy(struct image *out, const struct image *in)
{
	TRY(image_resize_buffer(out, in->width, in->height, in->channels));
	memcpy(out->data, in->data,
	    (size_t)in->width * (size_t)in->height * (size_t)in->channels);
	out->full_width = in->full_width;
	out->full_height = in->full_height;
	return 0;
}

int
image_enlarge(struct image *out, const struct image *in, int by)
{
	const size_t c = (size_t)in->channels, row = (size_t)in->width * c;

	TRY(image_resize_buffer(
	    out, in->width * by, in->height * by, in->channels));
	for (int y = 0; y < out->height; y++)
		for (int x = 0; x < out->width; x++)
			memcpy(out->data +
				((size_t)y * (size_t)out->width + (size_t)x) *
				    c,
			    in->data + (size_t)(y / by) * row +
				(size_t)(x / by) * c,
			    c);
	return 0;
}

int
image_crop(
    struct image *out, const struct image *in, int x, int y, int w, int h)
{
	size_t c = (size_t)in->channels;

	if (x < 0 || y < 0 || w < 1 || h < 1 || w > in->width - x ||
	    h > in->height - y)
		return err_set(ERR_RANGE,
		    "the rectangle %dx%d at %d,%d is not inside %dx%d", w, h, x,
		    y, in->width, in->height);
	TRY(image_resize_buffer(out, w, h, in->channels));
	for (size_t i = 0; i < (size_t)h; i++)
		memcpy(out->data + i * (size_t)w * c,
		    in->data +
			(((size_t)y + i) * (size_t)in->width + (size_t)x) * c,
		    (size_t)w * c);
	return 0;
}

static int
grey_to_rgb(struct image *im, size_t n)
{
	struct image wide;

	image_init(&wide);
	TRY(image_resize_buffer(&wide, im->width, im->height, 3));
	for (size_t i = 0; i < n; i++) {
		uint8_t v = im->data[i];

		wide.data[3 * i] = v;
		wide.data[3 * i + 1] = v;
		wide.data[3 * i + 2] = v;
	}
	wide.full_width = im->full_width;
	wide.full_height = im->full_height;
	image_clear(im);
	*im = wide;
	return 0;
}

static void
rgb_to_grey(uint8_t *p, size_t n)
{
	/* In place; blocks, so that the compiler may vectorise. */
	uint8_t block[256] = { 0 };

	for (size_t at = 0; at < n; at += sizeof(block)) {
		size_t m = n - at < sizeof(block) ? n - at : sizeof(block);
		const uint8_t *q = p + 3 * at;

		for (size_t i = 0; i < m; i++)
			block[i] =
			    (uint8_t)((19595u * q[3 * i] +
					  38470u * q[3 * i + 1] +
					  7471u * q[3 * i + 2] + 32768u) >>
				16);
		memcpy(p + at, block, m);
	}
}

int
image_channels(struct image *im, int channels)
{
	size_t n = (size_t)im->width * (size_t)im->height;

	if (channels != 1 && channels != 3)
		return err_set(
		    ERR_RANGE, "%d channels: a picture has 1 or 3", channels);
	if (im->channels == channels)
		return 0;
	if (channels == 3)
		return grey_to_rgb(im, n);
	rgb_to_grey(im->data, n);
	im->channels = 1;
	return 0;
}

/* a * b / 255, rounded: exact for bytes. */
static unsigned
mul255(unsigned a, unsigned b)
{
	unsigned t = a * b + 128;

	return ((t >> 8) + t) >> 8;
}

static uint8_t
over_white(unsigned v, unsigned alpha)
{
	unsigned t = 255 * (255 - alpha) + v * alpha + 128;

	return (uint8_t)(((t >> 8) + t) >> 8);
}

void
image_flatten(struct image *im)
{
	size_t n = (size_t)im->width * (size_t)im->height;
	uint8_t *to = im->data;
	const uint8_t *p = im->data;

	if (im->channels == 2) {
		for (size_t i = 0; i < n; i++, p += 2)
			*to++ = over_white(p[0], p[1]);
		im->channels = 1;
	} else if (im->channels == 4) {
		for (size_t i = 0; i < n; i++, p += 4, to += 3) {
			unsigned a = p[3];

			to[0] = over_white(p[0], a);
			to[1] = over_white(p[1], a);
			to[2] = over_white(p[2], a);
		}
		im->channels = 3;
	}
}

void
image_cmyk_to_rgb(uint8_t *rgb, const uint8_t *cmyk, size_t n)
{
	for (size_t i = 0; i < n; i++, rgb += 3, cmyk += 4) {
		unsigned white = 255u - cmyk[3];

		for (int k = 0; k < 3; k++)
			rgb[k] = (uint8_t)(white - mul255(cmyk[k], white));
	}
}

int
image_exif_orientation(const uint8_t *p, size_t n)
{
	unsigned (*get16)(const uint8_t *) = get16le;
	uint32_t (*get32)(const uint8_t *) = get32le;
	uint32_t at;
	unsigned entries;

	if (n >= 6 && memcmp(p, "Exif\0\0", 6) == 0) {
		p += 6;
		n -= 6;
	}
	if (n < 8)
		return 1;
	if (memcmp(p, "MM\0*", 4) == 0) {
		get16 = get16be;
		get32 = get32be;
	} else if (memcmp(p, "II*\0", 4) != 0) {
		return 1;
	}
	at = get32(p + 4);
	if (at > n - 2 || n < 2)
		return 1;
	entries = get16(p + at);
	for (size_t i = at + 2; entries > 0; entries--, i += 12) {
		if (i > n || n - i < 12)
			return 1;
		/* Tag 0x0112, type 3 (SHORT), count 1. */
		if (get16(p + i) == 0x0112 && get16(p + i + 2) == 3) {
			unsigned v = get16(p + i + 8);

			return v >= 1 && v <= 8 ? (int)v : 1;
		}
	}
	return 1;
}

/* Where pixel 0,0 of the turned picture comes from, and the steps from it, in
 * pixels of the stored one (w x h). */
static void
orient_walk(int orientation, ptrdiff_t w, ptrdiff_t h, ptrdiff_t *start,
    ptrdiff_t *dx, ptrdiff_t *dy)
{
	ptrdiff_t right = w - 1, bottom = (h - 1) * w;
	/* TIFF 6.0: where row 0 and column 0 of the data are to be seen. */
	const ptrdiff_t walk[9][3] = {
		{ 0, 1, w }, { 0, 1, w }, { right, -1, w }, /* mirrored */
		{ right + bottom, -1, -w },                 /* half a turn */
		{ bottom, 1, -w },          /* upside down, mirrored */
		{ 0, w, 1 },                /* transposed */
		{ bottom, -w, 1 },          /* a quarter clockwise */
		{ right + bottom, -w, -1 }, /* transversed */
		{ right, w, -1 },           /* a quarter anticlockwise */
	};

	*start = walk[orientation][0];
	*dx = walk[orientation][1];
	*dy = walk[orientation][2];
}

int
image_orient(struct image *im, int orientation)
{
	ptrdiff_t start, dx, dy, c = im->channels;
	struct image turned;
	int swap = orientation >= 5;
	uint8_t *to;

	if (orientation < 2 || orientation > 8)
		return 0;
	orient_walk(orientation, im->width, im->height, &start, &dx, &dy);
	image_init(&turned);
	TRY(image_take(&turned, swap ? im->height : im->width,
	    swap ? im->width : im->height, im->channels));
	to = turned.data;
	for (int y = 0; y < turned.height; y++) {
		const uint8_t *from = im->data + (start + y * dy) * c;

		for (int x = 0; x < turned.width; x++, from += dx * c)
			for (ptrdiff_t k = 0; k < c; k++)
				*to++ = from[k];
	}
	turned.full_width = swap ? im->full_height : im->full_width;
	turned.full_height = swap ? im->full_width : im->full_height;
	image_clear(im);
	*im = turned;
	return 0;
}

void
image_low_add(struct image_low *l, int low_bits, const char *name)
{
	if (low_bits == 0)
		return;
	if (l->n++ == 0)
		l->name = mem_strdup(name);
	if (low_bits > l->bits)
		l->bits = low_bits;
}

void
image_low_warn(struct image_low *l)
{
	if (l->n == 1)
		log_warn(
		    "%s: of 16 bits a sample only the low %d are used, so that the picture is nearly black: multiply it by %d first",
		    l->name, l->bits, 1 << (16 - l->bits));
	else if (l->n > 1)
		log_warn(
		    "%s and %zu more: of 16 bits a sample only the low %d are used, so that these pictures are nearly black: multiply them by %d first",
		    l->name, l->n - 1, l->bits, 1 << (16 - l->bits));
	mem_free(l->name);
	*l = (struct image_low){ 0 };
}
