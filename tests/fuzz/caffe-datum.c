/* Datum records. */
#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "caffe/datum.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct caffe_datum d, back;
	struct buf b;
	float *v;

	if (caffe_datum_read(&d, data, size) < 0)
		return 0;
	v = mem_calloc(d.nfloats + 1, sizeof(*v));
	caffe_datum_floats(v, &d);
	d.floats = d.nfloats ? v : NULL;
	buf_init(&b, 64 << 20);
	if (caffe_datum_add(&b, &d) == 0 &&
	    (caffe_datum_read(&back, b.data, b.len) < 0 ||
		back.ndata != d.ndata || back.nfloats != d.nfloats ||
		back.label != d.label))
		abort();
	buf_clear(&b);
	mem_free(v);
	return 0;
}

void
fuzz_seed(void (*add)(const void *p, size_t n))
{
	static const uint8_t pixels[48];
	static const float floats[] = { 1, 2, 3 };
	struct caffe_datum d = { .channels = 3,
		.height = 4,
		.width = 4,
		.label = -1,
		.has_label = true,
		.data = pixels,
		.ndata = 48 };
	uint8_t out[256];

	caffe_datum_put(out, &d);
	add(out, caffe_datum_size(&d));
	d.floats = floats;
	d.nfloats = 3;
	d.encoded = true;
	caffe_datum_put(out, &d);
	add(out, caffe_datum_size(&d));
}
