/*
 * Every op, on random cases with fixed seeds (cases.h): ref's gradients against
 * differences, and every other backend against ref, forward and backward.
 * Prints a table: op, backend, cases, worst error.
 *
 *	ops [--device cuda:0] [--precision bf16] [--op conv] [--as layers]
 *
 * With a device only that one is compared.  As layers: the first input comes out
 * of a convolution, which in half types leaves it with channels last, and often
 * has channels in eights.  Errors are the largest difference in a tensor over its
 * largest value (at least 1).
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "device/device.h"
#include "onednn/onednn.h"
#include "cases.h"

static const char *only_device, *only_precision, *only_op;
static bool as_layers;

/* A case made into a graph, and the numbers that go in. */
struct built {
	struct graph *g;
	struct kase c;
	int in[CASE_IN_MAX];
	float *value[CASE_IN_MAX];
	int number;
	int nout, out[OP_OUT_MAX], dout[OP_OUT_MAX];
	float *seed[OP_OUT_MAX];
	int one; /* the weights of behind_convolution */
	int64_t ones;
};

static float
fill_one(const struct kase *c, enum fill f, struct rng *r)
{
	switch (f) {
	case FILL_ANY: return (float)(2 * below(r, 64) - 63) / 16;
	case FILL_SMALL: return (float)(2 * below(r, 16) - 15) / 16;
	case FILL_HALF: return (float)(2 * below(r, 8) - 7) / 16;
	case FILL_POSITIVE: return (float)(2 * below(r, 28) + 9) / 16;
	case FILL_PROB: return (float)(1 + below(r, 8)) / 8;
	case FILL_LABEL:
		return (float)(below(r, c->classes) -
		    (c->from_end && below(r, 2) ? c->classes : 0));
	case FILL_BIT: return (float)below(r, 2);
	default: return 1;
	}
}

/* Values of which no two near each other are equal, eighths. */
static void
fill_distinct(float *v, size_t n, struct rng *r)
{
	const size_t step = (size_t)between(r, 20, 120);
	uint32_t order[256];

	for (size_t i = 0; i < n && n > 256; i++)
		v[i] = (float)(int)(i * step % 251) / 8 - 16;
	if (n > 256)
		return;
	for (size_t i = 0; i < n; i++)
		order[i] = (uint32_t)i;
	rng_shuffle(r, order, n);
	for (size_t i = 0; i < n; i++)
		v[i] = (float)order[i] / 8 - 16;
}

static float *
numbers(const struct kase *c, const struct shape *s, enum fill f, struct rng *r)
{
	const size_t n = shape_count(s);
	float *v = mem_array(float, n + 1);

	if (f == FILL_DISTINCT)
		fill_distinct(v, n, r);
	for (size_t i = 0; i < n && f != FILL_DISTINCT; i++)
		v[i] = fill_one(c, f, r);
	return v;
}

static void
add_inputs(struct built *b, struct rng *r)
{
	char name[16];

	for (int i = 0; i < b->c.nin; i++) {
		const struct shape *s = &b->c.in[i];
		const bool param = b->c.params >> i & 1;

		b->in[i] = -1;
		if (s->n < 0)
			continue;
		snprintf(name, sizeof(name), "in%d", i);
		b->in[i] = graph_add_tensor(
		    b->g, param ? TENSOR_PARAM : TENSOR_INPUT, name, s);
		b->value[i] = numbers(&b->c, s, b->c.fill[i], r);
	}
}

/* One output has a gradient, but for host code. */
static void
add_gradient(struct built *b, struct rng *r)
{
	const int n = b->c.kind == OP_CUSTOM ? b->nout : 1;
	struct graph_seed seed[OP_OUT_MAX];
	int want[CASE_IN_MAX], nwant = 0;
	char name[16];

	for (int k = 0; k < n; k++) {
		const struct shape s = *graph_shape(b->g, b->out[k]);

		snprintf(name, sizeof(name), "dout%d", k);
		b->dout[k] = graph_add_tensor(b->g, TENSOR_INPUT, name, &s);
		b->seed[k] = numbers(&b->c, &s, FILL_SMALL, r);
		seed[k] = (struct graph_seed){ b->out[k], 0, b->dout[k] };
	}
	for (int i = 0; i < b->c.nin; i++)
		if (b->in[i] >= 0 && (b->c.want >> i & 1))
			want[nwant++] = b->in[i];
	if (graph_backward(b->g, seed, n, want, nwant) < 0)
		fail_msg("%s", err_text());
}

/*
 * x through a convolution that changes nothing, so that a plan with half types
 * has it with channels last, as what comes from a layer: each channel is its own
 * group, and its one weight is 1.
 */
static int
behind_convolution(struct built *b, int x)
{
	const struct shape s = *graph_shape(b->g, x);
	union op_attr a = { .conv = { .nd = s.n - 2, .group = (int)s.d[1] } };
	struct shape w = { .n = s.n, .d = { s.d[1] } };
	int in[2] = { x };

	for (int i = 1; i < w.n; i++)
		w.d[i] = 1;
	for (int i = 0; i < s.n - 2; i++)
		a.conv.kernel[i] = a.conv.stride[i] = a.conv.dilation[i] = 1;
	b->one = in[1] = graph_add_tensor(b->g, TENSOR_INPUT, "one", &w);
	b->ones = s.d[1];
	return graph_add(b->g, OP_CONV, &a, in, 2);
}

/* Does the op take this input as a layer's output, in what form it comes? */
static bool
is_data(const struct built *b, int i)
{
	const struct shape *s = &b->c.in[i];

	return s->n >= 3 && s->n <= 5 && i == 0 && shape_count(s) > 0 &&
	    (b->c.params >> i & 1) == 0 && b->c.kind != OP_CUSTOM;
}

static void
build(struct built *b, const struct maker *m, uint64_t number)
{
	int in[CASE_IN_MAX];
	struct rng r;
	const struct op *op;

	memset(b, 0, sizeof(*b));
	rng_init(&r, number, (uint64_t)m->kind);
	b->c.kind = m->kind;
	b->number = (int)number;
	m->make(&r, &b->c);
	b->g = graph_new();
	graph_set_name(b->g, op_defs[m->kind].name);
	add_inputs(b, &r);
	memcpy(in, b->in, sizeof(in));
	if (as_layers && is_data(b, 0))
		in[0] = behind_convolution(b, in[0]);
	if (in[0] < -1 || graph_add(b->g, m->kind, &b->c.a, in, b->c.nin) < 0)
		fail_msg("case %d: %s", (int)number, err_text());
	op = graph_last(b->g);
	b->nout = op->nout;
	for (int k = 0; k < b->nout; k++) {
		b->out[k] = op->out[k];
		b->dout[k] = -1;
		if ((b->c.opaque >> k & 1) == 0)
			graph_tensor(b->g, b->out[k])->keep = true;
	}
	if (b->c.want != 0)
		add_gradient(b, &r);
}

static void
clear(struct built *b)
{
	for (int i = 0; i < b->c.nin; i++)
		mem_free(b->value[i]);
	for (int k = 0; k < b->nout; k++)
		mem_free(b->seed[k]);
	graph_free(b->g);
}

/* Everything goes in again each time: a batchnorm writes to its PARAMs. */
static int
run(const struct built *b, struct plan *p)
{
	const struct plan_run r = { .backward = b->c.want != 0,
		.iteration = 3 };

	for (int i = 0; i < b->c.nin; i++)
		if (b->in[i] >= 0)
			TRY(plan_write(p, b->in[i], b->value[i]));
	for (int k = 0; k < b->nout; k++)
		if (b->dout[k] >= 0)
			TRY(plan_write(p, b->dout[k], b->seed[k]));
	if (b->ones > 0) {
		float *one = mem_array(float, (size_t)b->ones);

		for (int64_t i = 0; i < b->ones; i++)
			one[i] = 1;
		TRY(plan_write(p, b->one, one));
		mem_free(one);
	}
	return plan_run(p, &r);
}

static float *
read_all(const struct built *b, struct plan *p, int t)
{
	float *v = mem_array(float, shape_count(graph_shape(b->g, t)) + 1);

	if (plan_read(p, t, v) < 0)
		fail_msg("%s", err_text());
	return v;
}

/* Sum of seeds times outputs: what the gradients are of. */
static double
objective(const struct built *b, struct plan *p)
{
	double sum = 0;

	if (run(b, p) < 0)
		fail_msg("%s", err_text());
	for (int k = 0; k < b->nout; k++) {
		const size_t n = shape_count(graph_shape(b->g, b->out[k]));
		float *y;

		if (b->dout[k] < 0)
			continue;
		y = read_all(b, p, b->out[k]);
		for (size_t i = 0; i < n; i++)
			sum += (double)b->seed[k][i] * (double)y[i];
		mem_free(y);
	}
	return sum;
}

/* Worst difference between the gradient and central differences, for up to 12
 * elements of each input. */
static double
check_gradient(struct built *b, struct plan *p)
{
	const float h = 1.0F / 128;
	double worst = 0;

	for (int i = 0; i < b->c.nin; i++) {
		size_t n, step;
		double scale = 1;
		float *d;

		if (b->in[i] < 0 || (b->c.want >> i & 1) == 0)
			continue;
		n = shape_count(&b->c.in[i]);
		step = n / 12 + 1;
		objective(b, p);
		d = read_all(b, p, graph_tensor(b->g, b->in[i])->grad);
		for (size_t k = 0; k < n; k++)
			scale = fmax(scale, fabs((double)d[k]));
		for (size_t k = 0; k < n; k += step) {
			const float at = b->value[i][k];
			double up, down;

			b->value[i][k] = at + h;
			up = objective(b, p);
			b->value[i][k] = at - h;
			down = objective(b, p);
			b->value[i][k] = at;
			worst = fmax(worst,
			    fabs((double)d[k] - (up - down) / (2 * (double)h)) /
				scale);
		}
		mem_free(d);
	}
	return worst;
}

static double
difference(const struct built *b, struct plan *p, struct plan *q, int t)
{
	const size_t n = shape_count(graph_shape(b->g, t));
	float *x = read_all(b, p, t), *y = read_all(b, q, t);
	double worst = 0, scale = 1;

	for (size_t i = 0; i < n; i++) {
		scale = fmax(scale, fabs((double)x[i]));
		if (!(fabs((double)x[i] - (double)y[i]) <= worst))
			worst = fabs((double)x[i] - (double)y[i]);
	}
	mem_free(x);
	mem_free(y);
	return worst / scale;
}

/* NaN counts as infinitely wrong. */
static double
worse(double a, double b)
{
	return b <= a ? a : isnan(b) ? INFINITY : b;
}

/* Outputs, gradients and updated PARAMs of two plans. */
static double
compare(const struct built *b, struct plan *p, struct plan *q)
{
	double worst = 0;

	if (run(b, p) < 0 || run(b, q) < 0)
		fail_msg("case %d: %s", b->number, err_text());
	for (int k = 0; k < b->nout; k++)
		if ((b->c.opaque >> k & 1) == 0)
			worst = worse(worst, difference(b, p, q, b->out[k]));
	for (int i = 0; i < b->c.nin; i++) {
		if (b->in[i] < 0)
			continue;
		if (b->c.params >> i & 1)
			worst = worse(worst, difference(b, p, q, b->in[i]));
		if (b->c.want >> i & 1)
			worst = worse(worst,
			    difference(
				b, p, q, graph_tensor(b->g, b->in[i])->grad));
	}
	return worst;
}

static struct device *
open_device(const char *name)
{
	struct device *d;

	if (device_open(&d, name, NULL) < 0)
		fail_msg("%s", err_text());
	return d;
}

static struct plan *
make_plan(const struct built *b, struct device *d, enum precision precision)
{
	const struct plan_opts o = { .precision = precision, .seed = 5 };
	struct plan *p;

	if (device_plan(d, &p, b->g, &o) < 0)
		fail_msg("%s", err_text());
	return p;
}

/* The worst of an op's cases; d NULL: ref's own gradient. */
static double
check_op(const struct maker *m, struct device *ref, struct device *d,
    enum precision precision, int *where)
{
	double worst = 0;

	for (int i = 0; i < m->cases; i++) {
		struct built b;
		struct plan *p, *q = NULL;
		double e = 0;

		build(&b, m, (uint64_t)i);
		p = make_plan(&b, ref, PRECISION_FP32);
		if (d != NULL) {
			q = make_plan(&b, d, precision);
			e = compare(&b, p, q);
		} else if (b.c.want != 0) {
			e = check_gradient(&b, p);
		}
		if (e > worst) {
			worst = e;
			*where = i;
		}
		plan_free(q);
		plan_free(p);
		clear(&b);
	}
	return worst;
}

static void
check_all(struct device *ref, struct device *d, enum precision precision,
    double tolerance)
{
	int bad = 0;

	for (size_t i = 0; i < LENGTH(makers); i++) {
		const struct maker *m = &makers[i];
		const char *name = op_defs[m->kind].name;
		int where = -1;
		double e;

		if (only_op != NULL && strcmp(only_op, name) != 0)
			continue;
		e = check_op(m, ref, d, precision, &where);
		printf("# %-12s %-18s %4d cases  worst %8.2g%s", name,
		    d != NULL ? d->backend->name : "ref (differences)",
		    m->cases, e, e <= tolerance ? "\n" : "  WRONG");
		if (!(e <= tolerance)) {
			printf(" at case %d\n", where);
			bad++;
		}
	}
	fflush(stdout);
	if (bad > 0)
		fail_msg("%d ops are wrong", bad);
}

static void
test_ref(void **state)
{
	struct device *ref = open_device("ref");

	(void)state;
	check_all(ref, NULL, PRECISION_FP32, 5e-3);
	device_close(ref);
}

static void
test_device(const char *name, enum precision precision)
{
	static const double tolerance[] = { [PRECISION_FP32] = 1e-4,
		[PRECISION_TF32] = 5e-3,
		[PRECISION_BF16] = 4e-2,
		[PRECISION_FP16] = 1e-2 };
	struct device *ref = open_device("ref"), *d = open_device(name);

	onednn_keep_bf16(d);
	printf("# %s, %s\n", d->name, precision_name(precision));
	if (d->backend != ref->backend)
		check_all(ref, d, precision, tolerance[precision]);
	else
		printf("# skipped: it is ref itself\n");
	device_close(d);
	device_close(ref);
}

static void
test_cpu(void **state)
{
	(void)state;
	test_device("cpu", PRECISION_FP32);
}

/* Does the device take plans of this precision? */
static bool
offers(const char *name, enum precision precision)
{
	const struct plan_opts o = { .precision = precision };
	struct device *d = open_device(name);
	struct graph *g = graph_new();
	struct plan *p = NULL;
	int rc = device_plan(d, &p, g, &o);

	plan_free(p);
	graph_free(g);
	device_close(d);
	if (rc < 0 && rc != ERR_UNSUPPORTED)
		fail_msg("%s", err_text());
	return rc == 0;
}

static void
test_cpu_bf16(void **state)
{
	(void)state;
	if (!offers("cpu", PRECISION_BF16))
		skip(); /* a CPU without avx512_bf16 */
	test_device("cpu", PRECISION_BF16);
}

static void
test_chosen(void **state)
{
	enum precision precision = PRECISION_FP32;

	(void)state;
	if (only_precision != NULL)
		assert_int_equal(precision_find(&precision, only_precision), 0);
	test_device(only_device, precision);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test(test_ref),
		cmocka_unit_test(test_cpu),
		cmocka_unit_test(test_cpu_bf16),
	};
	const struct CMUnitTest chosen[] = {
		cmocka_unit_test(test_chosen),
	};

	for (int i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--device") == 0)
			only_device = argv[i + 1];
		else if (strcmp(argv[i], "--precision") == 0)
			only_precision = argv[i + 1];
		else if (strcmp(argv[i], "--op") == 0)
			only_op = argv[i + 1];
		else if (strcmp(argv[i], "--as") == 0)
			as_layers = case_wide =
			    strcmp(argv[i + 1], "layers") == 0;
	}
	if (only_device != NULL)
		return cmocka_run_group_tests(chosen, NULL, NULL);
	return cmocka_run_group_tests(all, NULL, NULL);
}
