/*
 * Bytes in memory as the file that libtiff reads, and what it complains of.
 * Internal to lib/image.
 */
#ifndef IMAGE_TIFF_MEMORY_H
#define IMAGE_TIFF_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tiffio.h>

struct image_source;

/* What libtiff may take at once. */
enum { TIFF_ALLOC_MAX = 512 << 20 };

struct tiff_memory {
	const uint8_t *p;
	size_t n;
	toff_t at;
	char text[256]; /* the first complaint */
	bool no_map;    /* there is a palette that cannot be read */
};

/* m stays where it is until TIFFClose.  On failure *out is NULL. */
int tiff_memory_open(
    TIFF **out, struct tiff_memory *m, const struct image_source *s);
/* ERR_FORMAT with the first complaint. */
int tiff_memory_failed(const struct tiff_memory *m);

#endif
