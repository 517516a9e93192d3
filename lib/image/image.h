/*
 * An image: height x width x channels bytes, interleaved, RGB (or grey), top
 * row first.  Everything that reads a picture file ends here; everything that
 * needs one starts here.  Not thread-safe per object; functions are re-entrant.
 */
#ifndef IMAGE_IMAGE_H
#define IMAGE_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* Decode bombs: what a picture may have at most.  Stated in image(7). */
enum { IMAGE_MAX_SIDE = 65500, IMAGE_MAX_PIXELS = 256 << 20 };

struct image {
	int width, height;
	int channels;     /* 1 grey, 3 RGB */
	uint8_t *data;    /* (height, width, channels) */
	size_t cap;       /* bytes allocated, so that slots can be reused */
};

void image_init(struct image *im);
void image_clear(struct image *im); /* frees; accepts an initialised one */
/* Make room for w x h x c, keeping memory when it suffices; pixels undefined. */
int image_resize_buffer(struct image *im, int w, int h, int c);

enum image_flags {
	IMAGE_NO_EXIF = 1 /* leave EXIF orientation unheeded, as DIGITS does */
};

/*
 * Decode bytes: PNG, JPEG, BMP, PPM/PGM/PBM, TIFF, WebP, GIF (first frame),
 * told by content, never by name.  Result is grey or RGB as the file is:
 * palette, alpha (over white) and CMYK become RGB, 16 bits become 8 (top byte),
 * 1-bit becomes 0/255 grey, grey+alpha is put over white.  name is for errors.
 * hint_w, hint_h: if > 0, the caller will shrink to this size; a decoder may use
 * a cheaper path only when the result stays the same picture within rounding of
 * an antialiased resize (see image_decode_scaled in jpeg.c), else ignores it.
 */
int image_decode(struct image *out, const void *p, size_t n, const char *name,
	int flags, int hint_w, int hint_h);
int image_read(struct image *out, const char *path, int flags);

/* What the bytes are, without decoding: size, channels as stored; NULL: unknown. */
struct image_info {
	const char *format; /* "png" */
	int width, height, channels, bits;
};
int image_probe(struct image_info *out, const void *p, size_t n, const char *name);

enum image_encoding { IMAGE_RAW, IMAGE_PNG, IMAGE_JPEG };
/* Append to b.  PNG: level 0..9 (-1: default, tuned for speed); JPEG: quality. */
int image_encode_png(struct buf *b, const struct image *im, int level);
int image_encode_jpeg(struct buf *b, const struct image *im, int quality);
/* By the extension of path (.png .jpg .ppm .pgm); atomic. */
int image_write(const char *path, const struct image *im, int force);

/* 1 or 3 channels; grey = (19595 R + 38470 G + 7471 B + 32768) >> 16 (Pillow). */
int image_channels(struct image *im, int channels);

/* How a picture is brought to W x H; the meanings are DIGITS's (digits.md 1.4). */
enum image_mode { IMAGE_SQUASH, IMAGE_CROP, IMAGE_FILL, IMAGE_HALF_CROP };
const char *image_mode_name(enum image_mode mode); /* "squash" "crop" "fill" "half_crop" */
int image_mode_find(enum image_mode *out, const char *name); /* "half-crop" too */

/*
 * Resize with a triangle filter whose support grows with the reduction, in two
 * 8-bit passes (Pillow's BILINEAR, bit for bit).  out must not be in.  scratch is
 * any initialised image, kept by the caller to save allocations; may be NULL.
 */
int image_resize(struct image *out, const struct image *in, int w, int h,
	struct image *scratch);
/* With a mode; noise of fill and half-crop comes from noise_seed, so that it is
 * the same for the same picture whatever the thread. */
int image_fit(struct image *out, const struct image *in, int w, int h,
	enum image_mode mode, uint64_t noise_seed, struct image *scratch);
/* Copy the w x h rectangle at x, y, which must lie inside. */
int image_crop(struct image *out, const struct image *in, int x, int y, int w, int h);

#endif
