/* Records into HDF5: floats 0..255, planes R G B, as DIGITS writes them. */
#include "base/err.h"
#include "base/mem.h"
#include "record/hdf5.h"
#include "record/sink.h"

static const uint64_t limit_default = (uint64_t)1 << 31;

struct record_sink {
	struct record_hdf5_out *out;
	size_t labels;
};

static int
hdf5_open(
    struct record_sink **out, const char *dir, const struct record_form *f)
{
	struct record_sink *s = mem_new(struct record_sink);
	int rc;

	s->labels = f->labels;
	rc = record_hdf5_create(&s->out, dir, f->channels, f->height, f->width,
	    f->labels ? f->labels : 1, f->gzip,
	    f->hdf5_limit ? f->hdf5_limit : limit_default);
	if (rc < 0) {
		mem_free(s);
		s = NULL;
	}
	*out = s;
	return rc;
}

static int
hdf5_pack(struct buf *value, struct buf *scratch, const struct image *im,
    const struct value *label, const struct record_form *form)
{
	size_t n = (size_t)im->width * (size_t)im->height, i;
	size_t c, channels = (size_t)im->channels;
	float *v = buf_room(value, n * channels * sizeof *v);

	(void)scratch;
	(void)label;
	(void)form;
	if (!v)
		return ERR_RANGE;
	for (c = 0; c < channels; c++)
		for (i = 0; i < n; i++)
			v[c * n + i] = im->data[i * channels + c];
	buf_grew(value, n * channels * sizeof *v);
	return 0;
}

static int
hdf5_put(struct record_sink *s, uint64_t number, const struct value *label,
    const struct buf *value)
{
	float one = (float)label->label;

	(void)number;
	return record_hdf5_put(s->out, (const float *)(const void *)value->data,
	    s->labels ? label->floats : &one);
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
	if (!s)
		return;
	record_hdf5_abort(&s->out);
	mem_free(s);
}

const struct record_backend record_backend_hdf5 = {
	.name = "hdf5",
	.label_apart = true,
	.open = hdf5_open,
	.pack = hdf5_pack,
	.put = hdf5_put,
	.finish = hdf5_finish,
	.abort = hdf5_abort,
};
