/* The nets of a recipe.  Their data layers are in recipe_data.c, the solver is in
 * recipe_solver.c. */
#include "recipe/recipe.h"

#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "caffe/filter.h"
#include "caffe/msg.h"
#include "input/input.h"
#include "nn/deploy.h"
#include "nn/layer.h"
#include "recipe/nets/surgery.h"
#include "recipe/nets/surgery_score.h"
#include "recipe/recipe_int.h"
#include "recipe/recipe_solver.h"

const struct recipe_state_def recipe_states[RECIPE_STATES] = {
	{ "train", CAFFE__PHASE__TRAIN },
	{ "val", CAFFE__PHASE__TEST },
	{ "deploy", CAFFE__PHASE__TEST },
};

bool
recipe_is_data(const Caffe__LayerParameter *l)
{
	return layer_role(l->type) == LAYER_DATA;
}

/* 1: keep the layer, 0: drop it. */
static int
clean_layer(const struct recipe_work *w, Caffe__LayerParameter *l)
{
	if (layer_role(l->type) == LAYER_INPUT)
		return 0;
	if (recipe_is_data(l))
		recipe_take_place(w, l);
	if (layer_role(l->type) == LAYER_SCORE && l->accuracy_param != NULL &&
	    w->d->nlabels > 0 && l->accuracy_param->top_k > w->d->nlabels) {
		log_at(w->o->again ? LOG_DEBUG : LOG_WARN,
		    "layer %s is left out: its top_k is %u of %s", l->name,
		    l->accuracy_param->top_k,
		    NUM_COUNTED(w->d->nlabels, "class"));
		return 0;
	}
	if (w->d->nlabels > 0)
		surgery_outputs(l, (int)w->d->nlabels, false);
	return 1;
}

static int
clean_net(struct recipe_work *w, const Caffe__NetParameter *net)
{
	size_t n = 0;

	w->net = caffe_msg_copy(net);
	for (size_t i = 0; i < w->net->n_layer; i++) {
		int keep = clean_layer(w, w->net->layer[i]);

		if (keep < 0) {
			/* what was not looked at stays in the array */
			for (size_t k = i; k < w->net->n_layer; k++)
				w->net->layer[n++] = w->net->layer[k];
			w->net->n_layer = n;
			return keep;
		}
		if (keep)
			w->net->layer[n++] = w->net->layer[i];
		else
			caffe_msg_free(w->net->layer[i]);
	}
	w->net->n_layer = n;
	return 0;
}

Caffe__LayerParameter *
recipe_with_phase(const Caffe__LayerParameter *l, int phase)
{
	Caffe__LayerParameter *copy = caffe_msg_copy(l);
	Caffe__NetStateRule *rule;

	caffe_layer_unrule(copy);
	if (phase < 0)
		return copy;
	rule = caffe_new(Caffe__NetStateRule, net_state_rule);
	rule->has_phase = 1;
	rule->phase = (Caffe__Phase)phase;
	caffe_add(&copy->include, &copy->n_include, rule);
	return copy;
}

/* Is the blob made by one of the first n layers in that state (NULL: any)? */
static bool
is_made(const Caffe__NetParameter *net, size_t n, const Caffe__NetState *state,
    const char *blob)
{
	for (size_t i = 0; i < net->n_input; i++)
		if (strcmp(net->input[i], blob) == 0)
			return true;
	for (size_t i = 0; i < n; i++) {
		const Caffe__LayerParameter *l = net->layer[i];

		if (layer_makes(l, blob) &&
		    (state == NULL || caffe_layer_in(l, state) == 1))
			return true;
	}
	return false;
}

/* Every bottom must be made by a layer before it in that state. */
static int
check_bottoms(const Caffe__NetParameter *net, const Caffe__NetState *state,
    const struct recipe_work *w, const char *stage)
{
	const char *name = w->o->net_name;

	for (size_t i = 0; i < net->n_layer; i++) {
		const Caffe__LayerParameter *l = net->layer[i];

		if (state != NULL && caffe_layer_in(l, state) != 1)
			continue;
		for (size_t b = 0; b < l->n_bottom; b++)
			if (!is_made(net, i, state, l->bottom[b]))
				return err_set(ERR_FORMAT,
				    "%s%slayer %s reads blob \"%s\" at the %s stage, where no layer makes it: limit the layer with an include or exclude rule",
				    name != NULL ? name : "",
				    name != NULL ? ": " : "", l->name,
				    l->bottom[b], stage);
	}
	return 0;
}

static int
make_train_val(struct recipe_work *w)
{
	Caffe__NetParameter *out =
	    caffe_new(Caffe__NetParameter, net_parameter);
	bool val = w->d->db_path[DSET_VAL] != NULL;

	w->r->train_val = out;
	caffe_set_str(out, "name", w->net->name);
	TRY(recipe_make_data(w, RECIPE_TRAIN));
	if (val)
		TRY(recipe_make_data(w, RECIPE_VAL));
	for (size_t i = 0; i < w->net->n_layer; i++) {
		const Caffe__LayerParameter *l = w->net->layer[i];
		int train = caffe_layer_in(l, w->state[RECIPE_TRAIN]);
		int test = caffe_layer_in(l, w->state[RECIPE_VAL]);

		if (train < 0 || test < 0)
			return train < 0 ? train : test;
		if (recipe_is_data(l) || (!train && !test))
			continue;
		caffe_add(&out->layer, &out->n_layer,
		    recipe_with_phase(l,
			train && test ? -1
				      : (int)(train ? CAFFE__PHASE__TRAIN
						    : CAFFE__PHASE__TEST)));
	}
	if (val && strcmp(w->d->task, "segmentation") == 0)
		surgery_score(out);
	TRY(check_bottoms(out, w->state[RECIPE_TRAIN], w, "train"));
	return val ? check_bottoms(out, w->state[RECIPE_VAL], w, "val") : 0;
}

static void
warn_no_softmax(const struct recipe_work *w)
{
	if (!w->o->again && strcmp(w->d->task, "classification") == 0)
		log_warn(
		    "the network has no Softmax layer at the deploy stage: its answers will not be probabilities");
}

/* Height or width of what the net reads. */
static int
input_side(const struct recipe_work *w, bool height)
{
	const int fixed = height ? w->r->resize_height : w->r->resize_width;

	if (fixed > 0)
		return fixed;
	if (w->r->crop > 0)
		return w->r->crop;
	return height ? w->d->height : w->d->width;
}

/* Of a network that says nothing of use, as Caffe's train_val.prototxt: its
 * validation without what that alone needs. */
static int
derive_deploy(struct recipe_work *w)
{
	const int64_t chw[3] = { w->d->channels, input_side(w, true),
		input_side(w, false) };

	TRY(net_deploy_derive(
	    &w->r->deploy, w->net, w->state[RECIPE_VAL], "data", chw));
	log_at(w->o->again ? LOG_DEBUG : LOG_INFO,
	    "the network has no layers for the deploy stage: deploy.prototxt is made of those for validation");
	for (size_t i = 0; i < w->r->deploy->n_layer; i++)
		if (layer_role(w->r->deploy->layer[i]->type) == LAYER_ANSWER)
			return 0;
	warn_no_softmax(w);
	return 0;
}

/* What the net calls its pictures at the deploy stage: "data", as DIGITS has it, or
 * where no layer reads that from outside, as at the training. */
static const char *
input_name(const struct recipe_work *w)
{
	const Caffe__LayerParameter *pictures = w->data[RECIPE_TRAIN];

	for (size_t i = 0; i < w->net->n_layer; i++) {
		const Caffe__LayerParameter *l = w->net->layer[i];

		if (caffe_layer_in(l, w->state[RECIPE_DEPLOY]) != 1)
			continue;
		for (size_t b = 0; b < l->n_bottom; b++)
			if (strcmp(l->bottom[b], "data") == 0 &&
			    !is_made(
				w->net, i, w->state[RECIPE_DEPLOY], "data"))
				return "data";
	}
	return pictures != NULL && pictures->n_top > 0 ? pictures->top[0]
						       : "data";
}

static int
make_deploy(struct recipe_work *w)
{
	Caffe__NetParameter *out =
	    caffe_new(Caffe__NetParameter, net_parameter);
	Caffe__BlobShape *s = caffe_new(Caffe__BlobShape, blob_shape);
	bool softmax = false;

	w->r->deploy = out;
	caffe_set_str(out, "name", w->net->name);
	caffe_add_str(&out->input, &out->n_input, input_name(w));
	caffe_add_i64(&s->dim, &s->n_dim, 1);
	caffe_add_i64(&s->dim, &s->n_dim, w->d->channels);
	caffe_add_i64(&s->dim, &s->n_dim, input_side(w, true));
	caffe_add_i64(&s->dim, &s->n_dim, input_side(w, false));
	caffe_add(&out->input_shape, &out->n_input_shape, s);
	for (size_t i = 0; i < w->net->n_layer; i++) {
		const Caffe__LayerParameter *l = w->net->layer[i];
		int in = caffe_layer_in(l, w->state[RECIPE_DEPLOY]);

		if (in < 0)
			return in;
		if (recipe_is_data(l) || !in)
			continue;
		softmax |= layer_role(l->type) == LAYER_ANSWER;
		caffe_add(&out->layer, &out->n_layer, recipe_with_phase(l, -1));
	}
	TRY(check_bottoms(out, NULL, w, "deploy"));
	if (!softmax)
		warn_no_softmax(w);
	return 0;
}

static bool
has_loss(const Caffe__NetParameter *net)
{
	for (size_t i = 0; i < net->n_layer; i++)
		if (layer_role(net->layer[i]->type) == LAYER_LOSS)
			return true;
	return false;
}

static int
count_items(size_t *out, struct recipe_work *w, const Caffe__LayerParameter *l)
{
	struct record_db *db;

	*out = 0;
	if (l == NULL)
		return 0;
	TRY(inputs_db(&db, w->in, l->data_param->source));
	*out = record_db_count(db);
	return 0;
}

int
recipe_make(struct recipe *out, const Caffe__NetParameter *net,
    const struct dset *d, struct inputs *in, const struct recipe_opts *o)
{
	struct recipe_work w = { .d = d, .in = in, .o = o, .r = out };
	int rc;

	memset(out, 0, sizeof(*out));
	for (int s = 0; s < RECIPE_STATES; s++) {
		const char *stages[] = { recipe_states[s].stage, NULL };

		w.state[s] = caffe_state_new(recipe_states[s].phase, 0, stages);
	}
	if (d->db_path[DSET_TRAIN] == NULL)
		rc = err_set(
		    ERR_MISSING, "%s: no training records (train_db)", d->path);
	else
		rc = clean_net(&w, net);
	if (rc >= 0)
		rc = make_train_val(&w);
	if (rc >= 0)
		rc = net_has_deploy(w.net) || !has_loss(w.net)
		    ? make_deploy(&w)
		    : derive_deploy(&w);
	if (rc >= 0)
		rc = count_items(&out->train_items, &w, w.data[RECIPE_TRAIN]);
	if (rc >= 0)
		rc = count_items(&out->val_items, &w, w.data[RECIPE_VAL]);
	if (rc >= 0) {
		out->batch = (int)w.data[RECIPE_TRAIN]->data_param->batch_size;
		out->val_batch = w.data[RECIPE_VAL] == NULL
		    ? 0
		    : (int)w.data[RECIPE_VAL]->data_param->batch_size;
		rc = recipe_solver_make(out, o);
	}
	for (int s = 0; s < RECIPE_STATES; s++)
		caffe_msg_free(w.state[s]);
	caffe_msg_free(w.net);
	if (rc < 0)
		recipe_clear(out);
	return rc;
}

void
recipe_clear(struct recipe *r)
{
	caffe_msg_free(r->train_val);
	caffe_msg_free(r->deploy);
	caffe_msg_free(r->solver);
	memset(r, 0, sizeof(*r));
}
