/* How much a score falls when parts of a picture are covered: see saliency.h. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/stop.h"
#include "infer/saliency/saliency.h"

enum { PART = 5 };

struct occlude {
	struct infer *f;
	const struct infer_input *in;
	struct saliency_patch p;
	int class;
	double score;
	float *mean;     /* of each channel of the input */
	int nx, ny;      /* patches */
	uint32_t *times; /* each pixel was covered */
	double *sum;
};

/* Where patch i of n begins; the last ones end at the edge. */
static int
begin_of(int i, int stride, int side, int patch)
{
	const int at = i * stride;

	return at + patch > side ? side - patch : at;
}

static int
patches(int side, int patch, int stride)
{
	return 1 + (side - patch + stride - 1) / stride;
}

static void
cover(const struct occlude *o, float *v, int at)
{
	const int x = begin_of(at % o->nx, o->p.stride, o->in->w, o->p.w);
	const int y = begin_of(at / o->nx, o->p.stride, o->in->h, o->p.h);

	for (int c = 0; c < o->in->c; c++)
		for (int j = y; j < y + o->p.h; j++)
			for (int i = x; i < x + o->p.w; i++)
				v[((size_t)c * (size_t)o->in->h + (size_t)j) *
					(size_t)o->in->w +
				    (size_t)i] = o->mean[c];
}

static void
count(struct occlude *o, int at, double fall)
{
	const int x = begin_of(at % o->nx, o->p.stride, o->in->w, o->p.w);
	const int y = begin_of(at / o->nx, o->p.stride, o->in->h, o->p.h);

	for (int j = y; j < y + o->p.h; j++)
		for (int i = x; i < x + o->p.w; i++) {
			const size_t k =
			    (size_t)j * (size_t)o->in->w + (size_t)i;

			o->sum[k] += fall;
			o->times[k]++;
		}
}

/* Patches from at on, as many as a batch takes. */
static int
run_batch(struct occlude *o, struct infer_input *room,
    struct infer_input **slots, int at, int n)
{
	const size_t each =
	    (size_t)o->in->c * (size_t)o->in->h * (size_t)o->in->w;

	if (stop_asked())
		return err_set(ERR_STOPPED, "stopped by %s", stop_reason());
	for (int i = 0; i < n; i++) {
		memcpy(room[i].v, o->in->v, each * sizeof(float));
		cover(o, room[i].v, at + i);
		slots[i] = &room[i];
	}
	TRY(infer_run(o->f, slots, n));
	for (int i = 0; i < n; i++) {
		size_t classes;
		const float *v =
		    infer_scores(o->f, infer_score_output(o->f), i, &classes);

		count(o, at + i, o->score - (double)v[o->class]);
	}
	return 0;
}

static int
run_patches(struct occlude *o)
{
	const int all = o->nx * o->ny;
	const int most = infer_batch(o->f) < all ? infer_batch(o->f) : all;
	const size_t each =
	    (size_t)o->in->c * (size_t)o->in->h * (size_t)o->in->w;
	struct infer_input *room = mem_array(struct infer_input, (size_t)most);
	struct infer_input **slots =
	    mem_array(struct infer_input *, (size_t)most);
	void *v = NULL;
	int rc = mem_take(&v, each * (size_t)most, sizeof(float), SIZE_MAX,
	    "pictures with patches");

	for (int i = 0; rc >= 0 && i < most; i++)
		room[i] =
		    (struct infer_input){ .v = (float *)v + (size_t)i * each,
			    .c = o->in->c,
			    .h = o->in->h,
			    .w = o->in->w };
	for (int at = 0; rc >= 0 && at < all; at += most)
		rc = run_batch(
		    o, room, slots, at, all - at < most ? all - at : most);
	mem_free(v);
	mem_free(slots);
	mem_free(room);
	return rc;
}

/* The patch that was asked for, within the picture; none of its pixels is passed
 * over. */
static int
choose_patch(struct occlude *o)
{
	struct saliency_patch *p = &o->p;
	const int w = o->in->w, h = o->in->h;

	if (p->w == 0) {
		p->w = (w + PART - 1) / PART;
		p->h = (h + PART - 1) / PART;
	}
	p->w = p->w < w ? p->w : w;
	p->h = p->h < h ? p->h : h;
	if (p->stride == 0)
		p->stride = ((p->w < p->h ? p->w : p->h) + 1) / 2;
	if (p->stride > p->w || p->stride > p->h)
		return err_set(ERR_USAGE,
		    "--stride %d: patches of %dx%d would leave pixels out",
		    p->stride, p->w, p->h);
	o->nx = patches(w, p->w, p->stride);
	o->ny = patches(h, p->h, p->stride);
	return 0;
}

int
saliency_occlude(struct saliency_map *m, struct infer *f,
    const struct infer_input *in, int class, double score,
    const struct saliency_patch *patch)
{
	struct occlude o = {
		.f = f, .in = in, .p = *patch, .class = class, .score = score
	};
	const size_t plane = (size_t)in->h * (size_t)in->w;
	int rc;

	TRY(choose_patch(&o));
	TRY(saliency_map_begin(m, in->h, in->w));
	o.mean = mem_array(float, (size_t)in->c);
	for (int c = 0; c < in->c; c++) {
		double sum = 0;

		for (size_t i = 0; i < plane; i++)
			sum += (double)in->v[(size_t)c * plane + i];
		o.mean[c] = (float)(sum / (double)plane);
	}
	o.times = mem_array(uint32_t, plane);
	o.sum = mem_array(double, plane);
	rc = run_patches(&o);
	for (size_t i = 0; rc >= 0 && i < plane; i++)
		m->v[i] = (float)(o.sum[i] / o.times[i]);
	mem_free(o.mean);
	mem_free(o.times);
	mem_free(o.sum);
	return rc;
}
