/* The nets of a recipe.  The solver is in recipe_solver.c. */
#include "recipe/recipe.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "caffe/filter.h"
#include "caffe/msg.h"
#include "input/input.h"
#include "input/transform.h"
#include "nn/layer.h"
#include "recipe/recipe_solver.h"
#include "recipe/surgery.h"

enum state { TRAIN, VAL, DEPLOY, STATES };

static const struct {
	const char *stage;
	Caffe__Phase phase;
} states[STATES] = {
	{ "train", CAFFE__PHASE__TRAIN },
	{ "val", CAFFE__PHASE__TEST },
	{ "deploy", CAFFE__PHASE__TEST },
};

/* What is being made. */
struct work {
	const struct dset *d;
	struct inputs *in;
	const struct recipe_opts *o;
	Caffe__NetParameter *net; /* a cleaned copy of the network */
	Caffe__NetState *state[STATES];
	Caffe__LayerParameter *data[2]; /* TRAIN, VAL; part of train_val */
	struct recipe *r;
};

static bool
is_data(const Caffe__LayerParameter *l)
{
	return layer_role(l->type) == LAYER_DATA;
}

/* 1: keep the layer, 0: drop it. */
static int
clean_layer(const struct work *w, Caffe__LayerParameter *l)
{
	if (layer_role(l->type) == LAYER_INPUT)
		return 0;
	if (is_data(l) && strcmp(l->type, "Data") != 0 &&
	    strcmp(l->type, "HDF5Data") != 0)
		return err_set(ERR_FORMAT,
		    "layer %s: %s layers cannot be used with a data set (Data)",
		    l->name, l->type);
	if (layer_role(l->type) == LAYER_SCORE && l->accuracy_param != NULL &&
	    w->d->nlabels > 0 && l->accuracy_param->top_k > w->d->nlabels) {
		log_at(w->o->again ? LOG_DEBUG : LOG_WARN,
		    "layer %s is left out: its top_k %u is more than the %zu classes",
		    l->name, l->accuracy_param->top_k, w->d->nlabels);
		return 0;
	}
	if (w->d->nlabels > 0)
		surgery_outputs(l, (int)w->d->nlabels, false);
	return 1;
}

static int
clean(struct work *w, const Caffe__NetParameter *net)
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

static void
drop_rules(Caffe__LayerParameter *l)
{
	for (size_t i = 0; i < l->n_include; i++)
		caffe_msg_free(l->include[i]);
	for (size_t i = 0; i < l->n_exclude; i++)
		caffe_msg_free(l->exclude[i]);
	l->n_include = l->n_exclude = 0;
	free(l->include);
	free(l->exclude);
	l->include = l->exclude = NULL;
}

/* A copy of l with one rule: TRAIN or TEST only, or none (phase < 0). */
static Caffe__LayerParameter *
with_phase(const Caffe__LayerParameter *l, int phase)
{
	Caffe__LayerParameter *copy = caffe_msg_copy(l);
	Caffe__NetStateRule *rule;

	drop_rules(copy);
	if (phase < 0)
		return copy;
	rule = caffe_new(Caffe__NetStateRule, net_state_rule);
	rule->has_phase = 1;
	rule->phase = (Caffe__Phase)phase;
	caffe_add(&copy->include, &copy->n_include, rule);
	return copy;
}

/* A data layer where the network has none. */
static Caffe__LayerParameter *
default_data(int phase)
{
	Caffe__LayerParameter *l =
	    caffe_new(Caffe__LayerParameter, layer_parameter);
	Caffe__LayerParameter *out;

	caffe_set_str(l, "name", "data");
	caffe_set_str(l, "type", "Data");
	caffe_add_str(&l->top, &l->n_top, "data");
	caffe_add_str(&l->top, &l->n_top, "label");
	out = with_phase(l, phase);
	caffe_msg_free(l);
	return out;
}

/* The layer's transform_param, made if there is none. */
static Caffe__TransformationParameter *
transform(Caffe__LayerParameter *l)
{
	if (l->transform_param == NULL)
		l->transform_param = caffe_new(
		    Caffe__TransformationParameter, transformation_parameter);
	return l->transform_param;
}

static int
set_mean(const struct work *w, Caffe__LayerParameter *l)
{
	Caffe__TransformationParameter *t = transform(l);

	if (w->o->mean == RECIPE_MEAN_NONE)
		return 0;
	if (w->d->mean_path == NULL)
		return err_set(ERR_USAGE,
		    "%s has no mean.binaryproto: use --mean none", w->d->path);
	if (!w->o->again && (t->mean_file != NULL || t->n_mean_value > 0))
		log_warn(
		    "layer %s: the network's own mean is replaced by the data set's",
		    l->name);
	caffe_set_str(t, "mean_file", NULL);
	free(t->mean_value);
	t->mean_value = NULL;
	t->n_mean_value = 0;
	if (w->o->mean == RECIPE_MEAN_IMAGE) {
		caffe_set_str(t, "mean_file", w->d->mean_path);
		return 0;
	}
	TRY(transform_mean_pixel(t, w->d->mean_path));
	if (w->o->rgb && t->n_mean_value == 3) { /* the net's order */
		float blue = t->mean_value[0];

		t->mean_value[0] = t->mean_value[2];
		t->mean_value[2] = blue;
	}
	return 0;
}

static int
set_crop(const struct work *w, Caffe__LayerParameter *l)
{
	Caffe__TransformationParameter *t = transform(l);
	int side = w->d->height < w->d->width ? w->d->height : w->d->width;

	if (w->o->crop > 0) {
		if (w->o->crop > side)
			return err_set(ERR_USAGE,
			    "crop_size is larger than the image size (%d, %dx%d)",
			    w->o->crop, w->d->width, w->d->height);
		t->has_crop_size = 1;
		t->crop_size = (uint32_t)w->o->crop;
	} else if (side > 0 && t->crop_size > (uint32_t)side) {
		log_at(w->o->again ? LOG_DEBUG : LOG_WARN,
		    "layer %s: crop_size %u of the network is clipped to the images' %d",
		    l->name, t->crop_size, side);
		t->crop_size = (uint32_t)side;
	}
	w->r->crop = (int)t->crop_size;
	return 0;
}

/* What the data set fills in of a data layer. */
static int
set_source(const struct work *w, Caffe__LayerParameter *l, const char *source)
{
	Caffe__DataParameter *d = l->data_param;
	const int batch = w->o->batch;

	if (d == NULL)
		d = l->data_param =
		    caffe_new(Caffe__DataParameter, data_parameter);
	if (d->source != NULL && d->source[0] != '\0')
		return err_set(ERR_FORMAT,
		    "layer %s: data_param.source is set; it comes from the data set",
		    l->name);
	caffe_set_str(d, "source", source);
	d->has_backend = 1;
	d->backend = CAFFE__DATA_PARAMETER__DB__LMDB;
	if (batch > 0 || !d->has_batch_size || d->batch_size == 0) {
		d->has_batch_size = 1;
		d->batch_size = (uint32_t)(batch > 0 ? batch : 16);
	}
	return 0;
}

/* The network's data layers of a state: for pictures and, if they are apart from
 * them, for labels; or NULL. */
struct stage_data {
	const Caffe__LayerParameter *pictures, *labels;
};

static int
find_data(const struct work *w, enum state s, struct stage_data *out)
{
	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < w->net->n_layer; i++) {
		const Caffe__LayerParameter *l = w->net->layer[i], **slot;
		int in;

		if (!is_data(l))
			continue;
		in = caffe_layer_in(l, w->state[s]);
		if (in < 0)
			return in;
		if (!in)
			continue;
		slot = layer_gives_labels(l) ? &out->labels : &out->pictures;
		if (*slot != NULL)
			return err_set(ERR_FORMAT,
			    "layers %s and %s both give %s at stage %s",
			    (*slot)->name, l->name,
			    slot == &out->labels ? "labels" : "data",
			    states[s].stage);
		*slot = l;
	}
	return 0;
}

/* A layer of train_val that reads this of the data set. */
static int
add_data(struct work *w, enum state s, const Caffe__LayerParameter *from,
    const char *source, Caffe__LayerParameter **out)
{
	Caffe__LayerParameter *l = from != NULL
	    ? with_phase(from, (int)states[s].phase)
	    : default_data((int)states[s].phase);

	caffe_add(&w->r->train_val->layer, &w->r->train_val->n_layer, l);
	*out = l;
	return set_source(w, l, source);
}

/* Labels of their own: DIGITS's labels/ beside features/. */
static int
make_labels(struct work *w, enum state s, enum dset_part part,
    const Caffe__LayerParameter *from)
{
	char *source = dset_column_path(w->d, part, "labels");
	Caffe__LayerParameter *l;
	int rc;

	if (source == NULL)
		return err_set(ERR_FORMAT,
		    "layer %s reads labels of their own, and %s/labels does not exist: give the layer of the pictures two tops instead",
		    from->name, w->d->db_path[part]);
	rc = add_data(w, s, from, source, &l);
	mem_free(source);
	return rc;
}

static int
make_data(struct work *w, enum state s)
{
	enum dset_part part = s == TRAIN ? DSET_TRAIN : DSET_VAL;
	struct stage_data data;
	Caffe__LayerParameter *l;
	char *source = NULL;
	int rc;

	TRY(find_data(w, s, &data));
	if (data.labels != NULL)
		source = dset_column_path(w->d, part, "features");
	rc = add_data(w, s, data.pictures,
	    source != NULL ? source : w->d->db_path[part], &l);
	mem_free(source);
	TRY(rc);
	if (s == VAL && w->r->crop > 0 && transform(l)->crop_size == 0) {
		l->transform_param->has_crop_size = 1;
		l->transform_param->crop_size = (uint32_t)w->r->crop;
	}
	TRY(set_crop(w, l));
	if (s == TRAIN && w->o->mirror) {
		l->transform_param->has_mirror = 1;
		l->transform_param->mirror = 1;
	}
	w->data[s] = l;
	TRY(set_mean(w, l));
	return data.labels != NULL ? make_labels(w, s, part, data.labels) : 0;
}

/* Every bottom must be made by a layer before it in that state. */
static int
check_bottoms(const Caffe__NetParameter *net, const Caffe__NetState *state,
    const char *stage)
{
	for (size_t i = 0; i < net->n_layer; i++) {
		const Caffe__LayerParameter *l = net->layer[i];

		if (state != NULL && caffe_layer_in(l, state) != 1)
			continue;
		for (size_t b = 0; b < l->n_bottom; b++) {
			bool found = false;

			for (size_t k = 0; k < net->n_input && !found; k++)
				found =
				    strcmp(net->input[k], l->bottom[b]) == 0;
			for (size_t k = 0; k < i && !found; k++) {
				if (state != NULL &&
				    caffe_layer_in(net->layer[k], state) != 1)
					continue;
				for (size_t t = 0; t < net->layer[k]->n_top;
				     t++)
					found |= strcmp(net->layer[k]->top[t],
						     l->bottom[b]) == 0;
			}
			if (!found)
				return err_set(ERR_FORMAT,
				    "layer %s reads blob \"%s\" at the %s stage, where no layer makes it: limit the layer with an include or exclude rule",
				    l->name, l->bottom[b], stage);
		}
	}
	return 0;
}

static int
make_train_val(struct work *w)
{
	Caffe__NetParameter *out =
	    caffe_new(Caffe__NetParameter, net_parameter);
	bool val = w->d->db_path[DSET_VAL] != NULL;

	w->r->train_val = out;
	caffe_set_str(out, "name", w->net->name);
	TRY(make_data(w, TRAIN));
	if (val)
		TRY(make_data(w, VAL));
	for (size_t i = 0; i < w->net->n_layer; i++) {
		const Caffe__LayerParameter *l = w->net->layer[i];
		int train = caffe_layer_in(l, w->state[TRAIN]);
		int test = caffe_layer_in(l, w->state[VAL]);

		if (train < 0 || test < 0)
			return train < 0 ? train : test;
		if (is_data(l) || (!train && !test))
			continue;
		caffe_add(&out->layer, &out->n_layer,
		    with_phase(l,
			train && test ? -1
				      : (int)(train ? CAFFE__PHASE__TRAIN
						    : CAFFE__PHASE__TEST)));
	}
	TRY(check_bottoms(out, w->state[TRAIN], "train"));
	return val ? check_bottoms(out, w->state[VAL], "val") : 0;
}

static int
make_deploy(struct work *w)
{
	Caffe__NetParameter *out =
	    caffe_new(Caffe__NetParameter, net_parameter);
	Caffe__BlobShape *s = caffe_new(Caffe__BlobShape, blob_shape);
	bool softmax = false;

	w->r->deploy = out;
	caffe_set_str(out, "name", w->net->name);
	caffe_add_str(&out->input, &out->n_input, "data");
	caffe_add_i64(&s->dim, &s->n_dim, 1);
	caffe_add_i64(&s->dim, &s->n_dim, w->d->channels);
	caffe_add_i64(
	    &s->dim, &s->n_dim, w->r->crop > 0 ? w->r->crop : w->d->height);
	caffe_add_i64(
	    &s->dim, &s->n_dim, w->r->crop > 0 ? w->r->crop : w->d->width);
	caffe_add(&out->input_shape, &out->n_input_shape, s);
	for (size_t i = 0; i < w->net->n_layer; i++) {
		const Caffe__LayerParameter *l = w->net->layer[i];
		int in = caffe_layer_in(l, w->state[DEPLOY]);

		if (in < 0)
			return in;
		if (is_data(l) || !in)
			continue;
		softmax |= layer_role(l->type) == LAYER_ANSWER;
		caffe_add(&out->layer, &out->n_layer, with_phase(l, -1));
	}
	TRY(check_bottoms(out, NULL, "deploy"));
	if (!softmax && !w->o->again &&
	    strcmp(w->d->task, "classification") == 0)
		log_warn(
		    "the network has no Softmax layer at the deploy stage: its answers will not be probabilities");
	return 0;
}

static int
count_items(size_t *out, struct work *w, const Caffe__LayerParameter *l)
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
	struct work w = { .d = d, .in = in, .o = o, .r = out };
	int rc;

	memset(out, 0, sizeof(*out));
	for (int s = 0; s < STATES; s++) {
		const char *stages[] = { states[s].stage, NULL };

		w.state[s] = caffe_state_new(states[s].phase, 0, stages);
	}
	if (d->db_path[DSET_TRAIN] == NULL)
		rc = err_set(
		    ERR_MISSING, "%s: no training records (train_db)", d->path);
	else
		rc = clean(&w, net);
	if (rc >= 0)
		rc = make_train_val(&w);
	if (rc >= 0)
		rc = make_deploy(&w);
	if (rc >= 0)
		rc = count_items(&out->train_items, &w, w.data[TRAIN]);
	if (rc >= 0)
		rc = count_items(&out->val_items, &w, w.data[VAL]);
	if (rc >= 0) {
		out->batch = (int)w.data[TRAIN]->data_param->batch_size;
		out->val_batch = w.data[VAL] == NULL
		    ? 0
		    : (int)w.data[VAL]->data_param->batch_size;
		rc = recipe_solver_make(out, o);
	}
	for (int s = 0; s < STATES; s++)
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
