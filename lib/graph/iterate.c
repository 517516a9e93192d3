/*
 * The steps of a training: what a backend does by itself (struct iterate_ops), or
 * the host for one that does not: it runs, notes, updates, one step at a time.
 */
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "graph/backend.h"
#include "graph/plan_int.h"

/* What the host notes for a backend that does not: one step's sums. */
struct plan_notes {
	struct plan_metric *metric;
	double *sum;
	int n;
	bool full, halted;
};

void
plan_notes_free(struct plan_notes *o)
{
	if (o == NULL)
		return;
	mem_free(o->metric);
	mem_free(o->sum);
	mem_free(o);
}

int
plan_metrics_set(struct plan *p, const struct plan_metric *w, int n, int *room)
{
	struct plan_notes *o;

	TRY(plan_check_runs(p));
	for (int i = 0; i < n; i++) {
		const struct tensor *x = plan_tensor(p, w[i].tensor);

		if (x == NULL || (x->kind == TENSOR_VALUE && !x->keep))
			return err_set(ERR_UNSUPPORTED,
			    "tensor %d cannot be watched", w[i].tensor);
	}
	if (p->backend->iterate != NULL)
		return p->backend->iterate->metrics_set(p, w, n, room);
	o = mem_new(struct plan_notes);
	o->metric = mem_array(struct plan_metric, (size_t)n + 1);
	o->sum = mem_array(double, (size_t)n + 1);
	o->n = n;
	if (n > 0)
		memcpy(o->metric, w, (size_t)n * sizeof(*w));
	plan_notes_free(p->notes);
	p->notes = o;
	*room = 1;
	return 0;
}

/* The sum of a tensor.  Hot: what is watched is mostly one number. */
static int
sum_of(struct plan *p, int t, double *out)
{
	const size_t n = shape_count(graph_shape(p->graph, t));
	float few[64], *v = few;
	int rc;

	if (n > LENGTH(few))
		v = mem_array(float, n);
	rc = plan_read(p, t, v);
	*out = 0;
	for (size_t i = 0; rc >= 0 && i < n; i++)
		*out += (double)v[i];
	if (v != few)
		mem_free(v);
	return rc;
}

static int
note_losses(struct plan *p)
{
	struct plan_notes *o = p->notes;

	for (int i = 0; i < o->n; i++) {
		TRY(sum_of(p, o->metric[i].tensor, &o->sum[i]));
		if (o->metric[i].halts && !isfinite(o->sum[i]))
			o->halted = true;
	}
	o->full = true;
	return 0;
}

int
plan_step(struct plan *p, const struct plan_step *s)
{
	struct plan_notes *o = p->notes;

	TRY(plan_check_runs(p));
	if (p->backend->iterate != NULL)
		return p->backend->iterate->step(p, s);
	if (o != NULL && o->full)
		return err_set(ERR_RANGE, "no room to note this step");
	TRY(p->backend->run(p, &s->run));
	if (o != NULL)
		TRY(note_losses(p));
	if (s->update == NULL || (o != NULL && o->halted))
		return 0;
	return p->backend->update(p, s->update);
}

int
plan_metrics_read(struct plan *p, double *sums, int *steps)
{
	struct plan_notes *o = p->notes;

	*steps = 0;
	if (p->backend->iterate != NULL)
		return p->backend->iterate->metrics_read(p, sums, steps);
	if (o == NULL || !o->full)
		return 0;
	if (o->n > 0)
		memcpy(sums, o->sum, (size_t)o->n * sizeof(*sums));
	o->full = false;
	*steps = 1;
	return 0;
}

/* Both last and are alike: their elements. */
static int
check_two(const struct plan *p, int a, int b, size_t *n)
{
	const struct tensor *x = plan_tensor(p, a), *y = plan_tensor(p, b);

	TRY(plan_check_runs(p));
	if (x == NULL || y == NULL ||
	    (x->kind != TENSOR_PARAM && x->kind != TENSOR_STATE) ||
	    (y->kind != TENSOR_PARAM && y->kind != TENSOR_STATE) ||
	    shape_count(&x->shape) != shape_count(&y->shape))
		return err_set(ERR_RANGE,
		    "tensors %d and %d are not two parameters of one size", a,
		    b);
	*n = shape_count(&x->shape);
	return 0;
}

static int
read_two(struct plan *p, int a, int b, float *v[2], size_t n)
{
	v[0] = mem_array(float, n + 1);
	v[1] = mem_array(float, n + 1);
	TRY(p->backend->read(p, a, v[0]));
	return p->backend->read(p, b, v[1]);
}

int
plan_mix(struct plan *p, int to, int from, float keep)
{
	const float rest = 1 - keep;
	float *v[2] = { NULL, NULL };
	size_t n;
	int rc;

	TRY(check_two(p, to, from, &n));
	if (p->backend->iterate != NULL)
		return p->backend->iterate->mix(p, to, from, keep);
	if (p->notes != NULL && p->notes->halted)
		return 0;
	rc = read_two(p, to, from, v, n);
	for (size_t i = 0; rc >= 0 && i < n && keep != 0; i++)
		v[0][i] = keep * v[0][i] + rest * v[1][i];
	if (rc >= 0)
		rc = p->backend->write(p, to, keep != 0 ? v[0] : v[1]);
	mem_free(v[0]);
	mem_free(v[1]);
	return rc;
}

int
plan_swap(struct plan *p, int a, int b)
{
	float *v[2] = { NULL, NULL };
	size_t n;
	int rc;

	TRY(check_two(p, a, b, &n));
	if (p->backend->iterate != NULL)
		return p->backend->iterate->swap(p, a, b);
	rc = read_two(p, a, b, v, n);
	if (rc >= 0)
		rc = p->backend->write(p, a, v[1]);
	if (rc >= 0)
		rc = p->backend->write(p, b, v[0]);
	mem_free(v[0]);
	mem_free(v[1]);
	return rc;
}

int
plan_scale_get(struct plan *p, struct plan_scale *s)
{
	*s = (struct plan_scale){ .scale = 1 };
	if (p->backend->iterate == NULL)
		return 0;
	return p->backend->iterate->scale(p, s, false);
}

int
plan_scale_set(struct plan *p, const struct plan_scale *s)
{
	struct plan_scale copy = *s;

	if (p->backend->iterate == NULL)
		return 0;
	return p->backend->iterate->scale(p, &copy, true);
}

uint64_t
device_waits(const struct device *d)
{
	const struct iterate_ops *ops = d->backend->iterate;

	return ops != NULL ? ops->waits(d) : 0;
}
