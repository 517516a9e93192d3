/*
 * GIF 87a and 89a, the first picture, read by hand.  On the logical screen, of
 * which what the picture leaves free, and its transparent colour, are white.
 * A palette that is the grey ramp gives a grey picture, as in Pillow.
 *
 * Format: CompuServe's GIF89a specification (1990).
 */
#include <string.h>

#include "base/err.h"
#include "image/codec.h"

enum { CODES = 4096, CODE_BITS = 12 };

/* No code stands for more pixels than this, none has less than 2 bits. */
enum { PIXELS_PER_BYTE = CODES * 4 };

struct reader {
	const uint8_t *p, *end;
	int width, height; /* the screen */
	int x, y, w, h;    /* the picture on it */
	int interlaced;
	int transparent; /* index, or -1 */
	uint8_t palette[256][3];
	int colours; /* 0: there is no palette */
};

static int
cut_short(void)
{
	return err_set(ERR_FORMAT, "the file is cut short");
}

static int
need(const struct reader *r, size_t n)
{
	return (size_t)(r->end - r->p) < n ? cut_short() : 0;
}

/* A colour table as the bits of a packed field say. */
static int
read_palette(struct reader *r, unsigned field)
{
	int n = 2 << (field & 7);

	if (!(field & 0x80))
		return 0;
	TRY(need(r, (size_t)n * 3));
	memcpy(r->palette, r->p, (size_t)n * 3);
	r->colours = n;
	r->p += n * 3;
	return 0;
}

static int
skip_blocks(struct reader *r)
{
	for (;;) {
		size_t n;

		TRY(need(r, 1));
		n = *r->p++;
		if (n == 0)
			return 0;
		TRY(need(r, n));
		r->p += n;
	}
}

static int
read_screen(struct reader *r, const struct image_source *s)
{
	*r =
	    (struct reader){ .p = s->p, .end = s->p + s->n, .transparent = -1 };
	TRY(need(r, 13));
	r->width = (int)get16le(s->p + 6);
	r->height = (int)get16le(s->p + 8);
	r->p += 13;
	return read_palette(r, s->p[10]);
}

/* Up to the first picture's data. */
static int
read_head(struct reader *r)
{
	const uint8_t *p;

	for (;;) {
		TRY(need(r, 1));
		switch (*r->p++) {
		case '!':
			TRY(need(r, 1));
			/* Graphic control: 4 bytes, flags first, index last. */
			if (*r->p++ == 0xf9 && r->end - r->p >= 5 &&
			    r->p[0] == 4)
				r->transparent = r->p[1] & 1 ? r->p[4] : -1;
			TRY(skip_blocks(r));
			break;
		case ',':
			TRY(need(r, 9));
			p = r->p;
			r->x = (int)get16le(p);
			r->y = (int)get16le(p + 2);
			r->w = (int)get16le(p + 4);
			r->h = (int)get16le(p + 6);
			r->interlaced = p[8] & 0x40;
			r->p += 9;
			return read_palette(r, p[8]);
		case ';': return err_set(ERR_FORMAT, "a GIF without a picture");
		default:
			return err_set(ERR_FORMAT, "a GIF with a broken block");
		}
	}
}

/* Where the pixels go, one after the other. */
struct canvas {
	struct image *out;
	const struct reader *r;
	int x, y, step, left; /* left: rows not yet begun, this one included */
};

/* The next row; interlaced rows come as 0 8 16…, 4 12…, 2 6…, 1 3…. */
static void
next_row(struct canvas *c)
{
	c->x = 0;
	c->left--;
	c->y += c->step;
	while (c->y >= c->r->h && c->left > 0) {
		if (c->step == 8 && c->y % 8 == 0)
			c->y = 4;
		else {
			c->step /= 2;
			c->y = c->step / 2;
		}
	}
}

static void
put_pixel(struct canvas *c, unsigned index)
{
	const struct reader *r = c->r;
	int x = r->x + c->x, y = r->y + c->y;
	size_t k = (size_t)c->out->channels;

	if (c->left == 0)
		return;
	if ((int)index != r->transparent && x < c->out->width &&
	    y < c->out->height)
		memcpy(c->out->data +
			((size_t)y * (size_t)c->out->width + (size_t)x) * k,
		    r->palette[index], k);
	if (++c->x == r->w)
		next_row(c);
}

/* LZW: the bits of the data blocks, least significant first. */
struct lzw {
	struct reader *r;
	size_t block; /* bytes left in this block */
	uint32_t acc;
	int bits;
	uint16_t prefix[CODES];
	uint8_t suffix[CODES], stack[CODES];
};

/* A code of width bits; -1: no more data. */
static int
next_code(struct lzw *z, int width)
{
	int code;

	while (z->bits < width) {
		if (z->block == 0) {
			if (z->r->p == z->r->end)
				return -1;
			z->block = *z->r->p++;
			if (z->block == 0)
				return -1;
		}
		if (z->r->p == z->r->end)
			return -1;
		z->acc |= (uint32_t)*z->r->p++ << z->bits;
		z->bits += 8;
		z->block--;
	}
	code = (int)(z->acc & ((1u << width) - 1));
	z->acc >>= width;
	z->bits -= width;
	return code;
}

/* Write the string of a code; returns its first byte. */
static uint8_t
put_string(struct lzw *z, struct canvas *c, int code, int clear)
{
	int n;

	/* A prefix is an older code, so that strings end. */
	for (n = 0; n < CODES && code >= clear; n++) {
		z->stack[n] = z->suffix[code];
		code = z->prefix[code];
	}
	put_pixel(c, (unsigned)code);
	for (int i = n; i > 0; i--)
		put_pixel(c, z->stack[i - 1]);
	return (uint8_t)code;
}

static int
read_lzw(struct lzw *z, struct canvas *c, int size)
{
	int clear = 1 << size, next = clear + 2, width = size + 1;
	int last = -1; /* the code before, -1 after a clear */

	while (c->left > 0) {
		int code = next_code(z, width);
		uint8_t first;

		if (code < 0 || code == clear + 1)
			return cut_short();
		if (code == clear) {
			next = clear + 2;
			width = size + 1;
			last = -1;
			continue;
		}
		if (last < 0) {
			if (code > clear)
				return err_set(ERR_FORMAT, "a broken GIF code");
			put_pixel(c, (unsigned)code);
			last = code;
			continue;
		}
		if (code > next || (code == next && next == CODES))
			return err_set(ERR_FORMAT, "a broken GIF code");
		if (next < CODES)
			z->prefix[next] = (uint16_t)last;
		if (next < CODES && code == next) {
			/* The string before and its own first byte. */
			int root = last;

			while (root >= clear)
				root = z->prefix[root];
			z->suffix[next] = (uint8_t)root;
			put_string(z, c, code, clear);
		} else {
			first = put_string(z, c, code, clear);
			if (next < CODES)
				z->suffix[next] = first;
		}
		if (next < CODES && ++next == 1 << width && width < CODE_BITS)
			width++;
		last = code;
	}
	return 0;
}

static int
is_grey_ramp(const struct reader *r)
{
	for (int i = 0; i < r->colours; i++)
		for (int k = 0; k < 3; k++)
			if (r->palette[i][k] != i)
				return 0;
	return r->colours > 0;
}

static int
gif_decode(struct image *out, const struct image_source *s)
{
	struct canvas c = { .out = out };
	struct lzw z = { 0 };
	struct reader r;
	int size;

	TRY(read_screen(&r, s));
	TRY(read_head(&r));
	if (r.width == 0 || r.height == 0) {
		/* Some writers leave the screen out. */
		r.width = r.x + r.w;
		r.height = r.y + r.h;
	}
	TRY(image_check_size((uint64_t)r.width, (uint64_t)r.height));
	TRY(image_check_size((uint64_t)r.w, (uint64_t)r.h));
	if ((size_t)r.w * (size_t)r.h / PIXELS_PER_BYTE > s->n)
		return cut_short();
	if (r.colours == 0)
		return err_set(ERR_FORMAT, "a GIF without colours");
	TRY(need(&r, 1));
	size = *r.p++;
	if (size < 1 || size > 8)
		return err_set(ERR_FORMAT, "a GIF with codes of %d bits", size);
	TRY(image_resize_buffer(
	    out, r.width, r.height, is_grey_ramp(&r) ? 1 : 3));
	if (r.transparent >= 0 || r.x > 0 || r.y > 0 || r.w < r.width ||
	    r.h < r.height)
		memset(out->data, 255,
		    (size_t)r.width * (size_t)r.height * (size_t)out->channels);
	z.r = &r;
	c.r = &r;
	c.step = r.interlaced ? 8 : 1;
	c.left = r.h;
	return read_lzw(&z, &c, size);
}

static int
gif_probe(struct image_info *out, const struct image_source *s)
{
	struct reader r;

	TRY(read_screen(&r, s));
	out->width = r.width;
	out->height = r.height;
	out->channels = 1;
	out->bits = 8;
	return 0;
}

static int
gif_match(const uint8_t *p, size_t n)
{
	return n >= 6 &&
	    (memcmp(p, "GIF87a", 6) == 0 || memcmp(p, "GIF89a", 6) == 0);
}

const struct image_codec image_codec_gif = {
	.name = "gif",
	.match = gif_match,
	.probe = gif_probe,
	.decode = gif_decode,
};
