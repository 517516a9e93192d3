/* Batch normalisation and what belongs to it: see fold.h. */
#include "onnx/forms/fold.h"

#include <math.h>
#include <string.h>

#include "base/err.h"

void
export_fold_clear(struct export_fold *f)
{
	mem_free(f->gamma);
	mem_free(f->beta);
	mem_free(f->mean);
	mem_free(f->var);
}

/* The numbers of a PARAM or CONST, or of one in another shape. */
static int
numbers(struct export *e, int tensor, float **out, size_t n)
{
	const struct export_value *v = export_of(e, tensor);

	if (v->array == NULL || shape_count(&v->array->shape) != n)
		return err_set(ERR_UNSUPPORTED,
		    "its statistics are not constant, which ONNX has no form for");
	return export_read(out, v->array);
}

static float *
filled(size_t n, float v)
{
	float *p = mem_array(float, n + 1);

	for (size_t i = 0; i < n; i++)
		p[i] = v;
	return p;
}

/* Is the tensor one number for each channel, and known? */
static bool
is_channels(struct export *e, int tensor, size_t n)
{
	const struct shape *s = export_shape(e, tensor);

	return e->of[tensor] != NULL && e->of[tensor]->array != NULL &&
	    shape_count(s) == n &&
	    (s->n == 1 || (s->n > 1 && s->d[1] == (int64_t)n));
}

/* The op that alone reads f->top, is of that kind and has channels as its second
 * operand; reshapes of the operand that stand between count as made. */
static const struct op *
follower(struct export *e, const struct export_fold *f, enum binary_fn fn)
{
	const struct op *op = export_sole_reader(e, f->top);

	if (op == NULL || op->kind != OP_BINARY || op->a.binary.fn != fn ||
	    op->in[0] != f->top)
		return NULL;
	export_settle(e, op->in[1]);
	return is_channels(e, op->in[1], f->n) ? op : NULL;
}

static void
take(struct export *e, struct export_fold *f, const struct op *op)
{
	e->skip[graph_tensor(e->net->graph, op->out[0])->producer] = true;
	f->top = op->out[0];
}

/* Scale's two, or one of them. */
static int
read_followers(struct export_fold *f, struct export *e)
{
	const struct op *op = follower(e, f, BINARY_MUL);

	if (op != NULL) {
		mem_free(f->gamma);
		f->gamma = NULL;
		TRY(numbers(e, op->in[1], &f->gamma, f->n));
		f->name[0] = e->of[op->in[1]]->hint;
		take(e, f, op);
	}
	op = follower(e, f, BINARY_ADD);
	if (op != NULL) {
		mem_free(f->beta);
		f->beta = NULL;
		TRY(numbers(e, op->in[1], &f->beta, f->n));
		f->name[1] = e->of[op->in[1]]->hint;
		take(e, f, op);
	}
	return 0;
}

static int
read_own(struct export_fold *f, struct export *e, const struct op *op)
{
	const int gamma = op->nin > 4 ? op->in[4] : -1;
	const int beta = op->nin > 5 ? op->in[5] : -1;

	TRY(numbers(e, op->in[1], &f->mean, f->n));
	TRY(numbers(e, op->in[2], &f->var, f->n));
	f->name[2] = e->of[op->in[1]]->hint;
	f->name[3] = e->of[op->in[2]]->hint;
	if (gamma >= 0)
		TRY(numbers(e, gamma, &f->gamma, f->n));
	else
		f->gamma = filled(f->n, 1);
	if (beta >= 0)
		TRY(numbers(e, beta, &f->beta, f->n));
	else
		f->beta = filled(f->n, 0);
	f->name[0] = gamma >= 0 ? e->of[gamma]->hint : NULL;
	f->name[1] = beta >= 0 ? e->of[beta]->hint : NULL;
	return gamma < 0 && beta < 0 ? read_followers(f, e) : 0;
}

int
export_fold_read(struct export_fold *f, struct export *e, const struct op *op)
{
	float *factor = NULL, by;
	int rc;

	*f = (struct export_fold){ .top = op->out[0],
		.channel = op->in[0],
		.eps = op->a.batchnorm.eps,
		.n = (size_t)export_shape(e, op->in[0])->d[1] };
	TRY(numbers(e, op->in[3], &factor, 1));
	by = *factor != 0 ? 1 / *factor : 0;
	mem_free(factor);
	rc = read_own(f, e, op);
	if (rc < 0) {
		export_fold_clear(f);
		return rc;
	}
	for (size_t i = 0; i < f->n; i++) {
		f->mean[i] *= by;
		f->var[i] *= by;
	}
	return 0;
}

/* Which axis of its weights is that of the outputs; -1: no such node.  An output has
 * `each` rows of weights. */
static int
output_axis(const struct export_node *n)
{
	if (strcmp(n->op, "Conv") == 0)
		return 0;
	if (strcmp(n->op, "ConvTranspose") == 0)
		return 1;
	if (strcmp(n->op, "Gemm") != 0)
		return -1;
	for (const struct export_attr *a = n->attrs; a != NULL; a = a->next)
		if (strcmp(a->name, "transB") == 0)
			return 0;
	return 1;
}

static int64_t
groups(const struct export_node *n)
{
	for (const struct export_attr *a = n->attrs; a != NULL; a = a->next)
		if (strcmp(a->name, "group") == 0)
			return a->i;
	return 1;
}

/* Weight i of that shape belongs to which output? */
static size_t
output_of(const struct shape *s, int axis, int64_t group, size_t i)
{
	const size_t inner = shape_count_axes(s, axis + 1, s->n);
	const size_t at = i / inner % (size_t)s->d[axis];
	size_t first;

	if (axis == 0)
		return at;
	/* (C, O/group, K): the group is that of the input channel */
	first =
	    i / (inner * (size_t)s->d[1]) / ((size_t)s->d[0] / (size_t)group);
	return first * (size_t)s->d[1] + at;
}

static int
fold_weights(struct export *e, const struct export_node *n, const float *scale,
    struct export_value **out)
{
	const struct export_array *a = n->in[1]->array;
	const int axis = output_axis(n);
	const int64_t group = groups(n);
	float *w = NULL;

	TRY(export_read(&w, a));
	for (size_t i = 0; i < shape_count(&a->shape); i++)
		w[i] *= scale[output_of(&a->shape, axis, group, i)];
	*out = export_floats(e, &a->shape, w);
	(*out)->hint = n->in[1]->hint;
	mem_free(w);
	return 0;
}

/* b' = (b - mean) scale + beta */
static int
fold_bias(struct export *e, const struct export_fold *f,
    const struct export_node *n, const float *scale, struct export_value **out)
{
	const struct shape s = { 1, { (int64_t)f->n } };
	float *b = NULL;

	if (n->nin > 2)
		TRY(export_read(&b, n->in[2]->array));
	else
		b = filled(f->n, 0);
	for (size_t i = 0; i < f->n; i++)
		b[i] = (b[i] - f->mean[i]) * scale[i] + f->beta[i];
	*out = export_floats(e, &s, b);
	(*out)->hint = n->nin > 2 ? n->in[2]->hint : f->name[1];
	mem_free(b);
	return 0;
}

int
export_fold_into(
    struct export *e, const struct export_fold *f, struct export_value *x)
{
	struct export_node *n = x->node;
	struct export_value *w, *b;
	const struct op *reader;
	float *scale;
	int rc;

	if (n == NULL || output_axis(n) < 0 || n->nin < 2 ||
	    n->in[1]->array == NULL || (n->nin > 2 && n->in[2]->array == NULL))
		return 0;
	reader = export_sole_reader(e, f->channel);
	if (reader == NULL || reader->kind != OP_BATCHNORM)
		return 0;
	scale = mem_array(float, f->n + 1);
	for (size_t i = 0; i < f->n; i++)
		scale[i] = (float)((double)f->gamma[i] /
		    sqrt((double)f->var[i] + (double)f->eps));
	rc = fold_weights(e, n, scale, &w);
	if (rc >= 0)
		rc = fold_bias(e, f, n, scale, &b);
	mem_free(scale);
	if (rc < 0)
		return rc;
	n->in[1] = w;
	if (n->nin > 2)
		n->in[2] = b;
	else
		export_in(n, b);
	return 1;
}
