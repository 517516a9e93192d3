/* What dset_create writes, byte by byte: keys, Datums, mean, HDF5. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../tmp.h"
#include "base/err.h"
#include "base/mem.h"
#include "caffe/blob.h"
#include "caffe/model.h"
#include "caffe/msg.h"
#include "dset/create.h"

/* Two classes of two pictures, 2x1 RGB: pixels (v, v + 1, v + 2), (9, 8, 7). */
static int
setup(void **state)
{
	static const char *const names[] = { "a/1", "a/2", "b/1", "b/2" };
	char *path, *text;
	int i, rc = tmp_setup(state);

	for (i = 0; rc == 0 && i < 4; i++) {
		path = mem_printf("%s/src/%c", tmp_dir, names[i][0]);
		rc = file_mkdirs(path);
		mem_free(path);
		path = mem_printf("%s/src/%s.ppm", tmp_dir, names[i]);
		text = mem_printf("P3 2 1 255 %d %d %d 9 8 7\n", 10 * i,
		    10 * i + 1, 10 * i + 2);
		if (rc == 0)
			rc = file_write(path, text, strlen(text), 0);
		mem_free(path);
		mem_free(text);
	}
	return rc;
}

/* The set, unshuffled, without a val part, into name. */
static void
create(const char *name, const char *backend, enum image_encoding encoding)
{
	const char *source = tmp_path("src");
	struct dset_create_options o = {
		.plan = { .sources = &source, .nsources = 1 },
		.out = tmp_path(name),
		.form = { .width = 2,
		    .height = 1,
		    .channels = 3,
		    .encoding = encoding,
		    .quality = 90,
		    .level = -1 },
		.mean = true,
		.threads = 2,
	};
	struct dset_created made;

	assert_int_equal(record_backend_find(&o.backend, backend), 0);
	assert_int_equal(dset_create(&made, &o), 0);
	assert_int_equal(made.count[DSET_TRAIN], 4);
	assert_int_equal(made.per_class[DSET_TRAIN][1], 2);
	dset_created_clear(&made);
}

static void
raw_records(void **state)
{
	/* channels 3, height 1, width 2, data (6 bytes), label */
	uint8_t want[] = { 0x08, 3, 0x10, 1, 0x18, 2, 0x22, 6, 0, 7, 0, 8, 0, 9,
		0x28, 0 };
	static const char *const keys[] = { "00000000_0", "00000001_0",
		"00000002_1", "00000003_1" };
	struct record_scratch s;
	struct record_item it;
	struct record_db *db;
	const void *p;
	size_t n, i;

	(void)state;
	create("raw", "lmdb", IMAGE_RAW);
	record_scratch_init(&s);
	assert_int_equal(record_db_open(&db, tmp_path("raw/train_db")), 0);
	for (i = 0; i < 4; i++) {
		/* Planes B, G, R. */
		want[8] = (uint8_t)(10 * i + 2);
		want[10] = (uint8_t)(10 * i + 1);
		want[12] = (uint8_t)(10 * i);
		want[15] = i >= 2;
		assert_int_equal(record_db_value(&p, &n, db, i), 0);
		assert_int_equal(n, sizeof want);
		assert_memory_equal(p, want, n);
		assert_int_equal(record_db_get(&it, db, i, &s, 0), 0);
		assert_int_equal(it.key_len, 10);
		assert_memory_equal(it.key, keys[i], 10);
		assert_memory_equal(it.data, want + 8, 6);
	}
	record_db_close(db);
	record_scratch_clear(&s);
}

/* Encoded as PNG a reader gets the very same planes. */
static void
png_records(void **state)
{
	struct record_scratch s, t;
	struct record_item a, b;
	struct record_db *raw, *png;
	size_t i;

	(void)state;
	create("png", "lmdb", IMAGE_PNG);
	record_scratch_init(&s);
	record_scratch_init(&t);
	assert_int_equal(record_db_open(&raw, tmp_path("raw/train_db")), 0);
	assert_int_equal(record_db_open(&png, tmp_path("png/train_db")), 0);
	for (i = 0; i < 4; i++) {
		assert_int_equal(record_db_get(&a, raw, i, &s, 0), 0);
		assert_int_equal(record_db_get(&b, png, i, &t, 0), 0);
		assert_true(b.encoded);
		assert_memory_equal(a.data, b.data, 6);
		assert_int_equal(a.label, b.label);
	}
	record_db_close(raw);
	record_db_close(png);
	record_scratch_clear(&s);
	record_scratch_clear(&t);
}

/* The mean of 0 10 20 30 is 15, of the rest itself; as DIGITS has it. */
static void
mean(void **state)
{
	static const float want[6] = { 17, 7, 16, 8, 15, 9 };
	Caffe__BlobProto *blob;
	float got[6];

	(void)state;
	assert_int_equal(
	    caffe_mean_read(&blob, tmp_path("raw/mean.binaryproto")), 0);
	assert_int_equal(blob->num, 1);
	assert_int_equal(blob->channels, 3);
	assert_int_equal(blob->height, 1);
	assert_int_equal(blob->width, 2);
	assert_int_equal(caffe_blob_floats(got, 6, blob), 0);
	assert_memory_equal(got, want, sizeof want);
	caffe_msg_free(blob);
}

static void
facts(void **state)
{
	struct dset *d;

	(void)state;
	assert_int_equal(dset_open(&d, tmp_path("raw")), 0);
	assert_string_equal(d->task, "classification");
	assert_string_equal(d->encoding, "none");
	assert_int_equal(d->channels, 3);
	assert_int_equal(d->height, 1);
	assert_int_equal(d->width, 2);
	assert_int_equal(d->nlabels, 2);
	assert_string_equal(d->labels[1], "b");
	assert_non_null(d->mean_path);
	assert_null(d->db_path[DSET_VAL]);
	dset_close(d);
	/* A bare database: the shape is that of its first record. */
	assert_int_equal(dset_open(&d, tmp_path("png/train_db")), 0);
	assert_int_equal(d->channels, 3);
	assert_int_equal(d->width, 2);
	assert_int_equal(d->nlabels, 0);
	dset_close(d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(raw_records),
		cmocka_unit_test(png_records),
		cmocka_unit_test(mean),
		cmocka_unit_test(facts),
	};

	return cmocka_run_group_tests(tests, setup, tmp_teardown);
}
