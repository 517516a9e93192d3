/* Losses and outputs, fetched for many steps at once: see metrics.h. */
#include "train/metrics.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"

struct metrics_item {
	const char *name; /* of an output, or NULL */
	double weight;    /* in the loss */
	double count;
};

struct metrics {
	struct plan *plan;
	struct metrics_item *v;
	int n;
	double *sums; /* (room, n) */
	int room, waiting;
};

/* means: see metrics_new. */
static bool
is_output(const struct net *net, const struct net_blob *b, bool means)
{
	int counts[LAYER_COUNTS];

	return b->output &&
	    !(means && layer_counts(&net->layers[b->layer], counts) > 0) &&
	    graph_tensor(net->graph, b->tensor)->kind != TENSOR_INPUT &&
	    !net->layers[b->layer].type->feed &&
	    shape_count(graph_shape(net->graph, b->tensor)) > 0;
}

int
metrics_new(
    struct metrics **out, const struct net *net, struct plan *plan, bool means)
{
	struct metrics *x = mem_new(struct metrics);
	struct plan_metric *p =
	    mem_array(struct plan_metric, (size_t)net->nblobs + 1);
	int outputs = 0, rc;

	x->plan = plan;
	x->v = mem_array(struct metrics_item, (size_t)net->nblobs + 1);
	for (int i = 0; i < net->nblobs; i++) {
		const struct net_blob *b = &net->blobs[i];
		const bool shown =
		    is_output(net, b, means) && outputs < METRICS_OUTPUTS;

		if (!shown && b->loss_weight == 0)
			continue;
		outputs += shown;
		p[x->n] =
		    (struct plan_metric){ b->tensor, b->loss_weight != 0 };
		x->v[x->n++] = (struct metrics_item){
			.name = shown ? b->name : NULL,
			.weight = (double)b->loss_weight,
			.count = (double)shape_count(
			    graph_shape(net->graph, b->tensor)),
		};
	}
	rc = plan_metrics_set(plan, p, x->n, &x->room);
	mem_free(p);
	if (rc < 0) {
		metrics_free(x);
		return rc;
	}
	x->sums = mem_array(double, (size_t)x->room *(size_t)x->n + 1);
	*out = x;
	return 0;
}

void
metrics_free(struct metrics *x)
{
	if (x == NULL)
		return;
	mem_free(x->v);
	mem_free(x->sums);
	mem_free(x);
}

int
metrics_step(struct metrics *x, const struct plan_step *s, bool *full)
{
	TRY(plan_step(x->plan, s));
	*full = ++x->waiting == x->room;
	return 0;
}

int
metrics_fetch(struct metrics *x, int *steps)
{
	*steps = 0;
	if (x->waiting == 0)
		return 0;
	x->waiting = 0;
	return plan_metrics_read(x->plan, x->sums, steps);
}

double
metrics_loss(const struct metrics *x, int i)
{
	const double *sum = x->sums + i * x->n;
	double loss = 0;

	for (int k = 0; k < x->n; k++)
		if (x->v[k].weight != 0)
			loss += x->v[k].weight * sum[k];
	return loss;
}

void
metrics_add(
    const struct metrics *x, int i, double weight, struct measurement *m)
{
	const double *sum = x->sums + i * x->n;
	size_t n = 0;

	for (int k = 0; k < x->n; k++) {
		if (x->v[k].name == NULL)
			continue;
		m->v[n].name = x->v[k].name;
		m->v[n++].value += weight * (sum[k] / x->v[k].count);
	}
	m->n = n;
}

void
metrics_names(const struct net *net, struct measurement *m)
{
	size_t outputs = 0;

	for (int i = 0; i < net->nblobs && m->n < JOURNAL_OUTPUTS; i++)
		if (is_output(net, &net->blobs[i], true) &&
		    outputs++ < METRICS_OUTPUTS)
			m->v[m->n++].name = net->blobs[i].name;
}
