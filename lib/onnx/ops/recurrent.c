/* LSTM, GRU and RNN: the layers of whole sequences. */
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "base/mem.h"
#include "onnx/ops/ops.h"

enum { ACTIVATIONS_MAX = 6 };

/* Activations that take numbers, and what those are when they are not given. */
static const struct {
	const char *name;
	bool alpha, beta;
	float a, b;
} numbers[] = {
	{ "Affine", true, true, 1, 0 },
	{ "LeakyRelu", true, false, 0.01f, 0 },
	{ "ThresholdedRelu", true, false, 1, 0 },
	{ "ScaledTanh", true, true, 1, 1 },
	{ "HardSigmoid", true, true, 0.2f, 0.5f },
	{ "Elu", true, false, 1, 0 },
};

/* The k-th number of a list of floats, or its default. */
static float
listed(const Onnx__AttributeProto *a, size_t *k, float none)
{
	return a != NULL && *k < a->n_floats ? a->floats[(*k)++] : none;
}

/* In the file only those activations have an alpha that take one; in the layer each
 * has. */
static int
put_activations(struct onnx_node *n, Caffe__SequenceParameter *p)
{
	const Onnx__AttributeProto *a = onnx_attr(n, "activations");
	const Onnx__AttributeProto *alpha = onnx_attr(n, "activation_alpha");
	const Onnx__AttributeProto *beta = onnx_attr(n, "activation_beta");
	size_t ka = 0, kb = 0;

	if (a == NULL)
		return 0;
	if (a->n_strings > ACTIVATIONS_MAX)
		return err_set(
		    ERR_FORMAT, "it has %zu activations", a->n_strings);
	for (size_t i = 0; i < a->n_strings; i++) {
		char *name = mem_strndup(
		    (const char *)a->strings[i].data, a->strings[i].len);
		float va = 0, vb = 0;

		for (size_t k = 0; k < LENGTH(numbers); k++)
			if (strcasecmp(numbers[k].name, name) == 0) {
				va = listed(alpha, &ka, numbers[k].a);
				if (numbers[k].beta)
					vb = listed(beta, &kb, numbers[k].b);
			}
		caffe_add_str(&p->activation, &p->n_activation, name);
		caffe_add_float(
		    &p->activation_alpha, &p->n_activation_alpha, va);
		caffe_add_float(&p->activation_beta, &p->n_activation_beta, vb);
		mem_free(name);
	}
	return 0;
}

static int
put_direction(struct onnx_node *n, Caffe__SequenceParameter *p)
{
	static const struct {
		const char *name;
		Caffe__SequenceParameter__Direction d;
	} known[] = {
		{ "forward", CAFFE__SEQUENCE_PARAMETER__DIRECTION__FORWARD },
		{ "reverse", CAFFE__SEQUENCE_PARAMETER__DIRECTION__REVERSE },
		{ "bidirectional",
		    CAFFE__SEQUENCE_PARAMETER__DIRECTION__BIDIRECTIONAL },
	};
	const char *s = onnx_attr_str(n, "direction", "forward");

	for (size_t i = 0; i < LENGTH(known); i++) {
		if (strcmp(known[i].name, s) != 0)
			continue;
		p->has_direction = i > 0;
		p->direction = known[i].d;
		return 0;
	}
	return err_set(ERR_FORMAT, "direction \"%s\"", s);
}

/* Is input i a constant that says nothing: states of 0, or the whole length? */
static bool
says_nothing(struct onnx_node *n, int i, double none)
{
	const struct onnx_array *a;

	if (!onnx_is_const(n->in[i]) ||
	    onnx_value_array(n->imp, n->in[i], &a) < 0)
		return false;
	for (size_t k = 0; k < a->count; k++)
		if (onnx_get(a, k) != none)
			return false;
	return true;
}

/* W, R, B and P as blobs. */
static int
put_blobs(struct onnx_node *n, Caffe__LayerParameter *l, bool peephole)
{
	const int in[4] = { 1, 2, 3, 7 };
	const struct onnx_array *a;
	int64_t d[2];
	float *made;

	for (int k = 0; k < (peephole ? 4 : 3); k++) {
		if (!onnx_has(n, in[k]) && in[k] == 3) {
			d[0] = n->in[1]->dims.d[0].a;
			d[1] = 2 * n->in[1]->dims.d[1].a;
			onnx_blob(l, 2, d, NULL);
			continue;
		}
		TRY(onnx_const(n, in[k], &a));
		onnx_blob(l, a->n, a->d, onnx_floats(a, &made));
		mem_free(made);
	}
	return 0;
}

/* Bottoms: x, the states, the lengths. */
static int
put_bottoms(
    struct onnx_node *n, Caffe__LayerParameter *l, Caffe__SequenceParameter *p)
{
	const bool lstm = strcmp(n->op, "LSTM") == 0;
	const struct onnx_int steps = n->in[0]->dims.d[p->layout != 0 ? 1 : 0];
	const bool h = onnx_has(n, 5) && !says_nothing(n, 5, 0);
	const bool c = lstm && onnx_has(n, 6) && !says_nothing(n, 6, 0);

	TRY(onnx_bottom(n, l, n->in[0]));
	if (h || c) {
		if (!onnx_has(n, 5))
			return onnx_refuse(n, "initial_c without initial_h");
		TRY(onnx_bottom(n, l, n->in[5]));
	}
	if (c)
		TRY(onnx_bottom(n, l, n->in[6]));
	if (!onnx_has(n, 4) ||
	    (steps.b == 0 && says_nothing(n, 4, (double)steps.a)))
		return 0;
	p->has_lengths = 1;
	p->lengths = 1;
	return onnx_bottom(n, l, n->in[4]);
}

static int
fill(struct onnx_node *n, Caffe__LayerParameter *l, Caffe__SequenceParameter *p)
{
	p->has_hidden_size = 1;
	p->hidden_size = (uint32_t)onnx_attr_int(
	    n, "hidden_size", n->in[2]->dims.d[n->in[2]->dims.n - 1].a);
	p->has_clip = onnx_attr(n, "clip") != NULL;
	p->clip = onnx_attr_float(n, "clip", 0);
	p->linear_before_reset =
	    onnx_attr_int(n, "linear_before_reset", 0) != 0;
	p->has_linear_before_reset = p->linear_before_reset;
	p->input_forget = onnx_attr_int(n, "input_forget", 0) != 0;
	p->has_input_forget = p->input_forget;
	p->layout = (int32_t)onnx_attr_int(n, "layout", 0);
	p->has_layout = p->layout != 0;
	p->peephole = onnx_has(n, 7);
	p->has_peephole = p->peephole;
	TRY(put_direction(n, p));
	TRY(put_activations(n, p));
	TRY(put_blobs(n, l, p->peephole));
	return put_bottoms(n, l, p);
}

static int
emit_sequence(struct onnx_node *n)
{
	char *type = mem_printf("%sSequence", n->op);
	Caffe__LayerParameter *l;
	int last = 0, rc;

	rc = onnx_need_inputs(n, 3);
	if (rc >= 0 && n->in[0]->dims.n != 3)
		rc = err_set(ERR_FORMAT, "its input has %d axes, not 3",
		    n->in[0]->dims.n);
	if (rc < 0) {
		mem_free(type);
		return rc;
	}
	l = onnx_layer(n, type);
	mem_free(type);
	l->sequence_param =
	    caffe_new(Caffe__SequenceParameter, sequence_parameter);
	rc = fill(n, l, l->sequence_param);
	if (rc < 0) {
		onnx_drop(n, l);
		return rc;
	}
	for (int i = 0; i < n->nout; i++)
		if (n->out[i] != NULL)
			last = i;
	for (int i = 0; i <= last; i++)
		onnx_top(n, l, i, n->in[0]->type);
	return onnx_emit(n, l);
}

const struct onnx_op onnx_ops_recurrent[] = {
	{ "GRU", emit_sequence, NULL },
	{ "LSTM", emit_sequence, NULL },
	{ "RNN", emit_sequence, NULL },
	{ 0 },
};
