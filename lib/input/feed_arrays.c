/*
 * MemoryData, and Input in a net that is trained: what Caffe wants a program to
 * hand over comes here from .npy files, one for each top (model-train --input
 * TOP=FILE.npy).  The first axis counts rows; they are given out in order, again
 * from the first after the last.
 */
#include <string.h>

#include "base/err.h"
#include "input/array.h"
#include "input/feed.h"

struct feed_arrays {
	struct feed feed;
	const float *v[FEED_TOPS]; /* of the set of inputs */
	size_t size[FEED_TOPS];    /* floats of a row */
};

static void
arrays_stop(struct feed *feed)
{
	(void)feed;
}

static const char *
path_of(const struct feed_opts *o, const char *top)
{
	for (size_t i = 0; i < o->narrays; i++)
		if (strcmp(o->arrays[i].name, top) == 0)
			return o->arrays[i].path;
	return NULL;
}

static int
take(struct feed_arrays *f, int i, const struct input_array *a)
{
	const size_t rows = a->shape.n > 0 ? (size_t)a->shape.d[0] : 1;

	if (rows == 0 || a->count / rows != f->size[i])
		return err_set(ERR_FORMAT,
		    "%s: %zu values a row, the layer's top has %zu", a->path,
		    rows == 0 ? 0 : a->count / rows, f->size[i]);
	if (i > 0 && rows != f->feed.items)
		return err_set(ERR_FORMAT,
		    "%s: %zu rows, those of the top before have %llu", a->path,
		    rows, (unsigned long long)f->feed.items);
	f->feed.items = rows;
	f->v[i] = a->v;
	return 0;
}

static int
read_top(struct feed_arrays *f, int i, const char *top)
{
	const char *path = path_of(&f->feed.opts, top);
	const struct input_array *a;

	if (path == NULL)
		return err_set(ERR_USAGE,
		    "top %s is filled by a program: give an array with --input %s=FILE.npy",
		    top, top);
	TRY(inputs_array(&a, f->feed.opts.inputs, path));
	return take(f, i, a);
}

static int
arrays_start(struct feed *feed, const struct layer *l)
{
	struct feed_arrays *f = (struct feed_arrays *)feed;

	if (feed->opts.ranks > 1)
		return err_set(ERR_UNSUPPORTED,
		    "arrays are not shared by ranks: use HDF5Data");
	for (int i = 0; i < l->ntop; i++) {
		const struct shape *s = &feed->shape[i];

		f->size[i] = shape_count_axes(s, s->n > 0, s->n);
		if ((s->n > 0 ? s->d[0] : 1) != feed->batch)
			return err_set(
			    ERR_FORMAT, "the tops differ in their first axis");
		TRY(read_top(f, i, l->p->top[i]));
	}
	return 0;
}

static int
arrays_fill(struct feed *feed, uint64_t g, float *const *top)
{
	struct feed_arrays *f = (struct feed_arrays *)feed;

	for (size_t i = 0; i < (size_t)feed->batch; i++) {
		size_t at =
		    (size_t)(feed_place(&feed->opts, g, i) % feed->items);

		for (int t = 0; t < feed->ntop; t++)
			memcpy(top[t] + i * f->size[t],
			    f->v[t] + at * f->size[t],
			    f->size[t] * sizeof(float));
	}
	return 0;
}

const struct feed_type feed_memory = {
	.name = "MemoryData",
	.as_stored = true,
	.late = true,
	.size = sizeof(struct feed_arrays),
	.start = arrays_start,
	.fill = arrays_fill,
	.stop = arrays_stop,
};

const struct feed_type feed_input = {
	.name = "Input",
	.as_stored = true,
	.late = true,
	.size = sizeof(struct feed_arrays),
	.start = arrays_start,
	.fill = arrays_fill,
	.stop = arrays_stop,
};
