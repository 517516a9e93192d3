/* Policies as a table; each row is a name, a formula and what it needs. */
#include "train/rate.h"

#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"

static double
rate_fixed(const Caffe__SolverParameter *s, double it)
{
	(void)s;
	(void)it;
	return 1;
}

static double
rate_step(const Caffe__SolverParameter *s, double it)
{
	return pow(s->gamma, floor(it / s->stepsize));
}

static double
rate_exp(const Caffe__SolverParameter *s, double it)
{
	return pow(s->gamma, it);
}

static double
rate_inv(const Caffe__SolverParameter *s, double it)
{
	return pow(1 + s->gamma * it, -s->power);
}

static size_t
values_passed(const Caffe__SolverParameter *s, double it)
{
	size_t passed = 0;

	while (passed < s->n_stepvalue && it >= s->stepvalue[passed])
		passed++;
	return passed;
}

static double
rate_multistep(const Caffe__SolverParameter *s, double it)
{
	return pow(s->gamma, (double)values_passed(s, it));
}

static double
rate_poly(const Caffe__SolverParameter *s, double it)
{
	double left = 1 - it / s->max_iter;

	return pow(left > 0 ? left : 0, s->power);
}

static double
rate_sigmoid(const Caffe__SolverParameter *s, double it)
{
	return 1 / (1 + exp(-s->gamma * (it - s->stepsize)));
}

static double
rate_cosine(const Caffe__SolverParameter *s, double it)
{
	double done = it / s->max_iter;

	return 0.5 * (1 + cos(M_PI * (done < 1 ? done : 1)));
}

enum { NEEDS_STEP = 1, NEEDS_VALUES = 2, NEEDS_MAX = 4, NEEDS_GAMMA = 8 };

static const struct policy {
	const char *name;
	double (*factor)(const Caffe__SolverParameter *s, double it);
	int needs;
} policies[] = {
	{ "fixed", rate_fixed, 0 },
	{ "step", rate_step, NEEDS_STEP | NEEDS_GAMMA },
	{ "exp", rate_exp, NEEDS_GAMMA },
	{ "inv", rate_inv, NEEDS_GAMMA },
	{ "multistep", rate_multistep, NEEDS_VALUES | NEEDS_GAMMA },
	{ "poly", rate_poly, NEEDS_MAX },
	{ "sigmoid", rate_sigmoid, NEEDS_STEP | NEEDS_GAMMA },
	{ "cosine", rate_cosine, NEEDS_MAX },
};

static const struct policy *
find_policy(const char *name)
{
	for (size_t i = 0; name != NULL && i < LENGTH(policies); i++)
		if (strcmp(policies[i].name, name) == 0)
			return &policies[i];
	return NULL;
}

int
rate_check(const Caffe__SolverParameter *s)
{
	const struct policy *p = find_policy(s->lr_policy);

	if (p == NULL)
		return err_set(ERR_FORMAT,
		    "lr_policy \"%s\": unknown (fixed step multistep exp inv poly sigmoid cosine)",
		    s->lr_policy != NULL ? s->lr_policy : "");
	if (!s->has_base_lr || !isfinite(s->base_lr))
		return err_set(
		    ERR_FORMAT, "base_lr is missing or not a number");
	if ((p->needs & NEEDS_GAMMA) && !s->has_gamma)
		return err_set(ERR_FORMAT, "lr_policy %s needs gamma", p->name);
	if ((p->needs & NEEDS_STEP) && s->stepsize < 1)
		return err_set(
		    ERR_FORMAT, "lr_policy %s needs stepsize >= 1", p->name);
	if ((p->needs & NEEDS_VALUES) && s->n_stepvalue == 0)
		return err_set(
		    ERR_FORMAT, "lr_policy %s needs stepvalue", p->name);
	if ((p->needs & NEEDS_MAX) && s->max_iter < 1)
		return err_set(
		    ERR_FORMAT, "lr_policy %s needs max_iter", p->name);
	for (size_t i = 1; i < s->n_stepvalue; i++)
		if (s->stepvalue[i] < s->stepvalue[i - 1])
			return err_set(ERR_FORMAT,
			    "stepvalue %d comes after %d", s->stepvalue[i],
			    s->stepvalue[i - 1]);
	return 0;
}

float
rate_at(const Caffe__SolverParameter *s, int64_t it, int64_t warmup)
{
	if (it < warmup)
		return (float)(s->base_lr * (double)(it + 1) / (double)warmup);
	return (float)(s->base_lr *
	    find_policy(s->lr_policy)->factor(s, (double)it));
}

int32_t
rate_steps(const Caffe__SolverParameter *s, int64_t it)
{
	const char *policy = s->lr_policy != NULL ? s->lr_policy : "";

	if (it < 0)
		return 0;
	if (strcmp(policy, "step") == 0 && s->stepsize > 0)
		return (int32_t)(it / s->stepsize);
	if (strcmp(policy, "multistep") == 0)
		return (int32_t)values_passed(s, (double)it);
	return 0;
}
