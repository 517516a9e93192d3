/* Losses and outputs, fetched for many steps at once: see watch.h. */
#include "train/watch.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"

struct item {
	const char *name; /* of an output, or NULL */
	double weight;    /* in the loss */
	double count;
};

struct watch {
	struct plan *plan;
	struct item *v;
	int n;
	double *sums; /* (room, n) */
	int room, waiting;
};

static bool
is_output(const struct net *net, const struct net_blob *b)
{
	return b->output &&
	    graph_tensor(net->graph, b->tensor)->kind != TENSOR_INPUT &&
	    shape_count(graph_shape(net->graph, b->tensor)) > 0;
}

int
watch_new(struct watch **out, const struct net *net, struct plan *plan)
{
	struct watch *w = mem_new(struct watch);
	struct plan_watch *p =
	    mem_array(struct plan_watch, (size_t)net->nblobs + 1);
	int outputs = 0, rc;

	w->plan = plan;
	w->v = mem_array(struct item, (size_t)net->nblobs + 1);
	for (int i = 0; i < net->nblobs; i++) {
		const struct net_blob *b = &net->blobs[i];
		const bool shown =
		    is_output(net, b) && outputs < JOURNAL_OUTPUTS;

		if (!shown && b->loss_weight == 0)
			continue;
		outputs += shown;
		p[w->n] = (struct plan_watch){ b->tensor, b->loss_weight != 0 };
		w->v[w->n++] = (struct item){
			.name = shown ? b->name : NULL,
			.weight = (double)b->loss_weight,
			.count = (double)shape_count(
			    graph_shape(net->graph, b->tensor)),
		};
	}
	rc = plan_watch(plan, p, w->n, &w->room);
	mem_free(p);
	if (rc < 0) {
		watch_free(w);
		return rc;
	}
	w->sums = mem_array(double, (size_t)w->room *(size_t)w->n + 1);
	*out = w;
	return 0;
}

void
watch_free(struct watch *w)
{
	if (w == NULL)
		return;
	mem_free(w->v);
	mem_free(w->sums);
	mem_free(w);
}

int
watch_step(struct watch *w, const struct plan_step *s, bool *full)
{
	TRY(plan_step(w->plan, s));
	*full = ++w->waiting == w->room;
	return 0;
}

int
watch_fetch(struct watch *w, int *steps)
{
	*steps = 0;
	if (w->waiting == 0)
		return 0;
	w->waiting = 0;
	return plan_seen(w->plan, w->sums, steps);
}

double
watch_loss(const struct watch *w, int i)
{
	const double *sum = w->sums + i * w->n;
	double loss = 0;

	for (int k = 0; k < w->n; k++)
		if (w->v[k].weight != 0)
			loss += w->v[k].weight * sum[k];
	return loss;
}

void
watch_add(const struct watch *w, int i, double weight, struct measurement *m)
{
	const double *sum = w->sums + i * w->n;
	size_t n = 0;

	for (int k = 0; k < w->n; k++) {
		if (w->v[k].name == NULL)
			continue;
		m->v[n].name = w->v[k].name;
		m->v[n++].value += weight * (sum[k] / w->v[k].count);
	}
	m->n = n;
}

void
watch_names(const struct net *net, struct measurement *m)
{
	size_t outputs = 0;

	for (int i = 0; i < net->nblobs && m->n < JOURNAL_OUTPUTS; i++)
		if (is_output(net, &net->blobs[i]) &&
		    outputs++ < JOURNAL_OUTPUTS)
			m->v[m->n++].name = net->blobs[i].name;
}
