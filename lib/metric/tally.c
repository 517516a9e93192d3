/* Figures of a whole pass: see tally.h. */
#include "metric/tally.h"

#include "base/err.h"

int
tally_add(struct tally *t, const struct tally_counts *c, size_t n)
{
	int rc = t->type->add(t, c, n);

	return rc < 0 ? err_in(rc, "%s", t->type->name) : 0;
}

size_t
tally_figures(const struct tally *t, struct gate_value *v, size_t room)
{
	return t->type->figures(t, v, room);
}

void
tally_reset(struct tally *t)
{
	t->type->reset(t);
}

void
tally_free(struct tally *t)
{
	if (t != NULL)
		t->type->free(t);
}
