/*
 * A picture from a file as Caffe's layers take it: decoded and resized as OpenCV
 * does it, planes B G R (or grey).
 */
#ifndef INPUT_PICTURE_H
#define INPUT_PICTURE_H

#include <stdbool.h>

#include "image/image.h"
#include "record/db.h"

/* Zeroed at first; its buffers are kept from picture to picture. */
struct picture {
	struct image im, spare;
	uint8_t *planes;
	size_t cap;
	int low_bits; /* of what was read last (image/image.h) */
};

void picture_clear(struct picture *p);
int picture_read(struct picture *p, const char *path, bool color);
int picture_resize(struct picture *p, int w, int h);
/* As a record; its data are borrowed from p until p changes. */
void picture_item(struct picture *p, struct record_item *out);

#endif
