/* Gradients summed over processes: see exchange.h. */
#include "ranks/exchange.h"

#include "base/err.h"
#include "base/mem.h"
#include "base/module.h"

int
exchange_open(struct exchange **out, const char *name)
{
	const struct exchange_type *type;
	char *symbol = mem_printf("exchange_%s", name);
	void *p = NULL;
	int rc = module_find(&p, name, symbol, EXCHANGE_ABI);

	mem_free(symbol);
	if (rc < 0)
		return err_in(ERR_DEVICE,
		    "no support for %s (build nnutils where its compiler is installed)",
		    name);
	type = p;
	TRY(type->open(out));
	(*out)->type = type;
	return 0;
}

/* A stop and a gate that is not met are the same on all ranks. */
void
exchange_close(struct exchange *x, int rc)
{
	const bool failed =
	    rc < 0 && rc != ERR_STOPPED && rc != ERR_GATE && rc != ERR_ITEMS;

	if (x != NULL)
		x->type->close(x, failed ? rc : 0);
}

bool
exchange_leads(const struct exchange *x)
{
	return x == NULL || x->rank == 0;
}

int
exchange_any(struct exchange *x, bool flag, int (*stop)(void))
{
	float v = flag;

	if (x == NULL)
		return flag;
	TRY(x->type->sum(x, &v, 1, stop));
	return v > 0;
}

int
exchange_tell(struct exchange *x, void *bytes, size_t n, int (*stop)(void))
{
	float *v = mem_array(float, n + 1);
	unsigned char *b = bytes;
	int rc;

	for (size_t i = 0; exchange_leads(x) && i < n; i++)
		v[i] = b[i];
	rc = x->type->sum(x, v, n, stop);
	for (size_t i = 0; rc >= 0 && i < n; i++)
		b[i] = (unsigned char)v[i];
	mem_free(v);
	return rc;
}
