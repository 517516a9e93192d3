/* Normalisations: LRN, batch normalisation, softmax; and PReLU. */
#include <math.h>
#include <string.h>

#include "onnx/forms/fold.h"
#include "onnx/forms/form.h"

/* (1 + alpha/size^2 * sum of x^2 over size x size places)^-beta x */
static struct export_value *
lrn_within(struct export *e, struct export_value *x, const struct op_lrn *l)
{
	const int64_t size[2] = { l->size, l->size };
	const int64_t side = (l->size - 1) / 2;
	const int64_t pads[4] = { side, side, side, side };
	struct export_node *n =
	    export_node(e, "AveragePool", export_binary(e, "Mul", x, x), NULL);
	struct export_value *v = export_out(e, n);

	export_ints(e, n, "kernel_shape", size, 2);
	export_ints(e, n, "pads", pads, 4);
	export_int(e, n, "count_include_pad", 1);
	v = export_affine(e, v, l->alpha, 1);
	v = export_binary(e, "Pow", v, export_scalar(e, l->beta));
	return export_binary(e, "Div", x, v);
}

EXPORT_OP(export_lrn)
{
	struct export_value *x = export_of(e, op->in[0]);
	const struct op_lrn *l = &op->a.lrn;
	struct export_node *n;

	if (l->region == LRN_WITHIN) {
		export_top(e, op->out[0], lrn_within(e, x, l));
		return 0;
	}
	n = export_node(e, "LRN", x, NULL);
	export_int(e, n, "size", l->size);
	export_real(e, n, "alpha", l->alpha);
	export_real(e, n, "beta", l->beta);
	export_real(e, n, "bias", l->k);
	export_top(e, op->out[0], export_out(e, n));
	return 0;
}

/* By the statistics of the batch at hand. */
static int
batchnorm_now(struct export *e, const struct op *op)
{
	const int rank = export_shape(e, op->in[0])->n;
	const uint32_t axes = ((1u << rank) - 1) & ~2u;
	struct export_value *x = export_of(e, op->in[0]), *m, *v;
	struct export_node *n = export_node(e, "ReduceMean", x, NULL);

	if (op->nin > 4 && op->in[4] >= 0)
		return err_set(ERR_UNSUPPORTED,
		    "with a scale of its own and the statistics of each batch it has no form in ONNX");
	export_axes(e, n, axes, rank, 18);
	m = export_out(e, n);
	x = export_binary(e, "Sub", x, m);
	n = export_node(e, "ReduceMean", export_binary(e, "Mul", x, x), NULL);
	export_axes(e, n, axes, rank, 18);
	v = export_affine(e, export_out(e, n), 1, op->a.batchnorm.eps);
	x = export_binary(e, "Div", x, export_unary(e, "Sqrt", v));
	export_top(e, op->out[0], x);
	return 0;
}

EXPORT_OP(export_batchnorm)
{
	struct export_fold f;
	struct export_node *n;
	struct export_value *x;
	int rc;

	if (op->a.batchnorm.train)
		return batchnorm_now(e, op);
	TRY(export_fold_read(&f, e, op));
	x = export_of(e, op->in[0]);
	rc = e->fold_batchnorm ? export_fold_into(e, &f, x) : 0;
	if (rc == 0) {
		const struct shape s = { 1, { (int64_t)f.n } };

		n = export_node(e, "BatchNormalization", x,
		    export_floats(e, &s, f.gamma), export_floats(e, &s, f.beta),
		    export_floats(e, &s, f.mean), export_floats(e, &s, f.var),
		    NULL);
		export_real(e, n, "epsilon", f.eps);
		x = export_out(e, n);
		for (int i = 0; i < 4; i++)
			n->in[1 + i]->hint = f.name[i];
	}
	if (rc >= 0)
		export_top(e, f.top, x);
	export_fold_clear(&f);
	return rc < 0 ? rc : 0;
}

EXPORT_OP(export_softmax)
{
	struct export_node *n =
	    export_node(e, "Softmax", export_of(e, op->in[0]), NULL);

	export_int(e, n, "axis", op->a.axis);
	export_top(e, op->out[0], export_out(e, n));
	return 0;
}

/* The slopes are one, or one for each channel. */
EXPORT_OP(export_prelu)
{
	struct export_value *slope = export_of(e, op->in[1]);
	struct shape s = *export_shape(e, op->in[1]);
	const int rank = export_shape(e, op->in[0])->n;

	for (int i = s.n; s.d[0] > 1 && i < rank - 1; i++)
		s.d[s.n++] = 1;
	if (s.n > 1 && slope->array != NULL)
		slope = export_reshaped(e, slope, &s);
	else if (s.n > 1)
		slope = export_binary(e, "Reshape", slope,
		    export_whole_numbers(e, s.d, (size_t)s.n));
	export_top(e, op->out[0],
	    export_binary(e, "PRelu", export_of(e, op->in[0]), slope));
	return 0;
}
