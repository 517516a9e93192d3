/* Caffe's fillers; see filler.h. */
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "nn/filler.h"

struct filler {
	const char *name;
	int (*check)(const Caffe__FillerParameter *f, const struct shape *s);
	void (*fill)(float *v, size_t n, const struct shape *s,
	    const Caffe__FillerParameter *f, struct rng *r);
};

static void
fill_constant(float *v, size_t n, const struct shape *s,
    const Caffe__FillerParameter *f, struct rng *r)
{
	size_t i;

	(void)s;
	(void)r;
	for (i = 0; i < n; i++)
		v[i] = f != NULL ? f->value : 0;
}

static void
uniform(float *v, size_t n, double lo, double hi, struct rng *r)
{
	size_t i;

	for (i = 0; i < n; i++)
		v[i] = (float)(lo + (hi - lo) * rng_uniform(r));
}

static void
normal(float *v, size_t n, double mean, double std, struct rng *r)
{
	size_t i;

	for (i = 0; i < n; i++)
		v[i] = (float)(mean + std * rng_normal(r));
}

static void
fill_uniform(float *v, size_t n, const struct shape *s,
    const Caffe__FillerParameter *f, struct rng *r)
{
	(void)s;
	uniform(v, n, f->min, f->max, r);
}

/* sparse: each value is kept with probability sparse / dim 0. */
static void
fill_gaussian(float *v, size_t n, const struct shape *s,
    const Caffe__FillerParameter *f, struct rng *r)
{
	double keep;
	size_t i;

	normal(v, n, f->mean, f->std, r);
	if (f->sparse < 0)
		return;
	keep = (double)f->sparse / (double)(s->n ? s->d[0] : 1);
	for (i = 0; i < n; i++)
		if (rng_uniform(r) >= keep)
			v[i] = 0;
}

static double
fan(size_t n, const struct shape *s, const Caffe__FillerParameter *f)
{
	double in = (double)n / (double)(s->n ? s->d[0] : 1);
	double out = s->n > 1 ? (double)n / (double)s->d[1] : (double)n;

	switch (f->variance_norm) {
	case CAFFE__FILLER_PARAMETER__VARIANCE_NORM__FAN_OUT: return out;
	case CAFFE__FILLER_PARAMETER__VARIANCE_NORM__AVERAGE:
		return (in + out) / 2;
	default: return in;
	}
}

static void
fill_xavier(float *v, size_t n, const struct shape *s,
    const Caffe__FillerParameter *f, struct rng *r)
{
	double scale = sqrt(3 / fan(n, s, f));

	uniform(v, n, -scale, scale, r);
}

static void
fill_msra(float *v, size_t n, const struct shape *s,
    const Caffe__FillerParameter *f, struct rng *r)
{
	const double a = (double)f->alpha; /* He et al., 2015, equation 15 */

	normal(v, n, 0, sqrt(2 / ((1 + a * a) * fan(n, s, f))), r);
}

static void
fill_unitball(float *v, size_t n, const struct shape *s,
    const Caffe__FillerParameter *f, struct rng *r)
{
	size_t rows = s->n && n ? (size_t)s->d[0] : 1, len = n / rows, i, j;
	double sum;

	(void)f;
	uniform(v, n, 0, 1, r);
	for (i = 0; i < rows; i++) {
		sum = 0;
		for (j = 0; j < len; j++)
			sum += v[i * len + j];
		for (j = 0; j < len && sum > 0; j++)
			v[i * len + j] = (float)(v[i * len + j] / sum);
	}
}

static int
check_bilinear(const Caffe__FillerParameter *f, const struct shape *s)
{
	char t[SHAPE_TEXT_MAX];

	(void)f;
	if (s->n != 4 || s->d[2] != s->d[3])
		return err_set(ERR_FORMAT,
		    "the bilinear filler wants 4 axes and a square kernel, not %s",
		    shape_text(t, s));
	return 0;
}

static void
fill_bilinear(float *v, size_t n, const struct shape *s,
    const Caffe__FillerParameter *f, struct rng *r)
{
	int k = (int)s->d[3], half = (k + 1) / 2, x, y;
	float c = (float)(k - 1) / (2.f * (float)half);
	size_t i;

	(void)f;
	(void)r;
	for (i = 0; i < n; i++) {
		x = (int)(i % (size_t)k);
		y = (int)(i / (size_t)k % (size_t)k);
		v[i] = (1 - fabsf((float)x / (float)half - c)) *
		    (1 - fabsf((float)y / (float)half - c));
	}
}

static const struct filler fillers[] = {
	{ "constant", NULL, fill_constant },
	{ "uniform", NULL, fill_uniform },
	{ "gaussian", NULL, fill_gaussian },
	{ "xavier", NULL, fill_xavier },
	{ "msra", NULL, fill_msra },
	{ "positive_unitball", NULL, fill_unitball },
	{ "bilinear", check_bilinear, fill_bilinear },
};

static const struct filler *
find_filler(const Caffe__FillerParameter *f)
{
	const char *name = f != NULL && f->type != NULL ? f->type : "constant";
	size_t i;

	for (i = 0; i < sizeof(fillers) / sizeof(fillers[0]); i++)
		if (strcmp(fillers[i].name, name) == 0)
			return &fillers[i];
	return NULL;
}

int
filler_check(const Caffe__FillerParameter *f, const struct shape *s)
{
	const struct filler *k = find_filler(f);

	if (k == NULL)
		return err_set(ERR_FORMAT,
		    "unknown filler \"%s\" (constant, uniform, gaussian, xavier, msra, positive_unitball, bilinear)",
		    f->type);
	if (f != NULL && f->sparse >= 0 && k->fill != fill_gaussian)
		return err_set(ERR_FORMAT,
		    "the %s filler cannot be sparse, only gaussian can",
		    k->name);
	if (f != NULL && f->sparse < -1)
		return err_set(
		    ERR_FORMAT, "sparse is %d; -1 means not sparse", f->sparse);
	return k->check != NULL ? k->check(f, s) : 0;
}

void
filler_fill(float *v, const struct shape *s, const Caffe__FillerParameter *f,
    struct rng *r)
{
	find_filler(f)->fill(v, shape_count(s), s, f, r);
}

int
filler_is_constant(const Caffe__FillerParameter *f)
{
	return find_filler(f)->fill == fill_constant;
}
