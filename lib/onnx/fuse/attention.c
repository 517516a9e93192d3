/*
 * softmax(scale q k^T + mask) v as the layer Attention.  Exporters write the transpose
 * of k as a Permute, which here loses just that part; the scale is found behind the
 * product, or before it in q, in k or half in each.
 */
#include <string.h>

#include "base/mem.h"
#include "onnx/fuse/fuse.h"

struct found {
	Caffe__LayerParameter *gone[8];
	size_t ngone;
	const char *q, *k, *v, *mask;
	float scale;
};

/* A blob without the scaling that makes it, if there is one. */
static const char *
unscaled(const struct onnx_fuse *f, const Caffe__LayerParameter *reader,
    size_t i, struct found *a)
{
	Caffe__LayerParameter *p = onnx_fuse_before(f, reader, i, "Power");

	if (p == NULL || p->power_param == NULL || p->power_param->shift != 0 ||
	    p->power_param->power != 1)
		return reader->bottom[i];
	a->scale *= p->power_param->scale;
	a->gone[a->ngone++] = p;
	return p->bottom[0];
}

static int
rank_of(const struct onnx_fuse *f, const char *blob)
{
	struct onnx_dims d;

	return onnx_fuse_dims(f, blob, &d) != NULL ? d.n : 0;
}

/* What a softmax is taken of: the product, its scale and its mask. */
static Caffe__LayerParameter *
scores(
    const struct onnx_fuse *f, Caffe__LayerParameter *softmax, struct found *a)
{
	Caffe__LayerParameter *l = onnx_fuse_before(f, softmax, 0, "Add"), *p;
	const Caffe__LayerParameter *reader = softmax;

	if (l != NULL) {
		a->mask = l->bottom[1];
		a->gone[a->ngone++] = l;
		reader = l;
	}
	p = onnx_fuse_before(f, reader, 0, "Power");
	if (p != NULL && p->power_param != NULL && p->power_param->shift == 0 &&
	    p->power_param->power == 1) {
		a->scale *= p->power_param->scale;
		a->gone[a->ngone++] = p;
		reader = p;
	}
	return onnx_fuse_before(f, reader, 0, "MatMul");
}

/* The Permute that brings k to (..., D, S), and the scaling before or behind it. */
static Caffe__LayerParameter *
transpose(const struct onnx_fuse *f, const Caffe__LayerParameter *product,
    struct found *a)
{
	Caffe__LayerParameter *p = onnx_fuse_before(f, product, 1, "Permute");
	Caffe__LayerParameter *s = onnx_fuse_before(f, product, 1, "Power");

	if (p == NULL && s != NULL && s->power_param != NULL &&
	    s->power_param->shift == 0 && s->power_param->power == 1) {
		p = onnx_fuse_before(f, s, 0, "Permute");
		if (p == NULL)
			return NULL;
		a->scale *= s->power_param->scale;
		a->gone[a->ngone++] = s;
	}
	return p != NULL && p->permute_param != NULL &&
		(int)p->permute_param->n_order == rank_of(f, p->top[0])
	    ? p
	    : NULL;
}

/* The order with its last two axes exchanged; true: it moves nothing any more. */
static bool
swap_last(Caffe__PermuteParameter *p)
{
	const size_t n = p->n_order;
	const uint32_t last = p->order[n - 1];
	bool same = true;

	p->order[n - 1] = p->order[n - 2];
	p->order[n - 2] = last;
	for (size_t i = 0; i < n; i++)
		same &= p->order[i] == i;
	return same;
}

static void
make(struct onnx_fuse *f, Caffe__LayerParameter *l, const struct found *a,
    bool has_scale)
{
	char *q = mem_strdup(a->q);
	const char *more[3] = { a->k, a->v, a->mask };
	char *copy[3];

	for (size_t i = 0; i < 3; i++)
		copy[i] = more[i] != NULL ? mem_strdup(more[i]) : NULL;
	onnx_fuse_become(f, l, "Attention", q);
	for (size_t i = 0; i < 3; i++) {
		if (copy[i] != NULL) {
			caffe_add_str(&l->bottom, &l->n_bottom, copy[i]);
			onnx_fuse_reads(f, copy[i]);
		}
		mem_free(copy[i]);
	}
	mem_free(q);
	l->attention_param =
	    caffe_new(Caffe__AttentionParameter, attention_parameter);
	l->attention_param->has_scale = has_scale;
	l->attention_param->scale = a->scale;
}

bool
onnx_fuse_attention(struct onnx_fuse *f, Caffe__LayerParameter *l)
{
	struct found a = { .scale = 1 };
	Caffe__LayerParameter *softmax, *product, *turn;
	int rank;

	if (!onnx_fuse_is(l, "MatMul") || l->matmul_param != NULL)
		return false;
	softmax = onnx_fuse_before(f, l, 0, "Softmax");
	rank = rank_of(f, l->top[0]);
	if (softmax == NULL || rank < 3 ||
	    (softmax->softmax_param != NULL ? softmax->softmax_param->axis
					    : 1) != rank - 1)
		return false;
	a.gone[a.ngone++] = softmax;
	product = scores(f, softmax, &a);
	if (product == NULL || product->matmul_param != NULL ||
	    rank_of(f, product->bottom[0]) != rank ||
	    rank_of(f, product->bottom[1]) != rank ||
	    rank_of(f, l->bottom[1]) != rank)
		return false;
	a.gone[a.ngone++] = product;
	turn = transpose(f, product, &a);
	if (turn == NULL)
		return false;
	a.q = unscaled(f, product, 0, &a);
	a.v = l->bottom[1];
	a.k = turn->top[0];
	if (swap_last(turn->permute_param)) {
		a.k = turn->bottom[0];
		a.gone[a.ngone++] = turn;
	}
	make(f, l, &a, true);
	for (size_t i = 0; i < a.ngone; i++)
		onnx_fuse_drop(f, a.gone[i]);
	return true;
}
