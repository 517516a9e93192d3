/*
 * A small net with what a training has to keep up: BatchNorm's running means,
 * dropout's numbers, a solver's history; on one device.  For steps.c.
 */
#ifndef TESTS_CUDA_WORK_H
#define TESTS_CUDA_WORK_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/rng.h"
#include "device/device.h"

enum { N = 4, SIDE = 5, MAPS = 4, CLASSES = 3, PARAMS = 5, ROOM = 64 };

struct net {
	struct graph *g;
	int x, label, y, loss;
	int param[PARAMS], history[PARAMS][2], nparams;
	int mean; /* BatchNorm's running one */
};

static inline int
good(int rc)
{
	if (rc < 0)
		fail_msg("%s", err_text());
	return rc;
}

static inline int
param(struct net *n, struct shape s)
{
	char name[24];

	for (int k = 0; k < 2; k++) {
		snprintf(name, sizeof(name), "h%d.%d", k, n->nparams);
		n->history[n->nparams][k] =
		    good(graph_add_tensor(n->g, TENSOR_STATE, name, &s));
	}
	snprintf(name, sizeof(name), "p%d", n->nparams);
	n->param[n->nparams] =
	    good(graph_add_tensor(n->g, TENSOR_PARAM, name, &s));
	return n->param[n->nparams++];
}

static inline int
add(struct net *n, enum op_kind kind, const union op_attr *a, const int *in,
    int nin)
{
	return good(graph_add(n->g, kind, a, in, nin));
}

static inline int
batchnorm(struct net *n, int x)
{
	const union op_attr a = {
		.batchnorm = { .eps = 1e-3F, .fraction = 0.9F, .train = true }
	};
	const struct shape s = shape_of(1, MAPS), one = shape_of(1, 1);
	int in[6] = { x };

	in[1] = good(graph_add_tensor(n->g, TENSOR_PARAM, "mean", &s));
	in[2] = good(graph_add_tensor(n->g, TENSOR_PARAM, "var", &s));
	in[3] = good(graph_add_tensor(n->g, TENSOR_PARAM, "factor", &one));
	in[4] = param(n, s);
	in[5] = param(n, s);
	n->mean = in[1];
	return add(n, OP_BATCHNORM, &a, in, 6);
}

/* Convolution, BatchNorm, tanh, dropout, a product, softmax's loss. */
static inline void
build(struct net *n, float weight)
{
	const union op_attr conv = { .conv = { .nd = 2,
					 .kernel = { 3, 3 },
					 .stride = { 1, 1 },
					 .dilation = { 1, 1 },
					 .group = 1 } };
	const union op_attr drop = { .dropout = { 0.4F, 5 } };
	const union op_attr product = { .matmul = { .tb = true } };
	const union op_attr loss = {
		.loss = { .fn = LOSS_SOFTMAX, .norm = NORM_VALID, .axis = 1 }
	};
	const struct shape sx = shape_of(4, N, 2, SIDE, SIDE);
	const struct shape sl = shape_of(1, N);
	struct shape flat = shape_of(2, N, MAPS * (SIDE - 2) * (SIDE - 2));
	struct graph_seed seed = { .weight = weight, .grad = -1 };
	int in[3];

	memset(n, 0, sizeof(*n));
	n->g = graph_new();
	graph_set_name(n->g, "net");
	n->x = good(graph_add_tensor(n->g, TENSOR_INPUT, "data", &sx));
	n->label = good(graph_add_tensor(n->g, TENSOR_INPUT, "label", &sl));
	in[0] = n->x;
	in[1] = param(n, shape_of(4, MAPS, 2, 3, 3));
	in[0] = add(n, OP_CONV, &conv, in, 2);
	in[0] = batchnorm(n, in[0]);
	in[0] = good(graph_unary(n->g, in[0], UNARY_TANH, 0, 0, 0));
	in[0] = add(n, OP_DROPOUT, &drop, in, 1);
	in[0] = good(graph_reshape(n->g, in[0], &flat));
	in[1] = param(n, shape_of(2, CLASSES, (int)flat.d[1]));
	in[2] = param(n, shape_of(1, CLASSES));
	n->y = in[0] = add(n, OP_MATMUL, &product, in, 3);
	in[1] = n->label;
	n->loss = seed.tensor = add(n, OP_LOSS, &loss, in, 2);
	graph_tensor(n->g, n->y)->keep = true;
	graph_tensor(n->g, n->loss)->keep = true;
	good(graph_backward(n->g, &seed, 1, n->param, n->nparams));
}

static inline void
write_random(struct plan *p, int t, float scale, uint64_t stream)
{
	const size_t n = shape_count(graph_shape(p->graph, t));
	float *v = mem_array(float, n + 1);
	struct rng r;

	rng_init(&r, 9, stream);
	for (size_t i = 0; i < n; i++)
		v[i] = scale * (float)(rng_uniform(&r) - 0.5);
	good(plan_write(p, t, v));
	mem_free(v);
}

static inline void
feed(const struct net *n, struct plan *p, uint64_t stream)
{
	float label[N];

	write_random(p, n->x, 2, stream);
	for (int i = 0; i < N; i++)
		label[i] = (float)((i + (int)stream) % CLASSES);
	good(plan_write(p, n->label, label));
}

/* The device's plan with what it is about. */
struct work {
	struct net n;
	struct device *d;
	struct plan *p;
	struct update_param params[PARAMS];
	struct update u;
	int room;
};

static inline void
work_open(struct work *w, const char *device, enum precision precision,
    enum update_fn fn, float weight)
{
	const struct plan_opts o = { .seed = 3, .precision = precision };

	memset(w, 0, sizeof(*w));
	build(&w->n, weight);
	good(device_open(&w->d, device, NULL));
	good(device_plan(w->d, &w->p, w->n.g, &o));
	for (int i = 0; i < w->n.nparams; i++) {
		write_random(w->p, w->n.param[i], 1, (uint64_t)i);
		w->params[i] = (struct update_param){ w->n.param[i],
			graph_tensor(w->n.g, w->n.param[i])->grad,
			{ w->n.history[i][0], w->n.history[i][1] },
			1 + (float)(i % 2), 0.5F };
	}
	w->u = (struct update){ .fn = fn,
		.rate = 0.01F,
		.momentum = 0.9F,
		.momentum2 = 0.99F,
		.delta = 1e-3F,
		.rms_decay = 0.95F,
		.weight_decay = 0.01F,
		.clip = fn % 2 == 0 ? 0.5F : 0,
		.l1 = fn == UPDATE_ADAGRAD,
		.iter_size = 1,
		.params = w->params,
		.n = w->n.nparams };
}

static inline void
work_watch(struct work *w)
{
	const struct plan_metric list[2] = { { w->n.loss, true },
		{ w->n.y, false } };

	good(plan_metrics_set(w->p, list, 2, &w->room));
}

static inline void
work_close(struct work *w)
{
	plan_free(w->p);
	device_close(w->d);
	graph_free(w->n.g);
}

#endif
