/* Means that follow the weights, and trade places with them: average.h. */
#include "train/average.h"

#include <math.h>

#include "base/mem.h"

struct average_item {
	int tensor, mean;
};

struct average {
	double decay;
	int64_t every; /* iterations */
	struct average_item *v;
	int n;
};

static int64_t
choose_every(double decay)
{
	double span = decay < 1 ? 0.1 / (1 - decay) : 100;

	return span < 1 ? 1 : span > 100 ? 100 : (int64_t)span;
}

int
average_new(struct average **out, const struct net *net, double decay)
{
	struct average *a = mem_new(struct average);

	a->decay = decay;
	a->every = choose_every(decay);
	a->v = mem_array(struct average_item, (size_t)net->nparams + 1);
	for (int i = 0; i < net->nparams; i++) {
		const struct net_param *p = &net->params[i];
		const struct shape s = *graph_shape(net->graph, p->tensor);
		char *name;
		int mean;

		if (p->owner != i || !p->learn || p->lr_mult == 0)
			continue;
		name = mem_printf("average/%s", p->key);
		mean = graph_add_tensor(net->graph, TENSOR_STATE, name, &s);
		mem_free(name);
		if (mean < 0) {
			average_free(a);
			return mean;
		}
		a->v[a->n++] = (struct average_item){ p->tensor, mean };
	}
	*out = a;
	return 0;
}

void
average_free(struct average *a)
{
	if (a == NULL)
		return;
	mem_free(a->v);
	mem_free(a);
}

/* mean = keep * mean + (1 - keep) * weights */
static int
mix(struct average *a, struct plan *plan, float keep)
{
	int rc = 0;

	for (int i = 0; i < a->n && rc >= 0; i++)
		rc = plan_mix(plan, a->v[i].mean, a->v[i].tensor, keep);
	return rc;
}

int
average_step(struct average *a, struct plan *plan, int64_t iter)
{
	double d = fmin(a->decay, (1 + (double)iter) / (10 + (double)iter));

	if (iter % a->every != 0)
		return 0;
	return mix(a, plan, (float)pow(d, (double)a->every));
}

int
average_show(struct average *a, struct plan *plan)
{
	int rc = 0;

	for (int i = 0; i < a->n && rc >= 0; i++)
		rc = plan_swap(plan, a->v[i].tensor, a->v[i].mean);
	return rc;
}

int
average_hide(struct average *a, struct plan *plan)
{
	return average_show(a, plan);
}

int
average_take(struct average *a, struct plan *plan)
{
	return mix(a, plan, 0);
}
