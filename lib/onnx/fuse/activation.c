/*
 * Activations that are products of a blob and something made of it: SiLU
 * (x sigmoid(x)), hard swish (x min(max(x + 3, 0), 6) / 6), GELU
 * (x (1 + erf(x / sqrt 2)) / 2), Mish.
 */
#include <math.h>
#include <string.h>

#include "onnx/fuse/fuse.h"

#define SQRT_HALF 0.70710678118654752440

static bool
is_product(const Caffe__LayerParameter *l)
{
	return onnx_fuse_is(l, "Eltwise") && l->n_bottom == 2 &&
	    l->eltwise_param != NULL &&
	    l->eltwise_param->operation ==
	    CAFFE__ELTWISE_PARAMETER__ELTWISE_OP__PROD;
}

/* Bottom `other` of a product is a layer of that type on the other bottom. */
static Caffe__LayerParameter *
of_itself(const struct onnx_fuse *f, const Caffe__LayerParameter *l,
    size_t other, const char *type)
{
	Caffe__LayerParameter *s = onnx_fuse_before(f, l, other, type);

	return s != NULL && strcmp(s->bottom[0], l->bottom[1 - other]) == 0
	    ? s
	    : NULL;
}

/* Give l what is left of the pattern, whose other layers are in gone. */
static bool
take(struct onnx_fuse *f, Caffe__LayerParameter *l, const char *type,
    const char *x, Caffe__LayerParameter *const *gone, size_t n)
{
	onnx_fuse_become(f, l, type, x);
	for (size_t i = 0; i < n; i++)
		onnx_fuse_drop(f, gone[i]);
	return true;
}

static bool
silu(struct onnx_fuse *f, Caffe__LayerParameter *l)
{
	for (size_t i = 0; i < 2; i++) {
		Caffe__LayerParameter *s = of_itself(f, l, i, "Sigmoid");

		if (s != NULL)
			return take(f, l, "Swish", l->bottom[1 - i], &s, 1);
	}
	return false;
}

static bool
is_hard_sigmoid(const Caffe__LayerParameter *l)
{
	return l->unary_param != NULL &&
	    onnx_fuse_near(l->unary_param->alpha, 1.0 / 6) &&
	    l->unary_param->beta == 0.5f;
}

/* x times HardSigmoid of it, of a sixth. */
static bool
hard_swish(struct onnx_fuse *f, Caffe__LayerParameter *l)
{
	for (size_t i = 0; i < 2; i++) {
		Caffe__LayerParameter *s = of_itself(f, l, i, "HardSigmoid");

		if (s != NULL && is_hard_sigmoid(s))
			return take(f, l, "HardSwish", l->bottom[1 - i], &s, 1);
	}
	return false;
}

/* The same written out: l is the division by 6, as a layer Power or as Div. */
static bool
hard_swish_long(struct onnx_fuse *f, Caffe__LayerParameter *l)
{
	Caffe__LayerParameter *m = onnx_fuse_before(f, l, 0, "Eltwise");
	const char *x;

	if (m == NULL || !is_product(m))
		return false;
	for (size_t i = 0; i < 2; i++) {
		Caffe__LayerParameter *c = onnx_fuse_before(f, m, i, "ReLU6");
		Caffe__LayerParameter *s =
		    c != NULL ? onnx_fuse_before(f, c, 0, "Power") : NULL;

		x = m->bottom[1 - i];
		if (!onnx_fuse_power(s, 1, 3, 1) ||
		    strcmp(s->bottom[0], x) != 0)
			continue;
		return take(f, l, "HardSwish", x,
		    (Caffe__LayerParameter *[]){ m, c, s }, 3);
	}
	return false;
}

/* 1 + erf(x / sqrt 2), made by l: the three layers, the last of them first. */
static bool
is_phi(const struct onnx_fuse *f, Caffe__LayerParameter *l, const char *x,
    Caffe__LayerParameter **part)
{
	part[0] = l;
	if (!onnx_fuse_power(l, 1, 1, 1))
		return false;
	part[1] = onnx_fuse_before(f, l, 0, "Erf");
	if (part[1] == NULL)
		return false;
	part[2] = onnx_fuse_before(f, part[1], 0, "Power");
	return onnx_fuse_power(part[2], (float)SQRT_HALF, 0, 1) &&
	    strcmp(part[2]->bottom[0], x) == 0;
}

/* (x phi) / 2: l is the halving. */
static bool
gelu_halved(struct onnx_fuse *f, Caffe__LayerParameter *l)
{
	Caffe__LayerParameter *m, *part[4];

	if (!onnx_fuse_power(l, 0.5f, 0, 1))
		return false;
	m = onnx_fuse_before(f, l, 0, "Eltwise");
	if (m == NULL || !is_product(m))
		return false;
	for (size_t i = 0; i < 2; i++) {
		Caffe__LayerParameter *p = onnx_fuse_before(f, m, i, "Power");
		const char *x = m->bottom[1 - i];

		part[3] = m;
		if (p != NULL && is_phi(f, p, x, part))
			return take(f, l, "GELU", x, part, 4);
	}
	return false;
}

/* (x / 2) phi: l is the product. */
static bool
gelu_half(struct onnx_fuse *f, Caffe__LayerParameter *l)
{
	Caffe__LayerParameter *part[4];

	for (size_t i = 0; i < 2; i++) {
		Caffe__LayerParameter *p = onnx_fuse_before(f, l, i, "Power");
		Caffe__LayerParameter *h =
		    onnx_fuse_before(f, l, 1 - i, "Power");

		part[3] = h;
		if (p != NULL && onnx_fuse_power(h, 0.5f, 0, 1) &&
		    is_phi(f, p, h->bottom[0], part))
			return take(f, l, "GELU", h->bottom[0], part, 4);
	}
	return false;
}

/* x (phi / 2): l is the product. */
static bool
gelu_phi(struct onnx_fuse *f, Caffe__LayerParameter *l)
{
	Caffe__LayerParameter *part[4];

	for (size_t i = 0; i < 2; i++) {
		Caffe__LayerParameter *h = onnx_fuse_before(f, l, i, "Power");
		Caffe__LayerParameter *p = onnx_fuse_power(h, 0.5f, 0, 1)
		    ? onnx_fuse_before(f, h, 0, "Power")
		    : NULL;
		const char *x = l->bottom[1 - i];

		part[3] = h;
		if (p != NULL && is_phi(f, p, x, part))
			return take(f, l, "GELU", x, part, 4);
	}
	return false;
}

/* x tanh(log(1 + e^x)) */
static bool
mish(struct onnx_fuse *f, Caffe__LayerParameter *l)
{
	for (size_t i = 0; i < 2; i++) {
		Caffe__LayerParameter *t = onnx_fuse_before(f, l, i, "TanH");
		Caffe__LayerParameter *s =
		    t != NULL ? onnx_fuse_before(f, t, 0, "BNLL") : NULL;
		const char *x = l->bottom[1 - i];

		if (s != NULL && strcmp(s->bottom[0], x) == 0)
			return take(f, l, "Mish", x,
			    (Caffe__LayerParameter *[]){ t, s }, 2);
	}
	return false;
}

bool
onnx_fuse_activation(struct onnx_fuse *f, Caffe__LayerParameter *l)
{
	if (is_product(l))
		return silu(f, l) || hard_swish(f, l) || mish(f, l) ||
		    gelu_half(f, l) || gelu_phi(f, l);
	if (!onnx_fuse_is(l, "Power"))
		return false;
	if (onnx_fuse_power(l, 1.0f / 6, 0, 1))
		return hard_swish_long(f, l);
	return gelu_halved(f, l);
}
