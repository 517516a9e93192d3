/*
 * PNG: reading the common flavours through png_fast.c, every other through
 * libpng; writing by hand, 8-bit grey or RGB, with libdeflate or deflate.c,
 * which compress several times faster than zlib at the same size.
 *
 * Colour is taken as stored: gamma, chromaticities and profiles are left
 * unheeded, as Pillow and DIGITS do.  A tRNS chunk makes pixels transparent in
 * every colour type; these come out white.
 */
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <libdeflate.h>
#include <png.h>

#include "base/clones.h"
#include "base/err.h"
#include "base/mem.h"
#include "image/codec.h"
#include "image/deflate.h"
#include "image/png_fast.h"

/* A deflate stream makes at most this many bytes of one; a header that asks
 * for more than its file can hold is refused before memory is taken. */
enum { DEFLATE_RATIO = 1032 };

/*
 * The default way of writing.  Where what filters leave is rough (its bytes
 * differ from 0 by ROUGH on average, as in photographs), or small, there are no
 * matches worth looking for: Huffman codes and runs alone are as short and a
 * few times faster.  Else libdeflate at its fastest.
 */
enum { RUNS = -1, FAST_LEVEL = 1, ROUGH = 2, SMALL = 4096 };

/* What chunks other than pixels may take. */
enum { CHUNK_MAX = 8 << 20 };

static const uint8_t signature[8] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a,
	'\n' };

struct png_reader {
	png_structp png;
	png_infop info;
	const struct image_source *in;
	size_t at;
	struct image *out;
	png_bytep *rows;
	int orientation;
	int rc;
	char text[128];
};

static void
on_error(png_structp png, png_const_charp text)
{
	struct png_reader *r = png_get_error_ptr(png);

	snprintf(r->text, sizeof(r->text), "%s", text);
	longjmp(png_jmpbuf(png), 1);
}

static void
on_warning(png_structp png, png_const_charp text)
{
	(void)png;
	(void)text; /* about chunks that do not touch the pixels */
}

static void
on_read(png_structp png, png_bytep to, size_t n)
{
	struct png_reader *r = png_get_io_ptr(png);

	if (n > r->in->n - r->at)
		png_error(png, "the file is cut short");
	memcpy(to, r->in->p + r->at, n);
	r->at += n;
}

/* Chunks that cost time or memory and change nothing we look at. */
static void
skip_chunks(png_structp png)
{
	static const png_byte names[] = "iCCP\0zTXt\0iTXt\0tEXt\0sPLT\0hIST\0"
					"sCAL\0pCAL\0";

	png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, 0);
	png_set_keep_unknown_chunks(
	    png, PNG_HANDLE_CHUNK_NEVER, names, (int)(sizeof(names) / 5));
}

/* Of each sample of 16 bits the low byte. */
static void
keep_low(png_structp png, png_row_infop row, png_bytep p)
{
	size_t n = (size_t)row->width * row->channels;

	(void)png;
	for (size_t i = 0; i < n; i++)
		p[i] = p[2 * i + 1];
}

/* Ask for 8-bit samples: grey, grey+alpha, RGB or RGBA. */
static void
choose_output(png_structp png, png_infop info, int flags)
{
	int type = png_get_color_type(png, info);

	if ((flags & IMAGE_INDICES) && png_get_bit_depth(png, info) <= 8 &&
	    (type == PNG_COLOR_TYPE_PALETTE || type == PNG_COLOR_TYPE_GRAY)) {
		png_set_packing(png);
		png_set_interlace_handling(png);
		png_read_update_info(png, info);
		return;
	}

	if (type == PNG_COLOR_TYPE_PALETTE)
		png_set_palette_to_rgb(png);
	if (type == PNG_COLOR_TYPE_GRAY && png_get_bit_depth(png, info) < 8)
		png_set_expand_gray_1_2_4_to_8(png);
	if (png_get_valid(png, info, PNG_INFO_tRNS))
		png_set_tRNS_to_alpha(png);
	if (png_get_bit_depth(png, info) == 16 && (flags & IMAGE_LOW_BYTE)) {
		png_set_read_user_transform_fn(png, keep_low);
		png_set_user_transform_info(png, NULL, 8, 0);
	} else if (png_get_bit_depth(png, info) == 16) {
		png_set_strip_16(png);
	}
	png_set_interlace_handling(png);
	png_read_update_info(png, info);
}

static int
check_ratio(const struct png_reader *r)
{
	png_uint_32 h = png_get_image_height(r->png, r->info);
	uint64_t bits = (uint64_t)png_get_image_width(r->png, r->info) *
	    png_get_channels(r->png, r->info) *
	    png_get_bit_depth(r->png, r->info);

	if ((bits / 8) * h / DEFLATE_RATIO > r->in->n)
		return err_set(ERR_FORMAT,
		    "%zu bytes cannot hold %u x %u pixels", r->in->n,
		    (unsigned)png_get_image_width(r->png, r->info),
		    (unsigned)h);
	return 0;
}

static int
read_pixels(struct png_reader *r)
{
	size_t pitch = png_get_rowbytes(r->png, r->info);
	int h = (int)png_get_image_height(r->png, r->info);

	TRY(image_take(r->out, (int)png_get_image_width(r->png, r->info), h,
	    png_get_channels(r->png, r->info)));
	r->rows = mem_array(png_bytep, (size_t)h);
	for (int y = 0; y < h; y++)
		r->rows[y] = r->out->data + (size_t)y * pitch;
	png_read_image(r->png, r->rows);
	png_read_end(r->png, r->info);
	return 0;
}

static void
read_exif(struct png_reader *r)
{
	png_bytep exif;
	png_uint_32 n;

	if (png_get_eXIf_1(r->png, r->info, &n, &exif) != 0)
		r->orientation = image_exif_orientation(exif, n);
}

/* Everything that libpng may leave with a jump; pixels 0: the header only. */
static int
read_all(struct png_reader *r, int pixels)
{
	r->png = png_create_read_struct(
	    PNG_LIBPNG_VER_STRING, r, on_error, on_warning);
	if (r->png == NULL)
		return err_set(ERR_IO, "libpng does not start: %s", r->text);
	if (setjmp(png_jmpbuf(r->png)))
		return err_set(ERR_FORMAT, "%s", r->text);
	r->info = png_create_info_struct(r->png);
	/* Sizes are checked here, with our sentence; libpng's own limit must
	 * only let them through. */
	png_set_user_limits(r->png, 0x7fffffff, 0x7fffffff);
	png_set_chunk_malloc_max(r->png, CHUNK_MAX);
	skip_chunks(r->png);
	png_set_read_fn(r->png, r, on_read);
	png_read_info(r->png, r->info);
	if (!pixels)
		return 0;
	r->rc = image_check_size(png_get_image_width(r->png, r->info),
	    png_get_image_height(r->png, r->info));
	if (r->rc >= 0)
		r->rc = check_ratio(r);
	if (r->rc < 0)
		return r->rc;
	choose_output(r->png, r->info, r->in->flags);
	r->rc = read_pixels(r);
	if (r->rc < 0)
		return r->rc;
	read_exif(r);
	return 0;
}

static int
png_decode(struct image *out, const struct image_source *s)
{
	struct png_reader r = { .in = s, .out = out, .orientation = 1 };
	int rc = s->flags & IMAGE_INDICES
	    ? 0
	    : png_fast_decode(out, s, &r.orientation);

	if (rc < 0)
		return rc;
	if (rc == 0) {
		rc = read_all(&r, 1);
		png_destroy_read_struct(&r.png, &r.info, NULL);
		mem_free(r.rows);
		if (rc < 0)
			return rc;
		image_flatten(out);
	}
	return s->flags & IMAGE_NO_EXIF ? 0 : image_orient(out, r.orientation);
}

static int
png_probe(struct image_info *out, const struct image_source *s)
{
	struct png_reader r = { .in = s };
	int rc = read_all(&r, 0);

	if (rc >= 0) {
		out->width = (int)png_get_image_width(r.png, r.info);
		out->height = (int)png_get_image_height(r.png, r.info);
		out->channels = png_get_channels(r.png, r.info);
		out->bits = png_get_bit_depth(r.png, r.info);
	}
	png_destroy_read_struct(&r.png, &r.info, NULL);
	return rc;
}

static int
png_match(const uint8_t *p, size_t n)
{
	return n >= sizeof(signature) &&
	    memcmp(p, signature, sizeof(signature)) == 0;
}

/*
 * Writing.  Filters of the PNG specification, section 9: a is the byte of the
 * pixel to the left, b the one above, c above left.
 */

enum { NONE, SUB, UP, AVERAGE, PAETH, FILTERS };

/* The same loops compiled twice, picked when the program is loaded. */
#define PNG_CLONES CLONES("avx2", "default")

static uint8_t
paeth(uint8_t a, uint8_t b, uint8_t c)
{
	/* 16-bit on purpose: the compiler then makes 16 to 32 at once. */
	int16_t pa = (int16_t)(b - c), pb = (int16_t)(a - c);
	int16_t pc = (int16_t)(pa + pb);
	uint8_t near;

	pa = (int16_t)(pa < 0 ? -pa : pa);
	pb = (int16_t)(pb < 0 ? -pb : pb);
	pc = (int16_t)(pc < 0 ? -pc : pc);
	near = pb <= pc ? b : c;
	return pa <= pb && pa <= pc ? a : near;
}

/* The cost of a filtered row: the sum of its bytes as signed magnitudes. */
PNG_CLONES static unsigned
row_cost(const uint8_t *p, size_t n)
{
	/* Lanes of 16 bits, emptied before they can overflow. */
	enum { LANES = 32, ROUNDS = 256 };
	unsigned sum = 0;

	while (n >= LANES) {
		uint16_t lanes[LANES] = { 0 };
		size_t rounds = n / LANES < ROUNDS ? n / LANES : ROUNDS;

		for (size_t i = 0; i < rounds; i++, p += LANES)
			for (int k = 0; k < LANES; k++) {
				uint8_t v = p[k], minus = (uint8_t)-v;

				lanes[k] = (uint16_t)(lanes[k] +
				    (v < minus ? v : minus));
			}
		for (int k = 0; k < LANES; k++)
			sum += lanes[k];
		n -= rounds * LANES;
	}
	for (size_t i = 0; i < n; i++)
		sum += p[i] < 128 ? p[i] : 256u - p[i];
	return sum;
}

/* row (n bytes) filtered into to; up is the row above, bpp bytes a pixel. */
PNG_CLONES static void
filter_row(uint8_t *restrict to, const uint8_t *row, const uint8_t *up,
    size_t n, size_t bpp, int filter)
{
	size_t i;

	for (i = 0; i < bpp; i++) {
		static const uint8_t use_up[FILTERS] = { 0, 0, 1, 0, 1 };
		uint8_t b = use_up[filter] ? up[i] : 0;

		if (filter == AVERAGE)
			b = up[i] >> 1;
		to[i] = (uint8_t)(row[i] - b);
	}
	switch (filter) {
	case NONE: memcpy(to + i, row + i, n - i); break;
	case SUB:
		for (; i < n; i++)
			to[i] = (uint8_t)(row[i] - row[i - bpp]);
		break;
	case UP:
		for (; i < n; i++)
			to[i] = (uint8_t)(row[i] - up[i]);
		break;
	case AVERAGE:
		for (; i < n; i++)
			to[i] =
			    (uint8_t)(row[i] - ((row[i - bpp] + up[i]) >> 1));
		break;
	default:
		for (; i < n; i++)
			to[i] = (uint8_t)(row[i] -
			    paeth(row[i - bpp], up[i], up[i - bpp]));
	}
}

/* All rows, each with the filter that makes it smallest in sum, into to:
 * height x (1 + n) bytes.  line holds 2 n bytes, the second n of zeros, which
 * are the row above the first.  Returns the sum over all rows. */
static uint64_t
filter_image(uint8_t *to, const struct image *im, size_t n, uint8_t *line)
{
	size_t bpp = (size_t)im->channels;
	const uint8_t *up = line + n;
	uint64_t sum = 0;

	for (int y = 0; y < im->height; y++, to += 1 + n) {
		const uint8_t *row = im->data + (size_t)y * n;
		unsigned best = row_cost(row, n);

		to[0] = NONE;
		memcpy(to + 1, row, n);
		for (int f = SUB; f < FILTERS; f++) {
			unsigned cost;

			filter_row(line, row, up, n, bpp, f);
			cost = row_cost(line, n);
			if (cost < best) {
				best = cost;
				to[0] = (uint8_t)f;
				memcpy(to + 1, line, n);
			}
		}
		up = row;
		sum += best;
	}
	return sum;
}

static void
put32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

/* Make a chunk of the n bytes at p + 8: length and name before, CRC behind. */
static size_t
seal_chunk(uint8_t *p, const char *name, size_t n)
{
	put32(p, (uint32_t)n);
	memcpy(p + 4, name, 4);
	put32(p + 8 + n, libdeflate_crc32(0, p + 4, n + 4));
	return n + 12;
}

/* level: libdeflate's, or RUNS. */
static int
write_png(struct buf *b, const struct image *im, const uint8_t *raw,
    size_t raw_size, int level)
{
	struct libdeflate_compressor *z = NULL;
	size_t bound = deflate_bound(raw_size), n;
	uint8_t *p, *start;

	if (level != RUNS) {
		z = libdeflate_alloc_compressor(level);
		if (z == NULL)
			return err_set(ERR_IO, "no memory to compress a PNG");
		bound = libdeflate_zlib_compress_bound(z, raw_size);
	}
	start = p = buf_room(b, sizeof(signature) + 25 + 12 + bound + 12);
	if (p == NULL) {
		libdeflate_free_compressor(z);
		return ERR_RANGE;
	}
	memcpy(p, signature, sizeof(signature));
	p += sizeof(signature);
	put32(p + 8, (uint32_t)im->width);
	put32(p + 12, (uint32_t)im->height);
	p[16] = 8;
	p[17] = im->channels == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB;
	p[18] = p[19] = p[20] = 0; /* deflate, the five filters, no interlace */
	p += seal_chunk(p, "IHDR", 13);
	n = level == RUNS
	    ? deflate_runs(p + 8, raw, raw_size)
	    : libdeflate_zlib_compress(z, raw, raw_size, p + 8, bound);
	libdeflate_free_compressor(z);
	if (n == 0)
		return err_set(ERR_IO, "compressing a PNG failed");
	p += seal_chunk(p, "IDAT", n);
	p += seal_chunk(p, "IEND", 0);
	buf_grew(b, (size_t)(p - start));
	return 0;
}

int
image_encode_png(struct buf *b, const struct image *im, int level)
{
	size_t n = (size_t)im->width * (size_t)im->channels, size;
	void *raw = NULL, *line = NULL;
	uint64_t sum;
	int rc;

	if (level < -1 || level > 9)
		return err_set(ERR_RANGE, "PNG level %d is not 0..9", level);
	TRY(image_check_size((uint64_t)im->width, (uint64_t)im->height));
	size = (size_t)im->height * (n + 1);
	TRY(mem_take(&raw, size, 1, (size_t)IMAGE_MAX_PIXELS * 4, "a PNG"));
	line = mem_calloc(2, n);
	sum = filter_image(raw, im, n, line);
	if (level < 0)
		level = size < SMALL || sum > size * ROUGH ? RUNS : FAST_LEVEL;
	rc = write_png(b, im, raw, size, level);
	mem_free(line);
	mem_free(raw);
	return rc;
}

static int
png_encode(struct buf *b, const struct image *im)
{
	return image_encode_png(b, im, -1);
}

const struct image_codec image_codec_png = {
	.name = "png",
	.extensions = ".png",
	.match = png_match,
	.probe = png_probe,
	.decode = png_decode,
	.encode = png_encode,
};
