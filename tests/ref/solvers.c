/*
 * Every solver against Caffe: ten iterations of a small net on the trajectories
 * of ../shared/golden/solvers (weights after each iteration, all policies,
 * clipping, iter_size, L1, frozen layers), on ref and on the CPU backend.
 */
#include <dirent.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "device/device.h"

#define GOLDEN "../shared/golden/solvers/"

enum { BATCH = 8, ROWS = 40, ITERS = 10, PARAMS = 225, STEPS_MAX = 8 };

/* What a solver.prototxt of the folder says. */
struct solver {
	char type[256], policy[256];
	double base_lr, gamma, power, step;
	double steps[STEPS_MAX];
	int nsteps;
	bool frozen;
	struct update u;
};

static const struct key {
	const char *name;
	size_t at;
	bool is_float;
} keys[] = {
	{ "base_lr:", offsetof(struct solver, base_lr), false },
	{ "gamma:", offsetof(struct solver, gamma), false },
	{ "power:", offsetof(struct solver, power), false },
	{ "stepsize:", offsetof(struct solver, step), false },
	{ "momentum:", offsetof(struct solver, u.momentum), true },
	{ "momentum2:", offsetof(struct solver, u.momentum2), true },
	{ "delta:", offsetof(struct solver, u.delta), true },
	{ "rms_decay:", offsetof(struct solver, u.rms_decay), true },
	{ "weight_decay:", offsetof(struct solver, u.weight_decay), true },
	{ "clip_gradients:", offsetof(struct solver, u.clip), true },
};

static void
set_key(struct solver *s, const char *key, const char *value)
{
	const double v = strtod(value, NULL);

	for (size_t i = 0; i < LENGTH(keys); i++) {
		char *at = (char *)s + keys[i].at;

		if (strcmp(key, keys[i].name) != 0)
			continue;
		if (keys[i].is_float)
			*(float *)at = (float)v;
		else
			*(double *)at = v;
	}
	if (strcmp(key, "type:") == 0)
		snprintf(s->type, sizeof(s->type), "%s", value);
	else if (strcmp(key, "lr_policy:") == 0)
		snprintf(s->policy, sizeof(s->policy), "%s", value);
	else if (strcmp(key, "stepvalue:") == 0)
		s->steps[s->nsteps++] = v;
	else if (strcmp(key, "iter_size:") == 0)
		s->u.iter_size = (int)v;
	else if (strcmp(key, "regularization_type:") == 0)
		s->u.l1 = strcmp(value, "\"L1\"") == 0;
	else if (strcmp(key, "net:") == 0)
		s->frozen = strstr(value, "frozen") != NULL;
}

static void
read_solver(struct solver *s, const char *name)
{
	static const char *const types[] = { "\"SGD\"", "\"Nesterov\"",
		"\"AdaGrad\"", "\"RMSProp\"", "\"AdaDelta\"", "\"Adam\"" };
	char path[512], key[256], value[256];
	FILE *f;

	memset(s, 0, sizeof(*s));
	s->u.iter_size = 1;
	s->u.delta = 1e-8F;
	s->u.rms_decay = 0.99F;
	s->u.momentum2 = 0.999F;
	snprintf(path, sizeof(path), GOLDEN "%s/solver.prototxt", name);
	f = fopen(path, "r");
	assert_non_null(f);
	while (fscanf(f, "%255s %255s", key, value) == 2)
		set_key(s, key, value);
	fclose(f);
	s->u.fn = UPDATE_KINDS;
	for (size_t i = 0; i < LENGTH(types); i++)
		if (strcmp(s->type, types[i]) == 0)
			s->u.fn = (enum update_fn)i;
	assert_true(s->u.fn != UPDATE_KINDS);
}

static double
rate_at(const struct solver *s, int iter)
{
	int passed = 0;

	while (passed < s->nsteps && iter >= s->steps[passed])
		passed++;
	if (strcmp(s->policy, "\"step\"") == 0)
		return s->base_lr * pow(s->gamma, floor(iter / s->step));
	if (strcmp(s->policy, "\"multistep\"") == 0)
		return s->base_lr * pow(s->gamma, passed);
	if (strcmp(s->policy, "\"exp\"") == 0)
		return s->base_lr * pow(s->gamma, iter);
	if (strcmp(s->policy, "\"inv\"") == 0)
		return s->base_lr * pow(1 + s->gamma * iter, -s->power);
	if (strcmp(s->policy, "\"poly\"") == 0) /* max_iter is 20 */
		return s->base_lr * pow(1 - iter / 20.0, s->power);
	assert_string_equal(s->policy, "\"fixed\"");
	return s->base_lr;
}

static void
read_floats(float *v, size_t n, const char *path)
{
	FILE *f = fopen(path, "rb");

	assert_non_null(f);
	assert_int_equal(fread(v, sizeof(*v), n, f), n);
	fclose(f);
}

struct net {
	struct graph *g;
	int data, label, loss, param[4];
	struct update_param update[4];
};

static int
add_param(struct net *n, int i, const char *name, struct shape s)
{
	char state[32];
	struct update_param *u = &n->update[i];

	n->param[i] = graph_add_tensor(n->g, TENSOR_PARAM, name, &s);
	for (int k = 0; k < 2; k++) {
		snprintf(state, sizeof(state), "%s/h%d", name, k);
		u->history[k] = graph_add_tensor(n->g, TENSOR_STATE, state, &s);
	}
	u->param = n->param[i];
	return n->param[i];
}

/* conv 3x3 (4), tanh, average pool 2, inner product (5), softmax loss. */
static void
add_layers(struct net *n)
{
	struct graph *g = n->g;
	union op_attr a = { .conv = { .nd = 2,
				.kernel = { 3, 3 },
				.stride = { 1, 1 },
				.dilation = { 1, 1 },
				.group = 1 } };
	struct shape flat = shape_of(2, BATCH, 36);
	int in[3] = { n->data, n->param[0], n->param[1] };

	in[0] = graph_add(g, OP_CONV, &a, in, 3);
	in[0] = graph_unary(g, in[0], UNARY_TANH, 0, 0, 0);
	a = (union op_attr){ .pool = { .fn = POOL_AVE,
				 .kernel = { 2, 2 },
				 .stride = { 2, 2 } } };
	in[0] = graph_add(g, OP_POOL, &a, in, 1);
	in[0] = graph_reshape(g, in[0], &flat);
	in[1] = n->param[2];
	in[2] = n->param[3];
	a = (union op_attr){ .matmul = { .tb = true } };
	in[0] = graph_add(g, OP_MATMUL, &a, in, 3);
	in[1] = n->label;
	a = (union op_attr){
		.loss = { .fn = LOSS_SOFTMAX, .axis = 1, .norm = NORM_VALID }
	};
	n->loss = graph_add(g, OP_LOSS, &a, in, 2);
	assert_true(n->loss >= 0);
	graph_tensor(g, n->loss)->keep = true;
}

static void
make_net(struct net *n, bool frozen)
{
	static const float lr[4] = { 1, 2, 1, 2 }, decay[4] = { 1, 0, 1, .5F };
	const struct graph_seed *seed;
	struct shape s = shape_of(4, BATCH, 1, 8, 8);
	const int first = frozen ? 2 : 0;

	n->g = graph_new();
	n->data = graph_add_tensor(n->g, TENSOR_INPUT, "data", &s);
	s = shape_of(1, BATCH);
	n->label = graph_add_tensor(n->g, TENSOR_INPUT, "label", &s);
	add_param(n, 0, "conv/0", shape_of(4, 4, 1, 3, 3));
	add_param(n, 1, "conv/1", shape_of(1, 4));
	add_param(n, 2, "ip/0", shape_of(2, 5, 36));
	add_param(n, 3, "ip/1", shape_of(1, 5));
	add_layers(n);
	seed = &(struct graph_seed){ n->loss, 1, -1 };
	assert_int_equal(
	    graph_backward(n->g, seed, 1, n->param + first, 4 - first), 0);
	for (int i = 0; i < 4; i++) {
		n->update[i].grad = graph_tensor(n->g, n->param[i])->grad;
		assert_true((n->update[i].grad < 0) == (i < first));
		n->update[i].lr_mult = i < first ? 0 : lr[i];
		n->update[i].decay_mult = decay[i];
	}
}

static void
move_params(const struct net *n, struct plan *p, float *v, bool write)
{
	for (int i = 0; i < 4; i++) {
		int rc = write ? plan_write(p, n->param[i], v)
			       : plan_read(p, n->param[i], v);

		assert_int_equal(rc, 0);
		v += shape_count(graph_shape(n->g, n->param[i]));
	}
}

/* One iteration: iter_size batches, then the update. */
static void
iterate(const struct net *n, struct plan *p, struct solver *s, int iter)
{
	static float data[ROWS * 64], label[ROWS];

	if (iter == 0) {
		read_floats(data, ROWS * 64, GOLDEN "data.bin");
		read_floats(label, ROWS, GOLDEN "label.bin");
	}
	for (int j = 0; j < s->u.iter_size; j++) {
		const int row = BATCH * (iter * s->u.iter_size + j) % ROWS;
		const struct plan_run r = { .backward = true,
			.accumulate = j > 0 };

		assert_int_equal(plan_write(p, n->data, data + row * 64), 0);
		assert_int_equal(plan_write(p, n->label, label + row), 0);
		assert_int_equal(plan_run(p, &r), 0);
	}
	s->u.iteration = (uint64_t)iter;
	s->u.rate = (float)rate_at(s, iter);
	s->u.params = n->update;
	s->u.n = 4;
	assert_int_equal(plan_update(p, &s->u), 0);
}

/* Largest difference from Caffe's weights over ten iterations. */
static double
follow(const char *name, struct device *d)
{
	static float want[ITERS * PARAMS];
	float v[PARAMS];
	struct solver s;
	struct net n;
	struct plan *p;
	char path[512];
	double worst = 0;

	read_solver(&s, name);
	make_net(&n, s.frozen);
	assert_int_equal(device_plan(d, &p, n.g, NULL), 0);
	read_floats(v, PARAMS, GOLDEN "init_params.bin");
	move_params(&n, p, v, true);
	snprintf(path, sizeof(path), GOLDEN "%s/params_by_iter.bin", name);
	read_floats(want, LENGTH(want), path);
	for (int iter = 0; iter < ITERS; iter++) {
		iterate(&n, p, &s, iter);
		move_params(&n, p, v, false);
		for (int i = 0; i < PARAMS; i++)
			worst = fmax(worst,
			    fabs((double)v[i] -
				(double)want[iter * PARAMS + i]));
	}
	plan_free(p);
	graph_free(n.g);
	return worst;
}

static void
follow_all(const char *device)
{
	struct device *d;
	struct dirent *e;
	double worst = 0;
	int cases = 0;
	DIR *dir;

	assert_int_equal(device_open(&d, device, NULL), 0);
	dir = opendir(GOLDEN);
	assert_non_null(dir);
	while ((e = readdir(dir)) != NULL) {
		char path[512];
		double w;

		snprintf(path, sizeof(path), GOLDEN "%s/params_by_iter.bin",
		    e->d_name);
		if (access(path, R_OK) != 0)
			continue;
		w = follow(e->d_name, d);
		if (!(w <= 1e-5))
			fail_msg("%s is off by %g", e->d_name, w);
		worst = fmax(worst, w);
		cases++;
	}
	closedir(dir);
	assert_true(cases > 0);
	printf("# %s: %d trajectories of Caffe, off by at most %.2g\n", d->name,
	    cases, worst);
	device_close(d);
}

static void
test_ref(void **state)
{
	(void)state;
	if (access(GOLDEN "data.bin", R_OK) != 0)
		skip();
	follow_all("ref");
}

static void
test_cpu(void **state)
{
	(void)state;
	if (access(GOLDEN "data.bin", R_OK) != 0)
		skip();
	follow_all("cpu");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ref),
		cmocka_unit_test(test_cpu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
