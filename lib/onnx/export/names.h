/* Names of which no two are the same. */
#ifndef ONNX_EXPORT_NAMES_H
#define ONNX_EXPORT_NAMES_H

#include <stddef.h>

#include "base/mem.h"

struct export_names {
	const char **slot; /* by hash, open; NULL: free */
	size_t n, cap;
};

void export_names_clear(struct export_names *s); /* accepts zeros */
/* want, or, where that is taken already, want with a number behind it; made in the
 * arena.  want must live as long as the set. */
const char *
export_names_take(struct export_names *s, struct arena *a, const char *want);

#endif
