/*
 * TIFF, the first picture, through libtiff: strips and tiles, samples together
 * or in planes, 1 to 16 bits; grey either way round, RGB, palette, CMYK, with
 * alpha.  Anything else that libtiff can turn into RGB (YCbCr, CIE Lab,
 * LogLuv) goes through its RGBA interface.
 *
 * 16 bits are cut to the top byte; libtiff's interface would round, which is
 * one reason why it is only the way out.  Floating-point and 32-bit samples
 * have no fixed range and are refused.
 */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "image/codec.h"
#include "image/tiff_memory.h"

/* No compression that anybody uses packs more into a byte: a strip that claims
 * more is refused before it is taken and cleared. */
enum { RATIO_MAX = 1 << 16 };

struct tiff_reader {
	TIFF *tif;
	struct tiff_memory file;
	int width, height;
	uint16_t bits, samples, photometric, planar, format;
	int colours;  /* samples that are colour */
	int channels; /* of them and alpha, as decoded */
	int alpha;    /* index of that sample, or 0 */
	int associated;
	bool low_byte;    /* of 16 bits, not the top one */
	uint16_t *map[3]; /* palette; libtiff's */
	int map_shift;
	int block_w, block_h, tiled;
	uint8_t *block;
	size_t block_size;
};

static int
read_fields(struct tiff_reader *r)
{
	uint32_t w = 0, h = 0;

	if (r->file.no_map)
		return image_cut_short();
	TIFFGetField(r->tif, TIFFTAG_IMAGEWIDTH, &w);
	TIFFGetField(r->tif, TIFFTAG_IMAGELENGTH, &h);
	TRY(image_check_size(w, h));
	r->width = (int)w;
	r->height = (int)h;
	TIFFGetFieldDefaulted(r->tif, TIFFTAG_BITSPERSAMPLE, &r->bits);
	TIFFGetFieldDefaulted(r->tif, TIFFTAG_SAMPLESPERPIXEL, &r->samples);
	TIFFGetFieldDefaulted(r->tif, TIFFTAG_PLANARCONFIG, &r->planar);
	TIFFGetFieldDefaulted(r->tif, TIFFTAG_SAMPLEFORMAT, &r->format);
	if (!TIFFGetField(r->tif, TIFFTAG_PHOTOMETRIC, &r->photometric))
		r->photometric =
		    r->samples >= 3 ? PHOTOMETRIC_RGB : PHOTOMETRIC_MINISBLACK;
	return 0;
}

/* JPEG inside gives RGB at once, if asked to. */
static void
ask_for_rgb(struct tiff_reader *r)
{
	uint16_t compression = 0;

	TIFFGetFieldDefaulted(r->tif, TIFFTAG_COMPRESSION, &compression);
	if (compression == COMPRESSION_JPEG &&
	    r->photometric == PHOTOMETRIC_YCBCR &&
	    r->planar == PLANARCONFIG_CONTIG) {
		TIFFSetField(r->tif, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
		r->photometric = PHOTOMETRIC_RGB;
	}
}

/* The samples' meaning.  1: read_blocks can do it; 0: it cannot. */
static int
choose_output(struct tiff_reader *r)
{
	uint16_t extras = 0, *kinds = NULL;

	if (r->bits != 1 && r->bits != 2 && r->bits != 4 && r->bits != 8 &&
	    r->bits != 16)
		return 0;
	switch (r->photometric) {
	case PHOTOMETRIC_MINISWHITE:
	case PHOTOMETRIC_MINISBLACK: r->colours = 1; break;
	case PHOTOMETRIC_RGB: r->colours = 3; break;
	case PHOTOMETRIC_SEPARATED: r->colours = 4; break;
	case PHOTOMETRIC_PALETTE:
		if (r->bits > 8 ||
		    !TIFFGetField(r->tif, TIFFTAG_COLORMAP, &r->map[0],
			&r->map[1], &r->map[2]))
			return 0;
		r->colours = 1;
		break;
	default: return 0;
	}
	if (r->samples < r->colours)
		return 0;
	TIFFGetFieldDefaulted(r->tif, TIFFTAG_EXTRASAMPLES, &extras, &kinds);
	if (r->samples > r->colours && extras > 0 && r->map[0] == NULL &&
	    r->colours < 4 &&
	    (kinds[0] == EXTRASAMPLE_ASSOCALPHA ||
		kinds[0] == EXTRASAMPLE_UNASSALPHA)) {
		r->alpha = r->colours;
		r->associated = kinds[0] == EXTRASAMPLE_ASSOCALPHA;
	}
	r->channels = r->map[0] != NULL ? 3 : r->colours + (r->alpha > 0);
	return 1;
}

/* Colour maps hold 16 bits; some old writers put 8 there. */
static void
measure_map(struct tiff_reader *r)
{
	r->map_shift = 0;
	for (int k = 0; k < 3; k++)
		for (int i = 0; i < 1 << r->bits; i++)
			if (r->map[k][i] > 255)
				r->map_shift = 8;
}

/* Sample i of a line of packed samples, as 8 bits (or an index, unscaled). */
static unsigned
sample(const struct tiff_reader *r, const uint8_t *line, size_t i)
{
	static const uint8_t scale[5] = { 0, 255, 85, 0, 17 };
	size_t bit = i * r->bits;
	unsigned v;
	uint16_t wide;

	if (r->bits == 8)
		return line[i];
	if (r->bits == 16) {
		memcpy(&wide, line + 2 * i, 2);
		return r->low_byte ? wide & 0xff : wide >> 8;
	}
	v = line[bit / 8] >> (8 - r->bits - bit % 8) & ((1u << r->bits) - 1);
	return r->map[0] != NULL ? v : v * scale[r->bits];
}

/* A line of a block into the picture at x, y, n pixels; one plane or all. */
static void
put_line(const struct tiff_reader *r, const struct image *out,
    const uint8_t *line, int x, int y, int n, int plane)
{
	int together = r->planar == PLANARCONFIG_CONTIG;
	size_t step = together ? r->samples : 1;
	size_t c = (size_t)r->channels;
	uint8_t *to =
	    out->data + ((size_t)y * (size_t)out->width + (size_t)x) * c;

	if (r->map[0] != NULL) {
		for (int i = 0; i < n; i++, to += 3) {
			unsigned v = sample(r, line, (size_t)i * step);

			for (int k = 0; k < 3; k++)
				to[k] = (uint8_t)(r->map[k][v] >> r->map_shift);
		}
		return;
	}
	if (together && step == c && r->bits == 8) {
		memcpy(to, line, (size_t)n * c);
		return;
	}
	for (int i = 0; i < n; i++, to += c) {
		if (!together) {
			to[plane] = (uint8_t)sample(r, line, (size_t)i);
			continue;
		}
		for (size_t k = 0; k < c; k++)
			to[k] = (uint8_t)sample(r, line, (size_t)i * step + k);
	}
}

static int
read_block(struct tiff_reader *r, struct image *out, int x, int y, int plane)
{
	int w = r->width - x, h = r->height - y;
	size_t pitch, step = r->planar == PLANARCONFIG_CONTIG ? r->samples : 1;
	tmsize_t got;

	w = w < r->block_w ? w : r->block_w;
	h = h < r->block_h ? h : r->block_h;
	pitch = ((size_t)r->block_w * step * r->bits + 7) / 8;
	if (r->tiled)
		got = TIFFReadEncodedTile(r->tif,
		    TIFFComputeTile(
			r->tif, (uint32_t)x, (uint32_t)y, 0, (uint16_t)plane),
		    r->block, (tmsize_t)r->block_size);
	else
		got = TIFFReadEncodedStrip(r->tif,
		    TIFFComputeStrip(r->tif, (uint32_t)y, (uint16_t)plane),
		    r->block, (tmsize_t)r->block_size);
	if (got < 0)
		return tiff_memory_failed(&r->file);
	if ((size_t)got < pitch * (size_t)h)
		return image_cut_short();
	for (int i = 0; i < h; i++)
		put_line(
		    r, out, r->block + pitch * (size_t)i, x, y + i, w, plane);
	return 0;
}

static int
read_layout(struct tiff_reader *r)
{
	uint32_t w = 0, h = 0;
	void *p;

	r->tiled = TIFFIsTiled(r->tif);
	if (r->tiled) {
		TIFFGetField(r->tif, TIFFTAG_TILEWIDTH, &w);
		TIFFGetField(r->tif, TIFFTAG_TILELENGTH, &h);
		TRY(image_check_size(w, h));
		r->block_w = (int)w;
		r->block_h = (int)h;
		r->block_size = (size_t)TIFFTileSize64(r->tif);
	} else {
		TIFFGetFieldDefaulted(r->tif, TIFFTAG_ROWSPERSTRIP, &h);
		r->block_w = r->width;
		r->block_h =
		    h == 0 || h > (uint32_t)r->height ? r->height : (int)h;
		r->block_size = (size_t)TIFFStripSize64(r->tif);
	}
	if (r->block_size == 0)
		return tiff_memory_failed(&r->file);
	if (r->block_size / RATIO_MAX > r->file.n)
		return err_set(ERR_FORMAT,
		    "%zu bytes cannot hold a strip of %zu", r->file.n,
		    r->block_size);
	TRY(mem_take(&p, r->block_size, 1, TIFF_ALLOC_MAX, "a TIFF's strip"));
	memset(p, 0, r->block_size);
	r->block = p;
	return 0;
}

static int
read_blocks(struct tiff_reader *r, struct image *out)
{
	int planes = r->planar == PLANARCONFIG_CONTIG ? 1 : r->channels;

	if (r->map[0] != NULL) {
		measure_map(r);
		planes = 1;
	}
	TRY(read_layout(r));
	TRY(image_take(out, r->width, r->height, r->channels));
	for (int plane = 0; plane < planes; plane++)
		for (int y = 0; y < r->height; y += r->block_h)
			for (int x = 0; x < r->width; x += r->block_w)
				TRY(read_block(r, out, x, y, plane));
	return 0;
}

/* Colour that is already multiplied by alpha, over white, in place. */
static void
flatten_associated(struct image *im)
{
	size_t n = (size_t)im->width * (size_t)im->height;
	int c = im->channels - 1;
	uint8_t *to = im->data;
	const uint8_t *p = im->data;

	for (size_t i = 0; i < n; i++, p += c + 1)
		for (int k = 0; k < c; k++) {
			int v = p[k] + 255 - p[c];

			*to++ = (uint8_t)(v > 255 ? 255 : v);
		}
	im->channels = c;
}

static int
finish_picture(const struct tiff_reader *r, struct image *out)
{
	size_t n = (size_t)out->width * (size_t)out->height;

	if (r->photometric == PHOTOMETRIC_MINISWHITE)
		for (size_t i = 0; i < n; i++)
			out->data[i * (size_t)r->channels] ^= 255;
	if (r->photometric == PHOTOMETRIC_SEPARATED) {
		/* In place: three bytes never overtake four. */
		image_cmyk_to_rgb(out->data, out->data, n);
		out->channels = 3;
	} else if (r->associated)
		flatten_associated(out);
	else
		image_flatten(out);
	return 0;
}

/* libtiff's own conversion, to 32-bit words of A B G R, alpha multiplied in. */
static int
read_rgba(struct tiff_reader *r, struct image *out)
{
	size_t n = (size_t)r->width * (size_t)r->height;
	TIFFRGBAImage img;
	char text[1024] = "";
	uint8_t *p;
	int rc;

	if (!TIFFRGBAImageOK(r->tif, text) ||
	    !TIFFRGBAImageBegin(&img, r->tif, 1, text))
		return err_set(ERR_UNSUPPORTED, "%s",
		    text[0] != '\0' ? text : "a TIFF of an unknown kind");
	img.req_orientation = img.orientation; /* as stored */
	rc = image_take(out, r->width, r->height, 4);
	if (rc >= 0 &&
	    !TIFFRGBAImageGet(&img, (uint32_t *)(void *)out->data,
		(uint32_t)r->width, (uint32_t)r->height))
		rc = tiff_memory_failed(&r->file);
	TIFFRGBAImageEnd(&img);
	if (rc < 0)
		return rc;
	p = out->data;
	for (size_t i = 0; i < n; i++, p += 4) {
		uint32_t v;

		memcpy(&v, p, 4);
		p[0] = (uint8_t)TIFFGetR(v);
		p[1] = (uint8_t)TIFFGetG(v);
		p[2] = (uint8_t)TIFFGetB(v);
		p[3] = (uint8_t)TIFFGetA(v);
	}
	flatten_associated(out);
	return 0;
}

static int
read_picture(struct tiff_reader *r, struct image *out)
{
	uint16_t inks = INKSET_CMYK;

	TRY(read_fields(r));
	if ((r->format != SAMPLEFORMAT_UINT && r->format != SAMPLEFORMAT_VOID &&
		r->photometric < PHOTOMETRIC_LOGL) ||
	    (r->bits > 16 && r->photometric < PHOTOMETRIC_LOGL))
		return err_set(ERR_UNSUPPORTED,
		    "a TIFF of %d-bit %s samples, which have no fixed range",
		    r->bits,
		    r->format == SAMPLEFORMAT_IEEEFP    ? "floating-point"
			: r->format == SAMPLEFORMAT_INT ? "signed"
							: "integer");
	TIFFGetFieldDefaulted(r->tif, TIFFTAG_INKSET, &inks);
	if (r->photometric == PHOTOMETRIC_SEPARATED && inks != INKSET_CMYK)
		return err_set(
		    ERR_UNSUPPORTED, "a TIFF of inks other than CMYK");
	ask_for_rgb(r);
	if (!choose_output(r))
		return read_rgba(r, out);
	TRY(read_blocks(r, out));
	return finish_picture(r, out);
}

static int
tiff_decode(struct image *out, const struct image_source *s)
{
	struct tiff_reader r = { .low_byte = s->flags & IMAGE_LOW_BYTE };
	uint16_t orientation = 1;
	int rc = tiff_memory_open(&r.tif, &r.file, s);

	if (rc < 0)
		return rc;
	rc = read_picture(&r, out);
	if (!(s->flags & IMAGE_NO_EXIF))
		TIFFGetFieldDefaulted(r.tif, TIFFTAG_ORIENTATION, &orientation);
	TIFFClose(r.tif);
	mem_free(r.block);
	return rc < 0 ? rc : image_orient(out, orientation);
}

static int
tiff_probe(struct image_info *out, const struct image_source *s)
{
	struct tiff_reader r = { 0 };
	int rc = tiff_memory_open(&r.tif, &r.file, s);

	if (rc < 0)
		return rc;
	rc = read_fields(&r);
	out->width = r.width;
	out->height = r.height;
	out->channels = r.samples;
	out->bits = r.bits;
	TIFFClose(r.tif);
	return rc;
}

static int
tiff_match(const uint8_t *p, size_t n)
{
	return n >= 4 &&
	    (memcmp(p, "II*\0", 4) == 0 || memcmp(p, "MM\0*", 4) == 0 ||
		memcmp(p, "II+\0", 4) == 0 || memcmp(p, "MM\0+", 4) == 0);
}

const struct image_codec image_codec_tiff = {
	.name = "tiff",
	.match = tiff_match,
	.probe = tiff_probe,
	.decode = tiff_decode,
};
