/* Places that indices name: see places.h. */
#include "nn/layers/moving/places.h"

int
places_elements(struct places *p, const struct shape *data,
    const struct shape *index, int axis)
{
	char s[SHAPE_TEXT_MAX], t[SHAPE_TEXT_MAX];
	bool fits = data->n == index->n;

	for (int i = 0; fits && i < data->n; i++)
		fits = i == axis || index->d[i] <= data->d[i];
	if (!fits)
		return err_set(ERR_FORMAT,
		    "indices of %s do not fit into %s along axis %d",
		    shape_text(s, index), shape_text(t, data), axis);
	*p = (struct places){ .data = *data,
		.index = *index,
		.n = shape_count(index),
		.axis = axis };
	return 0;
}

int
places_rows(struct places *p, const struct shape *data,
    const struct shape *index, int batch, struct shape *got)
{
	const int64_t named = index->n > 0 ? index->d[index->n - 1] : 0;
	char s[SHAPE_TEXT_MAX], t[SHAPE_TEXT_MAX];
	bool fits = index->n > batch && named >= 0 &&
	    named <= data->n - batch &&
	    index->n - 1 + data->n - batch - named <= SHAPE_MAX;

	for (int i = 0; fits && i < batch; i++)
		fits = index->d[i] == data->d[i];
	if (!fits)
		return err_set(ERR_FORMAT,
		    "rows of indices of %s name no places of %s behind %d shared axes",
		    shape_text(s, index), shape_text(t, data), batch);
	*got = *index;
	got->n--;
	for (int i = batch + (int)named; i < data->n; i++)
		got->d[got->n++] = data->d[i];
	TRY(shape_check(got));
	*p = (struct places){ .data = *data,
		.index = *index,
		.n = shape_count(got),
		.axis = -1,
		.batch = batch };
	return 0;
}

static int
place_of(float v, int64_t d, size_t *out)
{
	if (!(v > -(float)d - 1 && v < (float)d))
		return err_set(ERR_FORMAT, "index %g is outside of %lld places",
		    (double)v, (long long)d);
	*out = (size_t)((int64_t)v < 0 ? (int64_t)v + d : (int64_t)v);
	return 0;
}

static int
find_elements(const struct places *p, const float *index, size_t *at)
{
	for (size_t i = 0; i < p->n; i++) {
		size_t rest = i, step = 1;

		at[i] = 0;
		for (int k = p->data.n - 1; k >= 0; k--) {
			size_t here = rest % (size_t)p->index.d[k];

			if (k == p->axis)
				TRY(place_of(index[i], p->data.d[k], &here));
			rest /= (size_t)p->index.d[k];
			at[i] += here * step;
			step *= (size_t)p->data.d[k];
		}
	}
	return 0;
}

static int
find_rows(const struct places *p, const float *index, size_t *at)
{
	const int last = p->index.n - 1, b = p->batch;
	const int named = (int)p->index.d[last];
	const size_t run = shape_count_axes(&p->data, b + named, p->data.n);
	const size_t inside = shape_count_axes(&p->data, b, p->data.n);
	const size_t each = shape_count_axes(&p->index, b, last);

	for (size_t i = 0; run > 0 && i < p->n / run; i++) {
		size_t from = 0, here = 0;

		for (int k = 0; k < named; k++) {
			const int64_t d = p->data.d[b + k];

			TRY(place_of(
			    index[i * (size_t)named + (size_t)k], d, &here));
			from = from * (size_t)d + here;
		}
		from = from * run + i / each * inside;
		for (size_t k = 0; k < run; k++)
			at[i * run + k] = from + k;
	}
	return 0;
}

int
places_find(const struct places *p, const float *index, size_t *at)
{
	return p->axis < 0 ? find_rows(p, index, at)
			   : find_elements(p, index, at);
}
