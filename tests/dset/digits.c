/* Data sets that DIGITS's plug-ins made: features/ and labels/, no dataset.json;
 * and texts, which it takes to tell. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/mem.h"
#include "caffe/datum.h"
#include "dset/dset.h"
#include "dset/check.h"
#include "dset/export/export.h"
#include "dset/show.h"
#include "image/image.h"
#include "record/lmdb_out.h"
#include "../tmp.h"

enum { N = 3 };

static void
write_lmdb(const char *dir, const struct caffe_datum *d)
{
	struct record_lmdb_out *o = NULL;
	struct buf b;
	char key[16];

	buf_init(&b, 1 << 20);
	assert_int_equal(file_mkdirs(dir), 0);
	assert_int_equal(record_lmdb_create(&o, dir), 0);
	for (int i = 0; i < N; i++) {
		buf_reset(&b);
		assert_int_equal(caffe_datum_add(&b, &d[i]), 0);
		snprintf(key, sizeof key, "%09d", i);
		assert_int_equal(
		    record_lmdb_put(o, key, strlen(key), b.data, b.len), 0);
	}
	assert_int_equal(record_lmdb_finish(&o), 0);
	buf_clear(&b);
}

/* Pictures of 2 x 2 whose label is a mask, as a PNG of 1 x 2 x (i + 1). */
static void
masks(void **state)
{
	struct dset_show_options o = { .part = -1, .pixels = true };
	struct dset_pick pick = { .part = -1, .label = -1 };
	uint8_t pixels[N][4] = { { 0 }, { 1 }, { 2 } };
	struct caffe_datum f[N], l[N];
	struct dset_verified sum;
	struct image im;
	struct buf png[N], out;
	struct dset *d;

	(void)state;
	image_init(&im);
	for (int i = 0; i < N; i++) {
		f[i] = (struct caffe_datum){ .channels = 1,
			.height = 2,
			.width = 2,
			.data = pixels[i],
			.ndata = 4 };
		buf_init(&png[i], 1 << 16);
		assert_int_equal(image_resize_buffer(&im, i + 1, 2, 1), 0);
		memset(im.data, 100 + i, 2 * (size_t)(i + 1));
		assert_int_equal(image_encode_png(&png[i], &im, -1), 0);
		l[i] = (struct caffe_datum){ .channels = 1,
			.height = 2,
			.width = i + 1,
			.encoded = true,
			.data = (const uint8_t *)png[i].data,
			.ndata = png[i].len };
	}
	write_lmdb(tmp_path("d/train_db/features"), f);
	write_lmdb(tmp_path("d/train_db/labels"), l);
	assert_int_equal(dset_open(&d, tmp_path("d")), 0);
	buf_init(&out, 1 << 16);
	assert_int_equal(dset_show_summary(&out, d, &o), 0);
	assert_non_null(strstr(buf_str(&out), "3 records  lmdb  1x2x2"));
	assert_non_null(strstr(buf_str(&out), "label     image  1x2x1\n"));
	assert_int_equal(dset_verify(&sum, d, -1, 1, NULL), 0);
	assert_int_equal(sum.records, N);
	assert_int_equal(sum.bad, 0);
	assert_int_equal(dset_export(d, tmp_path("files"), 0, &pick), 0);
	assert_int_equal(
	    image_read(&im, tmp_path("files/train/targets/000000002.png"), 0),
	    0);
	assert_int_equal(im.width, 3);
	assert_int_equal(im.data[5], 102);
	dset_close(d);
	buf_clear(&out);
	for (int i = 0; i < N; i++)
		buf_clear(&png[i]);
	image_clear(&im);
}

/* Texts as labels; one differs, as long as the other. */
static void
texts(void **state)
{
	static const char notes[] =
	    "{\"columns\": [{\"name\": \"label\", \"kind\": \"text\"}]}";
	static const char *const said[2][N] = { { "one", "two", "" },
		{ "one", "owt", "" } };
	static const uint8_t pixels[4] = { 1, 2, 3, 4 };
	struct caffe_datum f[N], l[N];
	struct dset_difference sum;
	struct dset *d[2];
	struct buf out;

	(void)state;
	for (int k = 0; k < 2; k++) {
		for (int i = 0; i < N; i++) {
			f[i] = (struct caffe_datum){ .channels = 1,
				.height = 2,
				.width = 2,
				.data = pixels,
				.ndata = 4 };
			l[i] = (struct caffe_datum){ .channels = 1,
				.height = 1,
				.width = (int32_t)strlen(said[k][i]),
				.data = (const uint8_t *)said[k][i],
				.ndata = strlen(said[k][i]) };
		}
		write_lmdb(
		    tmp_path(k ? "b/train_db/features" : "a/train_db/features"),
		    f);
		write_lmdb(
		    tmp_path(k ? "b/train_db/labels" : "a/train_db/labels"), l);
		assert_int_equal(file_write(tmp_path(k ? "b/dataset.json"
						       : "a/dataset.json"),
				     notes, strlen(notes), 0),
		    0);
		assert_int_equal(dset_open(&d[k], tmp_path(k ? "b" : "a")), 0);
	}
	buf_init(&out, 1 << 16);
	assert_int_equal(dset_diff(&sum, &out, d[0], d[1], -1, PROG_TEXT), 0);
	assert_int_equal(sum.same, 2);
	assert_int_equal(sum.differ, 1);
	assert_string_equal(buf_str(&out), "train\t000000001\tlabel\n");
	buf_clear(&out);
	dset_close(d[0]);
	dset_close(d[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(masks),
		cmocka_unit_test(texts),
	};

	return cmocka_run_group_tests(tests, tmp_setup, tmp_teardown);
}
