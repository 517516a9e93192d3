/* Permutations by epoch: a generator seeded with (seed, epoch) shuffles. */
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "input/order.h"

/* Keeps these streams of a seed apart from all others. */
static const uint64_t order_stream = 0x65706f6368000000;

void
input_order_init(struct input_order *o, size_t n, bool shuffle, uint64_t seed)
{
	memset(o, 0, sizeof *o);
	o->n = n;
	o->shuffle = shuffle;
	o->seed = seed;
}

void
input_order_clear(struct input_order *o)
{
	mem_free(o->perm);
	memset(o, 0, sizeof *o);
}

static void
shuffle_epoch(struct input_order *o, uint64_t epoch)
{
	struct rng rng;
	size_t i;

	if (o->perm == NULL)
		o->perm = mem_array(uint32_t, o->n);
	for (i = 0; i < o->n; i++)
		o->perm[i] = (uint32_t)i;
	rng_init(&rng, o->seed, order_stream + epoch);
	rng_shuffle(&rng, o->perm, o->n);
	o->epoch = epoch;
}

size_t
input_order_at(struct input_order *o, uint64_t g)
{
	uint64_t epoch = g / o->n;

	if (!o->shuffle)
		return (size_t)(g % o->n);
	if (o->perm == NULL || o->epoch != epoch)
		shuffle_epoch(o, epoch);
	return o->perm[g % o->n];
}
