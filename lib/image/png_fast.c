/*
 * PNGs of 8 bits, not interlaced, without tRNS: nearly all that data sets are
 * made of.  The whole stream is inflated at once by libdeflate, which is two
 * to three times faster than zlib, and unfiltered on its way into the picture.
 *
 * Whatever is unusual or wrong is left to libpng, so that there is one opinion
 * on what is legal, and one set of sentences.
 */
#include "image/png_fast.h"

#include <libdeflate.h>
#include <string.h>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#include "base/err.h"
#include "base/mem.h"

/* Larger ones are inflated by libpng, row by row. */
enum { RAW_MAX = 64 << 20, DEFLATE_RATIO = 1032 };

/* Readable bytes behind a row, of which a loop may look at some. */
enum { SLACK = 8 };

enum { GREY = 0, RGB = 2, PALETTE = 3, GREY_ALPHA = 4, RGBA = 6 };

struct chunks {
	size_t width, height;
	int type;
	size_t bpp; /* bytes a pixel in the stream */
	const uint8_t *palette;
	size_t colours;
	const uint8_t *exif;
	size_t exif_size;
	const uint8_t *data; /* of the first IDAT */
	size_t data_size, data_count,
	    all; /* its size, how many, bytes in all */
};

static int
read_header(struct chunks *c, const uint8_t *p, size_t n)
{
	static const uint8_t bytes[7] = { [GREY] = 1,
		[RGB] = 3,
		[PALETTE] = 1,
		[GREY_ALPHA] = 2,
		[RGBA] = 4 };

	if (n != 13 || p[8] != 8 || p[9] > RGBA || bytes[p[9]] == 0 ||
	    p[10] != 0 || p[11] != 0 || p[12] != 0)
		return 0;
	c->width = get32be(p);
	c->height = get32be(p + 4);
	c->type = p[9];
	c->bpp = bytes[p[9]];
	return c->width >= 1 && c->height >= 1 && c->width <= IMAGE_MAX_SIDE &&
	    c->height <= IMAGE_MAX_SIDE &&
	    c->width * c->height <= IMAGE_MAX_PIXELS;
}

/* One chunk of n bytes at p.  1: go on; 0: libpng's. */
static int
read_chunk(struct chunks *c, const char *name, const uint8_t *p, size_t n)
{
	if (memcmp(name, "IDAT", 4) == 0) {
		if (c->data_count++ == 0) {
			c->data = p;
			c->data_size = n;
		}
		c->all += n;
		return 1;
	}
	if (memcmp(name, "PLTE", 4) == 0) {
		c->palette = p;
		c->colours = n / 3;
		return n % 3 == 0 && n >= 3 && n <= 768 && c->data_count == 0;
	}
	if (memcmp(name, "eXIf", 4) == 0) {
		c->exif = p;
		c->exif_size = n;
		return 1;
	}
	/* tRNS, and what may not be skipped (a capital first letter). */
	return memcmp(name, "tRNS", 4) != 0 && name[0] >= 'a' && name[0] <= 'z';
}

/* All chunks up to IEND, their checksums too. */
static int
read_chunks(struct chunks *c, const struct image_source *s)
{
	const uint8_t *p = s->p + 8, *end = s->p + s->n;
	int first = 1, in_data = 0;

	while (end - p >= 12) {
		size_t n = get32be(p);
		const char *name = (const char *)p + 4;
		int is_data = memcmp(name, "IDAT", 4) == 0;

		if (n > (size_t)(end - p) - 12 ||
		    get32be(p + 8 + n) != libdeflate_crc32(0, p + 4, n + 4))
			return 0;
		if (memcmp(name, "IEND", 4) == 0)
			return c->data_count > 0 &&
			    (c->type != PALETTE || c->palette != NULL);
		if (first) {
			if (memcmp(name, "IHDR", 4) != 0 ||
			    !read_header(c, p + 8, n))
				return 0;
		} else if (!read_chunk(c, name, p + 8, n) ||
		    (is_data && !in_data && c->data_count > 1))
			return 0;
		in_data = is_data;
		first = 0;
		p += n + 12;
	}
	return 0;
}

/* The IDAT chunks as one piece; *own is set where they had to be copied. */
static const uint8_t *
join_data(const struct chunks *c, const struct image_source *s, uint8_t **own)
{
	const uint8_t *p = c->data - 8;
	uint8_t *to;

	*own = NULL;
	if (c->data_count == 1)
		return c->data;
	to = *own = mem_calloc(c->all, 1);
	while (to < *own + c->all && p < s->p + s->n) {
		size_t n = get32be(p);

		memcpy(to, p + 8, n);
		to += n;
		p += n + 12;
	}
	return *own;
}

static uint8_t
paeth(int a, int b, int c)
{
	int pa = b - c, pb = a - c, pc = pa + pb;

	pa = pa < 0 ? -pa : pa;
	pb = pb < 0 ? -pb : pb;
	pc = pc < 0 ? -pc : pc;
	if (pb < pa) {
		pa = pb;
		a = b;
	}
	return (uint8_t)(pc < pa ? c : a);
}

#if defined(__SSE2__)
/* The bytes of a pixel as 16-bit lanes; four are read. */
static inline __m128i
load_pixel(const uint8_t *p)
{
	int32_t v;

	memcpy(&v, p, 4);
	return _mm_unpacklo_epi8(_mm_cvtsi32_si128(v), _mm_setzero_si128());
}

static inline __m128i
magnitude(__m128i v)
{
	return _mm_max_epi16(v, _mm_sub_epi16(_mm_setzero_si128(), v));
}

/* Paeth's filter on whole pixels of bpp 3 or 4 bytes: the channels at once. */
static inline __attribute__((always_inline)) void
unfilter_paeth(
    uint8_t *to, const uint8_t *in, const uint8_t *up, size_t n, size_t bpp)
{
	const __m128i bytes = _mm_set1_epi16(255);
	__m128i a = _mm_setzero_si128(), c = a;

	for (size_t i = 0; i < n; i += bpp) {
		__m128i b = load_pixel(up + i), v = load_pixel(in + i);
		__m128i pa = _mm_sub_epi16(b, c), pb = _mm_sub_epi16(a, c);
		__m128i pc = magnitude(_mm_add_epi16(pa, pb)), least, near;
		__m128i is_a, is_b;
		int32_t pixel;

		pa = magnitude(pa);
		pb = magnitude(pb);
		least = _mm_min_epi16(pc, _mm_min_epi16(pa, pb));
		is_a = _mm_cmpeq_epi16(least, pa);
		is_b = _mm_cmpeq_epi16(least, pb);
		near = _mm_or_si128(
		    _mm_and_si128(is_b, b), _mm_andnot_si128(is_b, c));
		near = _mm_or_si128(
		    _mm_and_si128(is_a, a), _mm_andnot_si128(is_a, near));
		c = b;
		a = _mm_and_si128(_mm_add_epi16(v, near), bytes);
		pixel = _mm_cvtsi128_si32(_mm_packus_epi16(a, a));
		memcpy(to + i, &pixel, bpp);
	}
}
#endif

/*
 * Undo a filter: n bytes from in to to; up is the row above.  bpp is a constant
 * where this is inlined, so that the loops over it vanish and what the serial
 * filters carry from pixel to pixel stays in registers.
 */
static inline __attribute__((always_inline)) void
unfilter(uint8_t *restrict to, const uint8_t *restrict in,
    const uint8_t *restrict up, size_t n, int filter, size_t bpp)
{
	int a[4] = { 0 }, c[4] = { 0 };

	switch (filter) {
	case 0: memcpy(to, in, n); break;
	case 1:
		for (size_t i = 0; i < n; i += bpp)
			for (size_t k = 0; k < bpp; k++)
				to[i + k] = (uint8_t)(a[k] = (uint8_t)(a[k] +
							  in[i + k]));
		break;
	case 2:
		for (size_t i = 0; i < n; i++)
			to[i] = (uint8_t)(in[i] + up[i]);
		break;
	case 3:
		for (size_t i = 0; i < n; i += bpp)
			for (size_t k = 0; k < bpp; k++)
				to[i + k] =
				    (uint8_t)(a[k] = (uint8_t)(in[i + k] +
						  ((a[k] + up[i + k]) >> 1)));
		break;
	default:
#if defined(__SSE2__)
		if (bpp >= 3) {
			unfilter_paeth(to, in, up, n, bpp);
			break;
		}
#endif
		for (size_t i = 0; i < n; i += bpp)
			for (size_t k = 0; k < bpp; k++) {
				int b = up[i + k];

				a[k] =
				    (uint8_t)(in[i + k] + paeth(a[k], b, c[k]));
				c[k] = b;
				to[i + k] = (uint8_t)a[k];
			}
	}
}

/* All rows from raw (height x (1 + pitch)) to to; 0: an unknown filter. */
static int
unfilter_all(uint8_t *to, const uint8_t *raw, const struct chunks *c)
{
	size_t pitch = c->width * c->bpp;
	uint8_t *zeros = mem_calloc(pitch + SLACK, 1);
	const uint8_t *up = zeros;
	int ok = 1;

	for (size_t y = 0; y < c->height && ok; y++) {
		const uint8_t *in = raw + 1;
		int filter = raw[0];

		ok = filter <= 4;
		switch (c->bpp) {
		case 1: unfilter(to, in, up, pitch, filter, 1); break;
		case 2: unfilter(to, in, up, pitch, filter, 2); break;
		case 3: unfilter(to, in, up, pitch, filter, 3); break;
		default: unfilter(to, in, up, pitch, filter, 4);
		}
		up = to;
		to += pitch;
		raw += 1 + pitch;
	}
	mem_free(zeros);
	return ok;
}

/* Indexes in the last third of the picture become RGB, front to back; an index
 * without a colour is libpng's business. */
static int
apply_palette(struct image *im, const struct chunks *c)
{
	size_t n = c->width * c->height;
	const uint8_t *from = im->data + 2 * n;
	uint8_t *to = im->data;

	for (size_t i = 0; i < n; i++, to += 3) {
		size_t v = from[i];

		if (v >= c->colours)
			return 0;
		memcpy(to, c->palette + 3 * v, 3);
	}
	return 1;
}

static int
decode_rows(struct image *out, const struct chunks *c, const uint8_t *raw)
{
	int channels = c->type == PALETTE ? 3 : (int)c->bpp;
	uint8_t *to;

	TRY(image_take(out, (int)c->width, (int)c->height, channels));
	to = out->data;
	if (c->type == PALETTE)
		to += 2 * c->width * c->height;
	if (!unfilter_all(to, raw, c))
		return 0;
	if (c->type == PALETTE)
		return apply_palette(out, c);
	image_flatten(out);
	return 1;
}

int
png_fast_decode(
    struct image *out, const struct image_source *s, int *orientation)
{
	struct libdeflate_decompressor *z = NULL;
	struct chunks c = { 0 };
	uint8_t *own = NULL;
	void *raw = NULL;
	const uint8_t *data;
	size_t size;
	int rc;

	if (!read_chunks(&c, s))
		return 0;
	size = c.height * (1 + c.width * c.bpp);
	if (size > RAW_MAX || size / DEFLATE_RATIO > c.all)
		return 0;
	data = join_data(&c, s, &own);
	rc = mem_take(&raw, size + SLACK, 1, RAW_MAX + SLACK, "a PNG");
	if (rc < 0)
		goto done;
	z = libdeflate_alloc_decompressor();
	if (z == NULL ||
	    libdeflate_zlib_decompress(z, data, c.all, raw, size, NULL) !=
		LIBDEFLATE_SUCCESS) {
		rc = 0;
		goto done;
	}
	rc = decode_rows(out, &c, raw);
	if (rc == 1 && c.exif != NULL)
		*orientation = image_exif_orientation(c.exif, c.exif_size);
done:
	if (z != NULL)
		libdeflate_free_decompressor(z);
	mem_free(raw);
	mem_free(own);
	return rc;
}
