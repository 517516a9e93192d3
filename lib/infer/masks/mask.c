/* From scores to the classes of a picture's pixels: see view.h. */
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "infer/masks/view.h"

/* Between which scores of a line (of a row or column) a pixel lies. */
struct between {
	int lo, hi;
	float part;  /* of hi */
	float depth; /* in the input, from its nearer edge; < 0: outside */
};

/* The way of pixel i: scale and offset to the input of that many pixels, and on to n
 * scores. */
static struct between
place_of(int i, double scale, double offset, int input, int n)
{
	const double at = (i + 0.5) * scale + offset;
	double s = at * n / input - 0.5;
	struct between b = { .depth = (float)fmin(at, input - at) };

	s = fmin(fmax(s, 0), n - 1);
	b.lo = (int)s;
	b.hi = b.lo + 1 < n ? b.lo + 1 : b.lo;
	b.part = (float)(s - b.lo);
	return b;
}

/* The score of a class at a pixel; row and next are those around it. */
static float
score_at(
    const float *row, const float *next, float down, const struct between *x)
{
	const float top = row[x->lo] + x->part * (row[x->hi] - row[x->lo]);
	const float low = next[x->lo] + x->part * (next[x->hi] - next[x->lo]);

	return top + down * (low - top);
}

struct line {
	const struct between *x;
	int width;
	float *best;
	uint8_t *class;
};

/* The classes of one row of the picture. */
static void
take_row(const struct line *l, const struct masks_view *m, const float *scores,
    int channels, int h, int w, const struct between *y)
{
	const size_t plane = (size_t)h * (size_t)w;

	for (int i = 0; i < l->width; i++) {
		l->best[i] = channels == 1 ? m->least : -INFINITY;
		l->class[i] = 0;
	}
	for (int c = 0; c < channels; c++) {
		const float *row = scores + (size_t)c * plane;
		const float *next = row + (size_t)y->hi * (size_t)w;

		row += (size_t)y->lo * (size_t)w;
		for (int i = 0; i < l->width; i++) {
			const float v = score_at(row, next, y->part, &l->x[i]);

			if (!(v > l->best[i]))
				continue;
			l->best[i] = v;
			l->class[i] = (uint8_t)(channels == 1 ? 1 : c);
		}
	}
}

/* Into the mask, where no other piece knows better. */
static void
put_row(struct masks_view *m, const struct line *l, int row,
    const struct between *y)
{
	const size_t at = (size_t)row * (size_t)l->width;

	for (int i = 0; i < l->width; i++) {
		const float depth = fminf(y->depth, l->x[i].depth);

		if (depth < 0 ||
		    (m->depth != NULL && depth <= m->depth[at + (size_t)i]))
			continue;
		m->mask.data[at + (size_t)i] = l->class[i];
		if (m->depth != NULL)
			m->depth[at + (size_t)i] = depth;
	}
}

/* Before the first piece of a picture. */
static int
begin_mask(struct masks_view *m, const struct answer *a)
{
	const size_t n = (size_t)a->where->width * (size_t)a->where->height;

	TRY(image_resize_buffer(
	    &m->mask, a->where->width, a->where->height, 1));
	memset(m->mask.data, MASKS_NONE, n);
	if (a->pieces <= 1) {
		mem_free(m->depth);
		m->depth = NULL;
		m->depth_cap = 0;
		return 0;
	}
	if (n > m->depth_cap) {
		mem_free(m->depth);
		m->depth = NULL;
		m->depth_cap = 0;
		TRY(mem_take((void **)&m->depth, n, sizeof(*m->depth), SIZE_MAX,
		    a->name));
		m->depth_cap = n;
	}
	for (size_t i = 0; i < n; i++)
		m->depth[i] = -1;
	return 0;
}

int
masks_take(struct masks_view *m, const struct answer *a, const float *scores,
    int h, int w)
{
	const struct infer_place *p = a->where;
	const int channels =
	    m->classes == 2 && m->least > -INFINITY ? 1 : (int)m->classes;
	struct between *x;
	struct line l = { .width = p->width };

	if (a->piece == 0)
		TRY(begin_mask(m, a));
	x = mem_array(struct between, (size_t)p->width);
	for (int i = 0; i < p->width; i++)
		x[i] = place_of(i, p->scale_x, p->left, p->in_w, w);
	l.x = x;
	l.best = mem_array(float, (size_t)p->width);
	l.class = mem_array(uint8_t, (size_t)p->width);
	for (int i = 0; i < p->height; i++) {
		const struct between y =
		    place_of(i, p->scale_y, p->top, p->in_h, h);

		if (y.depth < 0)
			continue;
		take_row(&l, m, scores, channels, h, w, &y);
		put_row(m, &l, i, &y);
	}
	mem_free(x);
	mem_free(l.best);
	mem_free(l.class);
	return 0;
}
