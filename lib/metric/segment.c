/* Pixels counted against the truth: see segment.h. */
#include "metric/segment.h"

#include <math.h>
#include <string.h>

#include "base/err.h"

int
segment_init(struct segment *s, size_t classes, int32_t ignored, bool matrix)
{
	memset(s, 0, sizeof(*s));
	s->ignored = ignored;
	return confusion_init(&s->pixels, classes, matrix);
}

void
segment_clear(struct segment *s)
{
	confusion_clear(&s->pixels);
	memset(s, 0, sizeof(*s));
}

/* Is it a class? */
static bool
known(const struct confusion *c, int32_t v)
{
	return v >= 0 && (size_t)v < c->classes;
}

void
segment_add(
    struct segment *s, const int32_t *truth, const int32_t *answer, size_t n)
{
	struct confusion *c = &s->pixels;

	for (size_t i = 0; i < n; i++) {
		int32_t t = truth[i], a = answer[i];

		if (s->ignored >= 0 && t == s->ignored) {
			s->skipped++;
			continue;
		}
		if (!known(c, t)) {
			c->outside++;
			continue;
		}
		c->n++;
		c->truths[t]++;
		if (!known(c, a))
			continue;
		c->answers[a]++;
		c->right[t] += t == a;
		c->top1 += t == a;
		if (c->matrix != NULL)
			c->matrix[(size_t)t * c->classes + (size_t)a]++;
	}
	s->pictures++;
}

static double
share(uint64_t part, uint64_t whole)
{
	return whole > 0 ? (double)part / (double)whole : (double)NAN;
}

double
segment_accuracy(const struct segment *s, size_t i)
{
	return share(s->pixels.right[i], s->pixels.truths[i]);
}

double
segment_iou(const struct segment *s, size_t i)
{
	const struct confusion *c = &s->pixels;

	return share(c->right[i], c->truths[i] + c->answers[i] - c->right[i]);
}

double
segment_dice(const struct segment *s, size_t i)
{
	const struct confusion *c = &s->pixels;

	return share(2 * c->right[i], c->truths[i] + c->answers[i]);
}

static double
mean(const struct segment *s, double (*of)(const struct segment *, size_t))
{
	double sum = 0;
	size_t n = 0;

	for (size_t i = 0; i < s->pixels.classes; i++) {
		double v = of(s, i);

		if (isnan(v))
			continue;
		sum += v;
		n++;
	}
	return n > 0 ? sum / (double)n : (double)NAN;
}

static double
weighted(const struct segment *s)
{
	const struct confusion *c = &s->pixels;
	double sum = 0;

	for (size_t i = 0; i < c->classes; i++)
		if (c->truths[i] > 0)
			sum += (double)c->truths[i] * segment_iou(s, i);
	return c->n > 0 ? sum / (double)c->n : (double)NAN;
}

size_t
segment_figures(const struct segment *s, struct gate_value v[SEGMENT_FIGURES])
{
	v[SEGMENT_PIXEL_ACCURACY] = (struct gate_value){ "accuracy",
		share(s->pixels.top1, s->pixels.n) };
	v[SEGMENT_MEAN_ACCURACY] =
	    (struct gate_value){ "class-accuracy", mean(s, segment_accuracy) };
	v[SEGMENT_MEAN_IOU] =
	    (struct gate_value){ "miou", mean(s, segment_iou) };
	v[SEGMENT_WEIGHTED_IOU] =
	    (struct gate_value){ "weighted-iou", weighted(s) };
	v[SEGMENT_MEAN_DICE] =
	    (struct gate_value){ "dice", mean(s, segment_dice) };
	return SEGMENT_FIGURES;
}
