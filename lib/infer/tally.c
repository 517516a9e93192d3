/* Counting answers against the truth: see tally.h. */
#include "infer/tally.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "image/image.h"

int
tally_init(struct tally *t, size_t classes, size_t keep, size_t matrix_max)
{
	memset(t, 0, sizeof(*t));
	if (classes < 1)
		return err_set(ERR_RANGE, "an answer without classes");
	if (matrix_max > 0 && classes > matrix_max)
		return err_set(ERR_RANGE,
		    "%zu classes: a confusion matrix of this kind has at most %zu",
		    classes, matrix_max);
	t->classes = classes;
	t->keep = keep;
	t->seen = mem_array(uint64_t, classes);
	t->right = mem_array(uint64_t, classes);
	t->said = mem_array(uint64_t, classes);
	if (matrix_max > 0)
		t->matrix = mem_array(uint64_t, classes * classes);
	t->worst = mem_array(struct tally_mistake, keep + 1);
	return 0;
}

void
tally_clear(struct tally *t)
{
	for (size_t i = 0; i < t->nworst; i++)
		mem_free(t->worst[i].name);
	mem_free(t->worst);
	mem_free(t->seen);
	mem_free(t->right);
	mem_free(t->said);
	mem_free(t->matrix);
	memset(t, 0, sizeof(*t));
}

/* Insert by falling confidence; the last one falls off. */
static void
note_mistake(
    struct tally *t, const char *name, int truth, int got, double confidence)
{
	size_t at = t->nworst;

	while (at > 0 && t->worst[at - 1].confidence < confidence)
		at--;
	if (at >= t->keep)
		return;
	if (t->nworst == t->keep)
		mem_free(t->worst[--t->nworst].name);
	memmove(t->worst + at + 1, t->worst + at,
	    (t->nworst - at) * sizeof(*t->worst));
	t->worst[at] =
	    (struct tally_mistake){ mem_strdup(name), truth, got, confidence };
	t->nworst++;
}

void
tally_add(struct tally *t, const char *name, int truth, const int *order,
    size_t norder, const float *scores)
{
	if (truth < 0 || (size_t)truth >= t->classes || norder == 0 ||
	    (size_t)order[0] >= t->classes) {
		t->unknown++;
		return;
	}
	t->n++;
	t->seen[truth]++;
	t->said[order[0]]++;
	t->right[truth] += order[0] == truth;
	if (t->matrix != NULL)
		t->matrix[(size_t)truth * t->classes + (size_t)order[0]]++;
	t->top1 += order[0] == truth;
	for (size_t i = 0; i < norder && i < 5; i++)
		t->top5 += order[i] == truth;
	if (order[0] != truth && t->keep > 0)
		note_mistake(t, name, truth, order[0], scores[order[0]]);
}

size_t
tally_values(const struct tally *t, struct gate_value v[2])
{
	double n = t->n > 0 ? (double)t->n : 1;

	v[0] = (struct gate_value){ "top1", (double)t->top1 / n };
	v[1] = (struct gate_value){ "top5", (double)t->top5 / n };
	return 2;
}

static const char *
label(const char *const *labels, size_t n, size_t i, char text[24])
{
	if (i < n)
		return labels[i];
	snprintf(text, 24, "%zu", i);
	return text;
}

static double
percent(uint64_t part, uint64_t whole)
{
	return whole > 0 ? 100.0 * (double)part / (double)whole : 0;
}

double
tally_precision(const struct tally *t, size_t i)
{
	return percent(t->right[i], t->said[i]);
}

double
tally_recall(const struct tally *t, size_t i)
{
	return percent(t->right[i], t->seen[i]);
}

/* Width of the columns of an aligned matrix: labels and counts fit. */
static int
column_width(const struct tally *t, const char *const *labels, size_t nlabels)
{
	size_t w = 6;
	char text[24];

	for (size_t i = 0; i < t->classes; i++) {
		size_t l = strlen(label(labels, nlabels, i, text));

		if (l > w)
			w = l;
	}
	return (int)(w < 16 ? w : 16);
}

int
tally_matrix_text(struct buf *b, const struct tally *t,
    const char *const *labels, size_t nlabels, int tsv)
{
	int w = tsv ? 0 : column_width(t, labels, nlabels);
	const char *gap = tsv ? "\t" : " ";
	char text[24];

	TRY(buf_printf(b, "%-*s", w, tsv ? "truth" : ""));
	for (size_t k = 0; k < t->classes; k++)
		TRY(buf_printf(
		    b, "%s%*s", gap, w, label(labels, nlabels, k, text)));
	TRY(buf_printf(b, "%s%*s\n", gap, w, tsv ? "accuracy" : "right"));
	for (size_t i = 0; i < t->classes; i++) {
		if (t->seen[i] == 0)
			continue;
		TRY(buf_printf(b, "%-*s", w, label(labels, nlabels, i, text)));
		for (size_t k = 0; k < t->classes; k++)
			TRY(buf_printf(b, "%s%*llu", gap, w,
			    (unsigned long long)t->matrix[i * t->classes + k]));
		TRY(buf_printf(b, tsv ? "%s%*.2f\n" : "%s%*.2f%%\n", gap,
		    tsv ? 0 : w - 1, tally_recall(t, i)));
	}
	return 0;
}

int
tally_classes_text(struct buf *b, const struct tally *t,
    const char *const *labels, size_t nlabels, int tsv)
{
	int w = tsv ? 0 : column_width(t, labels, nlabels);
	char text[24];

	TRY(buf_printf(b,
	    tsv ? "%-*s\timages\tright\tprecision\trecall\n"
		: "%-*s   images    right  precision   recall\n",
	    w, "class"));
	for (size_t i = 0; i < t->classes; i++) {
		TRY(buf_printf(b,
		    tsv ? "%-*s\t%llu\t%llu\t%.2f\t%.2f\n"
			: "%-*s %8llu %8llu %9.2f%% %7.2f%%\n",
		    w, label(labels, nlabels, i, text),
		    (unsigned long long)t->seen[i],
		    (unsigned long long)t->right[i], tally_precision(t, i),
		    tally_recall(t, i)));
	}
	return 0;
}

/* White to blue by the share of the row; the diagonal to green. */
static void
paint_cell(struct image *im, int x0, int y0, int side, double share, int right)
{
	uint8_t fade = (uint8_t)(255 - 255 * share);
	uint8_t colour[3] = { fade, right ? 200 : fade, right ? fade : 230 };

	if (share == 0)
		colour[0] = colour[1] = colour[2] = 250;
	for (int y = y0; y < y0 + side - 1; y++)
		for (int x = x0; x < x0 + side - 1; x++)
			memcpy(im->data +
				((size_t)y * (size_t)im->width + (size_t)x) * 3,
			    colour, 3);
}

int
tally_matrix_png(const char *path, const struct tally *t,
    const char *const *labels, size_t nlabels, int force)
{
	int side = t->classes <= 40 ? 24 : t->classes <= 1000 ? 4 : 1;
	int total = side * (int)t->classes;
	struct image im;
	int rc;

	(void)labels;
	(void)nlabels;
	image_init(&im);
	rc = image_resize_buffer(&im, total, total, 3);
	if (rc >= 0) {
		memset(im.data, 220, (size_t)total * (size_t)total * 3);
		for (size_t i = 0; i < t->classes; i++) {
			double sum = (double)t->seen[i];

			for (size_t k = 0; k < t->classes; k++)
				paint_cell(&im, (int)k * side, (int)i * side,
				    side > 1 ? side : 2,
				    sum > 0
					? (double)
						t->matrix[i * t->classes + k] /
					    sum
					: 0,
				    i == k);
		}
		rc = image_write(path, &im, force);
	}
	image_clear(&im);
	return rc;
}
