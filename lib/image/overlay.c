/* Colours that can be told apart, and the overlay of a segmentation.  Apart
 * from draw.c, so that it does not bring in cairo. */
#include "base/err.h"
#include "image/draw.h"

uint32_t
draw_colour(unsigned i)
{
	static const uint32_t colours[] = { 0x1f5fbf, 0xc0392b, 0x1e8449,
		0x8e44ad, 0xb9770e, 0x117a8b, 0xad1457, 0x5d6d1e, 0x6d4c41,
		0x37474f };

	return colours[i % (sizeof(colours) / sizeof(colours[0]))];
}

uint32_t
draw_safe_colour(unsigned i)
{
	static const uint32_t colours[] = { 0x0072b2, 0xd55e00, 0x009e73,
		0xcc79a7, 0xe69f00, 0x56b4e9, 0x000000, 0x7f7f7f };

	return colours[i % (sizeof(colours) / sizeof(colours[0]))];
}

uint32_t
draw_tint(uint32_t colour, double share)
{
	uint32_t out = 0;

	for (int k = 0; k < 24; k += 8)
		out |= (uint32_t)(255.5 -
			   (255 - (double)(colour >> k & 255)) * share)
		    << k;
	return out;
}

int
image_overlay(struct image *im, const uint8_t *labels, const uint32_t *palette,
    double alpha)
{
	size_t n = (size_t)im->width * (size_t)im->height;
	unsigned part = (unsigned)(alpha * 256 + 0.5);
	uint8_t *p;

	if (alpha < 0 || alpha > 1)
		return err_set(
		    ERR_RANGE, "an overlay of %g is not 0..1", alpha);
	TRY(image_channels(im, 3));
	p = im->data;
	for (size_t i = 0; i < n; i++, p += 3) {
		uint32_t c;

		if (palette == NULL && labels[i] == 0)
			continue;
		c = palette != NULL ? palette[labels[i]]
				    : draw_colour(labels[i] - 1u);
		if (c == DRAW_CLEAR)
			continue;
		for (int k = 0; k < 3; k++) {
			unsigned v = c >> (16 - 8 * k) & 255;

			p[k] =
			    (uint8_t)((p[k] * (256 - part) + v * part + 128) >>
				8);
		}
	}
	return 0;
}
