/* Nets for use made ones for training: see surgery_use.h. */
#include "recipe/nets/surgery_use.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "caffe/msg.h"
#include "nn/forks.h"
#include "nn/layer.h"
#include "recipe/nets/surgery_judge.h"

enum { OUTSIDE = 255 }; /* the label of pixels that do not count */

bool
surgery_for_use_only(const Caffe__NetParameter *net)
{
	bool input = false;

	for (size_t i = 0; i < net->n_layer; i++) {
		const enum layer_role role = layer_role(net->layer[i]->type);

		if (role == LAYER_DATA || role == LAYER_LOSS)
			return false;
		input |= role == LAYER_INPUT;
	}
	return input;
}

static bool
reads(const Caffe__LayerParameter *l, const char *blob)
{
	for (size_t b = 0; b < l->n_bottom; b++)
		if (strcmp(l->bottom[b], blob) == 0)
			return true;
	return false;
}

/* The last of the first n layers that makes the blob; NULL: none does. */
static Caffe__LayerParameter *
maker(const Caffe__NetParameter *net, size_t n, const char *blob, size_t *at)
{
	for (size_t i = n; i-- > 0;)
		if (layer_makes(net->layer[i], blob)) {
			*at = i;
			return net->layer[i];
		}
	return NULL;
}

/* ---- the input ---- */

/* The layer whose one top is the net's pictures. */
static int
find_input(Caffe__LayerParameter **out, const Caffe__NetParameter *net,
    const struct surgery_use *u)
{
	size_t n = 0;

	*out = NULL;
	for (size_t i = 0; i < net->n_layer; i++) {
		if (layer_role(net->layer[i]->type) != LAYER_INPUT)
			continue;
		*out = net->layer[i];
		n += net->layer[i]->n_top;
	}
	if (n != 1)
		return err_set(ERR_UNSUPPORTED,
		    "%s: the net has %zu inputs: a net that is only for use is trained where pictures are the only one",
		    u->name, n);
	if ((*out)->input_param == NULL || (*out)->input_param->n_shape != 1 ||
	    (*out)->input_param->shape[0]->n_dim != 4)
		return err_set(ERR_UNSUPPORTED,
		    "%s: the net's input \"%s\" is no picture", u->name,
		    (*out)->top[0]);
	return 0;
}

/* ---- the scores ---- */

static bool
is_one_of(const char *type, const char *const *types)
{
	for (; *types != NULL; types++)
		if (strcmp(type, *types) == 0)
			return true;
	return false;
}

/* What stands behind scores and says the same in another way. */
static bool
only_says(const Caffe__LayerParameter *l)
{
	static const char *const types[] = { "Softmax", "LogSoftmax", "Sigmoid",
		"Split", "Dropout", NULL };

	return l->n_bottom == 1 && is_one_of(l->type, types);
}

/* What leaves the scores of a class that class's. */
static bool
keeps_classes(const Caffe__LayerParameter *l)
{
	static const char *const types[] = { "Bias", "Flatten", "Reshape",
		"Pooling", "AveragePool", "MaxPool", "ReduceMean", "ReLU",
		"Resize", "Interp", "Upsample", NULL };

	return l->n_bottom == 1 && (only_says(l) || is_one_of(l->type, types));
}

struct scores {
	const char *blob;
	size_t end; /* the layers up to the one that makes it */
	Caffe__LayerParameter *classifier;
	size_t at; /* its place */
};

/* Back from an output to what makes a score of each class; false: it is none. */
static bool
look_back(struct scores *s, const Caffe__NetParameter *net, const char *blob)
{
	Caffe__LayerParameter *l;
	size_t at = net->n_layer;

	s->blob = blob;
	for (;;) {
		l = maker(net, at, s->blob, &at);
		if (l == NULL)
			return false;
		s->end = at + 1;
		if (!only_says(l))
			break;
		s->blob = l->bottom[0];
	}
	while (l != NULL && keeps_classes(l))
		l = maker(net, at, l->bottom[0], &at);
	s->classifier = l;
	s->at = at;
	return l != NULL && l->n_bottom == 1 &&
	    (strcmp(l->type, "InnerProduct") == 0 ||
		strcmp(l->type, "Convolution") == 0);
}

/* A type that is not here is what is wrong with a net, whatever else is. */
static int
check_types(const Caffe__NetParameter *net, const struct surgery_use *u)
{
	for (size_t i = 0; i < net->n_layer; i++) {
		const Caffe__LayerParameter *l = net->layer[i];
		const struct layer_type *t = layer_type_find(l->type);

		if (t == NULL)
			return err_in(layer_type_missing(l->type),
			    "%s: layer \"%s\"", u->name, l->name);
		if (t->resolve != NULL && t->resolve(l) == NULL)
			return err_in(ERR_UNSUPPORTED, "%s: layer \"%s\"",
			    u->name, l->name);
	}
	return 0;
}

/* Of the outputs the first that has scores of classes. */
static int
find_scores(struct scores *s, const Caffe__NetParameter *net,
    const struct surgery_use *u)
{
	for (size_t i = 0; i < net->n_layer; i++)
		for (size_t t = 0; t < net->layer[i]->n_top; t++) {
			const char *blob = net->layer[i]->top[t];
			bool output =
			    layer_role(net->layer[i]->type) != LAYER_INPUT;

			for (size_t k = i + 1; k < net->n_layer; k++)
				output &= !reads(net->layer[k], blob);
			if (output && look_back(s, net, blob))
				return 0;
		}
	TRY(check_types(net, u));
	return err_set(ERR_UNSUPPORTED,
	    "%s: no output of the net comes from an InnerProduct or a Convolution that gives a score to each class, so there is nothing to be trained for classes",
	    u->name);
}

/* ---- the change ---- */

/* Only the layers that the scores need. */
static void
prune(Caffe__NetParameter *net, const struct scores *s)
{
	const char **need = mem_array(const char *, 1);
	size_t n = 1, cap = 1, kept = 0;
	bool *keep = mem_array(bool, net->n_layer + 1);

	need[0] = s->blob;
	for (size_t i = s->end; i-- > 0;) {
		const Caffe__LayerParameter *l = net->layer[i];

		for (size_t k = 0; k < n && !keep[i]; k++)
			keep[i] = layer_makes(l, need[k]);
		for (size_t b = 0; b < l->n_bottom && keep[i]; b++) {
			mem_grow(&need, &cap, n + 1);
			need[n++] = l->bottom[b];
		}
	}
	for (size_t i = 0; i < net->n_layer; i++)
		if (keep[i])
			net->layer[kept++] = net->layer[i];
		else
			caffe_msg_free(net->layer[i]);
	net->n_layer = kept;
	mem_free(need);
	mem_free(keep);
}

static void
fill_by(Caffe__FillerParameter **f, const char *type)
{
	if (*f != NULL)
		return;
	*f = caffe_new(Caffe__FillerParameter, filler_parameter);
	caffe_set_str(*f, "type", type);
}

/* How a layer begins that has no weights to begin with. */
static void
fill_layer(Caffe__LayerParameter *l, const char *type)
{
	if (l->convolution_param != NULL)
		fill_by(&l->convolution_param->weight_filler, type);
	if (l->inner_product_param != NULL)
		fill_by(&l->inner_product_param->weight_filler, type);
}

static int64_t
outputs_of(const Caffe__LayerParameter *l)
{
	if (l->inner_product_param != NULL)
		return l->inner_product_param->num_output;
	return l->convolution_param != NULL ? l->convolution_param->num_output
					    : 0;
}

/* What stands between the classifier and the loss and knows how many classes there
 * were. */
static void
follow_classes(Caffe__LayerParameter *l, int64_t had, int64_t classes)
{
	if (l->reshape_param != NULL && l->reshape_param->shape != NULL)
		for (size_t i = 0; i < l->reshape_param->shape->n_dim; i++)
			if (l->reshape_param->shape->dim[i] == had)
				l->reshape_param->shape->dim[i] = classes;
	if (strcmp(l->type, "Bias") == 0 && had != classes) {
		char *name = mem_printf("%s_retrain", l->name);

		caffe_set_str(l, "name", name);
		mem_free(name);
	}
}

static void
open_classifier(
    Caffe__NetParameter *net, Caffe__LayerParameter *c, const struct dset *d)
{
	const int64_t had = outputs_of(c);
	bool behind = false;

	fill_layer(c, "xavier");
	if (d->nlabels == 0)
		return; /* as many as the net has */
	for (size_t i = 0; i < net->n_layer; i++) {
		if (behind)
			follow_classes(net->layer[i], had, (int64_t)d->nlabels);
		behind |= net->layer[i] == c;
	}
	if (c->inner_product_param != NULL)
		c->inner_product_param->has_num_output = 0;
	if (c->convolution_param != NULL)
		c->convolution_param->has_num_output = 0;
}

/* A name for a layer and its top that no layer and no blob has; the caller's. */
static char *
new_name(const Caffe__NetParameter *net, const char *want)
{
	char *name = mem_strdup(want);

	for (int k = 1;; k++) {
		bool taken = false;

		for (size_t i = 0; i < net->n_layer && !taken; i++)
			taken = strcmp(net->layer[i]->name, name) == 0 ||
			    layer_makes(net->layer[i], name);
		if (!taken)
			return name;
		mem_free(name);
		name = mem_printf("%s_%d", want, k);
	}
}

static Caffe__LayerParameter *
add_layer(Caffe__NetParameter *net, const char *type, const char *name,
    const char *scores, const char *label)
{
	Caffe__LayerParameter *l =
	    caffe_new(Caffe__LayerParameter, layer_parameter);
	char *own = new_name(net, name);

	caffe_set_str(l, "name", own);
	caffe_set_str(l, "type", type);
	caffe_add_str(&l->bottom, &l->n_bottom, scores);
	caffe_add_str(&l->bottom, &l->n_bottom, label);
	caffe_add_str(&l->top, &l->n_top, own);
	mem_free(own);
	caffe_add(&net->layer, &net->n_layer, l);
	return l;
}

static void
add_losses(
    Caffe__NetParameter *net, const char *scores, const char *label, bool masks)
{
	Caffe__LayerParameter *loss =
	    add_layer(net, "SoftmaxWithLoss", "loss", scores, label);
	Caffe__LayerParameter *score =
	    add_layer(net, "Accuracy", "accuracy", scores, label);
	Caffe__NetStateRule *rule =
	    caffe_new(Caffe__NetStateRule, net_state_rule);

	rule->has_phase = 1;
	rule->phase = CAFFE__PHASE__TEST;
	caffe_add(&score->include, &score->n_include, rule);
	if (!masks)
		return;
	loss->loss_param = caffe_new(Caffe__LossParameter, loss_parameter);
	loss->loss_param->has_ignore_label = 1;
	loss->loss_param->ignore_label = OUTSIDE;
	score->accuracy_param =
	    caffe_new(Caffe__AccuracyParameter, accuracy_parameter);
	score->accuracy_param->has_ignore_label = 1;
	score->accuracy_param->ignore_label = OUTSIDE;
}

/* The input as a layer that reads the data set, whose masks have one of their own. */
static void
read_data(Caffe__NetParameter *net, Caffe__LayerParameter *input,
    const char *label, bool masks)
{
	Caffe__LayerParameter *l = NULL;

	caffe_set_str(input, "type", "Data");
	caffe_msg_free(input->input_param);
	input->input_param = NULL;
	if (!masks) {
		caffe_add_str(&input->top, &input->n_top, label);
		return;
	}
	l = caffe_new(Caffe__LayerParameter, layer_parameter);
	caffe_set_str(l, "name", label);
	caffe_set_str(l, "type", "Data");
	caffe_add_str(&l->top, &l->n_top, label);
	caffe_add(&net->layer, &net->n_layer, l);
}

static int
needs_weights(const Caffe__NetParameter *net, const struct surgery_use *u)
{
	for (size_t i = 0; i < net->n_layer && !u->weights; i++)
		if (strcmp(net->layer[i]->type, "Parameter") == 0)
			return err_set(ERR_USAGE,
			    "%s: the net has constants (layer \"%s\"), which are in its weights: add -p %s",
			    u->name, net->layer[i]->name, u->name);
	return 0;
}

int
surgery_for_use(Caffe__NetParameter *net, const struct surgery_use *u)
{
	const bool masks = strcmp(u->d->task, "segmentation") == 0;
	Caffe__LayerParameter *input;
	struct scores s = { 0 };
	char *label, *scores;

	TRY(find_input(&input, net, u));
	TRY(find_scores(&s, net, u));
	TRY(surgery_judge(net, input, s.blob, u));
	TRY(needs_weights(net, u));
	scores = mem_strdup(s.blob);
	prune(net, &s);
	open_classifier(net, s.classifier, u->d);
	for (size_t i = 0; i < net->n_layer && !u->weights; i++)
		fill_layer(net->layer[i], "msra");
	label = new_name(net, "label");
	read_data(net, input, label, masks);
	add_losses(net, scores, label, masks);
	mem_free(label);
	mem_free(scores);
	return 0;
}
