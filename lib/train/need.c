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

uint64_t
need_around(const struct device *d)
{
	return device_has_room(d) ? NEED_CONTEXT : NEED_PROGRAM;
}

static uint64_t
largest_param(const struct plan *p)
{
	uint64_t most = 0;

	for (int t = 0; t < graph_tensors(p->graph); t++) {
		const size_t n = shape_count(graph_shape(p->graph, t));

		if (graph_tensor(p->graph, t)->kind == TENSOR_PARAM && n > most)
			most = n;
	}
	return most * sizeof(float);
}

void
need_add_training(struct need *n, const struct plan *p, int iter_size)
{
	struct plan_memory m;

	need_add_plan(n, p);
	plan_memory(p, &m);
	if (iter_size > 1)
		n->learning += m.later;
	n->rest += need_around(p->device);
	if (device_has_room(p->device))
		return;
	/* a snapshot is written from a copy of one blob after the other */
	n->rest += largest_param(p);
}

/* Two batches that were asked for, the later one second. */
struct line {
	int batch[2];
	uint64_t bytes[2];
	int n;
};

static void
line_add(struct line *l, int batch, uint64_t bytes)
{
	l->batch[0] = l->batch[1];
	l->bytes[0] = l->bytes[1];
	l->batch[1] = batch;
	l->bytes[1] = bytes;
	l->n++;
}

/* Where the line through both meets the limit. */
static double
line_meets(const struct line *l, uint64_t limit)
{
	const double rise = ((double)l->bytes[1] - (double)l->bytes[0]) /
	    (double)(l->batch[1] - l->batch[0]);

	if (rise <= 0)
		return 1e9;
	return (double)l->batch[1] +
	    ((double)limit - (double)l->bytes[1]) / rise;
}

int
need_largest(int *out, int most, uint64_t limit,
    int (*ask)(void *ctx, int batch, uint64_t *bytes), void *ctx)
{
	struct line line = { .n = 0 };
	int low = 0, high = most + 1;

	*out = 0;
	for (int turn = 0; high - low > 1; turn++) {
		double at = turn < 2 ? turn + 1 : line_meets(&line, limit);
		uint64_t bytes = 0;
		int batch;

		if (turn > 4 && turn % 2 == 1) /* the line leads nowhere */
			at = high > most ? 2.0 * low : (low + high) / 2.0;
		batch = at < low + 1 ? low + 1
		    : at > high - 1  ? high - 1
				     : (int)at;
		TRY(ask(ctx, batch, &bytes));
		line_add(&line, batch, bytes);
		if (bytes <= limit)
			low = batch;
		else
			high = batch;
	}
	*out = low;
	return 0;
}
