/*
 * What a net takes of memory, batch by batch: the table of net-show --memory.
 *
 * As model-train will count it (need.h), for pictures of a stated size instead
 * of a data set: the net that is trained with SGD's momentum, and its validation
 * with whole batches; or, for the other uses, a net that only runs.
 */
#ifndef RECIPE_FORECAST_H
#define RECIPE_FORECAST_H

#include <stdio.h>

#include "nn/use.h"
#include "prog/prog.h"
#include "train/need.h"

enum { FORECAST_BATCH_MAX = 1 << 16 };

struct forecast {
	const Caffe__NetParameter *net;
	const struct net_data *data; /* .batch is set for each row */
	enum net_use use;            /* NET_TRAIN: with gradients */
	struct device *device;
	enum precision precision;
	uint64_t limit; /* 0: no largest batch is looked for */
};

/* NET_TRAIN when the net can be trained, else what net-show shows of it. */
enum net_use
forecast_use(const Caffe__NetParameter *net, const struct net_data *data);

/* Batch 0: what the net says.  ERR_UNSUPPORTED where it cannot be another. */
int forecast_need(struct need *out, const struct forecast *f, int batch);

/*
 * A row for each of n batches, 1 at least, and with a limit one for the largest
 * batch that is within it.
 */
int forecast_show(FILE *out, const struct forecast *f, const int *batches,
    size_t n, enum prog_format format);

#endif
