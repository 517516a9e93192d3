/* Asking session_need for batches of several sizes: see fit.h. */
#include "recipe/memory/fit.h"

#include <stdio.h>

#include "base/err.h"
#include "base/log.h"
#include "base/num.h"
#include "base/stop.h"
#include "train/session.h"

/* What is asked for batch after batch. */
struct asking {
	const struct train_job *job;
	uint64_t available;
	int unit; /* batches are multiples of it: ranks share them */
};

static struct asking
asking_for(const struct train_job *job)
{
	const struct exchange *x = job->exchange;
	struct asking a = { .job = job,
		.available = device_room(job->opened),
		.unit = x != NULL ? x->ranks : 1 };

	/* the machine's memory is for all ranks on it */
	if (x != NULL && x->locals > 1 && !device_has_room(job->opened))
		a.available /= (uint64_t)x->locals;
	return a;
}

/* What need.h says is taken from now on: the program has its part of the
 * machine's memory already, an open device half of what goes beside the plans
 * (the context; code of the libraries comes when it is called). */
static uint64_t
bytes_wanted(const struct asking *a, const struct need *n)
{
	return need_total(n) -
	    (device_has_room(a->job->opened) ? NEED_CONTEXT / 2 : NEED_PROGRAM);
}

static int
need_of(void *ctx, int batch, uint64_t *bytes)
{
	const struct asking *a = ctx;
	struct need n;

	TRY(session_need(&n, a->job, a->job->opened, batch * a->unit));
	*bytes = bytes_wanted(a, &n);
	log_debug(
	    "batch %d: %.1f MiB", batch * a->unit, (double)*bytes / 1048576);
	return 0;
}

static bool
refused(const struct asking *a, const struct need *n)
{
	const uint64_t plans = need_plans(n);

	if (device_has_room(a->job->opened))
		return plans > a->available;
	return plans - plans / 20 > a->available;
}

static int
refuse(const struct asking *a, const struct need *n, bool offer)
{
	char need[NUM_TEXT_MAX], have[NUM_TEXT_MAX], batch[48] = "a training";
	const char *where =
	    device_has_room(a->job->opened) ? "the device" : "this machine";
	int best = 0;

	need_text(need, bytes_wanted(a, n));
	need_text(have, a->available);
	if (n->batch > 0)
		snprintf(batch, sizeof(batch), "batch %d", n->batch);
	if (!offer || n->batch <= a->unit)
		return err_set(ERR_DEVICE, "%s needs %s, %s has %s free", batch,
		    need, where, have);
	TRY(need_largest(
	    &best, n->batch / a->unit - 1, a->available, need_of, (void *)a));
	if (best == 0)
		return err_set(ERR_DEVICE,
		    "%s needs %s, %s has %s free: not even batch %d fits",
		    batch, need, where, have, a->unit);
	return err_set(ERR_DEVICE,
	    "%s needs %s, %s has %s free: the largest batch that fits is %d (use -b %d, or --batch-size auto)",
	    batch, need, where, have, best * a->unit, best * a->unit);
}

int
fit_check(struct need *out, const struct train_job *job, bool offer)
{
	const struct asking a = asking_for(job);
	char need[NUM_TEXT_MAX], have[NUM_TEXT_MAX];

	TRY(session_need(out, job, job->opened, 0));
	log_info("memory: %s needed, %s free",
	    need_text(need, bytes_wanted(&a, out)),
	    need_text(have, a.available));
	return refused(&a, out) ? refuse(&a, out, offer) : 0;
}

struct fit_batch
fit_divide(int batch, int most, int unit)
{
	const int parts = (batch + most - 1) / most;
	int one;

	for (int times = parts; times <= 2 * parts; times++)
		if (batch % times == 0 && batch / times % unit == 0)
			return (struct fit_batch){ batch / times, times };
	one = (batch + parts - 1) / parts;
	return (struct fit_batch){ (one + unit - 1) / unit * unit, parts };
}

/* This rank's answer: batch 0 where it does not lead or nothing fits. */
static int
choose(struct fit_batch *out, const struct train_job *job)
{
	struct asking a = asking_for(job);
	struct need n;
	int best;

	*out = (struct fit_batch){ 0, 1 };
	if (!exchange_leads(job->exchange))
		return 0;
	TRY(session_need(&n, job, job->opened, 0));
	if (n.batch < a.unit)
		return err_set(ERR_USAGE,
		    "--batch-size auto: the net's data layers give no batch size");
	*out = (struct fit_batch){ n.batch, 1 };
	if (bytes_wanted(&a, &n) <= a.available)
		return 0;
	TRY(need_largest(
	    &best, n.batch / a.unit - 1, a.available, need_of, &a));
	if (best == 0)
		return refuse(&a, &n, true);
	*out = fit_divide(n.batch, best * a.unit, a.unit);
	return 0;
}

int
fit_choose(struct fit_batch *out, const struct train_job *job)
{
	TRY(choose(out, job));
	if (job->exchange == NULL)
		return 0;
	return exchange_tell(job->exchange, out, sizeof(*out), stop_signalled);
}
