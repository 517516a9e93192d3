/*
 * Attention of opset 23.  Heads are an axis of their own: of 3 axes they are taken
 * apart, and put together behind.  Where several heads of queries share one of keys,
 * those heads are a further axis, over which keys and values stretch.
 */
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "onnx/ops/ops.h"

/* What a mask hides: far below any score, so that nothing of it is left. */
#define HIDDEN 1e30f

struct heads {
	bool joined; /* q, k and v are (N, L, H D) */
	int64_t q, kv;
	struct onnx_value *v[3]; /* q, k, v: (N, H, L, D) */
};

/* (N, L, H D) as (N, H, L, D). */
static int
take_apart(struct onnx_node *n, struct onnx_value *x, int64_t heads,
    struct onnx_value **y)
{
	const int order[4] = { 0, 2, 1, 3 };
	struct onnx_dims to = { .n = 4 };
	int64_t width;

	TRY(onnx_fixed(n, x, 2, &width));
	if (heads < 1 || width % heads)
		return err_set(ERR_FORMAT, "%lld numbers in %lld heads",
		    (long long)width, (long long)heads);
	to.d[0] = x->dims.d[0];
	to.d[1] = x->dims.d[1];
	to.d[2] = onnx_int(heads);
	to.d[3] = onnx_int(width / heads);
	TRY(onnx_reshape(n, x, &to, y));
	return onnx_permute(n, *y, order, y);
}

static int
put_together(struct onnx_node *n, struct onnx_value *x)
{
	const int order[4] = { 0, 2, 1, 3 };
	struct onnx_dims to = { .n = 3 };

	TRY(onnx_permute(n, x, order, &x));
	to.d[0] = x->dims.d[0];
	to.d[1] = x->dims.d[1];
	TRY(onnx_dims_count(&to.d[2], &x->dims, 2, 4));
	return onnx_reshape(n, x, &to, NULL);
}

/* Keys or values with those of the steps before, input i, in front. */
static int
with_past(
    struct onnx_node *n, int i, struct onnx_value *x, struct onnx_value **y)
{
	struct onnx_value *const in[2] = { onnx_has(n, i) ? n->in[i] : NULL,
		x };
	Caffe__LayerParameter *l;

	*y = x;
	if (in[0] == NULL)
		return 0;
	l = onnx_layer(n, "Concat");
	l->concat_param = caffe_new(Caffe__ConcatParameter, concat_parameter);
	l->concat_param->has_axis = 1;
	l->concat_param->axis = 2;
	return onnx_join(n, l, in, 2, x->type, y);
}

static int
read_heads(struct onnx_node *n, struct heads *h)
{
	const char *const attr[3] = { "q_num_heads", "kv_num_heads",
		"kv_num_heads" };

	h->joined = n->in[0]->dims.n == 3;
	for (int i = 0; i < 3; i++) {
		h->v[i] = n->in[i];
		if (h->v[i]->dims.n != n->in[0]->dims.n ||
		    (!h->joined && h->v[i]->dims.n != 4))
			return err_set(ERR_FORMAT, "input %d has %d axes", i,
			    h->v[i]->dims.n);
		if (h->joined)
			TRY(take_apart(n, h->v[i], onnx_attr_int(n, attr[i], 0),
			    &h->v[i]));
	}
	TRY(with_past(n, 4, h->v[1], &h->v[1]));
	TRY(with_past(n, 5, h->v[2], &h->v[2]));
	onnx_alias(n, 1, h->v[1], h->v[1]->type);
	onnx_alias(n, 2, h->v[2], h->v[2]->type);
	TRY(onnx_fixed(n, h->v[0], 1, &h->q));
	TRY(onnx_fixed(n, h->v[1], 1, &h->kv));
	if (h->kv < 1 || h->q % h->kv)
		return err_set(ERR_FORMAT, "%lld heads share %lld",
		    (long long)h->q, (long long)h->kv);
	return 0;
}

/* Axis 1 of four, heads, as two: those of keys, and those that share one. */
static int
split_heads(struct onnx_node *n, struct onnx_value **x, int64_t kv)
{
	struct onnx_dims to = (*x)->dims;
	int64_t heads;

	TRY(onnx_fixed(n, *x, 1, &heads));
	for (int i = to.n++; i > 2; i--)
		to.d[i] = to.d[i - 1];
	to.d[1] = onnx_int(heads == 1 ? 1 : kv);
	to.d[2] = onnx_int(heads == 1 ? 1 : heads / kv);
	return onnx_reshape(n, *x, &to, x);
}

/* 0, and -HIDDEN where key s is behind query l, counted from the last. */
static int
causal(struct onnx_node *n, const struct heads *h, struct onnx_value **y)
{
	int64_t d[2];
	struct onnx_array *a;

	TRY(onnx_fixed(n, h->v[0], 2, &d[0]));
	TRY(onnx_fixed(n, h->v[1], 2, &d[1]));
	TRY(onnx_array_new(&a, ONNX_T(FLOAT), 2, d));
	for (int64_t l = 0; l < d[0]; l++)
		for (int64_t s = 0; s < d[1]; s++)
			onnx_put(a, (size_t)(l * d[1] + s),
			    s - (onnx_has(n, 4) ? d[1] - d[0] : 0) > l
				? -(double)HIDDEN
				: 0);
	*y = onnx_value_const(n->imp, a);
	return 0;
}

/* What is added to the scores; *y NULL: nothing. */
static int
read_mask(struct onnx_node *n, const struct heads *h, struct onnx_value **y)
{
	struct onnx_value *m = NULL, *more = NULL;

	if (onnx_has(n, 3)) {
		m = n->in[3];
		/* a bool says what is seen */
		if (m->type == ONNX_T(BOOL))
			TRY(onnx_power(n, m, HIDDEN, -HIDDEN, 1, &m));
		if (h->q != h->kv && m->dims.n == 4)
			TRY(split_heads(n, &m, h->kv));
	}
	if (onnx_attr_int(n, "is_causal", 0) != 0) {
		TRY(causal(n, h, &more));
		if (m != NULL)
			TRY(onnx_binary(n, "Add", m, more, &more));
		m = more;
	}
	*y = m;
	return 0;
}

static int
emit_attention(struct onnx_node *n)
{
	struct onnx_value *in[4], *y;
	Caffe__LayerParameter *l;
	struct heads h = { 0 };
	bool shared;

	TRY(onnx_need_inputs(n, 3));
	if (onnx_attr_float(n, "softcap", 0) != 0)
		return onnx_refuse(n, "scores with a softcap");
	if (onnx_has(n, 6) || (n->nout > 3 && n->out[3] != NULL))
		return onnx_refuse(
		    n, "lengths of keys, or the scores as an output");
	TRY(read_heads(n, &h));
	TRY(read_mask(n, &h, &in[3]));
	shared = h.q != h.kv;
	for (int i = 0; i < 3; i++) {
		in[i] = h.v[i];
		if (shared)
			TRY(split_heads(n, &in[i], h.kv));
	}
	l = onnx_layer(n, "Attention");
	if (onnx_attr(n, "scale") != NULL) {
		l->attention_param =
		    caffe_new(Caffe__AttentionParameter, attention_parameter);
		l->attention_param->has_scale = 1;
		l->attention_param->scale = onnx_attr_float(n, "scale", 1);
	}
	TRY(onnx_join(n, l, in, in[3] != NULL ? 4 : 3, n->in[0]->type,
	    shared || h.joined ? &y : NULL));
	if (shared) {
		struct onnx_dims to = { .n = 4 };

		to.d[0] = y->dims.d[0];
		to.d[1] = onnx_int(h.q);
		to.d[2] = y->dims.d[3];
		to.d[3] = y->dims.d[4];
		TRY(onnx_reshape(n, y, &to, h.joined ? &y : NULL));
	}
	return h.joined ? put_together(n, y) : 0;
}

const struct onnx_op onnx_ops_attention[] = {
	{ "Attention", emit_attention, NULL },
	{ 0 },
};
