/* Records of SSD: a picture and its boxes. */
#include <stdlib.h>

#include "caffe/annotated.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct caffe_box box[8];
	struct caffe_datum d;
	float sum = 0;
	size_t n;

	caffe_annotated_is(data, size);
	if (caffe_annotated_read(&d, box, 8, &n, data, size) < 0)
		return 0;
	for (size_t i = 0; i < n && i < 8; i++)
		sum += box[i].left + (float)box[i].label;
	for (size_t i = 0; i < d.ndata; i++)
		sum += d.data[i];
	return sum == 1e-30f; /* whatever it is, it was read */
}

void
fuzz_seed(void (*add)(const void *p, size_t n))
{
	/* a Datum 1x1x1, boxes, a group of class 3 with one box */
	static const uint8_t v[] = { 0x0a, 9, 8, 1, 16, 1, 24, 1, 0x22, 1, 'x',
		16, 0, 0x1a, 30, 8, 3, 18, 26, 8, 1, 18, 22, 0x0d, 0, 0, 0, 0,
		0x15, 0, 0, 0, 0, 0x1d, 0, 0, 0x80, 0x3f, 0x25, 0, 0, 0x80,
		0x3f, 0x30, 1 };

	add(v, sizeof(v));
}
