/* Tensor shapes: values of up to SHAPE_MAX axes.  No strides, no layouts: those
 * are a backend's business. */
#include "graph/shape.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/err.h"

struct shape
shape_of(int n, ...)
{
	struct shape s = { .n = n };
	va_list ap;

	va_start(ap, n);
	for (int i = 0; i < n && i < SHAPE_MAX; i++)
		s.d[i] = va_arg(ap, int);
	va_end(ap);
	return s;
}

size_t
shape_count(const struct shape *s)
{
	return shape_count_axes(s, 0, s->n);
}

size_t
shape_count_axes(const struct shape *s, int from, int to)
{
	size_t count = 1;

	for (int i = from; i < to; i++)
		count *= (size_t)s->d[i];
	return count;
}

int
shape_check(const struct shape *s)
{
	char text[SHAPE_TEXT_MAX];
	size_t count = 1;

	if (s->n < 0 || s->n > SHAPE_MAX)
		return err_set(ERR_RANGE, "a shape of %d axes (at most %d)",
		    s->n, SHAPE_MAX);
	for (int i = 0; i < s->n; i++) {
		if (s->d[i] < 0)
			return err_set(ERR_RANGE,
			    "shape %s has a negative axis",
			    shape_text(text, s));
		if ((uint64_t)s->d[i] > SHAPE_COUNT_MAX)
			return err_set(ERR_RANGE, "shape %s is too large",
			    shape_text(text, s));
		if (count != 0 && s->d[i] != 0 &&
		    (size_t)s->d[i] > SHAPE_COUNT_MAX / count)
			return err_set(ERR_RANGE, "shape %s is too large",
			    shape_text(text, s));
		count *= (size_t)s->d[i];
	}
	return 0;
}

bool
shape_same(const struct shape *a, const struct shape *b)
{
	if (a->n != b->n)
		return false;
	for (int i = 0; i < a->n; i++)
		if (a->d[i] != b->d[i])
			return false;
	return true;
}

int
shape_axis(int *out, const struct shape *s, int axis)
{
	char text[SHAPE_TEXT_MAX];

	if (axis < -s->n || axis >= s->n)
		return err_set(ERR_RANGE, "axis %d is outside shape %s", axis,
		    shape_text(text, s));
	*out = axis < 0 ? axis + s->n : axis;
	return 0;
}

char *
shape_text(char out[SHAPE_TEXT_MAX], const struct shape *s)
{
	size_t len = 0;

	if (s->n == 0)
		snprintf(out, SHAPE_TEXT_MAX, "scalar");
	for (int i = 0; i < s->n && i < SHAPE_MAX && len < SHAPE_TEXT_MAX; i++)
		len += (size_t)snprintf(out + len, SHAPE_TEXT_MAX - len,
		    "%s%" PRId64, i > 0 ? "x" : "", s->d[i]);
	return out;
}
