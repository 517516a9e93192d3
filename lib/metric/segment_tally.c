/* Pixels counted by a net, and their figures: see segment_tally.h. */
#include "metric/segment_tally.h"

#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "metric/segment.h"

struct pixels {
	struct tally tally;
	struct segment sum;
	char *accuracy;
	char *
	    *names; /* "iou/cat", one for each class; NULL: too many classes */
};

/* A count as it is in the float; -1: it is none. */
static int64_t
whole(float v)
{
	return v >= 0 && v <= SEGMENT_PIXELS_MAX && floorf(v) == v ? (int64_t)v
								   : -1;
}

static int
add_class(
    struct confusion *c, size_t i, int64_t truth, int64_t answer, int64_t right)
{
	if (truth < 0 || answer < 0 || right < 0 || right > truth ||
	    right > answer)
		return err_set(ERR_FORMAT,
		    "class %zu: %lld pixels of it, %lld called so, %lld of them rightly",
		    i, (long long)truth, (long long)answer, (long long)right);
	c->n += (uint64_t)truth;
	c->top1 += (uint64_t)right;
	c->truths[i] += (uint64_t)truth;
	c->answers[i] += (uint64_t)answer;
	c->right[i] += (uint64_t)right;
	return 0;
}

static int
pixels_add(struct tally *t, const struct tally_counts *c, size_t n)
{
	struct pixels *p = (struct pixels *)t;
	const size_t classes = p->sum.pixels.classes;
	const size_t one = SEGMENT_COUNTS * classes;

	if (n != 1 || c->n % one != 0)
		return err_set(ERR_FORMAT, "%zu counts for %zu classes",
		    n == 1 ? c->n : 0, classes);
	for (const float *v = c->v; v < c->v + c->n; v += one) {
		for (size_t i = 0; i < classes; i++)
			TRY(add_class(&p->sum.pixels, i, whole(v[i]),
			    whole(v[classes + i]), whole(v[2 * classes + i])));
		p->sum.pictures++;
	}
	return 0;
}

static size_t
pixels_figures(const struct tally *t, struct gate_value *v, size_t room)
{
	static const enum segment_figure order[] = { SEGMENT_PIXEL_ACCURACY,
		SEGMENT_MEAN_IOU, SEGMENT_MEAN_DICE, SEGMENT_MEAN_ACCURACY,
		SEGMENT_WEIGHTED_IOU };
	const struct pixels *p = (const struct pixels *)t;
	struct gate_value f[SEGMENT_FIGURES];
	size_t n = 0;

	segment_figures(&p->sum, f);
	f[SEGMENT_PIXEL_ACCURACY].name = p->accuracy;
	for (size_t i = 0; i < LENGTH(order) && n < room; i++)
		v[n++] = f[order[i]];
	for (size_t i = 0;
	     p->names != NULL && i < p->sum.pixels.classes && n < room; i++)
		v[n++] =
		    (struct gate_value){ p->names[i], segment_iou(&p->sum, i) };
	return n;
}

static void
pixels_reset(struct tally *t)
{
	struct segment *s = &((struct pixels *)t)->sum;
	struct confusion *c = &s->pixels;
	const size_t bytes = c->classes * sizeof(*c->truths);

	memset(c->truths, 0, bytes);
	memset(c->answers, 0, bytes);
	memset(c->right, 0, bytes);
	c->n = c->top1 = 0;
	s->pictures = 0;
}

static void
pixels_free(struct tally *t)
{
	struct pixels *p = (struct pixels *)t;

	for (size_t i = 0; p->names != NULL && i < p->sum.pixels.classes; i++)
		mem_free(p->names[i]);
	mem_free(p->names);
	mem_free(p->accuracy);
	segment_clear(&p->sum);
	mem_free(p);
}

static const struct tally_type pixels_type = {
	.name = "counts of pixels",
	.add = pixels_add,
	.figures = pixels_figures,
	.reset = pixels_reset,
	.free = pixels_free,
};

int
segment_tally_new(struct tally **out, size_t classes, const char *const *names,
    size_t nnames, const char *accuracy)
{
	struct pixels *p = mem_new(struct pixels);
	int rc = segment_init(&p->sum, classes, -1, false);

	*out = NULL;
	p->tally.type = &pixels_type;
	if (rc < 0) {
		pixels_free(&p->tally);
		return rc;
	}
	p->accuracy = mem_strdup(accuracy);
	if (classes <= SEGMENT_CLASSES_MAX)
		p->names = mem_array(char *, classes);
	for (size_t i = 0; p->names != NULL && i < classes; i++)
		p->names[i] = i < nnames ? mem_printf("iou/%s", names[i])
					 : mem_printf("iou/%zu", i);
	*out = &p->tally;
	return 0;
}
