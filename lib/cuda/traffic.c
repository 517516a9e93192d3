/*
 * What a run moves between the device's memory and its processors: each step
 * reads its inputs and writes its outputs once, batch normalisation reads twice
 * (sums first, then the numbers).  Divided by what the memory can carry it is the
 * time below which no run of these steps comes; what caches keep, and what the
 * libraries write into their work space, is left out.
 */
#include "cuda/plan.h"

#include "base/log.h"

struct traffic {
	int steps;
	double read, written; /* bytes */
};

enum { CONVERSION = OP_KINDS, BIAS, TRAFFIC_KINDS };

static int
kind_of(const struct cu_step *s)
{
	if (s->run == cu_convert || s->call.op == NULL)
		return CONVERSION;
	if (s->run == cu_bias_grad)
		return BIAS;
	return (int)s->call.op->kind;
}

/* How often input k is read. */
static int
times(const struct cu_step *s, int k)
{
	const struct op *op = s->call.op;

	if (op == NULL || s->run == cu_convert)
		return 1;
	if (op->kind == OP_BATCHNORM)
		return k == 0 && op->a.batchnorm.train ? 2 : 1;
	return op->kind == OP_BATCHNORM_GRAD && k < 2 ? 2 : 1;
}

static void
add_step(struct traffic *t, const struct cu_step *s)
{
	t->steps++;
	for (int i = 0; i < s->call.nin; i++)
		if (s->in[i] != CU_NONE)
			t->read += (double)times(s, i) *
			    (double)cu_form_size(
				s->call.in[i].s, s->call.in[i].form);
	for (int i = 0; i < s->call.nout; i++)
		if (s->out[i] != CU_NONE)
			t->written += (double)cu_form_size(
			    s->call.out[i].s, s->call.out[i].form);
}

void
cu_say_traffic(const struct cu_plan *p)
{
	struct traffic all[TRAFFIC_KINDS] = { { 0, 0, 0 } }, sum = { 0, 0, 0 };

	if (!log_enabled(LOG_DEBUG))
		return;
	for (size_t i = 0; i < p->nsteps; i++) {
		if (p->steps[i].prologue)
			continue;
		add_step(&all[kind_of(&p->steps[i])], &p->steps[i]);
		add_step(&sum, &p->steps[i]);
	}
	for (int k = 0; k < TRAFFIC_KINDS; k++)
		if (all[k].steps > 0)
			log_debug("%s: %d steps, %.3f GB read, %.3f GB written",
			    k == CONVERSION ? "conversion"
				: k == BIAS ? "gradient of a bias"
					    : op_defs[k].name,
			    all[k].steps, all[k].read / 1e9,
			    all[k].written / 1e9);
	log_debug(
	    "a run moves %.3f GB: %.3f ms where the memory carries 4.8 TB/s",
	    (sum.read + sum.written) / 1e9, (sum.read + sum.written) / 4.8e9);
}
