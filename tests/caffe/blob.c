/* Shapes and values, and the mean files made of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "caffe/blob.h"
#include "caffe/model.h"
#include "caffe/msg.h"
#include "file/file.h"
#include "file/npy.h"

static void
shapes(void **state)
{
	const int64_t dim[3] = { 2, 3, 4 };
	Caffe__BlobProto *b = caffe_blob_new(dim, 3, NULL);
	char text[CAFFE_SHAPE_TEXT];
	struct caffe_shape s;

	(void)state;
	assert_int_equal(caffe_blob_shape(&s, b), 0);
	assert_int_equal(s.ndim, 3);
	assert_int_equal(s.count, 24);
	assert_false(s.legacy);
	assert_string_equal(caffe_shape_text(text, &s), "2 3 4 (24)");
	b->shape->dim[1] = -1;
	assert_int_equal(caffe_blob_shape(&s, b), ERR_FORMAT);
	b->shape->dim[0] = b->shape->dim[1] = b->shape->dim[2] = INT64_MAX;
	assert_int_equal(caffe_blob_shape(&s, b), ERR_RANGE);
	b->shape->dim[0] = 0;
	assert_int_equal(caffe_blob_shape(&s, b), 0);
	assert_int_equal(s.count, 0);
	for (int i = 0; i < CAFFE_BLOB_DIMS; i++)
		caffe_add_i64(&b->shape->dim, &b->shape->n_dim, 1);
	assert_int_equal(caffe_blob_shape(&s, b), ERR_FORMAT);
	/* the old form goes first, as in Caffe */
	b->has_num = 1;
	assert_int_equal(caffe_blob_shape(&s, b), 0);
	assert_true(s.legacy && s.ndim == 4 && s.count == 0);
	caffe_msg_free(b);
}

static void
set_raw(Caffe__BlobProto *b, Caffe__Type type, const void *p, size_t n)
{
	mem_free(b->data);
	b->data = NULL;
	b->n_data = 0;
	mem_free(b->raw_data.data);
	b->has_raw_data = b->has_raw_data_type = 1;
	b->raw_data_type = type;
	b->raw_data.data = mem_calloc(n, 1);
	b->raw_data.len = n;
	memcpy(b->raw_data.data, p, n);
}

static void
values(void **state)
{
	const float f[4] = { 1, -2, 0.5f, 65504 };
	const double d[4] = { 1, -2, 0.5, 65504 };
	const uint16_t h[4] = { 0x3c00, 0xc000, 0x3800, 0x7bff };
	Caffe__BlobProto *b = caffe_blob_new_legacy(1, 1, 2, 2, f);
	float got[4];

	(void)state;
	assert_int_equal(caffe_blob_floats(got, 4, b), 0);
	assert_memory_equal(got, f, sizeof(f));
	assert_ptr_equal(caffe_blob_view(b), b->data);
	assert_int_equal(caffe_blob_floats(got, 3, b), ERR_FORMAT);
	b->n_data = 3;
	assert_int_equal(caffe_blob_floats(got, 4, b), ERR_FORMAT);
	assert_string_equal(
	    err_text(), "a blob of shape 1 1 2 2 (4) has 3 values");
	assert_int_equal(caffe_blob_diffs(got, 4, b), ERR_FORMAT);

	set_raw(b, CAFFE__TYPE__FLOAT16, h, sizeof(h));
	memset(got, 0, sizeof(got));
	assert_int_equal(caffe_blob_floats(got, 4, b), 0);
	assert_memory_equal(got, f, sizeof(f));
	assert_null(caffe_blob_view(b));
	set_raw(b, CAFFE__TYPE__DOUBLE, d, sizeof(d));
	memset(got, 0, sizeof(got));
	assert_int_equal(caffe_blob_floats(got, 4, b), 0);
	assert_memory_equal(got, f, sizeof(f));
	set_raw(b, CAFFE__TYPE__FLOAT, f, sizeof(f));
	memset(got, 0, sizeof(got));
	assert_int_equal(caffe_blob_floats(got, 4, b), 0);
	assert_memory_equal(got, f, sizeof(f));
	set_raw(b, CAFFE__TYPE__FLOAT16, h, 7);
	assert_int_equal(caffe_blob_floats(got, 4, b), ERR_FORMAT);
	set_raw(b, CAFFE__TYPE__INT, f, sizeof(f));
	assert_int_equal(caffe_blob_floats(got, 4, b), ERR_UNSUPPORTED);
	caffe_msg_free(b);
}

static void
means(void **state)
{
	static const uint8_t grey[6] = { 1, 2, 3, 4, 5, 255 };
	static const size_t dim[2] = { 2, 3 }, bad[1] = { 6 }, four[1] = { 4 };
	const float v[6] = { 1, 2, 3, 4, 5, 255 };
	char dir[] = "/tmp/nnutils-mean-XXXXXX";
	char *npy, *proto, *npy2;
	Caffe__BlobProto *a, *b;

	(void)state;
	assert_non_null(mkdtemp(dir));
	npy = path_join(dir, "a.npy");
	npy2 = path_join(dir, "b.npy");
	proto = path_join(dir, "a.binaryproto");
	assert_int_equal(npy_write(npy, NPY_U8, 2, dim, grey, 0), 0);
	assert_int_equal(caffe_mean_read(&a, npy), 0);
	assert_int_equal(a->num, 1);
	assert_int_equal(a->channels, 1);
	assert_int_equal(a->height, 2);
	assert_int_equal(a->width, 3);
	assert_memory_equal(a->data, v, sizeof(v));
	assert_int_equal(caffe_mean_write(proto, a, 0), 0);
	assert_int_equal(caffe_mean_read(&b, proto), 0);
	assert_true(caffe_msg_equal(a, b));
	caffe_msg_free(b);
	assert_int_equal(caffe_mean_write(npy2, a, 0), 0);
	assert_int_equal(caffe_mean_read(&b, npy2), 0);
	assert_true(caffe_msg_equal(a, b));
	caffe_msg_free(b);
	a->n_data = 5;
	assert_int_equal(caffe_mean_write(proto, a, 1), 0);
	assert_int_equal(caffe_mean_read(&b, proto), ERR_FORMAT);
	assert_int_equal(npy_write(npy, NPY_U8, 1, bad, grey, 1), 0);
	assert_int_equal(caffe_mean_read(&b, npy), ERR_FORMAT);
	/* a value for each of four channels */
	assert_int_equal(npy_write(npy, NPY_U8, 1, four, grey, 1), 0);
	assert_int_equal(caffe_mean_read(&b, npy), 0);
	assert_int_equal(b->channels, 4);
	assert_int_equal(b->height, 1);
	assert_int_equal(b->width, 1);
	caffe_msg_free(b);
	caffe_msg_free(a);
	file_remove_tree(dir);
	mem_free(npy);
	mem_free(npy2);
	mem_free(proto);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shapes),
		cmocka_unit_test(values),
		cmocka_unit_test(means),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
