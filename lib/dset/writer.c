/*
 * The pipeline is base/queue.h's.  One of its items is a handful of pictures:
 * for small ones (MNIST) passing single pictures between threads would cost more
 * than the work.  What decoding needs belongs to the thread; what the ordered
 * writer needs stays with the picture.
 */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/progress.h"
#include "base/queue.h"
#include "base/stop.h"
#include "dset/deep.h"
#include "dset/remote.h"
#include "dset/stream/stream.h"
#include "dset/writer.h"
#include "file/file.h"
#include "file/hash.h"

enum { CHUNK_MAX = 32, CHUNK_BYTES = 1 << 20 };

struct picture {
	const struct dset_sample *sample;
	struct image fit;
	struct record_packed packed;
	struct dset_fingerprint print;
	char *bad; /* why it could not be used; NULL: it could */
	int low_bits;
	uint32_t tally[DSET_TALLY]; /* where the task counts pixels */
};

struct chunk {
	struct picture v[CHUNK_MAX];
	size_t n;
	int ready; /* buffers are initialised */
};

/* One per thread. */
struct tools {
	struct dset_remote *remote; /* made when it is needed */
	struct buf file, encoded, deep;
	struct image im, padded, scratch;
	struct dset_fit fit;
};

struct writing {
	struct dset_writer *w;
	enum dset_part part;
	struct dset_sample *samples;
	size_t n, at;
	size_t per_chunk;
	struct record_sink *sink;
	struct record_digest *digest;
	struct tools *tools;
	struct dset_mean *mean;
	uint64_t first, step;
	struct dset_written *out;
};

static int
produce(void *ctx, void *slot, size_t i)
{
	struct writing *r = ctx;
	struct chunk *c = slot;

	(void)i;
	if (stop_asked())
		return err_set(ERR_STOPPED, "stopped by %s", stop_reason());
	if (!c->ready) {
		for (size_t k = 0; k < CHUNK_MAX; k++) {
			image_init(&c->v[k].fit);
			record_packed_init(&c->v[k].packed);
		}
		c->ready = 1;
	}
	for (c->n = 0; c->n < r->per_chunk && r->at < r->n; c->n++)
		c->v[c->n].sample = &r->samples[r->at++];
	return c->n > 0;
}

/* The decoded picture at the top left of a black one. */
static int
pad(struct tools *t, const struct dset_writer *w)
{
	struct image swap;

	if (t->im.width == w->pad_width && t->im.height == w->pad_height)
		return 0;
	TRY(image_pad(&t->padded, &t->im, w->pad_width, w->pad_height));
	swap = t->im;
	t->im = t->padded;
	t->padded = swap;
	return 0;
}

/* Bring the decoded picture into p->fit, of the form's size and channels; where
 * that has no size it keeps its own. */
static int
fit(struct picture *p, struct tools *t, const struct dset_writer *w,
    uint64_t noise)
{
	const struct record_form *f = &w->form;
	struct image swap;

	TRY(image_channels(&t->im, f->channels));
	if (w->pad_width > 0)
		TRY(pad(t, w));
	if (f->width == 0 ||
	    (t->im.width == f->width && t->im.height == f->height)) {
		swap = p->fit;
		p->fit = t->im;
		t->im = swap;
		return 0;
	}
	return image_fit(
	    &p->fit, &t->im, f->width, f->height, w->mode, noise, &t->scratch);
}

/* The bytes of a picture file, wherever it is; borrowed. */
static int
read_file(const void **p, size_t *n, struct tools *t,
    const struct dset_writer *w, const struct dset_sample *s)
{
	*p = s->bytes;
	*n = s->nbytes;
	if (s->bytes != NULL)
		return 0;
	buf_reset(&t->file);
	if (!path_is_url(s->path))
		TRY(file_read(&t->file, s->path));
	else {
		if (t->remote == NULL)
			TRY(dset_remote_new(&t->remote, w->s3_endpoint));
		TRY(dset_remote_read(t->remote, &t->file, s->path));
	}
	*p = t->file.data;
	*n = t->file.len;
	return 0;
}

/* An array of a stream, as it is; its values are floats, or bytes. */
static int
read_array(struct value *out, struct tools *t, const struct dset_sample *s)
{
	int shape[3];
	float *v;

	TRY(dset_npy_shape(shape, s->bytes, s->nbytes, s->path));
	*out = (struct value){ .kind = VALUE_NUMBERS,
		.channels = shape[0],
		.height = shape[1],
		.width = shape[2] };
	buf_reset(&t->file);
	v = buf_room(&t->file, value_count(out) * sizeof *v);
	if (v == NULL)
		return ERR_RANGE;
	out->floats = v;
	TRY(dset_npy_floats(v, value_count(out), s->bytes, s->nbytes, s->path));
	if (dset_npy_bytes(s->bytes, s->nbytes)) {
		uint8_t *bytes = (uint8_t *)v;

		for (size_t i = 0, n = value_count(out); i < n; i++)
			bytes[i] = (uint8_t)v[i];
		out->data = bytes;
		out->floats = NULL;
	}
	return 0;
}

/* What the task makes of the sample, and all of it as a record. */
static int
pack(struct picture *p, struct tools *t, const struct dset_writer *w,
    enum dset_part part)
{
	const struct record_form *f = &w->form;
	struct value values[RECORD_COLUMNS_MAX];

	t->fit.plan = w->plan;
	t->fit.part = part;
	for (int k = 0; k < f->ncolumns; k++)
		buf_reset(&t->fit.room[k]);
	if (w->task->tallies)
		memset(p->tally, 0, sizeof p->tally);
	t->fit.tally = p->tally;
	TRY(dset_task_fit(values, w->task, &t->fit, p->sample));
	return w->backend->pack(&p->packed, &t->encoded, &p->fit, values, f);
}

static int
make_array(struct picture *p, struct tools *t, const struct dset_writer *w,
    enum dset_part part)
{
	const struct dset_sample *s = p->sample;
	struct value v;
	int rc;

	TRY(read_array(&v, t, s));
	if (w->on_duplicate != DSET_IGNORE)
		p->print = dset_fingerprint_of(s->bytes, s->nbytes);
	p->packed.array = &v;
	rc = pack(p, t, w, part);
	p->packed.array = NULL;
	return rc;
}

/* A picture of 16 bits, whose size is kept. */
static int
make_deep(struct picture *p, struct tools *t, const struct dset_writer *w,
    enum dset_part part)
{
	const struct record_form *f = &w->form;
	const void *bytes;
	struct value v;
	size_t n;
	int rc;

	TRY(read_file(&bytes, &n, t, w, p->sample));
	TRY(dset_deep_read(&v, &t->deep, &p->fit, bytes, n, p->sample->path,
	    w->image_flags, f->channels));
	if (f->width > 0 && (v.width != f->width || v.height != f->height))
		return err_set(ERR_FORMAT,
		    "%dx%d pixels, where the first has %dx%d: with 16 bits they have one size",
		    v.width, v.height, f->width, f->height);
	p->low_bits = p->fit.low_bits;
	if (w->on_duplicate != DSET_IGNORE)
		p->print = dset_fingerprint_of(
		    v.floats, value_count(&v) * sizeof *v.floats);
	t->fit.picture = &p->fit;
	t->fit.mode = w->mode;
	t->fit.from_width = t->fit.pad_width = v.width;
	t->fit.from_height = t->fit.pad_height = v.height;
	p->packed.array = &v;
	rc = pack(p, t, w, part);
	p->packed.array = NULL;
	return rc;
}

static int
make_picture(struct picture *p, struct tools *t, const struct dset_writer *w,
    enum dset_part part)
{
	const struct record_form *f = &w->form;
	bool hint = w->mode == IMAGE_SQUASH && w->pad_width == 0;
	int hint_w = hint ? f->width : 0, hint_h = hint ? f->height : 0;
	uint64_t noise = 0;
	const void *bytes;
	size_t n;

	if (w->arrays)
		return make_array(p, t, w, part);
	if (w->deep)
		return make_deep(p, t, w, part);
	TRY(read_file(&bytes, &n, t, w, p->sample));
	TRY(image_decode(
	    &t->im, bytes, n, p->sample->path, w->image_flags, hint_w, hint_h));
	if (w->mode == IMAGE_FILL || w->mode == IMAGE_HALF_CROP)
		noise = hash_fast(bytes, n, 0);
	p->low_bits = t->im.low_bits;
	t->fit.from_width = t->im.full_width ? t->im.full_width : t->im.width;
	t->fit.from_height =
	    t->im.full_height ? t->im.full_height : t->im.height;
	TRY(fit(p, t, w, noise));
	if (w->on_duplicate != DSET_IGNORE)
		p->print = dset_fingerprint_of(p->fit.data,
		    (size_t)p->fit.width * (size_t)p->fit.height *
			(size_t)p->fit.channels);
	t->fit.picture = &p->fit;
	t->fit.mode = w->mode;
	t->fit.pad_width = w->pad_width ? w->pad_width : t->fit.from_width;
	t->fit.pad_height = w->pad_height ? w->pad_height : t->fit.from_height;
	return pack(p, t, w, part);
}

static int
work(void *ctx, void *slot, int thread)
{
	struct writing *r = ctx;
	struct chunk *c = slot;
	size_t i;
	int rc;

	for (i = 0; i < c->n; i++) {
		rc = make_picture(&c->v[i], &r->tools[thread], r->w, r->part);
		if (rc == ERR_STOPPED)
			return rc; /* a fetch heard the signal */
		if (rc < 0)
			c->v[i].bad = mem_strdup(err_text());
	}
	return 0;
}

/* Was it seen before?  1: yes, and it is to be left out. */
static int
check_duplicate(struct writing *r, const struct picture *p)
{
	const struct record_print *labels = &p->packed.print;
	struct dset_writer *w = r->w;
	struct dset_seen here = { .part = (uint32_t)r->part,
		.index = (uint32_t)r->out->n,
		.label = p->sample->label,
		.values = labels->has_labels ? labels->labels[0] : 0 };
	const struct dset_sample *first;
	const struct dset_seen *seen;
	struct dset_duplicate t;

	if (w->on_duplicate == DSET_IGNORE)
		return 0;
	seen = dset_duplicates_add(w->duplicates, p->print, here);
	if (seen == NULL)
		return 0;
	r->out->duplicates++;
	first = &w->samples[seen->part][seen->index];
	t.conflict = seen->label != here.label || seen->values != here.values;
	t.part = r->part;
	t.path = p->sample->path;
	t.label = p->sample->label;
	t.first_part = (enum dset_part)seen->part;
	t.first_path = first->path;
	t.first_label = seen->label;
	if (w->duplicate != NULL)
		w->duplicate(w->ctx, &t);
	return w->on_duplicate == DSET_DROP;
}

/* "a.png: reason" without the name that the message has anyway. */
static const char *
reason(const char *text, const char *path)
{
	size_t n = strlen(path);

	if (strncmp(text, path, n) == 0 && strncmp(text + n, ": ", 2) == 0)
		return text + n + 2;
	return text;
}

static int
write_picture(struct writing *r, struct picture *p)
{
	struct dset_written *out = r->out;
	int rc;

	if (p->bad != NULL) {
		out->bad++;
		rc = dset_bad_tell(&r->w->bad, p->sample->path, -1,
		    reason(p->bad, p->sample->path));
		mem_free(p->bad);
		p->bad = NULL;
		return rc;
	}
	image_low_add(&r->w->low, p->low_bits, p->sample->path);
	if (check_duplicate(r, p))
		return 0;
	if (r->mean != NULL)
		dset_mean_add(r->mean, &p->fit);
	TRY(r->w->backend->put(
	    r->sink, r->first + r->step * out->n, &p->packed));
	record_digest_add(r->digest, &p->packed.print);
	for (int i = 0; r->w->task->tallies && i < DSET_TALLY; i++)
		out->tally[i] += p->tally[i];
	/* Written ones move to the front, so that record i is sample i. */
	r->samples[out->n++] = *p->sample;
	return 0;
}

static int
consume(void *ctx, void *slot, size_t i)
{
	struct writing *r = ctx;
	struct chunk *c = slot;
	size_t k;

	(void)i;
	for (k = 0; k < c->n; k++)
		TRY(write_picture(r, &c->v[k]));
	progress_add(c->n);
	return 0;
}

static void
clear(void *ctx, void *slot)
{
	struct chunk *c = slot;

	(void)ctx;
	for (size_t k = 0; c->ready && k < CHUNK_MAX; k++) {
		image_clear(&c->v[k].fit);
		record_packed_clear(&c->v[k].packed);
		mem_free(c->v[k].bad);
	}
}

static struct tools *
tools_new(int threads)
{
	struct tools *t = mem_array(struct tools, (size_t)threads);
	int i;

	for (i = 0; i < threads; i++) {
		buf_init(&t[i].file, WRITER_FILE_MAX);
		buf_init(&t[i].encoded, RECORD_BYTES_MAX);
		buf_init(&t[i].deep, RECORD_BYTES_MAX);
		image_init(&t[i].im);
		image_init(&t[i].padded);
		image_init(&t[i].scratch);
		for (int k = 0; k < RECORD_COLUMNS_MAX; k++)
			buf_init(&t[i].fit.room[k], RECORD_BYTES_MAX);
	}
	return t;
}

static void
tools_free(struct tools *t, int threads)
{
	int i;

	for (i = 0; i < threads; i++) {
		buf_clear(&t[i].file);
		buf_clear(&t[i].encoded);
		buf_clear(&t[i].deep);
		image_clear(&t[i].im);
		image_clear(&t[i].padded);
		image_clear(&t[i].scratch);
		for (int k = 0; k < RECORD_COLUMNS_MAX; k++)
			buf_clear(&t[i].fit.room[k]);
		dset_remote_free(t[i].remote);
	}
	mem_free(t);
}

/* Pictures in one item of the queue. */
static size_t
chunk_size(const struct record_form *f)
{
	size_t n = CHUNK_BYTES /
	    ((size_t)f->width * (size_t)f->height * (size_t)f->channels + 1);

	return n < 1 || f->width == 0 ? 1 : n > CHUNK_MAX ? CHUNK_MAX : n;
}

int
dset_writer_run(struct dset_written *out, struct dset_writer *w,
    enum dset_part part, size_t n, const char *dir, uint64_t first,
    uint64_t step, struct dset_mean *mean)
{
	int threads = w->threads > 0 ? w->threads : 1;
	struct writing r = { .w = w,
		.part = part,
		.samples = w->samples[part],
		.n = n,
		.per_chunk = chunk_size(&w->form),
		.mean = mean,
		.first = first,
		.step = step,
		.out = out };
	struct queue_job job = { .ctx = &r,
		.item_size = sizeof(struct chunk),
		.threads = threads,
		.produce = produce,
		.work = work,
		.consume = consume,
		.clear = clear };
	int rc;

	memset(out, 0, sizeof *out);
	TRY(file_mkdirs(dir));
	TRY(w->backend->open(&r.sink, dir, &w->form));
	r.digest = record_digest_new();
	r.tools = tools_new(threads);
	progress_begin(dset_part_name(part), n, "images");
	rc = queue_run(&job);
	progress_end();
	tools_free(r.tools, threads);
	record_digest_text(r.digest, out->digest);
	record_digest_free(r.digest);
	if (rc == 0 && out->n == 0)
		rc = err_set(ERR_FORMAT,
		    n == 1 ? "the %zu %s picture cannot be used"
			   : "none of the %zu %s pictures can be used",
		    n, dset_part_name(part));
	if (rc < 0) {
		w->backend->abort(r.sink);
		return rc;
	}
	return w->backend->finish(r.sink);
}
