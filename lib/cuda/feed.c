/*
 * How INPUTs get into a plan: floats as they are or converted to the form the
 * plan wants them in, pictures by the kernel that makes numbers of their bytes
 * (graph/ring.h).
 */
#include <string.h>

#include "cuda/plan.h"

/* A ring on this device. */
struct ring_there {
	struct cu_rt *rt;
	struct rt_ring *ring;
	struct rt_span *spans; /* one more than inputs */
	void **mean, **held;   /* of each input, or NULL */
};

enum { VIEWS = CU_ALTS + 2 };

/* Every form of an INPUT: how many. */
static int
views(const struct cu_plan *p, int t, struct cu_view *v, struct shape *s)
{
	const struct cu_val *q = &p->vals[t];
	int n = 0;

	if (q->home.buf != CU_NONE)
		v[n++] = q->home;
	for (int i = 0; i < q->nalt; i++)
		v[n++] = q->alt[i];
	for (int i = 0; i < n; i++)
		s[i] = *cu_shape(p, t);
	if (q->wide.buf == CU_NONE)
		return n;
	s[n] = *cu_shape(p, t);
	s[n].d[1] = CU_WIDE;
	v[n++] = q->wide;
	return n;
}

void
cu_fed(struct cu_plan *p, int t, struct cu_view *v, struct shape *s)
{
	struct cu_view all[VIEWS];
	struct shape shapes[VIEWS];

	views(p, t, all, shapes);
	*v = all[0];
	*s = shapes[0];
}

static int
convert_view(struct cu_plan *p, int t, void *from, const struct cu_view *v,
    const struct shape *s)
{
	const struct shape *plain = cu_shape(p, t);
	struct cu_arg in = { from, plain, { CU_F32, false } };
	struct cu_arg out = { p->bufs[v->buf].ptr, s, v->form };
	const struct cu_call c = { .nin = 1,
		.nout = 1,
		.in = &in,
		.out = &out,
		.form = v->form,
		.stream = rt_stream(p->rt) };

	if (!shape_same(s, plain))
		return cu_widen(&c);
	if (v->form.type == CU_F32 && !v->form.nhwc)
		return rt_copy(
		    p->rt, out.p, from, shape_count(s) * sizeof(float));
	return cu_convert(&c);
}

/* Floats that lie on the device, plain. */
static int
take_floats(struct cu_plan *p, int t, void *from)
{
	struct cu_view v[VIEWS];
	struct shape s[VIEWS];
	const int n = views(p, t, v, s);

	for (int i = 0; i < n; i++)
		TRY(convert_view(p, t, from, &v[i], &s[i]));
	return 0;
}

int
cu_feed_floats(struct cu_plan *p, int t, const float *src)
{
	void *there;

	TRY(rt_feed(
	    p->rt, src, shape_count(cu_shape(p, t)) * sizeof(float), &there));
	TRY(take_floats(p, t, there));
	return rt_feed_done(p->rt);
}

/* Memory for all pictures of an input, if that takes a quarter of what is free
 * at most, and is to be had: nothing is lost without. */
static void
hold(struct ring_there *q, struct ring_lay *l, void **held)
{
	size_t available, total, bytes;

	if (l->in.records == 0 || mem_mul(&bytes, l->in.records, l->room) < 0)
		return;
	rt_memory(q->rt, &available, &total);
	l->held = bytes <= available / 4 &&
	    rt_alloc(q->rt, held, bytes, "images held") >= 0;
}

static int
open_input(struct ring_there *q, struct ring *r, int i)
{
	struct ring_lay *l = &r->lay[i];
	const struct picture_rule *rule = l->in.rule;
	size_t bytes;

	if (rule == NULL)
		return 0;
	if (rule->mean != NULL) {
		bytes = (size_t)l->in.shape.d[1] * (size_t)rule->mean_height *
		    (size_t)rule->mean_width * sizeof(float);
		TRY(rt_alloc(q->rt, &q->mean[i], bytes, "the mean image"));
		TRY(rt_upload(q->rt, q->mean[i], rule->mean, bytes));
	}
	hold(q, l, &q->held[i]);
	return 0;
}

static int
ring_open(struct ring *r)
{
	struct ring_there *q = mem_new(struct ring_there);
	const size_t n = (size_t)r->n;

	r->own = q;
	q->rt = ((struct cu_device *)r->device)->rt;
	q->spans = mem_array(struct rt_span, n + 1);
	q->mean = mem_array(void *, n + 1);
	q->held = mem_array(void *, n + 1);
	TRY(rt_use(q->rt));
	TRY(rt_ring_new(q->rt, &q->ring, r->depth, r->size));
	for (int k = 0; k < r->depth; k++)
		r->slot[k] = rt_ring_slot(q->ring, k);
	for (int i = 0; i < r->n; i++)
		TRY(open_input(q, r, i));
	return 0;
}

static void
ring_close(struct ring *r)
{
	struct ring_there *q = r->own;

	if (q == NULL)
		return;
	rt_use(q->rt);
	rt_ring_free(q->ring); /* waits for what may use the rest */
	for (int i = 0; i < r->n; i++) {
		rt_free(q->rt, q->mean[i]);
		rt_free(q->rt, q->held[i]);
	}
	mem_free(q->spans);
	mem_free(q->mean);
	mem_free(q->held);
	mem_free(q);
}

static int
ring_wait_slot(struct ring *r, int slot)
{
	struct ring_there *q = r->own;

	TRY(rt_use(q->rt));
	return rt_ring_wait(q->ring, slot);
}

static int
ring_mark_idle(struct ring *r)
{
	struct ring_there *q = r->own;

	TRY(rt_use(q->rt));
	return rt_ring_mark(q->ring);
}

/* What one form of an INPUT is made of. */
static struct cu_pictures
describe_input(struct cu_plan *p, const struct ring *r, int i, char *there,
    const struct cu_view *v, const struct shape *s)
{
	const struct ring_there *q = r->own;
	const struct ring_lay *l = &r->lay[i];
	const struct picture_rule *rule = l->in.rule;
	struct cu_pictures f = {
		.list = (const struct ring_picture *)(void *)(there + l->at),
		.bytes = (const uint8_t *)there + l->bytes,
		.held = q->held[i],
		.room = l->room,
		.packed = rule->packed,
		.n = (size_t)s->d[0],
		.channels = (size_t)l->in.shape.d[1],
		.stored = (size_t)s->d[1],
		.height = (size_t)s->d[2],
		.width = (size_t)s->d[3],
		.mean = q->mean[i],
		.mean_height = (size_t)rule->mean_height,
		.mean_width = (size_t)rule->mean_width,
		.scale = rule->scale,
		.nmean_value = rule->nmean_value,
		.out = p->bufs[v->buf].ptr,
		.form = v->form,
		.stream = rt_stream(p->rt),
	};

	memcpy(f.mean_value, rule->mean_value, sizeof(f.mean_value));
	return f;
}

static int
pictures(struct cu_plan *p, struct ring *r, int i, int t, char *there)
{
	struct cu_view v[VIEWS];
	struct shape s[VIEWS];
	const int n = views(p, t, v, s);

	for (int k = 0; k < n; k++) {
		const struct cu_pictures f =
		    describe_input(p, r, i, there, &v[k], &s[k]);

		TRY(cu_feed(&f));
	}
	return 0;
}

/* Pictures that are new to the device, to stay there; read or not. */
static int
keep_pictures(struct ring *r, int i, char *there)
{
	const struct ring_there *q = r->own;
	const struct ring_lay *l = &r->lay[i];
	const struct cu_pictures f = {
		.list = (const struct ring_picture *)(void *)(there + l->at),
		.bytes = (const uint8_t *)there + l->bytes,
		.held = q->held[i],
		.room = l->room,
		.n = (size_t)l->in.shape.d[0],
		.stream = rt_stream(q->rt),
	};

	return f.held != NULL ? cu_hold(&f) : 0;
}

static int
ring_feed(struct plan *base, struct ring *r, int slot, const int *tensors)
{
	struct cu_plan *p = (struct cu_plan *)base;
	struct ring_there *q = r->own;
	const size_t *fresh = r->fresh + (size_t)slot * (size_t)r->n;
	void *there;

	TRY(rt_use(q->rt));
	q->spans[0] = (struct rt_span){ 0, r->head };
	for (int i = 0; i < r->n; i++)
		q->spans[i + 1] = (struct rt_span){ r->lay[i].bytes,
			fresh[i] * r->lay[i].room };
	TRY(rt_ring_send(q->ring, slot, q->spans, r->n + 1, &there));
	for (int i = 0; i < r->n; i++) {
		const int t = tensors[i];

		if (r->lay[i].in.rule != NULL && fresh[i] > 0)
			TRY(keep_pictures(r, i, there));
		if (t < 0 || shape_count(cu_shape(p, t)) == 0)
			continue;
		if (r->lay[i].in.rule != NULL)
			TRY(pictures(p, r, i, t, there));
		else
			TRY(take_floats(p, t, (char *)there + r->lay[i].at));
	}
	return rt_ring_done(q->ring);
}

static double
ring_stood(struct ring *r)
{
	struct ring_there *q = r->own;

	rt_use(q->rt);
	return rt_ring_idle(q->ring);
}

const struct ring_ops cu_ring_ops = {
	.open = ring_open,
	.close = ring_close,
	.wait = ring_wait_slot,
	.mark = ring_mark_idle,
	.feed = ring_feed,
	.idle = ring_stood,
};
