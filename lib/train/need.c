/* Adding up what plans take, and what surrounds them: see need.h. */
#include "train/need.h"

#include <stdio.h>

#include "base/err.h"

uint64_t
need_plans(const struct need *n)
{
	return n->params + n->learning + n->values + n->workspace;
}

uint64_t
need_total(const struct need *n)
{
	return need_plans(n) + n->feeding + n->rest;
}

char *
need_text(char out[NUM_TEXT_MAX], uint64_t bytes)
{
	const double mib = (double)bytes / 1048576;

	if (mib >= 1024)
		snprintf(out, NUM_TEXT_MAX, "%.1f GiB", mib / 1024);
	else
		snprintf(out, NUM_TEXT_MAX, "%.*f MiB", mib < 10, mib);
	return out;
}

/* Bytes of the inputs: the host prepares a batch while another is taken. */
static uint64_t
prepared(const struct plan *p)
{
	uint64_t bytes = 0;

	for (int t = 0; t < graph_tensors(p->graph); t++)
		if (graph_tensor(p->graph, t)->kind == TENSOR_INPUT)
			bytes += shape_count(graph_shape(p->graph, t));
	return 2 * bytes * sizeof(float);
}

void
need_add_plan(struct need *n, const struct plan *p)
{
	struct plan_memory m;

	plan_memory(p, &m);
	n->params += m.params - m.history;
	n->learning += m.history + m.grads;
	n->values += m.values - m.grads;
	n->workspace += m.workspace;
	n->rest += m.code;
	n->feeding +=
	    device_has_room(p->device) ? (uint64_t)m.feeding : prepared(p);
}

static uint64_t
larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

void
need_add_training(
    struct need *n, const struct plan *p, int iter_size, bool average)
{
	struct plan_memory m;

	need_add_plan(n, p);
	plan_memory(p, &m);
	if (iter_size > 1)
		n->learning += m.later;
	if (device_has_room(p->device)) {
		n->rest += NEED_CONTEXT;
		return;
	}
	/* a snapshot is written from a copy of the weights, then of the
	 * history; an average is two copies */
	n->rest += NEED_PROGRAM + larger(m.params - m.history, m.history);
	if (average)
		n->rest += 2 * (uint64_t)m.grads;
}

int
need_largest(int *out, int most, int (*fits)(void *ctx, int batch), void *ctx)
{
	int low = 0, high = most + 1, rc;

	*out = 0;
	while (high - low > 1) {
		/* doubling first: small batches are measured sooner */
		int at = low < 1 ? 1
		    : 2 * low < high && high == most + 1
		    ? 2 * low
		    : low + (high - low) / 2;

		rc = fits(ctx, at);
		if (rc < 0)
			return rc;
		if (rc > 0)
			low = at;
		else
			high = at;
	}
	*out = low;
	return 0;
}
