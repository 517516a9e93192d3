/* Ranks agree on a reducer, and meet: see reducer.h. */
#include "ranks/reducer.h"

#include "base/err.h"
#include "base/log.h"
#include "base/module.h"

int
reducer_open(struct reducer **out, bool able, const struct reducer_opts *o)
{
	struct exchange *x = o->exchange;
	struct reducer_opts told = *o;
	const struct reducer_type *type;
	void *p = NULL;
	int missing;

	*out = NULL;
	missing =
	    !able || module_find(&p, "nccl", "reducer_nccl", REDUCER_ABI) < 0;
	if (able && missing && exchange_leads(x))
		log_warn("gradients pass through the host, which is slow: %s",
		    err_text());
	missing = exchange_any(x, missing != 0, o->stop);
	if (missing != 0)
		return missing < 0 ? missing : 0;
	type = p;
	if (exchange_leads(x))
		TRY(type->address(told.address));
	TRY(exchange_tell(x, told.address, sizeof(told.address), o->stop));
	TRY(type->open(out, &told));
	(*out)->type = type;
	log_info(
	    "gradients of %d ranks are exchanged by %s", x->ranks, type->name);
	return 0;
}

void
reducer_close(struct reducer *r, bool whole)
{
	if (r != NULL)
		r->type->close(r, whole);
}
