/* Random numbers that a net can take: see inputs.h. */
#include "speed/inputs.h"

#include <string.h>

#include "base/rng.h"

enum { BOX = 16, ANNOTATION = 8 };

bool
speed_is_label(const struct net *n, int t)
{
	for (int i = 0; i < n->nlayers; i++) {
		const struct layer *l = &n->layers[i];

		if (!l->type->feed)
			continue;
		for (int k = 0; k < l->ntop; k++)
			if (l->top[k] == t)
				return k > 0 || layer_gives_labels(l->p);
	}
	return false;
}

/* A list of one box for each picture: how many there are and of how many numbers, then
 * left, top, width, height and the class (lib/dset/boxes). */
static void
fill_lists(float *v, size_t lists, size_t rows)
{
	static const float box[BOX] = { 8, 8, 24, 24, 0, 1 };

	memset(v, 0, lists * rows * BOX * sizeof(*v));
	for (size_t i = 0; i < lists && rows > 1; i++) {
		v[i * rows * BOX] = 1;
		v[i * rows * BOX + 1] = BOX;
		memcpy(v + (i * rows + 1) * BOX, box, sizeof(box));
	}
}

/* A row for each picture: its number, class, instance, corners as shares. */
static void
fill_annotations(float *v, size_t rows)
{
	for (size_t i = 0; i < rows; i++) {
		const float row[ANNOTATION] = { (float)i, 1, 0, 0.2f, 0.2f,
			0.6f, 0.6f, 0 };

		memcpy(v + i * ANNOTATION, row, sizeof(row));
	}
}

void
speed_fill(float *v, size_t count, const struct net *n, int t, int seed)
{
	const struct shape *s = graph_shape(n->graph, t);
	const bool label = speed_is_label(n, t);
	struct rng r;

	if (label && s->n == 4 && s->d[3] == BOX && s->d[1] == 1) {
		fill_lists(v, (size_t)s->d[0], (size_t)s->d[2]);
		return;
	}
	if (label && s->n == 4 && s->d[3] == ANNOTATION && s->d[0] == 1) {
		fill_annotations(v, (size_t)s->d[2]);
		return;
	}
	rng_init(&r, (uint64_t)seed, (uint64_t)t);
	for (size_t i = 0; i < count; i++)
		v[i] = label ? (float)rng_below(&r, 2)
			     : (float)(rng_uniform(&r) - 0.5);
}
