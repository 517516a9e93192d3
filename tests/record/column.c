/* Columns: each layout of a database gives the same; and damaged ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "record/column.h"
#include "record/hdf5.h"
#include "record/sink.h"
#include "../tmp.h"
#include "make.h"

/* One LMDB of Datums, under keys 0, 1, …; cut: bytes left off the last one. */
static void
write_lmdb(const char *dir, const struct caffe_datum *d, size_t n, size_t cut)
{
	struct record_lmdb_out *o = NULL;
	struct buf b;
	char key[16];
	size_t i;

	buf_init(&b, 1 << 20);
	assert_int_equal(file_mkdirs(dir), 0);
	assert_int_equal(record_lmdb_create(&o, dir), 0);
	for (i = 0; i < n; i++) {
		buf_reset(&b);
		assert_int_equal(caffe_datum_add(&b, &d[i]), 0);
		snprintf(key, sizeof key, "%09zu", i);
		assert_int_equal(record_lmdb_put(o, key, strlen(key), b.data,
				     b.len - (i == n - 1 ? cut : 0)),
		    0);
	}
	assert_int_equal(record_lmdb_finish(&o), 0);
	buf_clear(&b);
}

static const uint8_t pixels[2][12] = {
	{ 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 },
	{ 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1 },
};
static const float boxes[2][12] = {
	{ 2, 3, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 },
	{ 1, 3, 0, 9, 8, 7 },
};

/* Two pictures of 3 x 2 x 2 with labels of 1 x N x 3, N varying. */
static void
write_pair(const char *dir, size_t cut)
{
	struct caffe_datum f[2] = { { .channels = 3, .height = 2, .width = 2 },
		{ .channels = 3, .height = 2, .width = 2 } };
	struct caffe_datum l[2] = { { .channels = 1, .height = 4, .width = 3 },
		{ .channels = 1, .height = 2, .width = 3 } };
	char path[512];

	for (int i = 0; i < 2; i++) {
		f[i].data = pixels[i];
		f[i].ndata = 12;
		l[i].floats = boxes[i];
		l[i].nfloats = i == 0 ? 12 : 6;
	}
	file_remove_tree(dir);
	snprintf(path, sizeof path, "%s/features", dir);
	write_lmdb(path, f, 2, 0);
	snprintf(path, sizeof path, "%s/labels", dir);
	write_lmdb(path, l, 2, cut);
}

static void
one_lmdb(void **state)
{
	const struct record_column *c;
	struct record_scratch s;
	struct record_db *db;
	struct value v;
	size_t i;

	(void)state;
	file_remove_tree(tmp_path("one"));
	assert_int_equal(make_lmdb(tmp_path("one"), 5, 3, 0), 0);
	assert_int_equal(record_db_open(&db, tmp_path("one")), 0);
	assert_int_equal(record_columns(&c, db), 2);
	assert_string_equal(c[0].name, "data");
	assert_int_equal(c[0].kind, VALUE_IMAGE);
	assert_int_equal(c[0].channels, 1);
	assert_int_equal(c[0].height, 3);
	assert_string_equal(c[1].name, "label");
	assert_int_equal(c[1].kind, VALUE_CLASS);
	assert_int_equal(record_column_find(db, "label"), 1);
	assert_int_equal(record_column_find(db, "mask"), -1);
	/* These are what they are, whatever notes say. */
	record_column_is(db, 0, VALUE_TEXT);
	record_column_is(db, 1, VALUE_NUMBERS);
	record_scratch_init(&s);
	for (i = 0; i < 5; i++) {
		assert_int_equal(record_column_get(&v, db, i, 0, &s, 0), 0);
		assert_int_equal(v.kind, VALUE_IMAGE);
		assert_int_equal(value_count(&v), 9);
		assert_int_equal(v.data[8], i + 8);
		assert_false(v.rgb);
		assert_int_equal(record_column_get(&v, db, i, 1, &s, 0), 0);
		assert_int_equal(v.kind, VALUE_CLASS);
		assert_int_equal(v.label, i);
		assert_null(v.data);
	}
	assert_int_equal(record_column_get(&v, db, 5, 1, &s, 0), ERR_MISSING);
	record_scratch_clear(&s);
	record_db_close(db);
}

static void
numbers_of_other_shapes(void **state)
{
	const struct record_column *c;
	struct record_scratch s;
	struct record_db *db;
	struct value v;

	(void)state;
	write_pair(tmp_path("pair"), 0);
	/* No second column of a name that there is. */
	assert_int_equal(file_mkdirs(tmp_path("pair/data")), 0);
	assert_int_equal(file_copy(tmp_path("pair/labels/data.mdb"),
			     tmp_path("pair/data/data.mdb")),
	    0);
	record_scratch_init(&s);
	/* The columns are there before the walk. */
	assert_int_equal(record_db_begin(&db, tmp_path("pair")), 0);
	assert_int_equal(record_columns(&c, db), 2);
	assert_int_equal(c[0].channels, 3);
	assert_int_equal(c[1].kind, VALUE_NUMBERS);
	assert_int_equal(c[1].height, 4);
	assert_int_equal(c[1].width, 3);
	assert_int_equal(record_db_walk(db), 0);
	assert_int_equal(record_column_get(&v, db, 0, 0, &s, 0), 0);
	assert_memory_equal(v.data, pixels[0], 12);
	assert_int_equal(record_column_get(&v, db, 0, 1, &s, 0), 0);
	assert_int_equal(value_count(&v), 12);
	assert_memory_equal(v.floats, boxes[0], sizeof boxes[0]);
	assert_int_equal(record_column_get(&v, db, 1, 1, &s, 0), 0);
	assert_int_equal(v.height, 2);
	assert_memory_equal(v.floats, boxes[1], 6 * sizeof(float));
	record_db_close(db);
	record_scratch_clear(&s);
}

/* A mask as bytes, and as a PNG. */
static void
pictures_as_labels(void **state)
{
	struct caffe_datum f = { .channels = 3,
		.height = 2,
		.width = 2,
		.data = pixels[0],
		.ndata = 12 };
	struct caffe_datum l = { .channels = 1,
		.height = 2,
		.width = 2,
		.data = pixels[1],
		.ndata = 4 };
	const struct record_column *c;
	struct record_item item;
	struct record_scratch s;
	struct record_db *db;
	struct image im;
	struct value v;
	struct buf png;

	(void)state;
	image_init(&im);
	buf_init(&png, 1 << 16);
	record_scratch_init(&s);
	assert_int_equal(image_resize_buffer(&im, 2, 2, 1), 0);
	memcpy(im.data, pixels[1], 4);
	assert_int_equal(image_encode_png(&png, &im, -1), 0);
	for (int encoded = 0; encoded < 2; encoded++) {
		file_remove_tree(tmp_path("mask"));
		write_lmdb(tmp_path("mask/features"), &f, 1, 0);
		if (encoded) {
			/* As Caffe's own tool: without a shape. */
			l = (struct caffe_datum){ .encoded = true,
				.data = (const uint8_t *)png.data,
				.ndata = png.len };
		}
		write_lmdb(tmp_path("mask/labels"), &l, 1, 0);
		assert_int_equal(record_db_open(&db, tmp_path("mask")), 0);
		assert_int_equal(record_columns(&c, db), 2);
		assert_int_equal(c[1].kind, VALUE_IMAGE);
		assert_int_equal(c[1].channels, 1);
		assert_int_equal(c[1].width, 2);
		assert_int_equal(record_column_get(&v, db, 0, 1, &s, 0), 0);
		assert_int_equal(v.encoded, encoded);
		assert_memory_equal(v.data, pixels[1], 4);
		assert_int_equal(
		    record_column_get(&v, db, 0, 1, &s, RECORD_KEEP), 0);
		assert_int_equal(v.blob != NULL, encoded);
		assert_int_equal(
		    record_column_get(&v, db, 0, 1, &s, RECORD_COLOUR), 0);
		assert_int_equal(v.channels, 3);
		/* Who wants a class is told so. */
		assert_int_equal(record_db_get(&item, db, 0, &s, 0),
		    encoded ? ERR_UNSUPPORTED : 0);
		record_db_close(db);
	}
	record_scratch_clear(&s);
	buf_clear(&png);
	image_clear(&im);
}

/* All arrays with a row for each picture, in one file and over two. */
static void
hdf5(void **state)
{
	const float data[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	const float label[2] = { 0.5f, -3 }, box[6] = { 6, 5, 4, 3, 2, 1 };
	const struct record_array arrays[] = { { "data", 3, { 1, 2, 4 } },
		{ "label", 1, { 2 } }, { "boxes", 3, { 1, 2, 3 } } };
	const float *rows[] = { data, label, box };
	struct record_hdf5_out *o = NULL;
	const struct record_column *c;
	struct record_scratch s;
	struct record_db *db;
	struct value v;

	(void)state;
	record_scratch_init(&s);
	for (int k = 0; k < 3; k++) {
		struct record_array a[3];
		int n = k < 2 ? 2 : 3;

		memcpy(a, arrays, sizeof a);
		if (k == 0)
			a[1].rank = 0;
		file_remove_tree(tmp_path("h"));
		assert_int_equal(file_mkdirs(tmp_path("h")), 0);
		assert_int_equal(
		    record_hdf5_create(&o, tmp_path("h"), a, n, 0, 8), 0);
		assert_int_equal(record_hdf5_put(o, rows), 0);
		assert_int_equal(record_hdf5_put(o, rows), 0);
		assert_int_equal(record_hdf5_finish(&o), 0);
		assert_int_equal(record_db_open(&db, tmp_path("h")), 0);
		assert_int_equal(record_db_count(db), 2);
		assert_int_equal(record_columns(&c, db), n);
		assert_string_equal(c[0].name, "data");
		assert_int_equal(c[0].kind, VALUE_IMAGE);
		assert_int_equal(c[0].width, 4);
		assert_int_equal(
		    c[1].kind, k == 0 ? VALUE_CLASS : VALUE_NUMBERS);
		assert_int_equal(c[1].channels, k == 0 ? 1 : 2);
		assert_int_equal(record_column_get(&v, db, 1, 0, &s, 0), 0);
		assert_memory_equal(v.floats, data, sizeof data);
		assert_int_equal(record_column_get(&v, db, 1, 1, &s, 0), 0);
		assert_memory_equal(
		    v.floats, label, value_count(&v) * sizeof *label);
		assert_int_equal(v.label, 0);
		assert_int_equal(
		    record_column_find(db, "boxes"), n - 1 < 2 ? -1 : 2);
		if (n == 3) {
			assert_int_equal(
			    record_column_get(&v, db, 1, 2, &s, 0), 0);
			assert_int_equal(v.height, 2);
			assert_memory_equal(v.floats, box, sizeof box);
		}
		record_db_close(db);
	}
	record_scratch_clear(&s);
}

/* What is wrong is said, with the record. */
static void
damaged(void **state)
{
	const struct record_column *c;
	struct caffe_datum one = { .channels = 1,
		.height = 1,
		.width = 4,
		.data = pixels[0],
		.ndata = 4 };
	struct record_lmdb_out *o = NULL;
	struct record_scratch s;
	struct record_db *db;
	struct value v;
	struct buf b;

	(void)state;
	record_scratch_init(&s);
	/* The numbers of the last label are cut short. */
	write_pair(tmp_path("cut"), 3);
	assert_int_equal(record_db_open(&db, tmp_path("cut")), 0);
	assert_int_equal(record_column_get(&v, db, 0, 1, &s, 0), 0);
	assert_int_equal(record_column_get(&v, db, 1, 0, &s, 0), 0);
	assert_int_equal(record_column_get(&v, db, 1, 1, &s, 0), ERR_FORMAT);
	assert_non_null(strstr(err_text(), "record 000000001: label: "));
	record_db_close(db);
	/* Fewer numbers than the shape asks for; and it is record 0. */
	write_pair(tmp_path("few"), 0);
	one.data = NULL;
	one.ndata = 0;
	one.floats = boxes[0];
	one.nfloats = 3;
	file_remove_tree(tmp_path("few/labels"));
	write_lmdb(
	    tmp_path("few/labels"), (struct caffe_datum[]){ one, one }, 2, 0);
	assert_int_equal(record_db_open(&db, tmp_path("few")), 0);
	assert_int_equal(record_columns(&c, db), 2);
	assert_int_equal(record_column_get(&v, db, 0, 1, &s, 0), ERR_FORMAT);
	assert_non_null(strstr(err_text(), "3 values for shape 1x1x4"));
	record_db_close(db);
	/* One label less. */
	file_remove_tree(tmp_path("few/labels"));
	write_lmdb(tmp_path("few/labels"), &one, 1, 0);
	assert_int_equal(record_db_open(&db, tmp_path("few")), ERR_FORMAT);
	assert_non_null(strstr(err_text(), "2 features, but 1 labels"));
	/* Other keys. */
	file_remove_tree(tmp_path("few/labels"));
	assert_int_equal(file_mkdirs(tmp_path("few/labels")), 0);
	assert_int_equal(record_lmdb_create(&o, tmp_path("few/labels")), 0);
	buf_init(&b, 1 << 16);
	assert_int_equal(caffe_datum_add(&b, &one), 0);
	assert_int_equal(record_lmdb_put(o, "a", 1, b.data, b.len), 0);
	assert_int_equal(record_lmdb_put(o, "b", 1, b.data, b.len), 0);
	assert_int_equal(record_lmdb_finish(&o), 0);
	buf_clear(&b);
	assert_int_equal(record_db_open(&db, tmp_path("few")), 0);
	assert_int_equal(record_column_get(&v, db, 0, 0, &s, 0), 0);
	assert_int_equal(record_column_get(&v, db, 1, 1, &s, 0), ERR_FORMAT);
	assert_non_null(strstr(err_text(), "the labels have key b here"));
	record_db_close(db);
	record_scratch_clear(&s);
}

/* Through a sink: boxes of any number, a mask, a text. */
static void
written(void **state)
{
	const struct record_column columns[] = {
		{ .name = "label", .kind = VALUE_BOXES },
		{ .name = "mask",
		    .kind = VALUE_IMAGE,
		    .channels = 1,
		    .height = 2,
		    .width = 2,
		    .encoding = IMAGE_PNG },
		{ .name = "note", .kind = VALUE_TEXT },
	};
	struct record_form form = { .width = 2,
		.height = 2,
		.channels = 3,
		.encoding = IMAGE_RAW,
		.columns = columns,
		.ncolumns = 3 };
	struct value v[3] = {
		{ .kind = VALUE_BOXES, .channels = 1, .width = 3 },
		{ .kind = VALUE_IMAGE, .channels = 1, .height = 2, .width = 2 },
		{ .kind = VALUE_TEXT }
	};
	const struct record_backend *lmdb;
	struct record_print print;
	struct record_packed p[2];
	struct record_sink *sink;
	struct record_tools t;
	struct record_db *db;
	struct buf scratch;
	struct record r;
	struct image im;

	(void)state;
	image_init(&im);
	buf_init(&scratch, 1 << 16);
	assert_int_equal(image_resize_buffer(&im, 2, 2, 3), 0);
	memcpy(im.data, pixels[0], 12);
	assert_int_equal(record_backend_find(&lmdb, "lmdb"), 0);
	assert_int_equal(file_mkdirs(tmp_path("w")), 0);
	assert_int_equal(lmdb->open(&sink, tmp_path("w"), &form), 0);
	for (int i = 0; i < 2; i++) {
		v[0].height = 1 + i;
		v[0].floats = boxes[i];
		v[1].data = pixels[i];
		v[2].blob = (const uint8_t *)(i == 0 ? "one" : "");
		v[2].blob_len = i == 0 ? 3 : 0;
		record_packed_init(&p[i]);
		assert_int_equal(lmdb->pack(&p[i], &scratch, &im, v, &form), 0);
		assert_int_equal(lmdb->put(sink, (uint64_t)i, &p[i]), 0);
	}
	/* Another kind, or another shape, than the column has. */
	v[1].height = 1;
	assert_int_equal(
	    lmdb->pack(&p[0], &scratch, &im, v, &form), ERR_FORMAT);
	assert_non_null(
	    strstr(err_text(), "mask: shape 1x1x2, where all have 1x2x2"));
	v[1].kind = VALUE_CLASS;
	assert_int_equal(
	    lmdb->pack(&p[0], &scratch, &im, v, &form), ERR_FORMAT);
	assert_non_null(
	    strstr(err_text(), "mask: class, where image is wanted"));
	assert_int_equal(lmdb->finish(sink), 0);
	record_tools_init(&t);
	assert_int_equal(record_db_open(&db, tmp_path("w")), 0);
	record_column_is(db, 1, VALUE_BOXES);
	record_column_is(db, record_column_find(db, "note"), VALUE_TEXT);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(record_read(&r, db, i, &t, 0), 0);
		assert_int_equal(r.n, 4);
		assert_int_equal(r.key_len, 9);
		assert_int_equal(r.v[1].kind, VALUE_BOXES);
		assert_int_equal(r.v[1].height, 1 + i);
		assert_memory_equal(
		    r.v[1].floats, boxes[i], 3 * (1 + i) * sizeof(float));
		assert_true(r.v[2].encoded);
		assert_memory_equal(r.v[2].data, pixels[i], 4);
		assert_int_equal(r.v[3].blob_len, i == 0 ? 3 : 0);
		if (i == 0)
			assert_memory_equal(r.v[3].blob, "one", 3);
		/* What was packed is what is read. */
		assert_int_equal(record_read(&r, db, i, &t, RECORD_KEEP), 0);
		assert_int_equal(record_print_read(&print, db, i, r.v), 0);
		if (i == 0)
			continue;
		assert_memory_equal(
		    print.value, p[i].print.value, sizeof print.value);
		assert_memory_equal(
		    print.labels, p[i].print.labels, sizeof print.labels);
	}
	record_db_close(db);
	record_tools_clear(&t);
	record_packed_clear(&p[0]);
	record_packed_clear(&p[1]);
	buf_clear(&scratch);
	image_clear(&im);
}

/* HDF5 has one shape for all. */
static void
no_other_shapes_in_hdf5(void **state)
{
	const struct record_column column = { .name = "label",
		.kind = VALUE_BOXES };
	struct record_form form = { .width = 2,
		.height = 2,
		.channels = 3,
		.columns = &column,
		.ncolumns = 1 };
	const struct record_backend *hdf5_backend;
	struct record_sink *sink;

	(void)state;
	assert_int_equal(record_backend_find(&hdf5_backend, "hdf5"), 0);
	assert_int_equal(
	    hdf5_backend->open(&sink, tmp_path("v"), &form), ERR_UNSUPPORTED);
	assert_non_null(strstr(err_text(), "label differs in shape"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_lmdb),
		cmocka_unit_test(numbers_of_other_shapes),
		cmocka_unit_test(pictures_as_labels),
		cmocka_unit_test(hdf5),
		cmocka_unit_test(damaged),
		cmocka_unit_test(written),
		cmocka_unit_test(no_other_shapes_in_hdf5),
	};

	return cmocka_run_group_tests(tests, tmp_setup, tmp_teardown);
}
