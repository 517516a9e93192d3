/* What the layers of a net take, each: see speed.h. */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "speed/speed.h"

/* A row of that layer and op, or a new one. */
static struct speed_step *
step_for(
    struct speed_result *r, size_t *cap, const struct plan_time *t, bool ops)
{
	const char *layer = ops ? "" : t->layer;
	const char *op = t->op[0] != '\0' ? t->op : "REORDER";
	struct speed_step *s;

	for (size_t i = r->nsteps; i-- > 0;) {
		s = &r->step[i];
		if (s->backward == t->backward && strcmp(s->op, op) == 0 &&
		    strcmp(s->layer, layer) == 0)
			return s;
	}
	mem_grow(&r->step, cap, r->nsteps + 1);
	s = &r->step[r->nsteps++];
	*s = (struct speed_step){ .layer = mem_strdup(layer),
		.op = mem_strdup(op),
		.how = mem_strdup(t->how),
		.backward = t->backward };
	return s;
}

int
speed_profile(struct speed_result *r, struct subject *s, int n, bool ops)
{
	struct plan *p = subject_plan(s);
	struct plan_time t;
	double sum = 0;
	size_t cap = 0;
	int rc;

	TRY(plan_profile(p));
	for (int i = 0; i < n; i++)
		TRY(subject_run(s));
	for (size_t i = 0; (rc = plan_step_time(p, i, &t)) > 0; i++) {
		struct speed_step *b;

		/* what is done once, when weights change */
		if (t.seconds <= 0)
			continue;
		b = step_for(r, &cap, &t, ops);
		b->seconds += t.seconds / n;
		b->steps++;
		sum += t.seconds / n;
	}
	for (size_t i = 0; i < r->nsteps; i++)
		r->step[i].share = sum > 0 ? r->step[i].seconds / sum : 0;
	return rc;
}
