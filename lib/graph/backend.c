/* The doors of devices and plans: each checks what it is asked and hands it to
 * the backend.  The names of the precisions. */
#include "graph/backend.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "file/ram.h"
#include "graph/plan_int.h"

static const char *const precisions[] = { "fp32", "tf32", "bf16", "fp16" };

const char *
precision_name(enum precision p)
{
	return precisions[p];
}

int
precision_find(enum precision *out, const char *name)
{
	for (size_t i = 0; i < LENGTH(precisions); i++) {
		if (strcmp(name, precisions[i]) == 0) {
			*out = (enum precision)i;
			return 0;
		}
	}
	return err_set(ERR_USAGE,
	    "precision %s: one of fp32, tf32, bf16, fp16 is wanted", name);
}

int
device_plan(struct device *d, struct plan **out, const struct graph *g,
    const struct plan_opts *o)
{
	static const struct plan_opts plain = { .precision = PRECISION_FP32 };

	*out = NULL;
	if (o == NULL)
		o = &plain;
	if (o->share != NULL && o->share->device != d)
		return err_set(
		    ERR_DEVICE, "plans of two devices cannot share parameters");
	if (o->share != NULL && o->share->measure != o->measure)
		return err_set(ERR_UNSUPPORTED,
		    "a plan that is only measured shares with its like");
	TRY(d->backend->plan(out, d, g, o));
	(*out)->measure = o->measure;
	return 0;
}

int
plan_check_runs(const struct plan *p)
{
	if (!p->measure)
		return 0;
	return err_set(
	    ERR_UNSUPPORTED, "a plan that is only measured holds no numbers");
}

void
device_close(struct device *d)
{
	if (d != NULL)
		d->backend->close(d);
}

bool
device_has_room(const struct device *d)
{
	return d->backend->room != NULL;
}

uint64_t
device_room(struct device *d)
{
	uint64_t available = UINT64_MAX, total;

	if (d->backend->room == NULL)
		return ram_available("");
	d->backend->room(d, &available, &total);
	return available;
}

int
plan_run(struct plan *p, const struct plan_run *r)
{
	TRY(plan_check_runs(p));
	return p->backend->run(p, r);
}

const struct tensor *
plan_tensor(const struct plan *p, int t)
{
	if (t < 0 || t >= graph_tensors(p->graph))
		return NULL;
	return graph_tensor(p->graph, t);
}

int
plan_write(struct plan *p, int t, const float *src)
{
	const struct tensor *x = plan_tensor(p, t);

	if (x == NULL)
		return err_set(ERR_RANGE, "tensor %d does not exist", t);
	if (x->kind == TENSOR_VALUE || x->kind == TENSOR_CONST)
		return err_set(ERR_UNSUPPORTED,
		    "%s is computed and cannot be written", x->name);
	TRY(plan_check_runs(p));
	return p->backend->write(p, t, src);
}

int
plan_read(struct plan *p, int t, float *dst)
{
	const struct tensor *x = plan_tensor(p, t);

	if (x == NULL)
		return err_set(ERR_RANGE, "tensor %d does not exist", t);
	if (x->kind == TENSOR_CONST) {
		size_t n = shape_count(&x->shape);

		if (n > 0)
			memcpy(dst, x->data, n * sizeof(*dst));
		return 0;
	}
	if (x->kind == TENSOR_VALUE && !x->keep)
		return err_set(ERR_UNSUPPORTED,
		    "%s was not kept and cannot be read", x->name);
	TRY(plan_check_runs(p));
	return p->backend->read(p, t, dst);
}

int
plan_update(struct plan *p, const struct update *u)
{
	TRY(plan_check_runs(p));
	return p->backend->update(p, u);
}

int
plan_profile(struct plan *p)
{
	TRY(plan_check_runs(p));
	if (p->backend->profile == NULL)
		return err_set(ERR_UNSUPPORTED,
		    "%s does not tell the times of layers", p->device->name);
	return p->backend->profile(p);
}

int
plan_step_time(const struct plan *p, size_t i, struct plan_time *out)
{
	return p->backend->step_time != NULL ? p->backend->step_time(p, i, out)
					     : 0;
}

void
plan_memory(const struct plan *p, struct plan_memory *m)
{
	memset(m, 0, sizeof(*m));
	p->backend->memory(p, m);
}

void
plan_free(struct plan *p)
{
	if (p == NULL)
		return;
	plan_notes_free(p->notes);
	p->backend->free(p);
}
