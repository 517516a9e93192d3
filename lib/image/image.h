/*
 * An image: height x width x channels bytes, interleaved, RGB (or grey), top
 * row first.  Everything that reads a picture file ends here; everything that
 * needs one starts here.
 *
 * Not here: floats and NCHW planes (dset and nn make those), drawing (draw.h).
 *
 * An object belongs to one thread at a time; the functions are re-entrant.
 * Errors are base/err.h's; those of a decoder begin with the name given.  A
 * failed function leaves its output image valid for image_clear and for reuse,
 * its pixels undefined.
 */
#ifndef IMAGE_IMAGE_H
#define IMAGE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * Decode bombs: what a picture may have at most; refused with ERR_RANGE before
 * memory is taken (nnutils-images(7) says so).  The result needs 3 bytes a
 * pixel; while decoding, up to 4 (alpha), 9 for a progressive JPEG, whose
 * coefficients are kept, and with stb_image up to 15 (stb.c).
 */
enum {
	IMAGE_MAX_SIDE = 65500,
	IMAGE_MAX_PIXELS = 128 << 20,
	IMAGE_MAX_FILE = 1 << 30 /* bytes of a picture file */
};

struct image {
	int width, height;
	int channels;  /* 1 grey, 3 RGB */
	uint8_t *data; /* (height, width, channels) */
	size_t cap;    /* bytes allocated, so that slots can be reused */
	/* The size of the picture in its file, where a decoder made use of the
	 * hint and produced a smaller one; else 0.  image_fit heeds it, so
	 * that the geometry is that of the whole picture. */
	int full_width, full_height;
	/* Where the file has 16 bits a sample and uses but the low ones (of a
	 * sensor of 12 bits): how many, so that the top byte says next to
	 * nothing; else 0.  image_decode sets it. */
	int low_bits;
};

void image_init(struct image *im);
void image_clear(struct image *im); /* frees; accepts an initialised one */
/* Make room for w x h x c, keeping memory when it suffices; pixels undefined. */
int image_resize_buffer(struct image *im, int w, int h, int c);
int image_copy(struct image *out, const struct image *in);

enum image_flags {
	IMAGE_NO_EXIF = 1, /* leave EXIF orientation unheeded, as DIGITS does */
	/* Grey as OpenCV's reader has it: the luma that a JPEG holds, weights of
	 * 15 bits, cut, for the others.  The result has one channel. */
	IMAGE_GREY = 2,
	/* A mask: of a PNG with a palette the indices, of a grey one of less than
	 * 8 bits the values as they are stored; tRNS unheeded. */
	IMAGE_INDICES = 4
};

/*
 * Decode bytes: PNG, JPEG, BMP, PPM/PGM/PBM, TIFF, WebP, GIF (first frame), TGA,
 * PSD (all layers together), Radiance HDR, told by content, never by name.
 * Result is grey or RGB as the file is: palette, alpha (over white) and CMYK
 * become RGB, 16 bits become 8 (top byte), 1-bit becomes 0/255 grey, grey+alpha
 * is put over white.  name is for errors.
 *
 * hint_w, hint_h: if > 0, the caller will shrink to this size with image_fit
 * or image_resize; a decoder may then give a smaller picture (full_width says
 * so) that is still at least IMAGE_HINT_GAP times the hint each way, when that
 * costs less.  Only JPEG does (scaled inverse DCT).  0: always every pixel.
 */
#define IMAGE_HINT_GAP 1.9

int image_decode(struct image *out, const void *p, size_t n, const char *name,
    int flags, int hint_w, int hint_h);
/* The same in full depth: the top bytes of 16 bits and the low ones; of a picture with
 * 8 bits, low is top.  ERR_UNSUPPORTED: 16 bits with alpha. */
int image_decode_deep(struct image *top, struct image *low, const void *p,
    size_t n, const char *name, int flags);
int image_read(struct image *out, const char *path, int flags); /* "-": stdin */

/* Pictures whose low_bits is set, to be told of once: how many, and the first. */
struct image_low {
	size_t n;
	int bits;
	char *name;
};
void image_low_add(struct image_low *l, int low_bits, const char *name);
void image_low_warn(struct image_low *l); /* and clear it */

/* Do bytes that begin so belong to a picture?  IMAGE_HEAD of them tell. */
enum { IMAGE_HEAD = 64 };
bool image_known(const void *p, size_t n);

/* What the bytes are, without decoding. */
struct image_info {
	const char *format; /* "png" */
	int width, height;  /* as stored, before any EXIF orientation */
	int channels;       /* as stored: palette 1, alpha counts */
	int bits;           /* per channel */
	int orientation;    /* EXIF's, 1 to 8, of a JPEG; from 5 on width and
			     * height are exchanged where it is heeded */
};

int
image_probe(struct image_info *out, const void *p, size_t n, const char *name);

/* How a picture is kept in a data set, and what options and dataset.json call
 * that; both in the same order. */
enum image_encoding { IMAGE_PNG, IMAGE_JPEG, IMAGE_RAW };
#define IMAGE_ENCODINGS "png|jpg|none"
const char *image_encoding_name(enum image_encoding encoding);

/* The colours of the palette of a PNG that has one: how many, R G B each; 0: it
 * has none. */
enum { IMAGE_COLOURS = 256 };
int image_palette(uint8_t rgb[3 * IMAGE_COLOURS], const void *p, size_t n);
/* A PNG with a palette: im holds indices into the n colours (1 to 256). */
int image_encode_indexed(
    struct buf *b, const struct image *im, const uint8_t *rgb, int n);

/* Append to b.  PNG: level 0..9 (-1: default, tuned for speed); JPEG: quality
 * 1..100, 4:2:0. */
int image_encode_png(struct buf *b, const struct image *im, int level);
int image_encode_jpeg(struct buf *b, const struct image *im, int quality);
int image_encode_pnm(struct buf *b, const struct image *im); /* P5 or P6 */
/* By the extension of path (.png .jpg .jpeg .ppm .pgm .pnm); atomic. */
int image_write(const char *path, const struct image *im, int force);

/* To 1 or 3 channels; grey = (19595 R + 38470 G + 7471 B + 32768) >> 16, as
 * Pillow has it (ITU-R 601-2 luma). */
int image_channels(struct image *im, int channels);

/* How a picture is brought to W x H; the meanings are DIGITS's:
 * squash: both sides scaled on their own.
 * crop: scaled to cover W x H, the middle kept.
 * fill: scaled to fit inside, the rest noise (0..254, every byte its own).
 * half-crop: scaled by the mean of both ratios, one side cropped, one filled.
 * letterbox (not DIGITS's): as fill, the rest IMAGE_GROUND.
 * corner (not DIGITS's): as letterbox, the picture in the upper left corner.
 */
enum image_mode {
	IMAGE_SQUASH,
	IMAGE_CROP,
	IMAGE_FILL,
	IMAGE_HALF_CROP,
	IMAGE_LETTERBOX,
	IMAGE_CORNER
};
/* of options, in that order */
#define IMAGE_MODES "squash|crop|fill|half-crop|letterbox|corner"
enum { IMAGE_GROUND = 114 }; /* grey, as YOLO's nets are used to */

const char *image_mode_name(enum image_mode mode); /* "squash" … "half_crop" */
int
image_mode_find(enum image_mode *out, const char *name); /* "half-crop" too */

/* What pixels are made of: a triangle, or the cubic of Keys with a = -1/2 (IEEE
 * Trans. ASSP 29, 1981); both grow with the reduction. */
enum image_filter { IMAGE_BILINEAR, IMAGE_BICUBIC };
#define IMAGE_FILTERS "bilinear|bicubic" /* of options, in that order */
const char *image_filter_name(enum image_filter filter);
int image_filter_find(enum image_filter *out, const char *name);

/*
 * Resize with a triangle filter whose support grows with the reduction, in two
 * 8-bit passes (Pillow's BILINEAR, bit for bit).  out must not be in.  scratch
 * is any initialised image, kept by the caller to save allocations; may be
 * NULL.
 */
int image_resize(struct image *out, const struct image *in, int w, int h,
    struct image *scratch);
/* Between the four nearest pixels, without a filter, bit for bit as OpenCV's
 * INTER_LINEAR and so as Caffe's data layers.  out must not be in. */
int
image_resize_nearest4(struct image *out, const struct image *in, int w, int h);
/* With a mode; noise of fill and half-crop comes from noise_seed, so that it is
 * the same for the same picture whatever the thread. */
int image_fit(struct image *out, const struct image *in, int w, int h,
    enum image_mode mode, uint64_t noise_seed, struct image *scratch);
/* The same with another filter (Pillow's BICUBIC, bit for bit). */
int image_fit_by(struct image *out, const struct image *in, int w, int h,
    enum image_mode mode, enum image_filter filter, uint64_t noise_seed,
    struct image *scratch);
/* As torchvision and timm do: scaled so that it covers fit_w x fit_h (of a square the
 * longer side is cut to a whole number, else rounded), and of that the w x h pixels in
 * the middle, whose corner is rounded half to even. */
int image_middle(struct image *out, const struct image *in, int fit_w,
    int fit_h, int w, int h, enum image_filter filter, struct image *scratch);
/* The pixels as they are, each `by` times in both directions.  out must not be in. */
int image_enlarge(struct image *out, const struct image *in, int by);
/* Black at the right and below, up to w x h, which must not be less. */
int image_pad(struct image *out, const struct image *in, int w, int h);
/* Copy the w x h rectangle at x, y, which must lie inside. */
int image_crop(
    struct image *out, const struct image *in, int x, int y, int w, int h);

/* Where image_fit brings the points of a w x h picture: x to x * scale_x + left,
 * y to y * scale_y + top. */
struct image_place {
	double scale_x, scale_y, left, top;
};
struct image_place
image_fit_place(int w, int h, int to_w, int to_h, enum image_mode mode);
/* The same of image_middle; in: width and height, as all pairs here. */
struct image_place
image_middle_place(const int in[2], const int fit[2], const int to[2]);

/*
 * A grid of n pictures in cells of cell_w x cell_h, columns wide (0: about
 * square), pad pixels of grey level ground around each.  Pictures larger than
 * a cell are shrunk to fit, smaller ones are centred, as they are.  RGB.
 */
int image_montage(struct image *out, const struct image *const *pictures,
    size_t n, int columns, int cell_w, int cell_h, int pad, int ground);
/* One picture, grey or RGB, into the middle of the w x h pixels at x, y of out, which
 * is RGB; shrunk if it must be. */
int image_put(
    struct image *out, const struct image *in, int x, int y, int w, int h);
/* For those who write beside the cells: the columns that a montage of n has,
 * and the upper left corner of cell i. */
int image_montage_columns(size_t n, int columns);
void image_montage_cell(
    size_t i, int columns, int cell_w, int cell_h, int pad, int *x, int *y);

#endif
