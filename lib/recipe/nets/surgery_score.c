/* A score for nets that label pixels: see surgery_score.h. */
#include "recipe/nets/surgery_score.h"

#include <stdbool.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "caffe/filter.h"
#include "caffe/msg.h"
#include "nn/layer.h"

static bool
is_softmax(const Caffe__LayerParameter *l)
{
	return strcmp(l->type, "SoftmaxWithLoss") == 0;
}

static bool
in_test(const Caffe__LayerParameter *l)
{
	Caffe__NetState *state = caffe_state_new(CAFFE__PHASE__TEST, 0, NULL);
	const bool in = caffe_layer_in(l, state) == 1;

	caffe_msg_free(state);
	return in;
}

static bool
is_pixel_loss(const Caffe__LayerParameter *l)
{
	return l->n_bottom == 2 && in_test(l) &&
	    (is_softmax(l) || strcmp(l->type, "SigmoidCrossEntropyLoss") == 0 ||
		strcmp(l->type, "DiceLoss") == 0 ||
		strcmp(l->type, "FocalLoss") == 0);
}

static bool
is_scored(const Caffe__NetParameter *net, const Caffe__LayerParameter *loss)
{
	for (size_t i = 0; i < net->n_layer; i++) {
		const Caffe__LayerParameter *l = net->layer[i];

		if (layer_role(l->type) == LAYER_SCORE && l->n_bottom == 2 &&
		    in_test(l) && strcmp(l->bottom[0], loss->bottom[0]) == 0 &&
		    strcmp(l->bottom[1], loss->bottom[1]) == 0)
			return true;
	}
	return false;
}

static bool
is_taken(const Caffe__NetParameter *net, const char *name)
{
	for (size_t i = 0; i < net->n_layer; i++)
		if (strcmp(net->layer[i]->name, name) == 0 ||
		    layer_makes(net->layer[i], name))
			return true;
	return false;
}

/* "accuracy", or that with the loss's name where there is one. */
static char *
free_name(const Caffe__NetParameter *net, const Caffe__LayerParameter *loss)
{
	return is_taken(net, "accuracy") ? mem_printf("%s_accuracy", loss->name)
					 : mem_strdup("accuracy");
}

static void
ignore_label(Caffe__LayerParameter *l, int32_t label)
{
	if (strcmp(l->type, "Accuracy") == 0) {
		l->accuracy_param =
		    caffe_new(Caffe__AccuracyParameter, accuracy_parameter);
		l->accuracy_param->has_ignore_label = 1;
		l->accuracy_param->ignore_label = label;
		return;
	}
	l->seg_accuracy_param =
	    caffe_new(Caffe__SegAccuracyParameter, seg_accuracy_parameter);
	l->seg_accuracy_param->ignore_label = mem_array(int32_t, 1);
	l->seg_accuracy_param->ignore_label[0] = label;
	l->seg_accuracy_param->n_ignore_label = 1;
}

static Caffe__LayerParameter *
score_for(const Caffe__NetParameter *net, const Caffe__LayerParameter *loss)
{
	Caffe__LayerParameter *l =
	    caffe_new(Caffe__LayerParameter, layer_parameter);
	Caffe__NetStateRule *rule =
	    caffe_new(Caffe__NetStateRule, net_state_rule);
	char *name = free_name(net, loss);

	caffe_set_str(l, "name", name);
	caffe_set_str(l, "type", is_softmax(loss) ? "Accuracy" : "SegAccuracy");
	for (int i = 0; i < 2; i++)
		caffe_add_str(&l->bottom, &l->n_bottom, loss->bottom[i]);
	caffe_add_str(&l->top, &l->n_top, name);
	rule->has_phase = 1;
	rule->phase = CAFFE__PHASE__TEST;
	caffe_add(&l->include, &l->n_include, rule);
	if (loss->loss_param != NULL && loss->loss_param->has_ignore_label)
		ignore_label(l, loss->loss_param->ignore_label);
	mem_free(name);
	return l;
}

void
surgery_score(Caffe__NetParameter *net)
{
	const size_t n = net->n_layer;

	for (size_t i = 0; i < n; i++) {
		Caffe__LayerParameter *loss = net->layer[i], *l;

		if (!is_pixel_loss(loss) || is_scored(net, loss))
			continue;
		l = score_for(net, loss);
		log_info("layer %s (%s) scores what %s takes", l->name, l->type,
		    loss->name);
		caffe_add(&net->layer, &net->n_layer, l);
	}
}
