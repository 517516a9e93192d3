/*
 * Records into LMDB, as DIGITS writes them: Datums under "%08d_%d" (number,
 * class); with other labels features and labels, two databases, under "%09d", and
 * one more for each further column.  Numbers are float_data of their shape.
 */
#include <stdio.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "caffe/datum.h"
#include "file/file.h"
#include "record/db.h"
#include "record/lmdb_out.h"
#include "record/sink.h"

struct record_sink {
	struct record_lmdb_out *out;
	struct record_lmdb_out *column[RECORD_COLUMNS_MAX];
	int ncolumns;
};

static void
lmdb_abort(struct record_sink *s)
{
	if (s == NULL)
		return;
	record_lmdb_abort(&s->out);
	for (int k = 0; k < s->ncolumns; k++)
		record_lmdb_abort(&s->column[k]);
	mem_free(s);
}

/* dir, or a folder in it, as a new LMDB. */
static int
create(struct record_lmdb_out **out, const char *dir, const char *name)
{
	char *path = name != NULL ? path_join(dir, name) : mem_strdup(dir);
	int rc = file_mkdirs(path);

	if (rc == 0)
		rc = record_lmdb_create(out, path);
	mem_free(path);
	return rc;
}

static int
lmdb_open(
    struct record_sink **out, const char *dir, const struct record_form *form)
{
	struct record_sink *s = mem_new(struct record_sink);
	int rc, k;

	*out = NULL;
	s->ncolumns = form->ncolumns;
	rc = create(&s->out, dir, form->ncolumns > 0 ? "features" : NULL);
	for (k = 0; rc == 0 && k < form->ncolumns; k++)
		rc = create(&s->column[k], dir,
		    k == 0 ? "labels" : form->columns[k].name);
	if (rc < 0)
		lmdb_abort(s);
	else
		*out = s;
	return rc;
}

/* Pixels straight to their place in the record. */
static int
pack_raw(struct buf *value, const struct caffe_datum *d, const struct image *im)
{
	size_t n = caffe_datum_size(d);
	uint8_t *p = buf_room(value, n);

	if (p == NULL)
		return ERR_RANGE;
	record_image_to_planes(caffe_datum_place(p, d), im);
	buf_grew(value, n);
	return 0;
}

static int
pack_picture(struct buf *value, struct buf *scratch, const struct image *im,
    int32_t label, const struct record_form *form)
{
	struct caffe_datum d = { .channels = im->channels,
		.height = im->height,
		.width = im->width,
		.label = label,
		.has_label = true };

	if (form->encoding == IMAGE_RAW) {
		d.ndata = (size_t)im->width * (size_t)im->height *
		    (size_t)im->channels;
		d.data = im->data; /* for the size; the planes go in place */
		return pack_raw(value, &d, im);
	}
	buf_reset(scratch);
	if (form->encoding == IMAGE_PNG)
		TRY(image_encode_png(scratch, im, form->level));
	else
		TRY(image_encode_jpeg(scratch, im, form->quality));
	d.encoded = true;
	d.data = (const uint8_t *)scratch->data;
	d.ndata = scratch->len;
	return caffe_datum_add(value, &d);
}

static int
pack_array(struct buf *out, const struct value *v, int32_t label)
{
	const struct caffe_datum d = { .channels = v->channels,
		.height = v->height,
		.width = v->width,
		.label = label,
		.has_label = true,
		.data = v->data,
		.ndata = v->data != NULL ? value_count(v) : 0,
		.floats = v->floats,
		.nfloats = v->floats != NULL ? value_count(v) : 0 };

	return caffe_datum_add(out, &d);
}

/* The planes of a label as PNG. */
static int
encode_planes(struct buf *out, const struct value *v)
{
	struct image im;
	int rc;

	image_init(&im);
	rc = record_planes_to_image(
	    &im, v->data, v->channels, v->height, v->width);
	if (rc == 0)
		rc = image_encode_png(out, &im, -1);
	image_clear(&im);
	return rc;
}

static int
pack_label(struct buf *out, struct buf *scratch, const struct value *v,
    const struct record_column *c)
{
	struct caffe_datum d = { .channels = v->channels,
		.height = v->height,
		.width = v->width,
		.data = v->data,
		.ndata = v->data != NULL ? value_count(v) : 0,
		.floats = v->floats,
		.nfloats = v->floats != NULL ? value_count(v) : 0 };

	TRY(record_value_check(v, c));
	if (v->kind == VALUE_TEXT) {
		d.channels = d.height = 1;
		d.width = (int32_t)v->blob_len;
		d.data = v->blob;
		d.ndata = v->blob_len;
	} else if (v->blob != NULL) {
		d.encoded = true;
		d.data = v->blob;
		d.ndata = v->blob_len;
	} else if (v->data != NULL && c->encoding != IMAGE_RAW) {
		buf_reset(scratch);
		TRY(encode_planes(scratch, v));
		d.encoded = true;
		d.data = (const uint8_t *)scratch->data;
		d.ndata = scratch->len;
	}
	return caffe_datum_add(out, &d);
}

static int
lmdb_pack(struct record_packed *out, struct buf *scratch,
    const struct image *im, const struct value *values,
    const struct record_form *form)
{
	int k, n = form->ncolumns;

	buf_reset(&out->data);
	out->label = n > 0 ? 0 : values[0].label;
	if (out->array != NULL)
		TRY(pack_array(&out->data, out->array, out->label));
	else
		TRY(pack_picture(&out->data, scratch, im, out->label, form));
	for (k = 0; k < n; k++) {
		buf_reset(&out->column[k]);
		TRY(pack_label(
		    &out->column[k], scratch, &values[k], &form->columns[k]));
	}
	record_packed_print(out, values, n);
	return 0;
}

static int
lmdb_put(struct record_sink *s, uint64_t number, const struct record_packed *p)
{
	char key[40];
	int n, k;

	if (s->ncolumns == 0)
		n = snprintf(key, sizeof key, "%08llu_%d",
		    (unsigned long long)number, p->label);
	else
		n = snprintf(
		    key, sizeof key, "%09llu", (unsigned long long)number);
	TRY(record_lmdb_put(s->out, key, (size_t)n, p->data.data, p->data.len));
	for (k = 0; k < s->ncolumns; k++)
		TRY(record_lmdb_put(s->column[k], key, (size_t)n,
		    p->column[k].data, p->column[k].len));
	return 0;
}

static int
lmdb_finish(struct record_sink *s)
{
	int rc = record_lmdb_finish(&s->out);

	for (int k = 0; rc == 0 && k < s->ncolumns; k++)
		rc = record_lmdb_finish(&s->column[k]);
	lmdb_abort(s);
	return rc;
}

const struct record_backend record_backend_lmdb = {
	.name = "lmdb",
	.open = lmdb_open,
	.pack = lmdb_pack,
	.put = lmdb_put,
	.finish = lmdb_finish,
	.abort = lmdb_abort,
};
