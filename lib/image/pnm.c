/*
 * PBM, PGM and PPM, plain (P1 P2 P3) and raw (P4 P5 P6), up to 16 bits; the
 * first picture of a file.  Formats: netpbm's pbm(5), pgm(5), ppm(5).
 *
 * A maxval below 255 is stretched to 255; two-byte samples are stretched to
 * 65535 and cut to their top byte.
 */
#include <string.h>

#include "base/err.h"
#include "image/codec.h"

struct pnm_reader {
	const uint8_t *p, *end;
	int kind; /* 1..6 */
	int width, height, channels, maxval;
	int shift; /* of 16 bits to the byte that is wanted */
};

static int
is_space(int c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static void
skip_space(struct pnm_reader *r)
{
	while (r->p < r->end && (is_space(*r->p) || *r->p == '#')) {
		if (*r->p == '#')
			while (r->p < r->end && *r->p != '\n' && *r->p != '\r')
				r->p++;
		else
			r->p++;
	}
}

/* A decimal number; what names it in the sentence. */
static int
read_number(struct pnm_reader *r, int *out, const char *what)
{
	long v = 0;

	skip_space(r);
	if (r->p == r->end)
		return err_set(
		    ERR_FORMAT, "the file is cut short in its %s", what);
	if (*r->p < '0' || *r->p > '9')
		return err_set(ERR_FORMAT, "the %s is not a number", what);
	while (r->p < r->end && *r->p >= '0' && *r->p <= '9') {
		v = v * 10 + (*r->p++ - '0');
		if (v > 0x7fffff)
			return err_set(ERR_RANGE, "the %s is too large", what);
	}
	*out = (int)v;
	return 0;
}

static int
read_head(struct pnm_reader *r, const struct image_source *s)
{
	*r = (struct pnm_reader){ .p = s->p + 2,
		.end = s->p + s->n,
		.kind = s->p[1] - '0',
		.maxval = 1,
		.shift = s->flags & IMAGE_LOW_BYTE ? 0 : 8 };
	r->channels = r->kind % 3 == 0 ? 3 : 1;
	TRY(read_number(r, &r->width, "width"));
	TRY(read_number(r, &r->height, "height"));
	if (r->kind % 3 != 1)
		TRY(read_number(r, &r->maxval, "maximum value"));
	if (r->maxval < 1 || r->maxval > 65535)
		return err_set(ERR_FORMAT,
		    "the maximum value is %d, not 1..65535", r->maxval);
	if (r->kind >= 4) {
		if (r->p == r->end || !is_space(*r->p))
			return err_set(
			    ERR_FORMAT, "no white space before the pixels");
		r->p++;
	}
	return 0;
}

static uint8_t
to_byte(const struct pnm_reader *r, int v)
{
	if (v > r->maxval)
		v = r->maxval;
	if (r->maxval == 255)
		return (uint8_t)v;
	if (r->maxval < 255)
		return (uint8_t)((v * 255 + r->maxval / 2) / r->maxval);
	return (uint8_t)(((uint32_t)v * 65535u + (uint32_t)r->maxval / 2) /
		(uint32_t)r->maxval >>
	    r->shift);
}

static int
read_plain(struct pnm_reader *r, uint8_t *to, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int v;

		if (r->kind == 1) {
			/* Bits need no space between them; 1 is black. */
			skip_space(r);
			if (r->p == r->end)
				return image_cut_short();
			if (*r->p != '0' && *r->p != '1')
				return err_set(ERR_FORMAT,
				    "pixel %zu is neither 0 nor 1", i);
			to[i] = *r->p++ == '1' ? 0 : 255;
			continue;
		}
		if (read_number(r, &v, "pixels") < 0)
			return err_in(ERR_FORMAT, "sample %zu", i);
		to[i] = to_byte(r, v);
	}
	return 0;
}

static int
read_raw(struct pnm_reader *r, uint8_t *to, size_t n)
{
	size_t row = (size_t)r->width, left = (size_t)(r->end - r->p);
	const uint8_t *p = r->p;

	if (r->kind == 4) {
		size_t pitch = (row + 7) / 8;

		if (left / pitch < (size_t)r->height)
			return image_cut_short();
		for (int y = 0; y < r->height; y++, p += pitch)
			for (size_t x = 0; x < row; x++)
				*to++ = p[x / 8] << x % 8 & 0x80 ? 0 : 255;
		return 0;
	}
	if (left / (r->maxval > 255 ? 2 : 1) < n)
		return image_cut_short();
	if (r->maxval == 255)
		memcpy(to, p, n);
	else if (r->maxval < 255)
		for (size_t i = 0; i < n; i++)
			to[i] = to_byte(r, p[i]);
	else
		for (size_t i = 0; i < n; i++)
			to[i] = to_byte(r, (int)get16be(p + 2 * i));
	return 0;
}

static int
pnm_decode(struct image *out, const struct image_source *s)
{
	struct pnm_reader r;
	size_t n;

	TRY(read_head(&r, s));
	TRY(image_check_size((uint64_t)r.width, (uint64_t)r.height));
	n = (size_t)r.width * (size_t)r.height * (size_t)r.channels;
	/* Each sample takes a bit at least: no memory for promises. */
	if (n / 8 > s->n)
		return image_cut_short();
	TRY(image_resize_buffer(out, r.width, r.height, r.channels));
	return r.kind < 4 ? read_plain(&r, out->data, n)
			  : read_raw(&r, out->data, n);
}

static int
pnm_probe(struct image_info *out, const struct image_source *s)
{
	struct pnm_reader r;

	TRY(read_head(&r, s));
	out->width = r.width;
	out->height = r.height;
	out->channels = r.channels;
	out->bits = r.kind % 3 == 1 ? 1 : r.maxval > 255 ? 16 : 8;
	return 0;
}

static int
pnm_match(const uint8_t *p, size_t n)
{
	return n >= 3 && p[0] == 'P' && p[1] >= '1' && p[1] <= '6' &&
	    (is_space(p[2]) || p[2] == '#');
}

int
image_encode_pnm(struct buf *b, const struct image *im)
{
	size_t before = b->len;
	int rc;

	TRY(image_check_size((uint64_t)im->width, (uint64_t)im->height));
	rc = buf_printf(b, "P%d\n%d %d\n255\n", im->channels == 1 ? 5 : 6,
	    im->width, im->height);
	if (rc >= 0)
		rc = buf_add(b, im->data,
		    (size_t)im->width * (size_t)im->height *
			(size_t)im->channels);
	if (rc < 0)
		b->len = before;
	return rc;
}

const struct image_codec image_codec_pnm = {
	.name = "pnm",
	.extensions = ".ppm .pgm .pnm",
	.match = pnm_match,
	.probe = pnm_probe,
	.decode = pnm_decode,
	.encode = image_encode_pnm,
};
