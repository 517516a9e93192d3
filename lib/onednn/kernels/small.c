/* Convolutions of few channels: when they are used, and their steps.  Images are
 * shared out between threads in order, so each thread's sums are the same in
 * every run. */
#include "onednn/kernels/small.h"
#include "onednn/kern.h"

enum { T = OD_SMALL_TILE, L = 16 };
#define ROWS_MAX  ((size_t)128 << 10) /* bytes of an image's rows */
#define CHUNK_MAX ((size_t)512 << 10) /* bytes of several images' */

struct small {
	size_t n, c, h, w, o, kh, kw, ph, pw; /* of CONV's side */
	size_t oh, ow, hp;                    /* hp = h + 2 ph */
	size_t p, p16;                        /* oh ow; rounded up to vectors */
	size_t nk;                            /* c kh kw */
	size_t ot, kt; /* tiles of 5 outputs, of 5 rows */
	size_t rows;   /* floats of one image's rows, slack included */
	size_t chunk;  /* images spread at a time for dw */
	size_t threads;
	bool bias, relu;
	float slope;
	int32_t *off; /* (kt * 5): the last ones repeat */
};

static size_t
up(size_t n, size_t to)
{
	return (n + to - 1) / to * to;
}

/* What blocks of 16 would compute over what is asked. */
static double
waste(const struct small *s)
{
	size_t c = s->c <= 3 ? s->c : up(s->c, L);

	return (double)(c * up(s->o, L)) / (double)(s->c * s->o);
}

static void
offsets(struct od_plan *p, struct small *s)
{
	size_t k, k1;

	s->off = arena_take(p->mem, sizeof(*s->off) * s->kt * T);
	for (k = 0; k < s->kt * T; k++) {
		size_t c, i, j;

		k1 = k < s->nk ? k : s->nk - 1;
		j = k1 % s->kw;
		i = k1 / s->kw % s->kh;
		c = k1 / s->kw / s->kh;
		s->off[k] = (int32_t)(((c * s->kw + j) * s->hp + i) * s->ow);
	}
}

/* In bf16 oneDNN's blocks are faster on AMX alone. */
static bool
od_small_pays(const struct od_plan *p)
{
	return od_small_offered() &&
	    (p->dt == dnnl_f32 || !od_isa(dnnl_cpu_isa_avx512_core_amx));
}

/* Fill s; false when oneDNN is to do it. */
static bool
suits(struct od_plan *p, const struct op *op, const struct shape *x,
    const struct shape *y, struct small *s)
{
	const struct op_conv *a = &op->a.conv;

	*s = (struct small){ 0 };
	if (a->nd != 2 || a->group != 1 || a->stride[0] != 1 ||
	    a->stride[1] != 1 || a->dilation[0] != 1 || a->dilation[1] != 1 ||
	    !od_small_pays(p))
		return false;
	s->n = (size_t)x->d[0];
	s->c = (size_t)x->d[1];
	s->h = (size_t)x->d[2];
	s->w = (size_t)x->d[3];
	s->o = (size_t)y->d[1];
	s->oh = (size_t)y->d[2];
	s->ow = (size_t)y->d[3];
	s->kh = (size_t)a->kernel[0];
	s->kw = (size_t)a->kernel[1];
	s->ph = (size_t)a->pad[0];
	s->pw = (size_t)a->pad[1];
	s->hp = s->h + 2 * s->ph;
	s->p = s->oh * s->ow;
	s->p16 = up(s->p, L);
	s->nk = s->c * s->kh * s->kw;
	s->ot = up(s->o, T) / T;
	s->kt = up(s->nk, T) / T;
	s->rows = up(s->c * s->kw * s->hp * s->ow + OD_SMALL_SLACK, L);
	s->threads = (size_t)p->dev->threads;
	s->chunk = CHUNK_MAX / ((s->rows + s->o * s->p16) * sizeof(float));
	s->chunk = s->chunk < 1 ? 1 : s->chunk > 16 ? 16 : s->chunk;
	if (s->p < 2 * L || s->ow < 8 || s->pw >= s->kw || s->ph >= s->kh ||
	    s->rows * sizeof(float) > ROWS_MAX || waste(s) < 1.25)
		return false;
	offsets(p, s);
	return true;
}

/* Output columns [lo, hi) see the image when it is shifted by j. */
static void
seen(const struct small *s, size_t j, size_t *lo, size_t *hi)
{
	*lo = j < s->pw ? s->pw - j : 0;
	*hi = s->w + s->pw - j;
	if (*hi > s->ow)
		*hi = s->ow;
}

/* x (C,H,W) of one image -> rows. */
static void
spread_rows(const struct small *s, const float *x, float *rows)
{
	size_t c, j, lo, hi;

	if (s->ph > 0 || s->pw > 0)
		memset(rows, 0, s->rows * sizeof(*rows));
	for (c = 0; c < s->c; c++) {
		for (j = 0; j < s->kw; j++) {
			seen(s, j, &lo, &hi);
			od_small_copy(x + c * s->h * s->w + lo + j - s->pw,
			    s->w,
			    rows + ((c * s->kw + j) * s->hp + s->ph) * s->ow +
				lo,
			    s->ow, s->h, hi - lo);
		}
	}
}

/* The opposite: rows, added, -> dx (C,H,W). */
static void
gather_rows(const struct small *s, const float *rows, float *dx)
{
	size_t c;

	for (c = 0; c < s->c; c++)
		od_small_gather(rows + c * s->kw * s->hp * s->ow, s->kw, s->hp,
		    s->ow, s->ph, s->pw, dx + c * s->h * s->w, s->h, s->w);
}

/* Scratch: packed weights, then each thread's part. */
static float *
thread_scratch(const struct od_plan *p, size_t packed, size_t each)
{
	return (float *)p->scratch + up(packed, L) +
	    (size_t)omp_get_thread_num() * up(each, L);
}

/* w (O, nk) -> (ot, nk, 5) */
static void
pack_forward(const struct small *s, const float *w, float *to)
{
	size_t o, k;

#pragma omp for
	for (o = 0; o < s->ot * T; o++) {
		float *at = to + o / T * s->nk * T + o % T;

		for (k = 0; k < s->nk; k++)
			at[k * T] = o < s->o ? w[o * s->nk + k] : 0;
	}
}

/* w (O, nk) -> (kt, O, 5), zeros where there is no row */
static void
pack_back(const struct small *s, const float *w, float *to)
{
	size_t t, o, r;

#pragma omp for
	for (t = 0; t < s->kt; t++)
		for (o = 0; o < s->o; o++)
			for (r = 0; r < T; r++)
				to[(t * s->o + o) * T + r] = t * T + r < s->nk
				    ? w[o * s->nk + t * T + r]
				    : 0;
}

static int
run_forward(struct od_plan *p, const struct od_step *st)
{
	const struct small *s = st->arg;
	const float *x = st->ptr[0], *w = st->ptr[1], *b = st->ptr[2];
	float *y = st->ptr[3];
	size_t packed = s->ot * s->nk * T;

#pragma omp parallel
	{
		float *rows = thread_scratch(p, packed, s->rows);
		size_t lo, hi, i, t, r;

		pack_forward(s, w, p->scratch);
		od_part(s->n, 1, &lo, &hi);
		for (i = lo; i < hi; i++) {
			spread_rows(s, x + i * s->c * s->h * s->w, rows);
			for (t = 0; t < s->ot; t++) {
				float bias[T] = { 0 }, *to[T] = { NULL };

				for (r = 0; r < T && t * T + r < s->o; r++) {
					size_t o = t * T + r;

					bias[r] = b != NULL ? b[o] : 0;
					to[r] = y + (i * s->o + o) * s->p;
				}
				od_small_forward(rows, s->off, s->nk,
				    (float *)p->scratch + t * s->nk * T, bias,
				    s->relu, s->slope, s->p, to);
			}
		}
	}
	return 0;
}

int
od_small_conv(struct od_plan *p, int i)
{
	const struct op *op = od_op(p, i);
	struct od_view v[4];
	struct small s;

	if (od_has(op, 3) ||
	    !suits(p, op, od_shape(p, op->in[0]), od_shape(p, op->out[0]), &s))
		return OD_REF;
	s.relu = op->a.conv.relu;
	s.slope = op->a.conv.slope;
	TRY(od_want_plain(p, op->in[0], &v[0]));
	TRY(od_want_plain(p, op->in[1], &v[1]));
	v[2].buf = OD_NONE;
	if (od_has(op, 2))
		TRY(od_want_plain(p, op->in[2], &v[2]));
	TRY(od_out_plain(p, op->out[0], &v[3]));
	return od_step_own(p, run_forward, &s, sizeof(s),
	    sizeof(float) * (up(s.ot * s.nk * T, L) + s.threads * s.rows), v,
	    4);
}

/* dy (O,P) of one image with rows padded to vectors by zeros; itself when they
 * are whole. */
static const float *
padded(const struct small *s, const float *dy, float *to)
{
	size_t o;

	if (s->p == s->p16)
		return dy;
	for (o = 0; o < s->o; o++) {
		memcpy(to + o * s->p16, dy + o * s->p, s->p * sizeof(*to));
		memset(
		    to + o * s->p16 + s->p, 0, (s->p16 - s->p) * sizeof(*to));
	}
	return to;
}

static int
run_data(struct od_plan *p, const struct od_step *st)
{
	const struct small *s = st->arg;
	const float *dy = st->ptr[0], *w = st->ptr[1];
	float *dx = st->ptr[2];
	size_t packed = s->kt * s->o * T;
	size_t each = s->rows + s->o * s->p16;

#pragma omp parallel
	{
		float *rows = thread_scratch(p, packed, each);
		float *pad = rows + s->rows;
		size_t lo, hi, i, t;

		pack_back(s, w, p->scratch);
		od_part(s->n, 1, &lo, &hi);
		for (i = lo; i < hi; i++) {
			const float *d = padded(s, dy + i * s->o * s->p, pad);

			memset(rows, 0, s->rows * sizeof(*rows));
			for (t = 0; t < s->kt; t++)
				od_small_spread(d, s->p16, s->o,
				    (float *)p->scratch + t * s->o * T,
				    s->off + t * T, s->p16, rows);
			gather_rows(s, rows, dx + i * s->c * s->h * s->w);
		}
	}
	return 0;
}

int
od_small_data(struct od_plan *p, int i)
{
	const struct op *op = od_op(p, i);
	struct od_view v[3];
	struct small s;

	if (!suits(p, op, od_shape(p, op->out[0]), od_shape(p, op->in[0]), &s))
		return OD_REF;
	TRY(od_want_plain(p, op->in[0], &v[0]));
	TRY(od_want_plain(p, op->in[1], &v[1]));
	TRY(od_out_plain(p, op->out[0], &v[2]));
	TRY(od_step_own(p, run_data, &s, sizeof(s),
	    sizeof(float) *
		(up(s.kt * s.o * T, L) +
		    s.threads * up(s.rows + s.o * s.p16, L)),
	    v, 3));
	return od_has(op, 2) ? od_add_bias(p, op->in[2], &v[2]) : 0;
}

/* Floats of a thread's sums (dw as (ot 5, kt 5) tiles, db) and of its chunk. */
static size_t
sums(const struct small *s)
{
	return up(s->ot * s->kt * T * T + s->o, L);
}

static size_t
thread_part(const struct small *s)
{
	return sums(s) + s->chunk * (s->rows + s->o * s->p16);
}

/* Sums of n values, sixteen at a time. */
OD_CLONES static float
total(const float *x, size_t n)
{
	float lane[L] = { 0 }, sum = 0;
	size_t k, l;

	for (k = 0; k + L <= n; k += L)
		for (l = 0; l < L; l++)
			lane[l] += x[k + l];
	for (; k < n; k++)
		sum += x[k];
	for (l = 0; l < L; l++)
		sum += lane[l];
	return sum;
}

/* Images [lo, hi), at most chunk, into the sums at acc. */
static void
weigh(const struct small *s, const float *x, const float *dy, size_t lo,
    size_t hi, float *acc)
{
	float *rows = acc + sums(s), *db = acc + s->ot * s->kt * T * T;
	float *pad = rows + s->chunk * s->rows;
	const float *d = dy + lo * s->o * s->p, *row[T];
	size_t i, t, k, o, step = s->o * s->p16;

	for (i = lo; i < hi; i++) {
		const float *one = dy + i * s->o * s->p;

		spread_rows(
		    s, x + i * s->c * s->h * s->w, rows + (i - lo) * s->rows);
		if (padded(s, one, pad + (i - lo) * step) != one)
			d = pad;
		for (o = 0; s->bias && o < s->o; o++)
			db[o] += total(one + o * s->p, s->p);
	}
	for (t = 0; t < s->ot; t++) {
		for (k = 0; k < T; k++) {
			o = t * T + k < s->o ? t * T + k : s->o - 1;
			row[k] = d + o * s->p16;
		}
		for (k = 0; k < s->kt; k++)
			od_small_dot(row, step, rows, s->rows, s->off + k * T,
			    hi - lo, s->p16, acc + (t * s->kt + k) * T * T);
	}
}

/* The threads' sums, added in their order, -> dw (O, nk) and db (O). */
static void
sum_threads(
    const struct small *s, const float *acc, size_t each, float *dw, float *db)
{
	size_t o, k, c, t;

#pragma omp for
	for (o = 0; o < s->o; o++) {
		const float *tile = acc + o / T * s->kt * T * T + o % T * T;
		float *to = dw + o * s->nk;

		for (k = 0; k < s->nk; k += T, tile += T * T, to += T) {
			for (c = 0; c < T && k + c < s->nk; c++) {
				float sum = tile[c];

				for (t = 1; t < s->threads; t++)
					sum += tile[t * each + c];
				to[c] = sum;
			}
		}
		if (s->bias) {
			const float *b = acc + s->ot * s->kt * T * T + o;

			for (db[o] = b[0], t = 1; t < s->threads; t++)
				db[o] += b[t * each];
		}
	}
}

static int
run_weight(struct od_plan *p, const struct od_step *st)
{
	const struct small *s = st->arg;
	size_t each = up(thread_part(s), L);

#pragma omp parallel
	{
		float *acc = thread_scratch(p, 0, each);
		size_t lo, hi, end;

		memset(acc, 0, sums(s) * sizeof(*acc));
		od_part(s->n, 1, &lo, &hi);
		for (; lo < hi; lo = end) {
			end = hi - lo < s->chunk ? hi : lo + s->chunk;
			weigh(s, st->ptr[0], st->ptr[1], lo, end, acc);
		}
#pragma omp barrier
		sum_threads(s, p->scratch, each, st->ptr[2], st->ptr[3]);
	}
	return 0;
}

int
od_small_weight(struct od_plan *p, int i)
{
	const struct op *op = od_op(p, i);
	struct od_view v[4];
	struct small s;

	if (!suits(p, op, od_shape(p, op->in[0]), od_shape(p, op->in[1]), &s))
		return OD_REF;
	s.bias = op->nout > 1;
	TRY(od_want_plain(p, op->in[0], &v[0]));
	TRY(od_want_plain(p, op->in[1], &v[1]));
	TRY(od_out_plain(p, op->out[0], &v[2]));
	v[3].buf = OD_NONE;
	if (s.bias)
		TRY(od_out_plain(p, op->out[1], &v[3]));
	return od_step_own(p, run_weight, &s, sizeof(s),
	    sizeof(float) * s.threads * up(thread_part(&s), L), v, 4);
}
