/*
 * BMP, read by hand: OS/2 and Windows headers up to version 5; 1, 2, 4, 8 bits
 * with a palette, run-length coded too; 16, 24 and 32 bits, with masks.
 *
 * Alpha counts only where a mask names it, and not when it is 0 everywhere, as
 * many writers leave it.  Embedded JPEG and PNG (for printers) are refused.
 * A palette that is the grey ramp gives a grey picture, as in Pillow.
 */
#include <string.h>

#include "base/err.h"
#include "image/codec.h"

enum compression { RGB, RLE8, RLE4, BITFIELDS, JPEG, PNG, ALPHABITFIELDS };

enum { FILE_HEADER = 14, MASKS = 4 };

struct bmp_reader {
	const uint8_t *p; /* the whole file */
	size_t n;
	int width, height;
	int top_down, bits;
	uint32_t compression;
	uint8_t palette[256][3];
	int colours;
	uint32_t mask[MASKS]; /* red, green, blue, alpha */
	size_t pixels;        /* where they begin */
};

/* Red, green, blue, alpha masks: written out, or the usual ones. */
static int
read_masks(struct bmp_reader *r, uint32_t header)
{
	const uint8_t *at = r->p + FILE_HEADER + 40;
	int n = 3;

	if (r->compression != BITFIELDS && r->compression != ALPHABITFIELDS) {
		r->mask[0] = r->bits == 16 ? 0x7c00 : 0xff0000;
		r->mask[1] = r->bits == 16 ? 0x03e0 : 0x00ff00;
		r->mask[2] = r->bits == 16 ? 0x001f : 0x0000ff;
		return 0;
	}
	if (header >= 56 || r->compression == ALPHABITFIELDS)
		n = 4;
	if (r->n < FILE_HEADER + 40 + (size_t)n * 4)
		return image_cut_short();
	for (int i = 0; i < n; i++)
		r->mask[i] = get32le(at + 4 * i);
	r->compression = RGB;
	return 0;
}

static int
read_palette(struct bmp_reader *r, uint32_t header, uint32_t used)
{
	size_t at = FILE_HEADER + header, size = header == 12 ? 3 : 4;

	if (r->bits > 8)
		return 0;
	r->colours = 1 << r->bits;
	if (used > 0 && used < (uint32_t)r->colours)
		r->colours = (int)used;
	/* A short palette that runs into the pixels: what there is. */
	if (r->pixels > at && (size_t)r->colours > (r->pixels - at) / size)
		r->colours = (int)((r->pixels - at) / size);
	if (r->n < at || (r->n - at) / size < (size_t)r->colours)
		return image_cut_short();
	for (int i = 0; i < r->colours; i++) {
		const uint8_t *e = r->p + at + (size_t)i * size;

		r->palette[i][0] = e[2];
		r->palette[i][1] = e[1];
		r->palette[i][2] = e[0];
	}
	return 0;
}

static int
read_head(struct bmp_reader *r, const struct image_source *s)
{
	const uint8_t *h = s->p + FILE_HEADER;
	uint32_t header, used = 0;
	int64_t height;

	*r = (struct bmp_reader){ .p = s->p, .n = s->n };
	if (s->n < FILE_HEADER + 12)
		return image_cut_short();
	header = get32le(h);
	r->pixels = get32le(s->p + 10);
	if (header == 12) {
		r->width = (int)get16le(h + 4);
		height = get16le(h + 6);
		r->bits = (int)get16le(h + 10);
	} else if (header >= 16 && header <= 124) {
		if (s->n < FILE_HEADER + header)
			return image_cut_short();
		r->width = (int)(get32le(h + 4) & 0x7fffffff);
		height = (int32_t)get32le(h + 8);
		r->bits = (int)get16le(h + 14);
		if (header >= 40) {
			r->compression = get32le(h + 16);
			used = get32le(h + 32);
		}
	} else
		return err_set(
		    ERR_FORMAT, "a BMP header of %u bytes is unknown", header);
	r->top_down = height < 0;
	height = height < 0 ? -height : height;
	TRY(image_check_size((uint64_t)r->width, (uint64_t)height));
	r->height = (int)height;
	if (header == 64 && r->compression > RLE4)
		return err_set(ERR_UNSUPPORTED, "an OS/2 Huffman or RLE24 BMP");
	TRY(read_masks(r, header));
	return read_palette(r, header, used);
}

static int
check_kind(const struct bmp_reader *r)
{
	static const char *const names[] = {
		[RLE8] = "RLE8", [RLE4] = "RLE4", [JPEG] = "JPEG", [PNG] = "PNG"
	};
	int b = r->bits;

	if (b != 1 && b != 2 && b != 4 && b != 8 && b != 16 && b != 24 &&
	    b != 32)
		return err_set(ERR_FORMAT, "a BMP of %d bits a pixel", b);
	if (r->compression == JPEG || r->compression == PNG)
		return err_set(ERR_UNSUPPORTED, "a BMP with a %s inside",
		    names[r->compression]);
	if (r->compression > PNG)
		return err_set(ERR_FORMAT, "BMP compression %u is unknown",
		    r->compression);
	if ((r->compression == RLE8 && b != 8) ||
	    (r->compression == RLE4 && b != 4))
		return err_set(ERR_FORMAT, "%s with %d bits a pixel",
		    names[r->compression], b);
	if (r->pixels > r->n)
		return image_cut_short();
	return 0;
}

/* A masked field stretched to 8 bits. */
struct field {
	uint32_t mask;
	int shift;
	uint32_t most;
};

static struct field
field_of(uint32_t mask)
{
	struct field f = { .mask = mask };

	if (mask != 0) {
		f.shift = __builtin_ctz(mask);
		f.most = mask >> f.shift;
	}
	return f;
}

static uint8_t
field_get(const struct field *f, uint32_t v)
{
	if (f->most == 0)
		return 0;
	v = (v & f->mask) >> f->shift;
	return f->most == 255
	    ? (uint8_t)v
	    : (uint8_t)(((uint64_t)v * 255 + f->most / 2) / f->most);
}

/* 16, 24, 32 bits: a row into RGBA; returns the alphas or'ed together. */
static unsigned
row_direct(uint8_t *to, const uint8_t *p, const struct bmp_reader *r,
    const struct field f[MASKS])
{
	unsigned seen = 0;

	for (int x = 0; x < r->width; x++, to += 4, p += r->bits / 8) {
		uint32_t v;

		if (r->bits == 24) {
			to[0] = p[2];
			to[1] = p[1];
			to[2] = p[0];
			to[3] = 255;
			continue;
		}
		v = r->bits == 16 ? get16le(p) : get32le(p);
		for (int k = 0; k < 3; k++)
			to[k] = field_get(&f[k], v);
		to[3] = f[3].mask != 0 ? field_get(&f[3], v) : 255;
		seen |= to[3];
	}
	return seen;
}

static uint8_t *
row_at(const struct image *out, const struct bmp_reader *r, int y)
{
	if (!r->top_down)
		y = r->height - 1 - y;
	return out->data +
	    (size_t)y * (size_t)out->width * (size_t)out->channels;
}

static int
read_direct(struct image *out, struct bmp_reader *r)
{
	size_t pitch = ((size_t)r->width * (size_t)r->bits + 31) / 32 * 4;
	size_t used = ((size_t)r->width * (size_t)r->bits + 7) / 8;
	struct field f[MASKS];
	const uint8_t *p = r->p + r->pixels;
	unsigned seen = 0;

	/* The last row's padding may be missing. */
	if (pitch * (size_t)(r->height - 1) + used > r->n - r->pixels)
		return image_cut_short();
	TRY(image_take(out, r->width, r->height, 4));
	for (int k = 0; k < MASKS; k++)
		f[k] = field_of(r->mask[k]);
	for (int y = 0; y < r->height; y++, p += pitch)
		seen |= row_direct(row_at(out, r, y), p, r, f);
	if (seen == 0)
		for (size_t i = 0; i < (size_t)r->width * (size_t)r->height;
		     i++)
			out->data[4 * i + 3] = 255;
	image_flatten(out);
	return 0;
}

/* One index into the picture; absent colours are black. */
static void
put_index(uint8_t *to, const struct image *out, const struct bmp_reader *r,
    unsigned index)
{
	memcpy(to, r->palette[index], (size_t)out->channels);
}

static int
is_grey_ramp(const struct bmp_reader *r)
{
	int step = r->colours == 2 ? 255 : 1;

	if (r->colours != 2 && r->colours != 256)
		return 0;
	for (int i = 0; i < r->colours; i++)
		for (int k = 0; k < 3; k++)
			if (r->palette[i][k] != i * step)
				return 0;
	return 1;
}

static int
read_indexed(struct image *out, struct bmp_reader *r)
{
	size_t pitch = ((size_t)r->width * (size_t)r->bits + 31) / 32 * 4;
	size_t used = ((size_t)r->width * (size_t)r->bits + 7) / 8;
	const uint8_t *p = r->p + r->pixels;
	unsigned mask = (1u << r->bits) - 1;

	if (pitch * (size_t)(r->height - 1) + used > r->n - r->pixels)
		return image_cut_short();
	TRY(image_resize_buffer(
	    out, r->width, r->height, is_grey_ramp(r) ? 1 : 3));
	for (int y = 0; y < r->height; y++, p += pitch) {
		uint8_t *to = row_at(out, r, y);

		for (int x = 0; x < r->width; x++, to += out->channels) {
			size_t bit = (size_t)x * (size_t)r->bits;
			int shift = 8 - r->bits - (int)(bit % 8);

			put_index(to, out, r, p[bit / 8] >> shift & mask);
		}
	}
	return 0;
}

/* n pixels at x, y: index a at even places, b at odd ones. */
static void
put_run(struct image *out, const struct bmp_reader *r, int x, int y, int n,
    unsigned a, unsigned b)
{
	uint8_t *row = row_at(out, r, y);

	for (int i = 0; i < n && x < r->width; i++, x++)
		put_index(row + (size_t)x * (size_t)out->channels, out, r,
		    i & 1 ? b : a);
}

/* Run-length coding: pairs (count, index), and escapes after a count of 0:
 * 0 end of line, 1 end of picture, 2 a step, 3.. so many indexes as they are,
 * padded to 16 bits. */
static int
read_runs(struct image *out, struct bmp_reader *r)
{
	const uint8_t *p = r->p + r->pixels, *end = r->p + r->n;
	int four = r->compression == RLE4, x = 0, y = 0;

	TRY(image_resize_buffer(
	    out, r->width, r->height, is_grey_ramp(r) ? 1 : 3));
	for (int i = 0; i < r->height; i++) /* what is stepped over */
		put_run(out, r, 0, i, r->width, 0, 0);
	while (y < r->height) {
		int n, code;

		x = x > r->width ? r->width : x;
		if (end - p < 2)
			return image_cut_short();
		n = p[0];
		code = p[1];
		p += 2;
		if (n > 0) {
			put_run(out, r, x, y, n, four ? code >> 4 : code,
			    four ? code & 15 : code);
			x += n;
		} else if (code == 0) {
			x = 0;
			y++;
		} else if (code == 1) {
			break;
		} else if (code == 2) {
			if (end - p < 2)
				return image_cut_short();
			x += p[0];
			y += p[1];
			p += 2;
		} else {
			int bytes = four ? (code + 1) / 2 : code;

			if (end - p < (bytes + 1) / 2 * 2)
				return image_cut_short();
			for (int i = 0; i < code; i++, x++) {
				unsigned v = four ? p[i / 2] : p[i];

				if (four)
					v = i & 1 ? v & 15 : v >> 4;
				put_run(out, r, x, y, 1, v, v);
			}
			p += (bytes + 1) / 2 * 2;
		}
	}
	return 0;
}

static int
bmp_decode(struct image *out, const struct image_source *s)
{
	struct bmp_reader r;

	TRY(read_head(&r, s));
	TRY(check_kind(&r));
	if (r.compression == RLE8 || r.compression == RLE4)
		return read_runs(out, &r);
	return r.bits <= 8 ? read_indexed(out, &r) : read_direct(out, &r);
}

static int
bmp_probe(struct image_info *out, const struct image_source *s)
{
	struct bmp_reader r;

	TRY(read_head(&r, s));
	out->width = r.width;
	out->height = r.height;
	out->channels = r.bits <= 8 ? 1 : r.mask[3] != 0 ? 4 : 3;
	out->bits = r.bits <= 8 ? r.bits : r.bits == 16 ? 5 : 8;
	return 0;
}

static int
bmp_match(const uint8_t *p, size_t n)
{
	return n >= 2 && p[0] == 'B' && p[1] == 'M';
}

const struct image_codec image_codec_bmp = {
	.name = "bmp",
	.match = bmp_match,
	.probe = bmp_probe,
	.decode = bmp_decode,
};
