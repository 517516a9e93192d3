/* The backends there are. */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "record/sink.h"

static const struct record_backend *const backends[] = {
	&record_backend_lmdb,
	&record_backend_hdf5,
};

int
record_backend_find(const struct record_backend **out, const char *name)
{
	size_t i;

	for (i = 0; i < LENGTH(backends); i++) {
		if (strcmp(backends[i]->name, name) == 0) {
			*out = backends[i];
			return 0;
		}
	}
	return err_set(
	    ERR_USAGE, "backend \"%s\": lmdb and hdf5 are known", name);
}
