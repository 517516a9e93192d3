/*
 * DummyData: tops that are filled anew for each batch by the layer's fillers.
 * (Constant ones are part of the graph.)  The numbers depend on seed, layer,
 * top and position alone.
 */
#include "nn/filler.h"
#include "nn/layers/dummy_data.h"
#include "input/feed.h"

struct feed_dummy {
	struct feed feed;
	const Caffe__FillerParameter *filler[FEED_TOPS]; /* NULL: constant */
	uint64_t stream;
};

static void
dummy_stop(struct feed *feed)
{
	(void)feed;
}

static int
dummy_start(struct feed *feed, const struct layer *l)
{
	struct feed_dummy *f = (struct feed_dummy *)feed;

	f->stream = 0x64756d6d79; /* "dummy" */
	for (const char *s = l->name; *s != '\0'; s++)
		f->stream = f->stream * 1099511628211u ^ (unsigned char)*s;
	for (int i = 0; i < l->ntop; i++) {
		const Caffe__FillerParameter *p = layer_dummy_filler(l, i);

		f->filler[i] = filler_is_constant(p) ? NULL : p;
	}
	return 0;
}

static int
dummy_fill(struct feed *feed, uint64_t g, float *const *top)
{
	struct feed_dummy *f = (struct feed_dummy *)feed;
	uint64_t at = feed_place(&feed->opts, g, 0) * FEED_TOPS;
	struct rng r;

	for (int i = 0; i < feed->ntop; i++) {
		if (f->filler[i] == NULL)
			continue;
		rng_init(&r, feed->opts.seed, f->stream ^ (at + (uint64_t)i));
		filler_fill(top[i], &feed->shape[i], f->filler[i], &r);
	}
	return 0;
}

const struct feed_type feed_dummy = {
	.name = "DummyData",
	.late = true,
	.size = sizeof(struct feed_dummy),
	.start = dummy_start,
	.fill = dummy_fill,
	.stop = dummy_stop,
};
