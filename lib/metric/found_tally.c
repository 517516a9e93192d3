/* Boxes judged by a net, and their average precision: see found_tally.h. */
#include "metric/found_tally.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "metric/curve.h"

/* One that was found and counts. */
struct found {
	uint32_t class;
	float score;
	uint32_t at; /* the order in which they came */
	bool right;
};

struct found_tally {
	struct tally tally;
	size_t classes;
	int background;
	uint64_t *truths; /* of each class */
	char **names;     /* "ap/cat", of each class */
	struct found *found;
	size_t n, cap;
};

static int
add_row(struct found_tally *f, const float *v)
{
	const bool truths = v[0] == -1;

	if (truths && v[1] == -1)
		return 0;
	if (!(v[1] >= 0 && v[1] < (float)f->classes) || isnan(v[2]) ||
	    (truths && !(v[2] >= 0 && v[2] <= 1 << 24)))
		return err_set(ERR_FORMAT,
		    "a row %g %g %g of boxes that were found", (double)v[0],
		    (double)v[1], (double)v[2]);
	if (truths) {
		f->truths[(size_t)v[1]] += (uint64_t)v[2];
		return 0;
	}
	if (v[3] == 0 && v[4] == 0)
		return 0;
	if (f->n == FOUND_MOST)
		return err_set(
		    ERR_RANGE, "more than %d boxes were found", FOUND_MOST);
	mem_grow(&f->found, &f->cap, f->n + 1);
	f->found[f->n] =
	    (struct found){ (uint32_t)v[1], v[2], (uint32_t)f->n, v[3] > 0 };
	f->n++;
	return 0;
}

static int
found_add(struct tally *t, const struct tally_counts *c, size_t n)
{
	struct found_tally *f = (struct found_tally *)t;

	if (n != 1 || c->n % FOUND_ROW != 0)
		return err_set(ERR_FORMAT, "%zu counts are no rows of %d",
		    n == 1 ? c->n : 0, FOUND_ROW);
	for (const float *v = c->v; v < c->v + c->n; v += FOUND_ROW)
		TRY(add_row(f, v));
	return 0;
}

/* By class, best first; equals as they came. */
static int
by_score(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	if (x->class != y->class)
		return x->class < y->class ? -1 : 1;
	if (x->score != y->score)
		return x->score < y->score ? 1 : -1;
	return x->at < y->at ? -1 : x->at > y->at;
}

/* ap of each class; NAN where there are no truths. */
static void
precisions(const struct found_tally *f, double *ap)
{
	struct found *v = mem_array(struct found, f->n + 1);
	bool *right = mem_array(bool, f->n + 1);
	size_t at = 0, i;

	if (f->n > 0)
		memcpy(v, f->found, f->n * sizeof(*v));
	qsort(v, f->n, sizeof(*v), by_score);
	for (i = 0; i < f->n; i++)
		right[i] = v[i].right;
	for (size_t c = 0; c < f->classes; c++) {
		const size_t first = at;

		while (at < f->n && v[at].class == c)
			at++;
		ap[c] = curve_ap(
		    CURVE_ALL, right + first, at - first, f->truths[c]);
	}
	mem_free(right);
	mem_free(v);
}

static size_t
found_figures(const struct tally *t, struct gate_value *v, size_t room)
{
	const struct found_tally *f = (const struct found_tally *)t;
	double *ap = mem_array(double, f->classes), sum = 0;
	size_t n = 0, known = 0;

	precisions(f, ap);
	for (size_t c = 0; c < f->classes; c++)
		if ((int)c != f->background && !isnan(ap[c])) {
			sum += ap[c];
			known++;
		}
	if (room > 0)
		v[n++] = (struct gate_value){ "mean-ap",
			known > 0 ? sum / (double)known : NAN };
	for (size_t c = 0; c < f->classes && n < room; c++)
		if ((int)c != f->background)
			v[n++] = (struct gate_value){ f->names[c], ap[c] };
	mem_free(ap);
	return n;
}

static void
found_reset(struct tally *t)
{
	struct found_tally *f = (struct found_tally *)t;

	memset(f->truths, 0, f->classes * sizeof(*f->truths));
	f->n = 0;
}

static void
found_free(struct tally *t)
{
	struct found_tally *f = (struct found_tally *)t;

	for (size_t c = 0; c < f->classes; c++)
		mem_free(f->names[c]);
	mem_free(f->names);
	mem_free(f->truths);
	mem_free(f->found);
	mem_free(f);
}

static const struct tally_type found_type = {
	.name = "boxes that were found",
	.add = found_add,
	.figures = found_figures,
	.reset = found_reset,
	.free = found_free,
};

int
found_tally_new(struct tally **out, size_t classes, int background,
    const char *const *names, size_t nnames)
{
	struct found_tally *f;

	*out = NULL;
	if (classes < 1 || classes > FOUND_CLASSES_MAX)
		return err_set(ERR_RANGE, "%zu classes of boxes; 1 to %d",
		    classes, FOUND_CLASSES_MAX);
	f = mem_new(struct found_tally);
	f->tally.type = &found_type;
	f->classes = classes;
	f->background = background;
	f->truths = mem_array(uint64_t, classes);
	f->names = mem_array(char *, classes);
	for (size_t c = 0; c < classes; c++)
		f->names[c] = c < nnames ? mem_printf("ap/%s", names[c])
					 : mem_printf("ap/%zu", c);
	*out = &f->tally;
	return 0;
}
