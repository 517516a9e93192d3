/* Records into HDF5: floats 0..255, planes R G B, as DIGITS writes them. */
#include "base/err.h"
#include "base/mem.h"
#include "record/hdf5.h"
#include "record/sink.h"

static const uint64_t limit_default = (uint64_t)1 << 31;

struct record_sink {
	struct record_hdf5_out *out;
	int ncolumns;
};

/* A column as an array: (K) for (K, 1, 1), and one number without an axis. */
static int
array_of(struct record_array *a, const struct record_column *c)
{
	if (c->channels < 1 || c->height < 1 || c->width < 1)
		return err_set(ERR_UNSUPPORTED,
		    "%s differs in shape from record to record, which HDF5 cannot hold; lmdb can",
		    c->name);
	*a = (struct record_array){ .name = c->name,
		.rank = c->height > 1 || c->width > 1 ? 3
		    : c->channels > 1                 ? 1
						      : 0,
		.dim = { c->channels, c->height, c->width } };
	return 0;
}

static int
hdf5_open(
    struct record_sink **out, const char *dir, const struct record_form *f)
{
	struct record_array arrays[RECORD_COLUMNS_MAX + 1] = {
		{ "data", 3, { f->channels, f->height, f->width } },
		{ "label", 0, { 1 } },
	};
	struct record_sink *s;
	int rc, k;

	*out = NULL;
	for (k = 0; k < f->ncolumns; k++)
		TRY(array_of(&arrays[k + 1], &f->columns[k]));
	s = mem_new(struct record_sink);
	s->ncolumns = f->ncolumns ? f->ncolumns : 1;
	rc = record_hdf5_create(&s->out, dir, arrays, s->ncolumns + 1, f->gzip,
	    f->hdf5_limit ? f->hdf5_limit : limit_default);
	if (rc < 0)
		mem_free(s);
	else
		*out = s;
	return rc;
}

static int
pack_picture(struct buf *value, const struct image *im)
{
	size_t n = (size_t)im->width * (size_t)im->height, i;
	size_t c, channels = (size_t)im->channels;
	float *v;

	buf_reset(value);
	v = buf_room(value, n * channels * sizeof *v);
	if (v == NULL)
		return ERR_RANGE;
	for (c = 0; c < channels; c++)
		for (i = 0; i < n; i++)
			v[c * n + i] = im->data[i * channels + c];
	buf_grew(value, n * channels * sizeof *v);
	return 0;
}

/* Bytes become floats; planes B G R become R G B, as the picture's. */
static int
pack_label(
    struct buf *out, const struct value *v, const struct record_column *c)
{
	size_t n = value_count(v), plane, i, k;
	float *f;

	buf_reset(out);
	TRY(record_value_check(v, c));
	if (v->floats != NULL)
		return buf_add(out, v->floats, n * sizeof *f);
	if (v->data == NULL)
		return err_set(ERR_UNSUPPORTED, "%s: %s in HDF5", c->name,
		    value_kind_name(v->kind));
	f = buf_room(out, n * sizeof *f);
	if (f == NULL)
		return ERR_RANGE;
	plane = n / (size_t)v->channels;
	for (k = 0; k < (size_t)v->channels; k++) {
		size_t from = v->channels == 3 && !v->rgb ? 2 - k : k;

		for (i = 0; i < plane; i++)
			f[k * plane + i] = v->data[from * plane + i];
	}
	buf_grew(out, n * sizeof *f);
	return 0;
}

static int
pack_array(struct buf *out, const struct value *v)
{
	size_t n = value_count(v);
	float *f;

	buf_reset(out);
	if (v->floats != NULL)
		return buf_add(out, v->floats, n * sizeof *f);
	f = buf_room(out, n * sizeof *f);
	if (f == NULL)
		return ERR_RANGE;
	for (size_t i = 0; i < n; i++)
		f[i] = v->data[i];
	buf_grew(out, n * sizeof *f);
	return 0;
}

static int
hdf5_pack(struct record_packed *out, struct buf *scratch,
    const struct image *im, const struct value *values,
    const struct record_form *form)
{
	float one = (float)values[0].label;
	int k, n = form->ncolumns;

	(void)scratch;
	TRY(out->array != NULL ? pack_array(&out->data, out->array)
			       : pack_picture(&out->data, im));
	buf_reset(&out->column[0]);
	if (n == 0)
		TRY(buf_add(&out->column[0], &one, sizeof one));
	for (k = 0; k < n; k++)
		TRY(pack_label(&out->column[k], &values[k], &form->columns[k]));
	record_packed_print(out, values, n ? n : 1);
	return 0;
}

static int
hdf5_put(struct record_sink *s, uint64_t number, const struct record_packed *p)
{
	const float *rows[RECORD_COLUMNS_MAX + 1];
	int k;

	(void)number;
	rows[0] = (const float *)(const void *)p->data.data;
	for (k = 0; k < s->ncolumns; k++)
		rows[k + 1] = (const float *)(const void *)p->column[k].data;
	return record_hdf5_put(s->out, rows);
}

static int
hdf5_finish(struct record_sink *s)
{
	int rc = record_hdf5_finish(&s->out);

	mem_free(s);
	return rc;
}

static void
hdf5_abort(struct record_sink *s)
{
	if (s == NULL)
		return;
	record_hdf5_abort(&s->out);
	mem_free(s);
}

const struct record_backend record_backend_hdf5 = {
	.name = "hdf5",
	.open = hdf5_open,
	.pack = hdf5_pack,
	.put = hdf5_put,
	.finish = hdf5_finish,
	.abort = hdf5_abort,
};
