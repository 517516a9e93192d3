/* The highest scores, by insertion: see top.h. */
#include "metric/top.h"

#include <string.h>

size_t
top_indices(int *order, size_t k, const float *scores, size_t n)
{
	size_t have = 0;

	for (size_t i = 0; i < n; i++) {
		size_t at = have;

		while (at > 0 && scores[i] > scores[order[at - 1]])
			at--;
		if (at >= k)
			continue;
		have += have < k;
		memmove(order + at + 1, order + at,
		    (have - at - 1) * sizeof(*order));
		order[at] = (int)i;
	}
	return have;
}
