/* Means that follow the weights, and trade places with them: average.h. */
#include "train/average.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

struct item {
	int tensor;
	size_t n;
	float *mean, *aside;
};

struct average {
	double decay;
	int64_t every; /* iterations */
	struct item *v;
	int n;
};

static int64_t
choose_every(double decay)
{
	double span = decay < 1 ? 0.1 / (1 - decay) : 100;

	return span < 1 ? 1 : span > 100 ? 100 : (int64_t)span;
}

int
average_new(struct average **out, const struct net *net, struct plan *plan,
    double decay)
{
	struct average *a = mem_new(struct average);
	int rc;

	a->decay = decay;
	a->every = choose_every(decay);
	a->v = mem_array(struct item, (size_t)net->nparams + 1);
	for (int i = 0; i < net->nparams; i++) {
		const struct net_param *p = &net->params[i];
		struct item *it = &a->v[a->n];

		if (p->owner != i || !p->learn || p->lr_mult == 0)
			continue;
		it->tensor = p->tensor;
		it->n = shape_count(graph_shape(net->graph, p->tensor));
		it->mean = mem_array(float, it->n + 1);
		it->aside = mem_array(float, it->n + 1);
		a->n++;
	}
	rc = average_take(a, plan);
	if (rc < 0) {
		average_free(a);
		return rc;
	}
	*out = a;
	return 0;
}

void
average_free(struct average *a)
{
	if (a == NULL)
		return;
	for (int i = 0; i < a->n; i++) {
		mem_free(a->v[i].mean);
		mem_free(a->v[i].aside);
	}
	mem_free(a->v);
	mem_free(a);
}

int
average_step(struct average *a, struct plan *plan, int64_t iter)
{
	double d = fmin(a->decay, (1 + (double)iter) / (10 + (double)iter));
	float keep, rest;

	if (iter % a->every != 0)
		return 0;
	keep = (float)pow(d, (double)a->every);
	rest = 1 - keep;
	for (int i = 0; i < a->n; i++) {
		struct item *it = &a->v[i];
		int rc = plan_read(plan, it->tensor, it->aside);

		if (rc < 0)
			return rc;
		for (size_t k = 0; k < it->n; k++)
			it->mean[k] = keep * it->mean[k] + rest * it->aside[k];
	}
	return 0;
}

int
average_show(struct average *a, struct plan *plan)
{
	int rc = 0;

	for (int i = 0; i < a->n && rc >= 0; i++) {
		rc = plan_read(plan, a->v[i].tensor, a->v[i].aside);
		if (rc >= 0)
			rc = plan_write(plan, a->v[i].tensor, a->v[i].mean);
	}
	return rc;
}

int
average_hide(struct average *a, struct plan *plan)
{
	int rc = 0;

	for (int i = 0; i < a->n && rc >= 0; i++)
		rc = plan_write(plan, a->v[i].tensor, a->v[i].aside);
	return rc;
}

int
average_take(struct average *a, struct plan *plan)
{
	int rc = 0;

	for (int i = 0; i < a->n && rc >= 0; i++)
		rc = plan_read(plan, a->v[i].tensor, a->v[i].mean);
	return rc;
}
