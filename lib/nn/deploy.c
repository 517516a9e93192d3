/* The net for use, of a net for training: see deploy.h. */
#include "nn/deploy.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "caffe/filter.h"
#include "caffe/msg.h"
#include "nn/layer.h"
#include "nn/net.h"

static bool
rules_name(Caffe__NetStateRule *const *rule, size_t n, const char *stage)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < rule[i]->n_stage; k++)
			if (strcmp(rule[i]->stage[k], stage) == 0)
				return true;
		for (size_t k = 0; k < rule[i]->n_not_stage; k++)
			if (strcmp(rule[i]->not_stage[k], stage) == 0)
				return true;
	}
	return false;
}

bool
net_has_deploy(const Caffe__NetParameter *net)
{
	for (size_t i = 0; i < net->n_layer; i++) {
		const Caffe__LayerParameter *l = net->layer[i];

		if (rules_name(l->include, l->n_include, "deploy") ||
		    rules_name(l->exclude, l->n_exclude, "deploy"))
			return true;
	}
	return false;
}

static bool
gives_pictures(const Caffe__LayerParameter *l)
{
	return layer_role(l->type) == LAYER_DATA && l->n_top > 0 &&
	    !layer_gives_labels(l);
}

const Caffe__LayerParameter *
net_picture_layer(const Caffe__NetParameter *net, const Caffe__NetState *state)
{
	for (size_t i = 0; i < net->n_layer; i++)
		if (gives_pictures(net->layer[i]) &&
		    caffe_layer_in(net->layer[i], state) == 1)
			return net->layer[i];
	return NULL;
}

/* ---- which layers stay ---- */

/* A classifier beside the net's own, for the same labels: a later one follows. */
static bool
is_aside(const Caffe__NetParameter *net, size_t at)
{
	const Caffe__LayerParameter *l = net->layer[at];

	if (strcmp(l->type, "SoftmaxWithLoss") != 0 || l->n_bottom < 2)
		return false;
	for (size_t i = at + 1; i < net->n_layer; i++) {
		const Caffe__LayerParameter *o = net->layer[i];

		if (strcmp(o->type, l->type) == 0 && o->n_bottom > 1 &&
		    strcmp(o->bottom[1], l->bottom[1]) == 0)
			return true;
	}
	return false;
}

/* The type that takes the place of a loss; NULL: nothing does. */
static const char *
answer_type(const Caffe__NetParameter *net, size_t at)
{
	const Caffe__LayerParameter *l = net->layer[at];

	if (l->n_bottom == 0 || is_aside(net, at))
		return NULL;
	return strcmp(l->type, "SoftmaxWithLoss") == 0        ? "Softmax"
	    : strcmp(l->type, "SigmoidCrossEntropyLoss") == 0 ? "Sigmoid"
							      : NULL;
}

static bool
is_training(const Caffe__LayerParameter *l)
{
	const enum layer_role role = layer_role(l->type);

	return role == LAYER_SCORE || role == LAYER_SINK ||
	    role == LAYER_LOSS || role == LAYER_DATA;
}

static bool
reads(const Caffe__LayerParameter *l, const char *blob)
{
	for (size_t i = 0; i < l->n_bottom; i++)
		if (strcmp(l->bottom[i], blob) == 0)
			return true;
	return false;
}

/* Can layer `at` be run by what stays before it? */
static bool
is_fed(const Caffe__NetParameter *net, const bool *stay, const char *input,
    size_t at)
{
	const Caffe__LayerParameter *l = net->layer[at];

	for (size_t b = 0; b < l->n_bottom; b++) {
		bool found = strcmp(l->bottom[b], input) == 0;

		for (size_t i = 0; i < at && !found; i++)
			found =
			    stay[i] && layer_makes(net->layer[i], l->bottom[b]);
		if (!found)
			return false;
	}
	return true;
}

/* Do only classifiers beside the net's own read layer `at`?  Scores do not
 * count. */
static bool
leads_aside(const Caffe__NetParameter *net, const bool *aside, size_t at)
{
	const Caffe__LayerParameter *l = net->layer[at];
	bool any = false;

	for (size_t t = 0; t < l->n_top; t++)
		for (size_t i = at + 1; i < net->n_layer; i++) {
			if (!reads(net->layer[i], l->top[t]) ||
			    layer_role(net->layer[i]->type) == LAYER_SCORE)
				continue;
			if (!aside[i])
				return false;
			any = true;
		}
	return any;
}

static void
choose_layers(const Caffe__NetParameter *net, const char *input, bool *stay)
{
	bool *aside = mem_array(bool, net->n_layer + 1);

	for (size_t i = net->n_layer; i-- > 0;)
		aside[i] = is_aside(net, i) || leads_aside(net, aside, i);
	for (size_t i = 0; i < net->n_layer; i++)
		stay[i] = !aside[i] && !is_training(net->layer[i]) &&
		    is_fed(net, stay, input, i);
	mem_free(aside);
}

/* ---- making it ---- */

static bool
has_softmax(const Caffe__NetParameter *net, const char *bottom)
{
	for (size_t i = 0; i < net->n_layer; i++)
		if (layer_role(net->layer[i]->type) == LAYER_ANSWER &&
		    reads(net->layer[i], bottom))
			return true;
	return false;
}

static void
add_answer(Caffe__NetParameter *out, const Caffe__LayerParameter *loss,
    const char *type, int n)
{
	Caffe__LayerParameter *l;
	char *name;

	if (has_softmax(out, loss->bottom[0]))
		return;
	l = caffe_new(Caffe__LayerParameter, layer_parameter);
	name = n > 1 ? mem_printf("prob%d", n) : mem_strdup("prob");
	caffe_set_str(l, "name", name);
	caffe_set_str(l, "type", type);
	caffe_add_str(&l->bottom, &l->n_bottom, loss->bottom[0]);
	caffe_add_str(&l->top, &l->n_top, name);
	l->softmax_param = caffe_msg_copy(loss->softmax_param);
	caffe_add(&out->layer, &out->n_layer, l);
	mem_free(name);
}

/* For good: use knows no stages of training. */
static void
add_layer(Caffe__NetParameter *out, const Caffe__LayerParameter *l)
{
	Caffe__LayerParameter *copy = caffe_msg_copy(l);

	caffe_layer_unrule(copy);
	copy->has_phase = 0; /* a net for use trains nothing */
	caffe_add(&out->layer, &out->n_layer, copy);
}

static void
add_input(Caffe__NetParameter *out, const char *name, const int64_t chw[3])
{
	Caffe__BlobShape *s = caffe_new(Caffe__BlobShape, blob_shape);

	caffe_add_i64(&s->dim, &s->n_dim, 1);
	for (int k = 0; k < 3; k++)
		caffe_add_i64(&s->dim, &s->n_dim, chw[k]);
	caffe_add_str(&out->input, &out->n_input, name);
	caffe_add(&out->input_shape, &out->n_input_shape, s);
}

int
net_deploy_derive(Caffe__NetParameter **out, const Caffe__NetParameter *net,
    const Caffe__NetState *state, const char *input, const int64_t chw[3])
{
	const Caffe__LayerParameter *pictures = net_picture_layer(net, state);
	Caffe__NetParameter *in = NULL, *made;
	bool *stay;
	int answers = 0;

	*out = NULL;
	if (pictures != NULL)
		input = pictures->top[0];
	TRY(net_filter(&in, net, state));
	stay = mem_array(bool, in->n_layer + 1);
	choose_layers(in, input, stay);
	made = caffe_new(Caffe__NetParameter, net_parameter);
	caffe_set_str(made, "name", net->name);
	add_input(made, input, chw);
	for (size_t i = 0; i < in->n_layer; i++) {
		const char *type = answer_type(in, i);

		if (type != NULL)
			add_answer(made, in->layer[i], type, ++answers);
		else if (stay[i])
			add_layer(made, in->layer[i]);
	}
	mem_free(stay);
	caffe_msg_free(in);
	*out = made;
	return 0;
}
