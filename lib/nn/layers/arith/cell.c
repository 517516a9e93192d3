/* Steps of recurrent cells, one item at a time: see cell.h. */
#include <string.h>

#include "base/clones.h"
#include "nn/layers/arith/cell.h"

#define FAST CLONES("avx512f", "avx2,fma", "default")

/* y (n) += x (rows) times m (rows, ld), of which y has n columns. */
FAST static void
product(
    float *y, size_t n, const float *m, size_t ld, const float *x, size_t rows)
{
	size_t k, j;

	for (k = 0; k < rows; k++)
		for (j = 0; j < n; j++)
			y[j] += x[k] * m[k * ld + j];
}

/* dx (rows) += m (rows, ld) times dy (n). */
FAST static void
product_back(float *dx, size_t rows, const float *m, size_t ld, const float *dy,
    size_t n)
{
	size_t k, j, l;

	for (k = 0; k < rows; k++) {
		float sum[16] = { 0 }, all = 0;

		for (j = 0; j + 16 <= n; j += 16)
			for (l = 0; l < 16; l++)
				sum[l] += m[k * ld + j + l] * dy[j + l];
		for (; j < n; j++)
			all += m[k * ld + j] * dy[j];
		for (l = 0; l < 16; l++)
			all += sum[l];
		dx[k] += all;
	}
}

/* dm (rows, ld) += x (rows) times dy (n). */
FAST static void
outer(float *dm, size_t ld, const float *x, size_t rows, const float *dy,
    size_t n)
{
	size_t k, j;

	for (k = 0; k < rows; k++)
		for (j = 0; j < n; j++)
			dm[k * ld + j] += x[k] * dy[j];
}

static float
clipped(const struct cells *q, float x)
{
	if (!(q->clip > 0))
		return x;
	return x > q->clip ? q->clip : x < -q->clip ? -q->clip : x;
}

static float
activate(const struct cells *q, int k, float x)
{
	return q->act[k].f(&q->act[k], clipped(q, x));
}

/* dy/dx where y = activate(x) */
static float
slope(const struct cells *q, int k, float x, float y)
{
	if (q->clip > 0 && (x > q->clip || x < -q->clip))
		return 0;
	return q->act[k].d(&q->act[k], x, y);
}

size_t
cell_trace_size(const struct cells *q)
{
	return (2 * cells_gates(q) + 3) * q->width;
}

struct cell_trace
cell_trace_at(const struct cells *q, float *v)
{
	const size_t n = cells_gates(q) * q->width;

	return (struct cell_trace){ v, v + n, v + 2 * n, v + 2 * n + q->width,
		v + 2 * n + 2 * q->width };
}

static void
rnn_step(const struct cells *q, struct cell_trace *t)
{
	size_t i;

	for (i = 0; i < q->width; i++)
		t->h[i] = t->post[i] = activate(q, 0, t->pre[i]);
}

static void
rnn_back(const struct cells *q, const struct cell_trace *t, const float *dh,
    float *d)
{
	size_t i;

	for (i = 0; i < q->width; i++)
		d[i] = dh[i] * slope(q, 0, t->pre[i], t->post[i]);
}

/* pre of z and r is there, of h what the input gives and, where r weighs the
 * product with the state, in more that product. */
static void
gru_step(const struct cells *q, const struct cell_weights *w, const float *h,
    struct cell_trace *t)
{
	const size_t n = q->width;
	size_t i;

	for (i = 0; i < 2 * n; i++)
		t->post[i] = activate(q, 0, t->pre[i]);
	if (q->linear_before_reset) {
		for (i = 0; i < n; i++)
			t->pre[2 * n + i] += t->post[n + i] * t->more[i];
	} else {
		for (i = 0; i < n; i++) {
			t->more[i] = t->post[n + i] * h[i];
			t->pre[2 * n + i] += w->rb[2 * n + i];
		}
		product(t->pre + 2 * n, n, w->rt + 2 * n, 3 * n, t->more, n);
	}
	for (i = 0; i < n; i++) {
		const float z = t->post[i];
		const float y = activate(q, 1, t->pre[2 * n + i]);

		t->post[2 * n + i] = y;
		t->h[i] = (1 - z) * y + z * h[i];
	}
}

/* d (3 H): to pre.  spare (H). */
static void
gru_back(const struct cells *q, const struct cell_weights *w, const float *h,
    const struct cell_trace *t, float *dh, float *d, const struct cell_sums *s,
    float *spare)
{
	const size_t n = q->width;
	const float *r = t->post + n, *y = t->post + 2 * n;
	float *dr = d + n, *dy = d + 2 * n;
	size_t i;

	for (i = 0; i < n; i++) {
		const float z = t->post[i];

		d[i] = dh[i] * (h[i] - y[i]) * slope(q, 0, t->pre[i], z);
		dy[i] = dh[i] * (1 - z) * slope(q, 1, t->pre[2 * n + i], y[i]);
		dh[i] *= z;
		spare[i] = q->linear_before_reset ? dy[i] * r[i] : 0;
		dr[i] = dy[i] * t->more[i];
	}
	if (q->linear_before_reset) {
		for (i = 0; i < n; i++)
			s->rb[2 * n + i] += spare[i];
		outer(s->rt + 2 * n, 3 * n, h, n, spare, n);
		product_back(dh, n, w->rt + 2 * n, 3 * n, spare, n);
	} else {
		for (i = 0; i < n; i++)
			s->rb[2 * n + i] += dy[i];
		outer(s->rt + 2 * n, 3 * n, t->more, n, dy, n);
		product_back(spare, n, w->rt + 2 * n, 3 * n, dy, n);
		for (i = 0; i < n; i++) {
			dr[i] = spare[i] * h[i];
			dh[i] += spare[i] * r[i];
		}
	}
	for (i = 0; i < n; i++)
		dr[i] *= slope(q, 0, t->pre[n + i], r[i]);
}

static void
lstm_step(const struct cells *q, const struct cell_weights *w, const float *c,
    struct cell_trace *t)
{
	const size_t n = q->width;
	float *pi = t->pre, *po = t->pre + n, *pf = t->pre + 2 * n;
	float *yi = t->post, *yo = yi + n, *yf = yi + 2 * n, *yc = yi + 3 * n;
	size_t i;

	for (i = 0; i < n; i++) {
		if (q->peephole) {
			pi[i] += w->p[i] * c[i];
			pf[i] += w->p[2 * n + i] * c[i];
		}
		yi[i] = activate(q, 0, pi[i]);
		yf[i] = q->input_forget ? 1 - yi[i] : activate(q, 0, pf[i]);
		yc[i] = activate(q, 1, t->pre[3 * n + i]);
		t->c[i] = yf[i] * c[i] + yi[i] * yc[i];
		if (q->peephole)
			po[i] += w->p[n + i] * t->c[i];
		yo[i] = activate(q, 0, po[i]);
		t->more[i] = activate(q, 2, t->c[i]);
		t->h[i] = yo[i] * t->more[i];
	}
}

/* d (4 H): to pre; dc: to c before. */
static void
lstm_back(const struct cells *q, const struct cell_weights *w, const float *c,
    const struct cell_trace *t, const float *dh, float *dc, float *d,
    const struct cell_sums *s)
{
	const size_t n = q->width;
	const float *yi = t->post, *yo = yi + n, *yf = yi + 2 * n,
		    *yc = yi + 3 * n;
	float *di = d, *eo = d + n, *df = d + 2 * n;
	size_t i;

	for (i = 0; i < n; i++) {
		float in,
		    all = dc[i] +
		    dh[i] * yo[i] * slope(q, 2, t->c[i], t->more[i]);

		eo[i] = dh[i] * t->more[i] * slope(q, 0, t->pre[n + i], yo[i]);
		if (q->peephole) {
			s->p[n + i] += eo[i] * t->c[i];
			all += eo[i] * w->p[n + i];
		}
		in = all * yc[i] - (q->input_forget ? all * c[i] : 0);
		di[i] = in * slope(q, 0, t->pre[i], yi[i]);
		df[i] = q->input_forget
		    ? 0
		    : all * c[i] * slope(q, 0, t->pre[2 * n + i], yf[i]);
		d[3 * n + i] =
		    all * yi[i] * slope(q, 1, t->pre[3 * n + i], yc[i]);
		dc[i] = all * yf[i];
		if (q->peephole) {
			s->p[i] += di[i] * c[i];
			s->p[2 * n + i] += df[i] * c[i];
			dc[i] += di[i] * w->p[i] + df[i] * w->p[2 * n + i];
		}
	}
}

void
cell_step(const struct cells *q, const struct cell_weights *w,
    const float *gates, const float *h, const float *c, struct cell_trace *t)
{
	const size_t n = q->width, all = cells_gates(q) * n;
	/* a GRU's last gate is not simply the sum of both */
	const size_t some = q->kind == CELLS_GRU ? 2 * n : all;
	size_t i;

	memcpy(t->pre, gates, all * sizeof(*gates));
	for (i = 0; i < some; i++)
		t->pre[i] += w->rb[i];
	product(t->pre, some, w->rt, all, h, n);
	if (q->kind == CELLS_GRU && q->linear_before_reset) {
		memcpy(t->more, w->rb + some, n * sizeof(*t->more));
		product(t->more, n, w->rt + some, all, h, n);
	}
	if (q->kind == CELLS_RNN)
		rnn_step(q, t);
	else if (q->kind == CELLS_GRU)
		gru_step(q, w, h, t);
	else
		lstm_step(q, w, c, t);
}

void
cell_back(const struct cells *q, const struct cell_weights *w, const float *h,
    const float *c, const struct cell_trace *t, float *dh, float *dc,
    float *dgates, const struct cell_sums *s, float *spare)
{
	const size_t n = q->width, all = cells_gates(q) * n;
	const size_t some = q->kind == CELLS_GRU ? 2 * n : all;
	size_t i;

	if (q->kind == CELLS_RNN)
		rnn_back(q, t, dh, dgates);
	else if (q->kind == CELLS_GRU)
		gru_back(q, w, h, t, dh, dgates, s, spare);
	else
		lstm_back(q, w, c, t, dh, dc, dgates, s);
	if (q->kind != CELLS_GRU)
		memset(dh, 0, n * sizeof(*dh));
	for (i = 0; i < some; i++)
		s->rb[i] += dgates[i];
	outer(s->rt, all, h, n, dgates, some);
	product_back(dh, n, w->rt, all, dgates, some);
}
