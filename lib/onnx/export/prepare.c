/* From bytes to the numbers of a net's input: see prepare.h. */
#include "onnx/export/prepare.h"

#include <math.h>

#include "base/err.h"
#include "onnx/forms/form.h"

/* Planes of R G B in the order of the net. */
static struct export_value *
planes(
    struct export *e, const struct onnx_preparation *p, struct export_value *x)
{
	static const int64_t order[4] = { 0, 3, 1, 2 }, turned[3] = { 2, 1, 0 };
	struct export_node *n = export_node(e, "Transpose", x, NULL);

	export_ints(e, n, "perm", order, 4);
	x = export_out(e, n);
	if (p->rgb || p->channels != 3)
		return x;
	n = export_node(
	    e, "Gather", x, export_whole_numbers(e, turned, 3), NULL);
	export_int(e, n, "axis", 1);
	return export_out(e, n);
}

static struct export_value *
less_mean(
    struct export *e, const struct onnx_preparation *p, struct export_value *x)
{
	const struct shape image = { 4,
		{ 1, p->channels, p->height, p->width } };
	const struct shape pixel = { 4, { 1, p->channels, 1, 1 } };
	bool any = false;

	for (int c = 0; c < p->channels; c++)
		any |= p->mean[c] != 0;
	if (p->mean_image != NULL)
		return export_binary(
		    e, "Sub", x, export_floats(e, &image, p->mean_image));
	return any
	    ? export_binary(e, "Sub", x, export_floats(e, &pixel, p->mean))
	    : x;
}

static struct export_value *
scaled(
    struct export *e, const struct onnx_preparation *p, struct export_value *x)
{
	const struct shape pixel = { 4, { 1, p->channels, 1, 1 } };
	bool any = false;
	float v[4];

	for (int c = 0; c < p->channels; c++) {
		v[c] = p->scale / p->deviation[c];
		any |= v[c] != 1;
	}
	return any ? export_binary(e, "Mul", x, export_floats(e, &pixel, v))
		   : x;
}

/* To mean 0 and deviation 1, of all numbers of a picture; a deviation of next to
 * nothing counts as 1 / sqrt(n). */
static struct export_value *
whitened(
    struct export *e, const struct onnx_preparation *p, struct export_value *x)
{
	struct export_node *n = export_node(e, "ReduceMean", x, NULL);
	const double least = 1 /
	    sqrt((double)p->channels * (double)p->height * (double)p->width);
	struct export_value *v;

	export_axes(e, n, 14, 4, 18);
	x = export_binary(e, "Sub", x, export_out(e, n));
	n = export_node(e, "ReduceMean", export_binary(e, "Mul", x, x), NULL);
	export_axes(e, n, 14, 4, 18);
	v = export_unary(e, "Sqrt", export_out(e, n));
	return export_binary(e, "Div", x,
	    export_binary(e, "Max", v, export_scalar(e, (float)least)));
}

int
export_prepare(struct export *e, const struct onnx_preparation *p, int tensor,
    struct export_io *io)
{
	const struct shape *s = export_shape(e, tensor);
	struct export_value *x;

	if (s->n != 4 || (p->channels != 1 && p->channels != 3) ||
	    s->d[1] != p->channels || s->d[2] != p->height ||
	    s->d[3] != p->width)
		return err_set(ERR_UNSUPPORTED,
		    "the net takes no pictures, which there is no preparation for");
	*io = (struct export_io){ .rank = 4,
		.dim = { io->dim[0], p->height, p->width, p->channels },
		.times = { io->times[0] },
		.value = export_input(e, "image", EXPORT_BYTE) };
	x = planes(e, p, export_cast(e, io->value, e->real));
	x = less_mean(e, p, x);
	x = scaled(e, p, x);
	e->of[tensor] = p->whiten ? whitened(e, p, x) : x;
	return 0;
}
