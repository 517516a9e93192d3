/*
 * Records into LMDB, as DIGITS writes them: Datums under "%08d_%d" (number,
 * label); with several labels two databases, features and labels, under "%09d",
 * the labels as float_data of shape (K, 1, 1).
 */
#include <stdio.h>

#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/path.h"
#include "caffe/datum.h"
#include "record/db.h"
#include "record/lmdb_out.h"
#include "record/sink.h"

struct record_sink {
	struct record_lmdb_out *out;
	struct record_lmdb_out *labels; /* or NULL */
	struct buf datum;
};

static void
lmdb_abort(struct record_sink *s)
{
	if (!s)
		return;
	record_lmdb_abort(&s->out);
	record_lmdb_abort(&s->labels);
	buf_clear(&s->datum);
	mem_free(s);
}

/* dir, or a folder in it, as a new LMDB. */
static int
create(struct record_lmdb_out **out, const char *dir, const char *name)
{
	char *path = name ? path_join(dir, name) : mem_strdup(dir);
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
	int rc;

	*out = NULL;
	buf_init(&s->datum, RECORD_BYTES_MAX);
	rc = create(&s->out, dir, form->labels ? "features" : NULL);
	if (rc == 0 && form->labels)
		rc = create(&s->labels, dir, "labels");
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

	if (!p)
		return ERR_RANGE;
	record_image_to_planes(caffe_datum_place(p, d), im);
	buf_grew(value, n);
	return 0;
}

static int
lmdb_pack(struct buf *value, struct buf *scratch, const struct image *im,
    const struct value *label, const struct record_form *form)
{
	struct caffe_datum d = { .channels = im->channels,
		.height = im->height,
		.width = im->width,
		.label = label->label,
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
lmdb_put(struct record_sink *s, uint64_t number, const struct value *label,
    const struct buf *value)
{
	struct caffe_datum d = { .channels = label->channels,
		.height = label->height,
		.width = label->width,
		.floats = label->floats,
		.nfloats = value_count(label) };
	char key[40];
	int n;

	if (!s->labels) {
		n = snprintf(key, sizeof key, "%08llu_%d",
		    (unsigned long long)number, label->label);
		return record_lmdb_put(
		    s->out, key, (size_t)n, value->data, value->len);
	}
	n = snprintf(key, sizeof key, "%09llu", (unsigned long long)number);
	TRY(record_lmdb_put(s->out, key, (size_t)n, value->data, value->len));
	buf_reset(&s->datum);
	TRY(caffe_datum_add(&s->datum, &d));
	return record_lmdb_put(
	    s->labels, key, (size_t)n, s->datum.data, s->datum.len);
}

static int
lmdb_finish(struct record_sink *s)
{
	int rc = record_lmdb_finish(&s->out);

	if (rc == 0)
		rc = record_lmdb_finish(&s->labels);
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
