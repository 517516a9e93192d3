/* Confidence against accuracy: see calibration.h. */
#include "metric/calibration.h"

#include <math.h>

void
calibration_add(struct calibration *c, double confidence, bool right)
{
	const double at = ceil(confidence * CALIBRATION_BINS) - 1;
	struct calibration_bin *b =
	    &c->bin[at > 0 ? (int)fmin(at, CALIBRATION_BINS - 1) : 0];

	b->n++;
	b->right += right;
	b->sum += isnan(confidence) ? 0 : confidence;
	c->n++;
}

double
calibration_accuracy(const struct calibration *c, int b)
{
	return (double)c->bin[b].right / (double)c->bin[b].n;
}

double
calibration_confidence(const struct calibration *c, int b)
{
	return c->bin[b].sum / (double)c->bin[b].n;
}

size_t
calibration_metrics(
    const struct calibration *c, struct gate_value v[CALIBRATION_METRICS])
{
	double sum = 0, most = 0;

	for (int b = 0; b < CALIBRATION_BINS; b++) {
		double gap;

		if (c->bin[b].n == 0)
			continue;
		gap = fabs(
		    calibration_accuracy(c, b) - calibration_confidence(c, b));
		sum += gap * (double)c->bin[b].n;
		most = fmax(most, gap);
	}
	v[0] = (struct gate_value){ "ece",
		c->n > 0 ? sum / (double)c->n : (double)NAN };
	v[1] = (struct gate_value){ "mce", c->n > 0 ? most : (double)NAN };
	return CALIBRATION_METRICS;
}
