/*
 * GIF 87a and 89a, the first picture.  On the logical screen, of which what the
 * picture leaves free, and its transparent colour, are white.  A palette that is
 * the grey ramp gives a grey picture, as in Pillow.
 *
 * The codes are read by stb_image, which is given a screen of the picture's size
 * and a palette of 256 greys: what comes back are the indexes, and alpha is 0
 * where none came.
 *
 * Format: CompuServe's GIF89a specification (1990).
 */
#include <string.h>

#include "base/err.h"
#include "image/codec.h"
#include "image/stb.h"

/* No code stands for more pixels than there are codes, none has less than 2
 * bits. */
enum { PIXELS_PER_BYTE = 4096 * 4 };

struct gif_reader {
	const uint8_t *p, *end;
	int width, height; /* the screen */
	int x, y, w, h;    /* the picture on it */
	int interlaced;
	int code_bits;
	int transparent; /* index, or -1 */
	uint8_t palette[256][3];
	int colours; /* 0: there is no palette */
};

static int
need(const struct gif_reader *r, size_t n)
{
	return (size_t)(r->end - r->p) < n ? image_cut_short() : 0;
}

/* A colour table as the bits of a packed field say. */
static int
read_palette(struct gif_reader *r, unsigned field)
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
skip_blocks(struct gif_reader *r)
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
read_screen(struct gif_reader *r, const struct image_source *s)
{
	*r = (struct gif_reader){
		.p = s->p, .end = s->p + s->n, .transparent = -1
	};
	TRY(need(r, 13));
	r->width = (int)get16le(s->p + 6);
	r->height = (int)get16le(s->p + 8);
	r->p += 13;
	return read_palette(r, s->p[10]);
}

/* Up to the first picture's data. */
static int
read_head(struct gif_reader *r)
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

/* The data blocks that are there whole. */
static size_t
whole_blocks(const struct gif_reader *r)
{
	const uint8_t *p = r->p;

	while (p < r->end && p[0] > 0 && (size_t)(r->end - p) > p[0])
		p += 1 + p[0];
	return (size_t)(p - r->p);
}

enum { HEAD = 13 + 256 * 3 + 10 };

static void
write_head(uint8_t head[HEAD], const struct gif_reader *r)
{
	uint8_t *p = head + 13;

	memset(head, 0, HEAD);
	memcpy(head, "GIF89a", 6);
	put16le(head + 6, (unsigned)r->w);
	put16le(head + 8, (unsigned)r->h);
	head[10] = 0xf7; /* a palette of 256 */
	for (int i = 0; i < 256; i++, p += 3)
		memset(p, i, 3);
	*p = ',';
	memcpy(p + 5, head + 6, 4);
	p[9] = r->interlaced ? 0x40 : 0;
}

/* The indexes of the picture, in RGBA. */
static int
read_indexes(struct image *out, const struct gif_reader *r)
{
	uint8_t head[HEAD + 1];
	struct stb_file f = { .head = head,
		.nhead = sizeof(head),
		.p = r->p,
		.n = whole_blocks(r),
		.open_end = true };
	size_t n = (size_t)r->w * (size_t)r->h;

	write_head(head, r);
	head[HEAD] = (uint8_t)r->code_bits;
	TRY(stb_decode(out, &f, r->w, r->h, 4));
	for (size_t i = 0; i < n; i++)
		if (out->data[4 * i + 3] == 0)
			return image_cut_short();
	return 0;
}

/* The picture onto the screen, which is white. */
static void
put_indexes(
    struct image *out, const struct image *indexes, const struct gif_reader *r)
{
	size_t k = (size_t)out->channels;

	if (r->x >= out->width)
		return;
	for (int y = 0; y < r->h && r->y + y < out->height; y++) {
		const uint8_t *from =
		    indexes->data + (size_t)y * (size_t)r->w * 4;
		uint8_t *to = out->data +
		    ((size_t)(r->y + y) * (size_t)out->width + (size_t)r->x) *
			k;

		for (int x = 0; x < r->w && r->x + x < out->width;
		     x++, from += 4, to += k)
			if (from[0] != r->transparent)
				memcpy(to, r->palette[from[0]], k);
	}
}

static int
is_grey_ramp(const struct gif_reader *r)
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
	struct image indexes;
	struct gif_reader r;
	int rc;

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
		return image_cut_short();
	if (r.colours == 0)
		return err_set(ERR_FORMAT, "a GIF without colours");
	TRY(need(&r, 1));
	r.code_bits = *r.p++;
	if (r.code_bits < 1 || r.code_bits > 8)
		return err_set(
		    ERR_FORMAT, "a GIF with codes of %d bits", r.code_bits);
	image_init(&indexes);
	rc = read_indexes(&indexes, &r);
	if (rc == 0)
		rc = image_resize_buffer(
		    out, r.width, r.height, is_grey_ramp(&r) ? 1 : 3);
	if (rc == 0) {
		memset(out->data, 255,
		    (size_t)r.width * (size_t)r.height * (size_t)out->channels);
		put_indexes(out, &indexes, &r);
	}
	image_clear(&indexes);
	return rc;
}

static int
gif_probe(struct image_info *out, const struct image_source *s)
{
	struct gif_reader r;

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
