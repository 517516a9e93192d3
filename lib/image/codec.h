/*
 * What a picture format offers, and the helpers that the codecs share.
 * Internal to lib/image.  To add a format: one file that fills a struct
 * image_codec, one line in table.c, one test in tests/image.
 */
#ifndef IMAGE_CODEC_H
#define IMAGE_CODEC_H

#include <stddef.h>
#include <stdint.h>

#include "image/image.h"

struct image_source {
	const uint8_t *p; /* n bytes, borrowed */
	size_t n;
	const char *name; /* for warnings; errors get it put in front */
	int flags;        /* enum image_flags */
	int hint_w, hint_h;
};

/* Among the flags of a source: of samples of 16 bits the low byte is wanted, not the
 * top one.  A codec that does not know it gives the top one. */
enum { IMAGE_LOW_BYTE = 1 << 16 };

struct image_codec {
	const char *name;
	const char
	    *extensions; /* ".jpg .jpeg": what image_write takes; or NULL */
	int (*match)(const uint8_t *p, size_t n); /* is it this format? */
	int (*probe)(struct image_info *out, const struct image_source *s);
	int (*decode)(struct image *out, const struct image_source *s);
	int (*encode)(struct buf *b, const struct image *im); /* or NULL */
};

extern const struct image_codec image_codec_png;
extern const struct image_codec image_codec_jpeg;
extern const struct image_codec image_codec_bmp;
extern const struct image_codec image_codec_gif;
extern const struct image_codec image_codec_pnm;
extern const struct image_codec image_codec_tiff;
extern const struct image_codec image_codec_webp;
extern const struct image_codec image_codec_tga;
extern const struct image_codec image_codec_psd;
extern const struct image_codec image_codec_hdr;

/* The caps of image.h: 0, or ERR_RANGE / ERR_FORMAT with the size. */
int image_check_size(uint64_t w, uint64_t h);
/* ERR_FORMAT: "the file is cut short". */
int image_cut_short(void);
/* As image_resize_buffer, for up to 4 channels while decoding. */
int image_take(struct image *im, int w, int h, int c);

/*
 * The data hold 4 channels (RGBA) or 2 (grey, alpha): put them over white and
 * drop alpha, in place.  Rounded as Pillow's paste with a mask.
 */
void image_flatten(struct image *im);
/* n pixels: C M Y K (0 = no ink) to R G B, as Pillow: 255-K less C of it. */
void image_cmyk_to_rgb(uint8_t *rgb, const uint8_t *cmyk, size_t n);

/* The orientation 1..8 in EXIF data (TIFF header first, "Exif\0\0" before it
 * allowed); 1 when there is none or it makes no sense. */
int image_exif_orientation(const uint8_t *p, size_t n);
/* Turn and mirror as an orientation 2..8 asks; 1: nothing. */
int image_orient(struct image *im, int orientation);

/* Little- and big-endian fields of files. */
static inline unsigned
get16le(const uint8_t *p)
{
	return p[0] | (unsigned)p[1] << 8;
}

static inline uint32_t
get32le(const uint8_t *p)
{
	return get16le(p) | (uint32_t)get16le(p + 2) << 16;
}

static inline void
put16le(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

static inline unsigned
get16be(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static inline uint32_t
get32be(const uint8_t *p)
{
	return (uint32_t)get16be(p) << 16 | get16be(p + 2);
}

#endif
