/* Figures of the numbers of a tensor: see stats.h. */
#include "infer/layers/stats.h"

#include <math.h>
#include <string.h>

static void
add_bins(struct layer_stats *s, const float *v, size_t n)
{
	const double width = (s->high - s->low) / LAYER_BINS;

	for (size_t i = 0; i < n; i++) {
		double at;

		if (!isfinite(v[i]))
			continue;
		at = floor(((double)v[i] - s->low) / width);
		at = fmax(0, fmin(at, LAYER_BINS - 1));
		s->bin[(int)at]++;
	}
}

void
layer_stats_of(struct layer_stats *s, const float *v, size_t n)
{
	double sum = 0, squares = 0;
	size_t finite;

	memset(s, 0, sizeof(*s));
	s->count = n;
	s->min = s->max = s->mean = s->std = (double)NAN;
	for (size_t i = 0; i < n; i++) {
		if (!isfinite(v[i])) {
			s->odd++;
			continue;
		}
		sum += (double)v[i];
		s->min = fmin(s->min, (double)v[i]);
		s->max = fmax(s->max, (double)v[i]);
	}
	finite = n - s->odd;
	if (finite == 0)
		return;
	s->mean = sum / (double)finite;
	for (size_t i = 0; i < n; i++)
		if (isfinite(v[i]))
			squares +=
			    ((double)v[i] - s->mean) * ((double)v[i] - s->mean);
	s->std = sqrt(squares / (double)finite);
	s->min += 0.0; /* no -0 */
	s->max += 0.0;
	s->low = s->min < s->max ? s->min : s->min - 0.5;
	s->high = s->min < s->max ? s->max : s->max + 0.5;
	add_bins(s, v, n);
}

double
layer_stats_centre(const struct layer_stats *s, int bin)
{
	return s->low + (s->high - s->low) * (bin + 0.5) / LAYER_BINS;
}
