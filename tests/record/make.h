/* Small databases for tests. */
#ifndef TESTS_RECORD_MAKE_H
#define TESTS_RECORD_MAKE_H

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "caffe/datum.h"
#include "file/file.h"
#include "image/image.h"
#include "record/lmdb_out.h"

/* n records of 1 x side x side bytes, byte k of record i being i + k; label i;
 * PNG when encoded.  Keys as dset-create's. */
static inline int
make_lmdb(const char *dir, size_t n, int side, int encoded)
{
	struct record_lmdb_out *o = NULL;
	struct image im;
	struct buf value, png;
	char key[48];
	size_t i, k, area = (size_t)side * (size_t)side;
	int rc = file_mkdirs(dir);

	buf_init(&value, 1 << 20);
	buf_init(&png, 1 << 20);
	image_init(&im);
	if (rc == 0)
		rc = record_lmdb_create(&o, dir);
	for (i = 0; rc == 0 && i < n; i++) {
		struct caffe_datum d = { .channels = 1,
			.height = side,
			.width = side,
			.label = (int)i,
			.has_label = true };

		rc = image_resize_buffer(&im, side, side, 1);
		for (k = 0; rc == 0 && k < area; k++)
			im.data[k] = (uint8_t)(i + k);
		d.data = im.data;
		d.ndata = area;
		buf_reset(&value);
		buf_reset(&png);
		if (rc == 0 && encoded) {
			rc = image_encode_png(&png, &im, -1);
			d.encoded = true;
			d.data = (const uint8_t *)png.data;
			d.ndata = png.len;
		}
		if (rc == 0)
			rc = caffe_datum_add(&value, &d);
		snprintf(key, sizeof key, "%08zu_%zu", i, i);
		if (rc == 0)
			rc = record_lmdb_put(
			    o, key, strlen(key), value.data, value.len);
	}
	if (rc == 0)
		rc = record_lmdb_finish(&o);
	record_lmdb_abort(&o);
	image_clear(&im);
	buf_clear(&value);
	buf_clear(&png);
	return rc;
}

#endif
