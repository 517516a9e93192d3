/* DIGITS's "mAP": see digits_map.h. */
#include "metric/digits_map.h"

#include <stdbool.h>

#include "base/err.h"
#include "base/mem.h"

static int
check(const struct metric_box *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		TRY(metric_box_check(&v[i]));
	return 0;
}

int
digits_map_add(struct digits_map *d, const struct metric_box *truths,
    size_t ntruths, const struct metric_box *guesses, size_t nguesses)
{
	uint64_t right = 0;
	bool *taken;

	TRY(check(truths, ntruths));
	TRY(check(guesses, nguesses));
	taken = mem_array(bool, nguesses + 1);
	for (size_t t = 0; t < ntruths; t++)
		for (size_t g = 0; g < nguesses; g++) {
			if (taken[g] ||
			    metric_box_iou(&truths[t], &guesses[g]) < 0.7)
				continue;
			taken[g] = true;
			right++;
			break;
		}
	mem_free(taken);
	d->right += right;
	d->wrong += nguesses - right;
	d->missed += ntruths - right;
	return 0;
}

static double
percent(uint64_t part, uint64_t rest)
{
	return part > 0 ? 100 * (double)part / (double)(part + rest) : 0;
}

void
digits_map_batch(struct digits_map *d)
{
	double precision = percent(d->right, d->wrong);
	double recall = percent(d->right, d->missed);

	d->precision += precision;
	d->recall += recall;
	d->map += precision * recall / 100;
	d->batches++;
	d->right = d->wrong = d->missed = 0;
}

struct digits_map_means
digits_map_means(const struct digits_map *d)
{
	double n = d->batches > 0 ? (double)d->batches : 1;

	return (struct digits_map_means){ d->precision / n, d->recall / n,
		d->map / n };
}
