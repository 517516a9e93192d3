/*
 * DIGITS's arithmetic: the rate policies are given in
 * percent of the whole training, intervals in epochs.
 *
 * "sigmoid" gets a negative gamma, as in DIGITS: it is what makes the rate fall,
 * and the only way that today's formula can express.
 */
#include "recipe/recipe_solver.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "caffe/msg.h"
#include "train/rate.h"

static const double default_steps[] = { 50, 85 };

/* Caffe's names. */
static const struct type {
	const char *name;
	bool momentum;
} types[] = {
	[RECIPE_SGD] = { "SGD", true },
	[RECIPE_NESTEROV] = { "Nesterov", true },
	[RECIPE_ADAGRAD] = { "AdaGrad", false },
	[RECIPE_RMSPROP] = { "RMSProp", false },
	[RECIPE_ADADELTA] = { "AdaDelta", true },
	[RECIPE_ADAM] = { "Adam", true },
	[RECIPE_ADAMW] = { "AdamW", true },
	[RECIPE_LAMB] = { "LAMB", true },
};

/* DIGITS's defaults of each policy; NAN: it has no such value. */
static const struct policy {
	const char *name;
	double gamma, power, step;
} policies[] = {
	[RECIPE_STEP] = { "step", 0.1, NAN, 33 },
	[RECIPE_FIXED] = { "fixed", NAN, NAN, NAN },
	[RECIPE_MULTISTEP] = { "multistep", 0.5, NAN, NAN },
	[RECIPE_EXP] = { "exp", 0.95, NAN, NAN },
	[RECIPE_INV] = { "inv", 0.1, 0.5, NAN },
	[RECIPE_POLY] = { "poly", NAN, 3, NAN },
	[RECIPE_SIGMOID] = { "sigmoid", 0.1, NAN, 50 },
	[RECIPE_COSINE] = { "cosine", NAN, NAN, NAN },
};

static double
given(double v, double otherwise)
{
	return isnan(v) ? otherwise : v;
}

static void
set_policy(Caffe__SolverParameter *s, const struct recipe_opts *o)
{
	double percent = s->max_iter / 100.0;
	const struct policy *p = &policies[o->policy];
	double gamma = given(o->gamma, p->gamma);
	double step = given(o->step, p->step);

	caffe_set_str(s, "lr_policy", p->name);
	if (!isnan(p->gamma)) {
		s->has_gamma = 1;
		s->gamma = (float)gamma;
	}
	if (!isnan(p->power)) {
		s->has_power = 1;
		s->power = (float)given(o->power, p->power);
	}
	if (!isnan(p->step)) {
		s->has_stepsize = 1;
		s->stepsize = (int)fmax(1, ceil(step * percent));
	}
	if (o->policy == RECIPE_EXP)
		s->gamma = (float)pow(gamma, 1 / percent);
	else if (o->policy == RECIPE_INV)
		s->gamma = (float)(gamma / percent);
	else if (o->policy == RECIPE_SIGMOID)
		s->gamma = (float)(-gamma / percent);
	else if (o->policy == RECIPE_MULTISTEP) {
		size_t n =
		    o->nstepvalues > 0 ? o->nstepvalues : LENGTH(default_steps);
		const double *v =
		    o->nstepvalues > 0 ? o->stepvalues : default_steps;

		s->stepvalue = mem_realloc(NULL, n, sizeof(*s->stepvalue));
		s->n_stepvalue = n;
		for (size_t i = 0; i < n; i++)
			s->stepvalue[i] = (int)ceil(v[i] * percent);
	}
}

/* Epochs to iterations: within (0, max): at least 1; otherwise `never`. */
static int
interval(double epochs, int64_t per_epoch, int64_t max, int64_t never)
{
	double x = epochs * (double)per_epoch;

	if (x > 0 && x <= 1)
		return 1;
	return (int)(x > 1 && x < (double)max ? (int64_t)x : never);
}

static void
set_solver_values(Caffe__SolverParameter *s, const struct recipe_opts *o)
{
	const struct type *type = &types[o->solver];

	caffe_set_str(s, "type", type->name);
	if (type->momentum) {
		s->has_momentum = 1;
		s->momentum = (float)o->momentum;
	}
	s->has_weight_decay = 1;
	s->weight_decay = (float)o->weight_decay;
	if (!isnan(o->momentum2)) {
		s->has_momentum2 = 1;
		s->momentum2 = (float)o->momentum2;
	}
	if (!isnan(o->clip)) {
		s->has_clip_gradients = 1;
		s->clip_gradients = (float)o->clip;
	}
	if (o->solver == RECIPE_RMSPROP) {
		s->has_rms_decay = 1;
		s->rms_decay = (float)given(o->rms_decay, 0.99);
	}
	if (o->accumulate > 1) {
		s->has_iter_size = 1;
		s->iter_size = o->accumulate;
	}
}

static void
set_intervals(Caffe__SolverParameter *s, const struct recipe *r,
    const struct recipe_opts *o)
{
	double seen = (double)r->batch * o->accumulate;
	double display = fmin(
	    floor((double)r->max_iter / (o->epochs * 8)), ceil(5000 / seen));

	s->has_display = 1;
	s->display = (int)fmax(1, display);
	s->has_snapshot = 1;
	s->snapshot =
	    interval(o->snapshot_interval, r->iters_per_epoch, r->max_iter, 0);
	if (r->val_items > 0 && o->val_interval > 0) {
		caffe_set_str(s, "net", "train_val.prototxt");
		s->test_iter = mem_realloc(NULL, 1, sizeof(*s->test_iter));
		s->n_test_iter = 1;
		s->test_iter[0] =
		    (int)((r->val_items + (size_t)r->val_batch - 1) /
			(size_t)r->val_batch);
		s->has_test_interval = 1;
		s->test_interval = interval(o->val_interval, r->iters_per_epoch,
		    r->max_iter, r->max_iter);
	}
}

int
recipe_iterations(int64_t *out, double epochs, double per_epoch)
{
	const double iters = ceil(epochs * per_epoch);

	if (!(iters >= 1 && iters <= INT_MAX))
		return err_set(ERR_USAGE,
		    "%g epochs of %.10g iterations: a training has at least one iteration, and at most 2147483647",
		    epochs, per_epoch);
	*out = (int64_t)iters;
	return 0;
}

int
recipe_solver_make(struct recipe *r, const struct recipe_opts *o)
{
	Caffe__SolverParameter *s =
	    caffe_new(Caffe__SolverParameter, solver_parameter);
	size_t per_iter = (size_t)r->batch * (size_t)o->accumulate;

	r->solver = s;
	r->iters_per_epoch =
	    (int64_t)((r->train_items + per_iter - 1) / per_iter);
	TRY(recipe_iterations(
	    &r->max_iter, o->epochs, (double)r->iters_per_epoch));
	caffe_set_str(s, "net", "train_val.prototxt");
	s->has_base_lr = 1;
	s->base_lr = (float)o->lr;
	s->has_max_iter = 1;
	s->max_iter = (int)r->max_iter;
	set_intervals(s, r, o);
	set_policy(s, o);
	set_solver_values(s, o);
	caffe_set_str(s, "snapshot_prefix", "snapshot");
	s->has_solver_mode = 1;
	s->solver_mode = CAFFE__SOLVER_PARAMETER__SOLVER_MODE__CPU;
	s->has_random_seed = 1;
	s->random_seed = o->seed;
	return rate_check(s);
}
