/*
 * stb_image (Debian's libstb-dev) for the formats that it reads and nothing else
 * here does.  Internal to lib/image.
 *
 * It is not given files as they are.  It takes what is cut short for zeros, and
 * in version 2.27 a Radiance file that is cut short without end; of some headers
 * it heeds the wrong half.  So a codec reads the header itself, which it must for
 * the caps, and hands on a header of its own with the pixels of the file behind.
 */
#ifndef IMAGE_STB_H
#define IMAGE_STB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct image;

struct stb_file {
	const uint8_t *head; /* what is read first; may be NULL */
	size_t nhead;
	const uint8_t *p; /* and what then */
	size_t n;
	/* The data may end without a mark; else they are cut short then. */
	bool open_end;
};

/*
 * The picture, w x h as the codec read it, into out (image_take), with `channels`
 * 1..4, grey and alpha or RGBA as they are; 0: as in the file.  ERR_FORMAT: it is
 * cut short or damaged.
 */
int stb_decode(
    struct image *out, const struct stb_file *f, int w, int h, int channels);

#endif
