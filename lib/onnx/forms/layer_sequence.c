/* LSTMSequence, GRUSequence and RNNSequence, which are ONNX's LSTM, GRU and RNN. */
#include <string.h>

#include "onnx/forms/form.h"

enum { STATES_LSTM = 2 };

static void
add_words(
    struct export *e, struct export_node *n, const Caffe__SequenceParameter *p)
{
	static const char *const directions[] = { "forward", "reverse",
		"bidirectional" };

	export_int(e, n, "hidden_size", p->hidden_size);
	export_text(e, n, "direction", directions[p->direction]);
	if (p->n_activation > 0)
		export_texts(e, n, "activations",
		    (const char *const *)p->activation, p->n_activation);
	if (p->n_activation_alpha > 0)
		export_reals(e, n, "activation_alpha", p->activation_alpha,
		    p->n_activation_alpha);
	if (p->n_activation_beta > 0)
		export_reals(e, n, "activation_beta", p->activation_beta,
		    p->n_activation_beta);
	if (p->clip > 0)
		export_real(e, n, "clip", p->clip);
	if (p->layout != 0)
		export_int(e, n, "layout", p->layout);
}

/* x, W, R, B, lengths, h, c, P; what is not there is left out. */
static void
add_inputs(struct export *e, struct export_node *n, const struct layer *l,
    const Caffe__SequenceParameter *p, bool lstm)
{
	const int states = l->nbottom - 1 - p->lengths;
	struct export_value *lengths = NULL, *v;

	for (int i = 0; i < 3; i++)
		export_in(n,
		    i < l->nparams
			? export_of(e, e->net->params[l->param + i].tensor)
			: NULL);
	if (p->lengths) {
		v = export_whole(e, l->bottom[l->nbottom - 1]);
		lengths =
		    export_cast(e, v, ONNX__TENSOR_PROTO__DATA_TYPE__INT32);
	}
	export_in(n, lengths);
	for (int i = 0; i < (lstm ? STATES_LSTM : 1); i++)
		export_in(
		    n, i < states ? export_of(e, l->bottom[1 + i]) : NULL);
	if (lstm && l->nparams > 3)
		export_in(n, export_of(e, e->net->params[l->param + 3].tensor));
}

EXPORT_LAYER(export_layer_sequence)
{
	const Caffe__SequenceParameter *p = l->p->sequence_param;
	const bool lstm = l->type->name[0] == 'L';
	const char *op = lstm         ? "LSTM"
	    : l->type->name[0] == 'G' ? "GRU"
				      : "RNN";
	struct export_node *n;

	if (p->layout != 0 && e->opset < 14)
		return err_set(
		    ERR_UNSUPPORTED, "layout 1 takes --opset 14 or later");
	/* what its inputs have to become stands before it */
	n = export_node_later(e, op);
	export_in(n, export_of(e, l->bottom[0]));
	add_inputs(e, n, l, p, lstm);
	export_node_now(e, n);
	add_words(e, n, p);
	if (p->linear_before_reset && op[0] == 'G')
		export_int(e, n, "linear_before_reset", 1);
	if (p->input_forget && lstm)
		export_int(e, n, "input_forget", 1);
	for (int i = 0; i < l->ntop; i++)
		export_top(e, l->top[i], export_out(e, n));
	return 0;
}
