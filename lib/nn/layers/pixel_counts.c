/* Pixels counted class by class, by host code behind an ArgMax that runs where the
 * net does. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "metric/segment_tally.h"
#include "nn/layers/types.h"

static bool
is_ignored(const struct layer_pixels *p, int label)
{
	for (size_t i = 0; i < p->nignore; i++)
		if (p->ignore[i] == label)
			return true;
	return false;
}

/* A picture: count is (3, classes). */
static int
count_picture(const struct layer_pixels *p, const float *answer,
    const float *label, float *count)
{
	float *truths = count, *answers = count + p->classes,
	      *right = answers + p->classes;

	for (size_t i = 0; i < p->places; i++) {
		const float v = label[i];
		const int t = v > -1e9F && v < 1e9F ? (int)v : -1;
		const size_t a = (size_t)answer[i];

		if (is_ignored(p, t))
			continue;
		if (t < 0 || (size_t)t >= p->classes)
			return err_set(ERR_FORMAT,
			    "label %g is outside 0 to %zu", (double)v,
			    p->classes - 1);
		truths[t]++;
		answers[a]++;
		right[t] += (size_t)t == a;
	}
	return 0;
}

/* Of all pictures: as DeepLab's, means over the classes that there are. */
static void
batch_figures(const struct layer_pixels *p, const float *count, float out[3])
{
	double all = 0, good = 0, recall = 0, iou = 0;
	size_t nrecall = 0, niou = 0;

	for (size_t c = 0; c < p->classes; c++) {
		double s[SEGMENT_COUNTS] = { 0 };

		for (size_t i = 0; i < p->items * SEGMENT_COUNTS; i++)
			s[i % SEGMENT_COUNTS] +=
			    (double)count[i * p->classes + c];
		all += s[0];
		good += s[2];
		if (s[0] > 0) {
			recall += s[2] / s[0];
			nrecall++;
		}
		if (s[0] + s[1] > 0) {
			iou += s[2] / (s[0] + s[1] - s[2]);
			niou++;
		}
	}
	out[0] = all > 0 ? (float)(good / all) : 0;
	out[1] = nrecall > 0 ? (float)(recall / (double)nrecall) : 0;
	out[2] = niou > 0 ? (float)(iou / (double)niou) : 0;
}

static int
count_batch(void *state, const struct op_env *env, const float *const *in,
    float *const *out)
{
	const struct layer_pixels *p = state;
	const size_t one = SEGMENT_COUNTS * p->classes;

	(void)env;
	memset(out[0], 0, p->items * one * sizeof(*out[0]));
	for (size_t i = 0; i < p->items; i++)
		TRY(count_picture(p, in[0] + i * p->places,
		    in[1] + i * p->places, out[0] + i * one));
	batch_figures(p, out[0], out[1]);
	return 0;
}

/* The class of each pixel. */
static int
answers(struct layer *l, int axis, float least)
{
	union op_attr a = { 0 };

	if (layer_shape(l, 0)->d[axis] == 1)
		return graph_unary(
		    l->graph, l->bottom[0], UNARY_THRESHOLD, least, 0, 0);
	a.argmax.top_k = 1;
	a.argmax.has_axis = true;
	a.argmax.axis = axis;
	return graph_add(l->graph, OP_ARGMAX, &a, l->bottom, 1);
}

static int
check_shapes(const struct layer *l, struct layer_pixels *p, int axis)
{
	const struct shape *x = layer_shape(l, 0), *y = layer_shape(l, 1);
	const int64_t channels = x->d[axis];
	char a[SHAPE_TEXT_MAX], b[SHAPE_TEXT_MAX];

	if (axis != 1 || shape_count(x) != shape_count(y) * (size_t)channels ||
	    y->d[0] != x->d[0])
		return err_set(ERR_FORMAT,
		    "scores %s and labels %s: it takes (N, classes, H, W) and a label a pixel",
		    shape_text(a, x), shape_text(b, y));
	p->items = (size_t)x->d[0];
	p->classes = channels > 1 ? (size_t)channels : 2;
	p->places = shape_count_axes(x, 2, x->n);
	if (p->places > SEGMENT_PIXELS_MAX)
		return err_set(ERR_RANGE,
		    "%zu pixels of a picture are too many", p->places);
	return 0;
}

int
layer_pixels_emit(struct layer *l, int axis, float least, const int32_t *ignore,
    size_t nignore, struct layer_pixels **out)
{
	union op_attr a = { .custom = { .nin = 2, .nout = 2 } };
	struct layer_pixels *p = *out = mem_new(struct layer_pixels);
	int in[2];

	p->ignore = mem_array(int32_t, nignore + 1);
	p->nignore = nignore;
	if (nignore > 0)
		memcpy(p->ignore, ignore, nignore * sizeof(*ignore));
	TRY(check_shapes(l, p, axis));
	in[1] = l->bottom[1];
	TRY(in[0] = answers(l, axis, least));
	a.custom.state = p;
	a.custom.forward = count_batch;
	a.custom.shape[0] =
	    shape_of(3, (int)p->items, (int)SEGMENT_COUNTS, (int)p->classes);
	a.custom.shape[1] = shape_of(4, 1, 1, 1, 3);
	TRY(p->counts = graph_add(l->graph, OP_CUSTOM, &a, in, 2));
	p->figures = graph_last(l->graph)->out[1];
	graph_tensor(l->graph, p->counts)->keep = true;
	return 0;
}

void
layer_pixels_free(struct layer_pixels *p)
{
	if (p == NULL)
		return;
	mem_free(p->ignore);
	mem_free(p);
}
