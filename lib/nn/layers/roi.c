/* Windows of a feature map: see roi.h. */
#include "nn/layers/roi.h"

#include <math.h>

int
layer_roi_shapes(struct layer_roi *r, const struct layer *l, struct shape *top)
{
	const struct shape *x = layer_shape(l, 0), *w = layer_shape(l, 1);
	char t[SHAPE_TEXT_MAX];

	if (x->n != 4 || w->n < 2 || shape_count_axes(w, 1, w->n) != LAYER_ROI)
		return err_set(ERR_FORMAT,
		    "it takes features (N, C, H, W) and windows (R, 5); its bottom \"%s\" is %s",
		    l->p->bottom[x->n == 4], shape_text(t, x->n != 4 ? x : w));
	if (r->rows < 1 || r->columns < 1 || r->rows > LAYER_ROI_SIDE_MAX ||
	    r->columns > LAYER_ROI_SIDE_MAX || r->out < 1)
		return err_set(ERR_FORMAT,
		    "a size of %lldx%lldx%lld; sides are 1 to %d",
		    (long long)r->out, (long long)r->rows,
		    (long long)r->columns, LAYER_ROI_SIDE_MAX);
	r->pictures = x->d[0];
	r->channels = x->d[1];
	r->height = x->d[2];
	r->width = x->d[3];
	r->windows = w->d[0];
	*top = shape_of(4, r->windows, r->out, r->rows, r->columns);
	return shape_check(top);
}

int
layer_roi_picture(
    const struct layer_roi *r, const float *window, int64_t i, int64_t *picture)
{
	if (window[0] == -1)
		return 0;
	if (!(window[0] >= 0 && window[0] < (float)r->pictures))
		return err_set(ERR_FORMAT,
		    "window %lld is of picture %g; there are %lld",
		    (long long)i, window[0], (long long)r->pictures);
	*picture = (int64_t)window[0];
	return 1;
}

int64_t
layer_roi_cut(double v, int64_t max)
{
	return v > 0 ? (int64_t)fmin(v, (double)max) : 0;
}
