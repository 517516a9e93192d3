/* Regression: several numbers for each picture, as many for each. */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "dset/plan/plan.h"
#include "dset/stream/stream.h"
#include "dset/tasks/task.h"

enum { NUMBERS_MAX = 4096 };

/* Numbers from the end on, or all words after the first TAB; into v, in their
 * order.  What is left of s is the path. */
static int
read_numbers(float *v, size_t *n, char *s)
{
	char *tab = strchr(s, '\t'), *word, *end, *p;
	double x;
	size_t i;
	float swap;

	for (*n = 0;;) {
		end = s + strlen(s);
		if (tab != NULL && tab >= end)
			break; /* the path alone is left */
		word = dset_list_last_word(s);
		if (word == NULL)
			break;
		if (num_double(&x, word, -3.4e38, 3.4e38) < 0) {
			if (tab != NULL)
				return err_set(
				    ERR_FORMAT, "\"%s\" is not a number", word);
			/* Part of the path: put the blanks back. */
			for (p = s + strlen(s); p < word; p++)
				if (*p == '\0')
					*p = ' ';
			break;
		}
		if (*n == NUMBERS_MAX)
			return err_set(
			    ERR_FORMAT, "more than %d labels", NUMBERS_MAX);
		v[(*n)++] = (float)x;
	}
	for (i = 0; i < *n / 2; i++) {
		swap = v[i];
		v[i] = v[*n - 1 - i];
		v[*n - 1 - i] = swap;
	}
	return 0;
}

static size_t
count_of(const struct dset_sample *s)
{
	return s->nvalues > 0 ? value_count(&s->values[0]) : 0;
}

static int
numbers_scan(struct dset_list *l, char *line, const struct dset_list_options *o)
{
	float v[NUMBERS_MAX];
	struct value label = {
		.kind = VALUE_NUMBERS, .height = 1, .width = 1, .floats = v
	};
	size_t n;

	TRY(read_numbers(v, &n, line));
	if (n == 0)
		return err_set(ERR_FORMAT, "no label after the path");
	if (l->n > 0 && count_of(&l->v[0]) != n)
		return err_set(ERR_FORMAT, "%s, but the first line has %zu",
		    NUM_COUNTED(n, "label"), count_of(&l->v[0]));
	label.channels = (int)n;
	dset_list_put(l, o, line, 0, &label, 1);
	return 0;
}

static bool
same_shape(const struct dset_sample *a, const struct dset_sample *b)
{
	const struct value *x = &a->values[0], *y = &b->values[0];

	return x->channels == y->channels && x->height == y->height &&
	    x->width == y->width;
}

/* There are no classes; the labels file, or the columns of a
 * table, name the numbers. */
static int
numbers_settle(struct dset_plan *p, const struct dset_plan_options *o)
{
	const struct dset_sample *s, *first = NULL;
	size_t want = 0, i;
	int part;

	for (part = 0; part < DSET_PARTS; part++) {
		for (i = 0; i < p->n[part]; i++) {
			s = &p->part[part][i];
			if (want == 0) {
				want = count_of(s);
				first = s;
			}
			if (count_of(s) == want && !same_shape(s, first))
				return err_set(ERR_FORMAT,
				    "%s: labels of %dx%dx%d, where others have %dx%dx%d",
				    s->path, s->values[0].channels,
				    s->values[0].height, s->values[0].width,
				    first->values[0].channels,
				    first->values[0].height,
				    first->values[0].width);
			if (count_of(s) != want)
				return err_set(ERR_FORMAT,
				    "%s: %s where others have %zu", s->path,
				    NUM_COUNTED(count_of(s), "label"), want);
		}
	}
	if (o->labels != NULL)
		return dset_labels_read(&p->labels, &p->nlabels, o->labels);
	p->labels = mem_array(char *, p->rows.nnames + 1);
	for (p->nlabels = 0; p->nlabels < p->rows.nnames; p->nlabels++)
		p->labels[p->nlabels] = mem_strdup(p->rows.names[p->nlabels]);
	return 0;
}

/* Those of a stream may be in a file that was not read yet. */
static int
numbers_fit(struct value *out, struct dset_fit *f, const struct dset_sample *s)
{
	const struct value *v = &s->values[0];
	size_t n = value_count(v);
	float *to;

	*out = *v;
	if (v->floats != NULL)
		return 0;
	to = buf_room(&f->room[0], n * sizeof *to);
	if (to == NULL)
		return ERR_RANGE;
	out->floats = to;
	out->blob = NULL;
	out->blob_len = 0;
	return dset_npy_floats(to, n, v->blob, v->blob_len, s->path);
}

static int
numbers_columns(struct record_column *out, const struct dset_plan *p,
    const struct record_column *picture)
{
	const struct value *first = &p->part[DSET_TRAIN][0].values[0];

	(void)picture;
	*out = (struct record_column){ .name = "label",
		.kind = VALUE_NUMBERS,
		.channels = first->channels,
		.height = first->height,
		.width = first->width };
	return 1;
}

const struct dset_task dset_task_regress = {
	.name = "regression",
	.labels_from = "column",
	.scan = numbers_scan,
	.settle = numbers_settle,
	.columns = numbers_columns,
	.fit = numbers_fit,
};
