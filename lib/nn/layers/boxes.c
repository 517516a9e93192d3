/* Boxes, their codes, and which of them stay: see boxes.h. */
#include "nn/layers/boxes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nn/layers/types.h"

const float layer_box_ones[4] = { 1, 1, 1, 1 };

float
layer_box_area(const struct layer_box *b, bool last)
{
	const float more = last ? 1 : 0;

	return b->x1 < b->x0 || b->y1 < b->y0
	    ? 0
	    : (b->x1 - b->x0 + more) * (b->y1 - b->y0 + more);
}

float
layer_box_iou(const struct layer_box *a, const struct layer_box *b, bool last)
{
	const struct layer_box c = { fmaxf(a->x0, b->x0), fmaxf(a->y0, b->y0),
		fminf(a->x1, b->x1), fminf(a->y1, b->y1) };
	const float i = layer_box_area(&c, last);
	const float u = layer_box_area(a, last) + layer_box_area(b, last) - i;

	return i > 0 && u > 0 ? i / u : 0;
}

bool
layer_box_finite(const struct layer_box *b)
{
	return isfinite(b->x0) && isfinite(b->y0) && isfinite(b->x1) &&
	    isfinite(b->y1);
}

struct layer_box
layer_box_decode(enum layer_box_code code, const float *v,
    const struct layer_box *prior, const float *variance)
{
	const float w = prior->x1 - prior->x0, h = prior->y1 - prior->y0;
	float cx, cy, bw, bh;

	if (code == LAYER_BOX_CORNER)
		return (struct layer_box){ prior->x0 + variance[0] * v[0],
			prior->y0 + variance[1] * v[1],
			prior->x1 + variance[2] * v[2],
			prior->y1 + variance[3] * v[3] };
	if (code == LAYER_BOX_CORNER_SIZE)
		return (struct layer_box){ prior->x0 + variance[0] * v[0] * w,
			prior->y0 + variance[1] * v[1] * h,
			prior->x1 + variance[2] * v[2] * w,
			prior->y1 + variance[3] * v[3] * h };
	cx = variance[0] * v[0] * w + (prior->x0 + prior->x1) / 2;
	cy = variance[1] * v[1] * h + (prior->y0 + prior->y1) / 2;
	bw = expf(variance[2] * v[2]) * w;
	bh = expf(variance[3] * v[3]) * h;
	return (struct layer_box){ cx - bw / 2, cy - bh / 2, cx + bw / 2,
		cy + bh / 2 };
}

void
layer_box_encode(float *v, enum layer_box_code code, const struct layer_box *b,
    const struct layer_box *prior, const float *variance)
{
	const float w = prior->x1 - prior->x0, h = prior->y1 - prior->y0;
	const float d[4] = { b->x0 - prior->x0, b->y0 - prior->y0,
		b->x1 - prior->x1, b->y1 - prior->y1 };
	const float side[4] = { w, h, w, h };

	if (code == LAYER_BOX_CENTER_SIZE) {
		v[0] = (d[0] + d[2]) / 2 / w;
		v[1] = (d[1] + d[3]) / 2 / h;
		v[2] = logf((b->x1 - b->x0) / w);
		v[3] = logf((b->y1 - b->y0) / h);
	}
	for (int i = 0; i < 4; i++) {
		if (code != LAYER_BOX_CENTER_SIZE)
			v[i] = code == LAYER_BOX_CORNER ? d[i] : d[i] / side[i];
		v[i] /= variance[i];
	}
}

struct layer_box
layer_box_regress(const struct layer_box *b, const float *v)
{
	const float w = b->x1 - b->x0 + 1, h = b->y1 - b->y0 + 1;
	const float cx = b->x0 + w / 2 + v[0] * w;
	const float cy = b->y0 + h / 2 + v[1] * h;
	const float bw = expf(v[2]) * w, bh = expf(v[3]) * h;

	return (struct layer_box){ cx - bw / 2, cy - bh / 2, cx + bw / 2,
		cy + bh / 2 };
}

void
layer_box_cut(struct layer_box *b, float width, float height)
{
	b->x0 = fmaxf(fminf(b->x0, width - 1), 0);
	b->y0 = fmaxf(fminf(b->y0, height - 1), 0);
	b->x1 = fmaxf(fminf(b->x1, width - 1), 0);
	b->y1 = fmaxf(fminf(b->y1, height - 1), 0);
}

int
layer_prior_shapes(const struct layer *l, uint32_t num_classes, bool share,
    int *items, int *priors, int *classes)
{
	const struct shape *loc = layer_shape(l, 0), *conf = layer_shape(l, 1);
	const struct shape *prior = layer_shape(l, 2);
	const int64_t n = loc->n ? loc->d[0] : 0;
	int64_t k;

	if (num_classes < 1 || num_classes > LAYER_FOUND_MAX)
		return err_set(ERR_FORMAT, "num_classes is not given");
	if (prior->n != 3 || prior->d[1] != 2 || prior->d[2] % 4)
		return err_set(
		    ERR_FORMAT, "its third bottom must be (1, 2, 4 priors)");
	k = prior->d[2] / 4;
	if (n < 1 || k < 1 || n > LAYER_FOUND_MAX || k > LAYER_FOUND_MAX ||
	    (int64_t)shape_count(loc) != n * k * 4 * (share ? 1 : num_classes))
		return err_set(ERR_FORMAT,
		    "%lld priors do not match the locations of its first bottom",
		    (long long)k);
	if ((int64_t)shape_count(conf) != n * k * num_classes)
		return err_set(ERR_FORMAT,
		    "%lld priors of %u classes do not match the scores of its second bottom",
		    (long long)k, num_classes);
	*items = (int)n;
	*priors = (int)k;
	*classes = (int)num_classes;
	return 0;
}

int
layer_found_by_score(const void *a, const void *b)
{
	const struct layer_found *x = a, *y = b;

	if (x->score != y->score)
		return x->score < y->score ? 1 : -1;
	if (x->label != y->label)
		return x->label < y->label ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

size_t
layer_found_suppress(struct layer_found *f, size_t n, const struct layer_nms *m)
{
	float limit = m->limit;
	size_t i, j, kept = 0;

	for (i = 0; i < n && (m->most == 0 || kept < m->most); i++) {
		for (j = 0; j < kept; j++)
			if ((m->all || f[i].label == f[j].label) &&
			    layer_box_iou(&f[i].box, &f[j].box, m->last) >
				limit)
				break;
		if (j < kept)
			continue;
		f[kept++] = f[i];
		if (m->eta < 1 && limit > 0.5f)
			limit *= m->eta;
	}
	return kept;
}

static int
by_label(const void *a, const void *b)
{
	const struct layer_found *x = a, *y = b;

	if (x->label != y->label)
		return x->label < y->label ? -1 : 1;
	return layer_found_by_score(a, b);
}

size_t
layer_found_keep(struct layer_found *f, size_t n, size_t keep)
{
	if (n > keep) {
		qsort(f, n, sizeof(*f), layer_found_by_score);
		n = keep;
	}
	qsort(f, n, sizeof(*f), by_label);
	return n;
}

float *
layer_found_write(float *row, const struct layer_found *f, size_t n)
{
	for (size_t i = 0; i < n; i++, row += LAYER_FOUND_ROW) {
		row[0] = (float)f[i].item;
		row[1] = (float)f[i].label;
		row[2] = f[i].score;
		memcpy(&row[3], &f[i].box, sizeof(f[i].box));
	}
	return row;
}

void
layer_found_pad(float *row, const float *end)
{
	while (row < end)
		*row++ = -1;
}
