/* Records into HDF5: floats 0..255, planes R G B, as DIGITS writes them. */
#include "base/err.h"
#include "base/mem.h"
#include "dset/hdf5.h"
#include "dset/sink.h"

static const uint64_t limit_default = (uint64_t)1 << 31;

struct dset_sink {
	struct dset_hdf5_out *out;
	size_t labels;
};

static int
hdf5_open(
    struct dset_sink **out, const char *dir, const struct dset_record_form *f)
{
	struct dset_sink *s = mem_new(struct dset_sink);
	int rc;

	s->labels = f->labels;
	rc = dset_hdf5_create(&s->out, dir, f->channels, f->height, f->width,
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
    const struct dset_entry *e, const struct dset_record_form *form)
{
	size_t n = (size_t)im->width * (size_t)im->height, i;
	size_t c, channels = (size_t)im->channels;
	float *v = buf_room(value, n * channels * sizeof *v);

	(void)scratch;
	(void)e;
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
hdf5_put(struct dset_sink *s, uint64_t number, const struct dset_entry *e,
    const struct buf *value)
{
	float label = (float)e->label;

	(void)number;
	return dset_hdf5_put(s->out, (const float *)(const void *)value->data,
	    s->labels ? e->labels : &label);
}

static int
hdf5_finish(struct dset_sink *s)
{
	int rc = dset_hdf5_finish(&s->out);

	mem_free(s);
	return rc;
}

static void
hdf5_abort(struct dset_sink *s)
{
	if (!s)
		return;
	dset_hdf5_abort(&s->out);
	mem_free(s);
}

const struct dset_backend dset_backend_hdf5 = {
	.name = "hdf5",
	.label_apart = true,
	.open = hdf5_open,
	.pack = hdf5_pack,
	.put = hdf5_put,
	.finish = hdf5_finish,
	.abort = hdf5_abort,
};
