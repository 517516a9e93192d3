/*
 * Shapes and values of BlobProtos.
 */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "caffe/blob.h"
#include "caffe/msg.h"

static int
set_count(struct caffe_shape *s)
{
	size_t count = 1;
	int i;

	for (i = 0; i < s->ndim; i++) {
		if (s->dim[i] < 0)
			return err_set(ERR_FORMAT,
			    "dimension %d of a shape is %lld", i,
			    (long long)s->dim[i]);
		if (mem_mul(&count, count, (size_t)s->dim[i]) < 0 ||
		    count > SIZE_MAX / sizeof(double))
			return err_set(
			    ERR_RANGE, "the product of a shape is too large");
	}
	s->count = count;
	return 0;
}

int
caffe_blob_shape(struct caffe_shape *out, const Caffe__BlobProto *b)
{
	size_t i;

	memset(out, 0, sizeof(*out));
	if (b->has_num || b->has_channels || b->has_height || b->has_width) {
		out->legacy = true;
		out->ndim = 4;
		out->dim[0] = b->num;
		out->dim[1] = b->channels;
		out->dim[2] = b->height;
		out->dim[3] = b->width;
		return set_count(out);
	}
	if (b->shape != NULL && b->shape->n_dim > CAFFE_BLOB_DIMS)
		return err_set(ERR_FORMAT,
		    "a shape has %zu dimensions, the most is %d",
		    b->shape->n_dim, CAFFE_BLOB_DIMS);
	for (i = 0; b->shape != NULL && i < b->shape->n_dim; i++)
		out->dim[out->ndim++] = b->shape->dim[i];
	return set_count(out);
}

char *
caffe_shape_text(char out[CAFFE_SHAPE_TEXT], const struct caffe_shape *s)
{
	size_t used = 0;
	int i;

	for (i = 0; i < s->ndim; i++)
		used += (size_t)snprintf(out + used, CAFFE_SHAPE_TEXT - used,
		    "%lld ", (long long)s->dim[i]);
	snprintf(out + used, CAFFE_SHAPE_TEXT - used, "(%zu)", s->count);
	return out;
}

/* One of the places where a BlobProto keeps values. */
struct values {
	const float *floats;
	const double *doubles;
	const uint8_t *raw;
	Caffe__Type type; /* of raw */
	size_t n;
};

static int
raw_values(struct values *v, const ProtobufCBinaryData *raw, Caffe__Type type)
{
	static const size_t size[] = { [CAFFE__TYPE__DOUBLE] = 8,
		[CAFFE__TYPE__FLOAT] = 4,
		[CAFFE__TYPE__FLOAT16] = 2 };

	if ((size_t)type >= LENGTH(size))
		return err_set(
		    ERR_UNSUPPORTED, "raw_data of type %d", (int)type);
	if (raw->len % size[type])
		return err_set(ERR_FORMAT,
		    "raw_data has %zu bytes, not a multiple of %zu", raw->len,
		    size[type]);
	v->raw = raw->data;
	v->type = type;
	v->n = raw->len / size[type];
	return 0;
}

static int
data_of(struct values *v, const Caffe__BlobProto *b)
{
	memset(v, 0, sizeof(*v));
	if (b->has_raw_data && b->raw_data.len > 0)
		return raw_values(v, &b->raw_data, b->raw_data_type);
	v->doubles = b->n_double_data ? b->double_data : NULL;
	v->floats = b->data;
	v->n = v->doubles != NULL ? b->n_double_data : b->n_data;
	return 0;
}

static int
diff_of(struct values *v, const Caffe__BlobProto *b)
{
	memset(v, 0, sizeof(*v));
	if (b->has_raw_diff && b->raw_diff.len > 0)
		return raw_values(v, &b->raw_diff, b->raw_diff_type);
	v->doubles = b->n_double_diff ? b->double_diff : NULL;
	v->floats = b->diff;
	v->n = v->doubles != NULL ? b->n_double_diff : b->n_diff;
	return 0;
}

static void
copy_raw(float *out, const struct values *v)
{
	uint16_t h;
	double d;
	size_t i;

	if (v->type == CAFFE__TYPE__FLOAT) {
		memcpy(out, v->raw, v->n * sizeof(*out));
		return;
	}
	for (i = 0; i < v->n; i++) {
		if (v->type == CAFFE__TYPE__DOUBLE) {
			memcpy(&d, v->raw + i * sizeof(d), sizeof(d));
			out[i] = (float)d;
		} else {
			memcpy(&h, v->raw + i * sizeof(h), sizeof(h));
			out[i] = num_half(h);
		}
	}
}

static int
copy_values(
    float *out, size_t n, const struct values *v, const Caffe__BlobProto *b)
{
	char text[CAFFE_SHAPE_TEXT];
	struct caffe_shape s;
	size_t i;

	TRY(caffe_blob_shape(&s, b));
	if (s.count != n)
		return err_set(ERR_FORMAT,
		    "a blob of shape %s where %zu values are wanted",
		    caffe_shape_text(text, &s), n);
	if (v->n != n)
		return err_set(ERR_FORMAT, "a blob of shape %s has %zu values",
		    caffe_shape_text(text, &s), v->n);
	if (n == 0)
		return 0;
	if (v->raw != NULL)
		copy_raw(out, v);
	else if (v->doubles != NULL)
		for (i = 0; i < n; i++)
			out[i] = (float)v->doubles[i];
	else
		memcpy(out, v->floats, n * sizeof(*out));
	return 0;
}

int
caffe_blob_floats(float *out, size_t n, const Caffe__BlobProto *b)
{
	struct values v;

	TRY(data_of(&v, b));
	return copy_values(out, n, &v, b);
}

int
caffe_blob_diffs(float *out, size_t n, const Caffe__BlobProto *b)
{
	struct values v;

	TRY(diff_of(&v, b));
	return copy_values(out, n, &v, b);
}

const float *
caffe_blob_view(const Caffe__BlobProto *b)
{
	struct values v;

	if (data_of(&v, b) < 0 || v.raw != NULL || v.doubles != NULL)
		return NULL;
	return v.floats;
}

static void
set_data(Caffe__BlobProto *b, size_t n, const float *data)
{
	b->data = mem_array(float, n ? n : 1);
	b->n_data = n;
	if (data != NULL && n > 0)
		memcpy(b->data, data, n * sizeof(*data));
}

Caffe__BlobProto *
caffe_blob_new(const int64_t *dim, int ndim, const float *data)
{
	Caffe__BlobProto *b = caffe_new(Caffe__BlobProto, blob_proto);
	size_t n = 1;
	int i;

	b->shape = caffe_new(Caffe__BlobShape, blob_shape);
	for (i = 0; i < ndim; i++) {
		caffe_add_i64(&b->shape->dim, &b->shape->n_dim, dim[i]);
		n *= (size_t)dim[i];
	}
	set_data(b, n, data);
	return b;
}

Caffe__BlobProto *
caffe_blob_new_legacy(
    int num, int channels, int height, int width, const float *data)
{
	Caffe__BlobProto *b = caffe_new(Caffe__BlobProto, blob_proto);

	b->has_num = b->has_channels = b->has_height = b->has_width = 1;
	b->num = num;
	b->channels = channels;
	b->height = height;
	b->width = width;
	set_data(b,
	    (size_t)num * (size_t)channels * (size_t)height * (size_t)width,
	    data);
	return b;
}
