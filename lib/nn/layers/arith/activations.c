/* What gates of recurrent nets are put through, by ONNX's names: see cells.h. */
#include <math.h>
#include <strings.h>

#include "base/err.h"
#include "base/mem.h"
#include "nn/layers/arith/cells.h"

/* name: y of x, and dy/dx of x and y. */
#define ACTIVATION(name, value, slope)                                         \
	static float name(const struct activation *a, float x)                 \
	{                                                                      \
		(void)a;                                                       \
		return value;                                                  \
	}                                                                      \
	static float name##_d(const struct activation *a, float x, float y)    \
	{                                                                      \
		(void)a;                                                       \
		(void)x;                                                       \
		(void)y;                                                       \
		return slope;                                                  \
	}

ACTIVATION(sigmoid, 1 / (1 + expf(-x)), y *(1 - y))
ACTIVATION(hyperbolic, tanhf(x), 1 - y * y)
ACTIVATION(relu, x > 0 ? x : 0, x > 0 ? 1 : 0)
ACTIVATION(affine, a->alpha *x + a->beta, a->alpha)
ACTIVATION(leaky, x > 0 ? x : a->alpha * x, x > 0 ? 1 : a->alpha)
ACTIVATION(thresholded, x > a->alpha ? x : 0, x > a->alpha ? 1 : 0)
ACTIVATION(scaled_tanh, a->alpha *tanhf(a->beta *x),
    a->beta *(a->alpha - y * y / a->alpha))
ACTIVATION(hard_sigmoid, fminf(fmaxf(a->alpha *x + a->beta, 0), 1),
    y > 0 && y < 1 ? a->alpha : 0)
ACTIVATION(elu, x > 0 ? x : a->alpha * expm1f(x), x > 0 ? 1 : y + a->alpha)
ACTIVATION(softsign, x / (1 + fabsf(x)), 1 / ((1 + fabsf(x)) * (1 + fabsf(x))))
ACTIVATION(softplus, x > 0 ? x + log1pf(expf(-x)) : log1pf(expf(x)),
    1 / (1 + expf(-x)))

/* With the defaults of ONNX's page of LSTM. */
static const struct {
	const char *name;
	struct activation a;
} table[] = {
	{ "Sigmoid", { sigmoid, sigmoid_d, 0, 0 } },
	{ "Tanh", { hyperbolic, hyperbolic_d, 0, 0 } },
	{ "Relu", { relu, relu_d, 0, 0 } },
	{ "Affine", { affine, affine_d, 1, 0 } },
	{ "LeakyRelu", { leaky, leaky_d, 0.01f, 0 } },
	{ "ThresholdedRelu", { thresholded, thresholded_d, 1, 0 } },
	{ "ScaledTanh", { scaled_tanh, scaled_tanh_d, 1, 1 } },
	{ "HardSigmoid", { hard_sigmoid, hard_sigmoid_d, 0.2f, 0.5f } },
	{ "Elu", { elu, elu_d, 1, 0 } },
	{ "Softsign", { softsign, softsign_d, 0, 0 } },
	{ "Softplus", { softplus, softplus_d, 0, 0 } },
};

int
activation_find(struct activation *out, const char *name, const float *alpha,
    const float *beta)
{
	size_t i;

	for (i = 0; i < LENGTH(table); i++) {
		if (strcasecmp(table[i].name, name) != 0)
			continue;
		*out = table[i].a;
		if (alpha != NULL)
			out->alpha = *alpha;
		if (beta != NULL)
			out->beta = *beta;
		return 0;
	}
	return err_set(ERR_UNSUPPORTED, "activation \"%s\" is not known", name);
}
