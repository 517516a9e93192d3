/* What is known of targets: see targets.h. */
#include "dset/targets/targets.h"

#include "base/mem.h"

struct dset_targets *
dset_targets_new(const struct dset_targets_options *o)
{
	struct dset_targets *t = mem_new(struct dset_targets);

	t->o = o;
	return t;
}

void
dset_targets_free(struct dset_targets *t)
{
	if (t == NULL)
		return;
	mem_free(t->pictures.first);
	mem_free(t->targets.first);
	mem_free(t);
}
