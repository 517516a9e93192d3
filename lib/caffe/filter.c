/*
 * Include and exclude rules.
 */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "caffe/filter.h"
#include "caffe/msg.h"

static bool
has_stage(const Caffe__NetState *state, const char *stage)
{
	size_t i;

	for (i = 0; i < state->n_stage; i++)
		if (strcmp(state->stage[i], stage) == 0)
			return true;
	return false;
}

bool
caffe_rule_holds(const Caffe__NetStateRule *rule, const Caffe__NetState *state)
{
	size_t i;

	if (rule->has_phase && rule->phase != state->phase)
		return false;
	if (rule->has_min_level && state->level < rule->min_level)
		return false;
	if (rule->has_max_level && state->level > rule->max_level)
		return false;
	for (i = 0; i < rule->n_stage; i++)
		if (!has_stage(state, rule->stage[i]))
			return false;
	for (i = 0; i < rule->n_not_stage; i++)
		if (has_stage(state, rule->not_stage[i]))
			return false;
	return true;
}

int
caffe_layer_in(const Caffe__LayerParameter *layer, const Caffe__NetState *state)
{
	size_t i;

	if (layer->n_include > 0 && layer->n_exclude > 0)
		return err_set(ERR_FORMAT,
		    "layer %s has both include and exclude rules", layer->name);
	for (i = 0; i < layer->n_include; i++)
		if (caffe_rule_holds(layer->include[i], state))
			return 1;
	for (i = 0; i < layer->n_exclude; i++)
		if (caffe_rule_holds(layer->exclude[i], state))
			return 0;
	return layer->n_include == 0;
}

static void
drop_rules(Caffe__NetStateRule ***v, size_t *n)
{
	for (size_t i = 0; i < *n; i++)
		caffe_msg_free((*v)[i]);
	free(*v);
	*v = NULL;
	*n = 0;
}

void
caffe_layer_unrule(Caffe__LayerParameter *layer)
{
	drop_rules(&layer->include, &layer->n_include);
	drop_rules(&layer->exclude, &layer->n_exclude);
}

int
caffe_net_filter(Caffe__NetParameter **out, const Caffe__NetParameter *net,
    const Caffe__NetState *state)
{
	Caffe__NetParameter head = *net, *copy;
	size_t i;
	int in;

	*out = NULL;
	/* everything but the layers, then those that are in */
	head.layer = NULL;
	head.n_layer = 0;
	copy = caffe_msg_copy(&head);
	caffe_msg_free(copy->state);
	copy->state = caffe_msg_copy(state);
	for (i = 0; i < net->n_layer; i++) {
		in = caffe_layer_in(net->layer[i], state);
		if (in < 0) {
			caffe_msg_free(copy);
			return in;
		}
		if (in)
			caffe_add(&copy->layer, &copy->n_layer,
			    caffe_msg_copy(net->layer[i]));
	}
	*out = copy;
	return 0;
}

Caffe__NetState *
caffe_state_new(Caffe__Phase phase, int level, const char *const *stages)
{
	Caffe__NetState *s = caffe_new(Caffe__NetState, net_state);

	s->has_phase = 1;
	s->phase = phase;
	s->has_level = level != 0;
	s->level = level;
	for (; stages != NULL && *stages != NULL; stages++)
		caffe_add_str(&s->stage, &s->n_stage, *stages);
	return s;
}
