/*
 * Mask files of a data set for segmentation.  The first byte says how they are
 * read: by their values, by a palette, or by colours.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "dset/masks/masks.h"
#include "fuzz.h"

enum { SIDE = 4, KNOWN = 2 };

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dset_masks_options o = { 0 };
	uint8_t rgb[3 * IMAGE_COLOURS];
	struct dset_masks m = { .o = &o };
	struct image im;
	int have, rc;

	if (size == 0)
		return 0;
	image_init(&im);
	o.colormap = "map";
	o.limit = *data & 15;
	m.mapped = *data >= 'm';
	m.ncolours = KNOWN;
	memset(m.colours + 3, 0xff, 3);
	m.to[1] = 1;
	m.nlabels = m.mapped ? KNOWN : 0;
	have = image_palette(rgb, data + 1, size - 1);
	rc = dset_masks_decode(&im, &m, data + 1, size - 1, "mask");
	if (have < 0 || have > IMAGE_COLOURS)
		abort();
	for (size_t i = 0;
	     rc == 0 && m.mapped && i < (size_t)im.width * (size_t)im.height;
	     i++)
		if (im.data[i] >= KNOWN)
			abort();
	image_clear(&im);
	return 0;
}

static void
add_png(void (*add)(const void *p, size_t n), char how, int palette)
{
	static const uint8_t rgb[3 * 3] = { 0, 0, 0, 255, 255, 255, 255, 0, 0 };
	struct image im;
	struct buf b;

	image_init(&im);
	buf_init(&b, 1 << 16);
	if (image_resize_buffer(&im, SIDE, SIDE, 1) < 0)
		abort();
	for (int i = 0; i < SIDE * SIDE; i++)
		im.data[i] = (uint8_t)(palette ? i % 2 : i % 2 * 255);
	(void)buf_addc(&b, how);
	if (palette)
		(void)image_encode_indexed(&b, &im, rgb, 3);
	else
		(void)image_encode_png(&b, &im, -1);
	add(b.data, b.len);
	buf_clear(&b);
	image_clear(&im);
}

void
fuzz_seed(void (*add)(const void *p, size_t n))
{
	static const char pgm[] = "aP2 3 1 255 0 1 255";

	add_png(add, 'a', 1);
	add_png(add, 'm', 1);
	add_png(add, 'm', 0);
	add(pgm, strlen(pgm));
}
