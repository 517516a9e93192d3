/* Pictures as Caffe's layers take them: see picture.h. */
#include "input/picture.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"

void
picture_clear(struct picture *p)
{
	image_clear(&p->im);
	image_clear(&p->spare);
	mem_free(p->planes);
	memset(p, 0, sizeof(*p));
}

int
picture_read(struct picture *p, const char *path, bool color)
{
	TRY(image_read(&p->im, path, color ? 0 : IMAGE_GREY));
	p->low_bits = p->im.low_bits;
	return image_channels(&p->im, color ? 3 : 1);
}

int
picture_resize(struct picture *p, int w, int h)
{
	struct image swap = p->im;

	TRY(image_resize_nearest4(&p->spare, &p->im, w, h));
	p->im = p->spare;
	p->spare = swap;
	return 0;
}

void
picture_item(struct picture *p, struct record_item *out)
{
	size_t n =
	    (size_t)p->im.width * (size_t)p->im.height * (size_t)p->im.channels;

	mem_grow(&p->planes, &p->cap, n);
	record_image_to_planes(p->planes, &p->im);
	*out = (struct record_item){ .channels = p->im.channels,
		.height = p->im.height,
		.width = p->im.width,
		.data = p->planes };
}
