/*
 * One pass over the records.  Sums of bytes and of their squares are integers,
 * so that figures do not depend on threads; float records are summed in double,
 * in the order of the records.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "dset/survey.h"
#include "dset/walk.h"
#include "file/hash.h"

struct sums {
	double sum[SURVEY_CHANNELS], square[SURVEY_CHANNELS];
	size_t n; /* values of each channel */
	struct dset_fingerprint print;
	uint64_t values; /* a fingerprint of them, 0: but a class */
	int channels, height, width;
};

struct survey {
	struct dset_survey *out;
	const struct dset_survey_options *o;
	double sum[SURVEY_CHANNELS], square[SURVEY_CHANNELS];
	double values;
	bool mixed; /* records of different numbers of channels */
};

/* A plane of bytes: exact in 64 bits, and below 2^53 for any picture. */
static void
add_bytes(double *sum, double *square, const uint8_t *p, size_t n)
{
	uint64_t s = 0, q = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		s += p[i];
		q += (uint64_t)p[i] * p[i];
	}
	*sum = (double)s;
	*square = (double)q;
}

static void
add_floats(double *sum, double *square, const float *p, size_t n)
{
	size_t i;

	*sum = *square = 0;
	for (i = 0; i < n; i++) {
		*sum += p[i];
		*square += (double)p[i] * p[i];
	}
}

/* Of what the record says beside a class. */
static uint64_t
print_values(const struct record *r)
{
	uint64_t sum = 0;
	size_t n;
	int k;

	for (k = RECORD_LABEL; k < r->n; k++) {
		const struct value *v = &r->v[k];

		if (v->kind == VALUE_CLASS)
			continue;
		n = value_count(v);
		sum = hash_fast(v->data != NULL ? (const void *)v->data
			: v->floats != NULL     ? (const void *)v->floats
						: (const void *)v->blob,
		    v->data != NULL         ? n
			: v->floats != NULL ? n * sizeof *v->floats
					    : v->blob_len,
		    sum + (uint64_t)k);
	}
	return sum;
}

static int
look_pixels(void *ctx, const struct record *r, void *user)
{
	const struct value *v = &r->v[RECORD_DATA];
	struct sums *s = user;
	size_t area = (size_t)v->height * (size_t)v->width;
	int c;

	(void)ctx;
	memset(s, 0, sizeof *s);
	s->n = area;
	s->values = print_values(r);
	for (c = 0; c < v->channels && c < SURVEY_CHANNELS; c++) {
		if (v->data != NULL)
			add_bytes(&s->sum[c], &s->square[c],
			    v->data + (size_t)c * area, area);
		else
			add_floats(&s->sum[c], &s->square[c],
			    v->floats + (size_t)c * area, area);
	}
	area *= (size_t)v->channels;
	s->print = v->data != NULL
	    ? dset_fingerprint_of(v->data, area)
	    : dset_fingerprint_of(v->floats, area * sizeof(float));
	return 0;
}

/* An encoded record whose Datum does not give its shape: ask the picture. */
static int
look_shape(void *ctx, const struct record *r, void *user)
{
	const struct value *v = &r->v[RECORD_DATA];
	struct sums *s = user;
	struct image_info info;

	(void)ctx;
	memset(s, 0, sizeof *s);
	s->channels = v->channels;
	s->height = v->height;
	s->width = v->width;
	if (v->blob == NULL || (v->height > 0 && v->width > 0))
		return 0;
	TRY(image_probe(&info, v->blob, v->blob_len, "picture"));
	s->channels = info.channels >= 3 ? 3 : 1;
	s->height = info.height;
	s->width = info.width;
	return 0;
}

static void
count_shape(struct dset_survey *out, int c, int h, int w)
{
	struct dset_shape_count *s = out->shapes;
	size_t i;

	for (i = 0; i < out->nshapes; i++) {
		if (s[i].channels == c && s[i].height == h && s[i].width == w) {
			s[i].n++;
			return;
		}
	}
	if (out->nshapes == SURVEY_SHAPES) {
		out->other_shapes++;
		return;
	}
	s[out->nshapes++] = (struct dset_shape_count){ c, h, w, 1 };
}

static void
count_label(struct dset_survey *out, int label, size_t *cap)
{
	size_t n = (size_t)label + 1;

	if (label < 0 || n > LABELS_MAX)
		return;
	if (n > out->nlabels) {
		mem_grow(&out->per_label, cap, n);
		memset(out->per_label + out->nlabels, 0,
		    (n - out->nlabels) * sizeof *out->per_label);
		out->nlabels = n;
	}
	out->per_label[label]++;
}

static void
look_duplicate(struct survey *v, const struct record *r, const struct sums *s)
{
	struct dset_seen here = { .part = (uint32_t)v->o->part,
		.index = (uint32_t)r->index,
		.label = r->label,
		.values = s->values };
	const struct dset_seen *first;

	if (v->o->duplicates == NULL)
		return;
	first = dset_duplicates_add(v->o->duplicates, s->print, here);
	if (first == NULL)
		return;
	v->out->duplicates++;
	v->out->leaks += first->part != here.part;
	v->out->conflicts +=
	    first->label != here.label || first->values != here.values;
	if (v->o->duplicate != NULL)
		v->o->duplicate(v->o->ctx, r->index, here, first);
}

static void
add_sums(struct survey *v, const struct record *r, const struct sums *s)
{
	int c, channels = r->v[RECORD_DATA].channels;

	if (v->out->channels == 0)
		v->out->channels =
		    channels < SURVEY_CHANNELS ? channels : SURVEY_CHANNELS;
	v->mixed |= v->out->channels != channels;
	for (c = 0; c < v->out->channels; c++) {
		v->sum[c] += s->sum[c];
		v->square[c] += s->square[c];
	}
	v->values += (double)s->n;
	v->out->pixels += s->n;
}

/* label counts grow with this; one survey at a time in a struct. */
struct telling {
	struct survey v;
	size_t cap;
};

static int
tell_bad(void *ctx, const struct record *r, void *user, const char *why)
{
	struct telling *t = ctx;
	struct dset_survey *out = t->v.out;
	const struct value *data = &r->v[RECORD_DATA];
	struct sums *s = user;

	out->records++;
	if (why != NULL) {
		out->bad++;
		return dset_bad_tell(t->v.o->bad, dset_part_name(t->v.o->part),
		    (int64_t)r->index, why);
	}
	out->encoded += data->encoded;
	count_label(out, r->label, &t->cap);
	if (!t->v.o->pixels) {
		count_shape(out, s->channels, s->height, s->width);
		return 0;
	}
	count_shape(out, data->channels, data->height, data->width);
	add_sums(&t->v, r, s);
	look_duplicate(&t->v, r, s);
	return 0;
}

static int
shape_cmp(const void *a, const void *b)
{
	const struct dset_shape_count *x = a, *y = b;

	if (x->n != y->n)
		return x->n < y->n ? 1 : -1;
	if (x->channels != y->channels)
		return x->channels - y->channels;
	return x->height != y->height ? x->height - y->height
				      : x->width - y->width;
}

int
dset_survey_make(struct dset_survey *out, struct record_db *db,
    const struct dset_survey_options *o)
{
	struct telling t = { .v = { .out = out, .o = o } };
	struct dset_walk w = { .ctx = &t,
		.threads = o->threads,
		.flags = o->pixels ? 0 : RECORD_KEEP,
		.user_size = sizeof(struct sums),
		.work = o->pixels ? look_pixels : look_shape,
		.tell = tell_bad };
	double n, mean;
	int c, rc;

	memset(out, 0, sizeof *out);
	rc = dset_walk_run(&w, db, dset_part_name(o->part));
	n = t.v.values;
	for (c = 0; c < out->channels && n > 0 && !t.v.mixed; c++) {
		mean = t.v.sum[c] / n;
		out->mean[c] = mean;
		out->deviation[c] =
		    sqrt(fmax(t.v.square[c] / n - mean * mean, 0));
	}
	if (t.v.mixed)
		out->channels = 0;
	if (out->nshapes > 0)
		qsort(
		    out->shapes, out->nshapes, sizeof *out->shapes, shape_cmp);
	return rc;
}

void
dset_survey_clear(struct dset_survey *s)
{
	mem_free(s->per_label);
	memset(s, 0, sizeof *s);
}
