/*
 * Truevision TGA, versions 1 and 2: grey, RGB and palettes, run-length coded too,
 * by stb_image.  Format: Truevision TGA File Format Specification 2.0 (1991).
 *
 * It has no magic number.  A file is one when its header makes sense in all of
 * its fields.  Alpha counts where the header says that there is one, and not when
 * it is 0 everywhere, as many writers leave it.
 */
#include <string.h>

#include "base/err.h"
#include "image/codec.h"
#include "image/stb.h"

enum { HEADER = 18, PALETTE = 1, RGB = 2, GREY = 3, RUNS = 8 };

struct header {
	int type; /* PALETTE, RGB, GREY */
	bool runs;
	int first, colours, colour_bits; /* the palette */
	int width, height, bits;
	int alpha_bits;
	bool right_to_left;
	size_t pixels; /* where they begin */
};

static struct header
read_header(const uint8_t *p)
{
	struct header h = {
		.type = p[2] & ~RUNS,
		.runs = (p[2] & RUNS) != 0,
		.first = (int)get16le(p + 3),
		.colours = (int)get16le(p + 5),
		.colour_bits = p[7],
		.width = (int)get16le(p + 12),
		.height = (int)get16le(p + 14),
		.bits = p[16],
		.alpha_bits = p[17] & 15,
		.right_to_left = (p[17] & 16) != 0,
	};

	h.pixels = HEADER + p[0] +
	    (size_t)h.colours * (size_t)((h.colour_bits + 7) / 8);
	return h;
}

/* Colours of 15 and 16 bits have at most one bit of alpha, of 32 bits 8. */
static bool
is_colour(int bits, int alpha_bits)
{
	switch (bits) {
	case 15: return alpha_bits == 0;
	case 16: return alpha_bits <= 1;
	case 24: return alpha_bits == 0;
	case 32: return alpha_bits == 0 || alpha_bits == 8;
	default: return false;
	}
}

static int
tga_match(const uint8_t *p, size_t n)
{
	struct header h;

	if (n < HEADER || p[1] > 1 || (p[17] & 0xc0) != 0)
		return 0;
	h = read_header(p);
	if (h.width == 0 || h.height == 0)
		return 0;
	if (h.type == PALETTE)
		return p[1] == 1 && (h.bits == 8 || h.bits == 16) &&
		    h.colours > 0 && h.first + h.colours <= 65536 &&
		    (h.alpha_bits == 0 || h.alpha_bits == 8 ||
			h.alpha_bits == 1) &&
		    is_colour(h.colour_bits, 0);
	if (p[1] != 0 || h.first != 0 || h.colours != 0 || h.colour_bits != 0)
		return 0;
	if (h.type == RGB)
		return is_colour(h.bits, h.alpha_bits);
	if (h.type == GREY)
		return (h.bits == 8 && h.alpha_bits == 0) ||
		    (h.bits == 16 && h.alpha_bits == 8);
	return 0;
}

/* Is there as much as the size asks for at least? */
static int
check_length(const struct header *h, size_t n)
{
	size_t pixels = (size_t)h->width * (size_t)h->height;
	size_t bytes = (size_t)(h->bits + 7) / 8;

	/* A run of 128 pixels takes a byte and a pixel. */
	if (h->pixels > n ||
	    (h->runs ? pixels / 128 * (1 + bytes) : pixels * bytes) >
		n - h->pixels)
		return image_cut_short();
	return 0;
}

/* What the last channel holds where it is no alpha. */
static void
make_opaque(struct image *im)
{
	size_t c = (size_t)im->channels,
	       n = (size_t)im->width * (size_t)im->height * c;

	for (size_t i = c - 1; i < n; i += c)
		im->data[i] = 255;
}

static bool
has_alpha(const struct image *im)
{
	size_t c = (size_t)im->channels,
	       n = (size_t)im->width * (size_t)im->height * c;

	for (size_t i = c - 1; i < n; i += c)
		if (im->data[i] != 0)
			return true;
	return false;
}

static int
tga_decode(struct image *out, const struct image_source *s)
{
	struct header h = read_header(s->p);
	struct stb_file f = { .p = s->p, .n = s->n };

	TRY(image_check_size((uint64_t)h.width, (uint64_t)h.height));
	TRY(check_length(&h, s->n));
	/* stb_image takes the number of the first colour for bytes to skip. */
	if (h.first != 0)
		return err_set(ERR_UNSUPPORTED,
		    "a TGA whose palette begins at %d", h.first);
	TRY(stb_decode(out, &f, h.width, h.height, 0));
	if (out->channels % 2 == 0) {
		if ((h.type != PALETTE && h.alpha_bits == 0) || !has_alpha(out))
			make_opaque(out);
		image_flatten(out);
	}
	return h.right_to_left ? image_orient(out, 2) : 0;
}

static int
tga_probe(struct image_info *out, const struct image_source *s)
{
	struct header h = read_header(s->p);

	out->width = h.width;
	out->height = h.height;
	out->channels = h.type == RGB        ? (h.bits == 32 ? 4 : 3)
	    : h.bits == 16 && h.type == GREY ? 2
					     : 1;
	out->bits = h.type == RGB && h.bits <= 16 ? 5 : 8;
	return 0;
}

const struct image_codec image_codec_tga = {
	.name = "tga",
	.match = tga_match,
	.probe = tga_probe,
	.decode = tga_decode,
};
