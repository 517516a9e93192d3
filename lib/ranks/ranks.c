/* From --device and --mpi to ranks: see ranks.h. */
#include "ranks/ranks.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "device/device.h"
#include "file/deps.h"
#include "ranks/exchange.h"

/* One process for each device; the cores are shared out among them. */
static int
open_list(struct ranks *r, const char *device)
{
	struct device_names names;
	int rc = 0, rank = 0;

	TRY(device_names(&names, device));
	if (names.n > 1)
		rc = exchange_fork(&r->exchange, (int)names.n);
	if (rc >= 0) {
		if (r->exchange != NULL)
			rank = r->exchange->rank;
		r->device = mem_strdup(names.v[rank]);
		r->threads /= (int)names.n;
	}
	if (rc >= 0 && r->threads < 1)
		r->threads = 1;
	device_names_clear(&names);
	return rc;
}

int
ranks_open(struct ranks *r, const char *device, int threads, bool mpi)
{
	int rc;

	memset(r, 0, sizeof(*r));
	r->threads = threads;
	if (mpi) {
		rc = exchange_open(&r->exchange, "mpi");
		if (rc >= 0)
			rc = device_of_rank(&r->device, device,
			    r->exchange->local, r->exchange->locals);
	} else {
		rc = open_list(r, device);
	}
	if (!exchange_leads(r->exchange))
		deps_stop();
	return rc;
}

void
ranks_close(struct ranks *r, int rc)
{
	exchange_close(r->exchange, rc);
	mem_free(r->device);
	memset(r, 0, sizeof(*r));
}
