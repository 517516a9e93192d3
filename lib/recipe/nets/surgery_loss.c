/* Losses rewritten in the prototxt, for TRAIN alone: surgery_loss.h. */
#include "recipe/nets/surgery_loss.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "caffe/filter.h"
#include "caffe/msg.h"
#include "dset/dset.h"
#include "input/input.h"
#include "nn/layer.h"

static bool
is_loss(const Caffe__LayerParameter *l)
{
	return strcmp(l->type, "SoftmaxWithLoss") == 0 ||
	    strcmp(l->type, "FocalLoss") == 0;
}

static Caffe__LayerParameter *
for_phase(const Caffe__LayerParameter *l, Caffe__Phase phase)
{
	Caffe__LayerParameter *copy = caffe_msg_copy(l);
	Caffe__NetStateRule *rule;

	for (size_t i = 0; i < copy->n_include; i++) {
		copy->include[i]->has_phase = 1;
		copy->include[i]->phase = phase;
	}
	if (copy->n_include > 0 || copy->n_exclude > 0)
		return copy;
	rule = caffe_new(Caffe__NetStateRule, net_state_rule);
	rule->has_phase = 1;
	rule->phase = phase;
	caffe_add(&copy->include, &copy->n_include, rule);
	return copy;
}

static void
change(
    Caffe__LayerParameter *l, double smoothing, const float *weights, size_t n)
{
	Caffe__LossParameter *p = l->loss_param;

	if (p == NULL)
		p = l->loss_param =
		    caffe_new(Caffe__LossParameter, loss_parameter);
	if (smoothing > 0) {
		p->has_label_smoothing = 1;
		p->label_smoothing = (float)smoothing;
	}
	if (n == 0)
		return;
	free(p->class_weighting);
	p->class_weighting = NULL;
	p->n_class_weighting = 0;
	for (size_t i = 0; i < n; i++)
		caffe_add_float(
		    &p->class_weighting, &p->n_class_weighting, weights[i]);
}

/* Is the layer there in this phase, going by its rules' phases alone? */
static bool
in_phase(const Caffe__LayerParameter *l, Caffe__Phase phase)
{
	Caffe__NetState *state = caffe_state_new(phase, 0, NULL);
	bool staged = false;
	int in = caffe_layer_in(l, state);

	caffe_msg_free(state);
	/* A rule with stages may still hold in a net of such a stage. */
	for (size_t i = 0; i < l->n_include; i++)
		staged |= l->include[i]->n_stage > 0 &&
		    (!l->include[i]->has_phase ||
			l->include[i]->phase == phase);
	return in == 1 || staged;
}

int
surgery_loss(
    Caffe__NetParameter *net, double smoothing, const float *weights, size_t n)
{
	Caffe__LayerParameter **old = net->layer;
	size_t nold = net->n_layer;
	bool found = false;

	if (smoothing <= 0 && n == 0)
		return 0;
	net->layer = NULL;
	net->n_layer = 0;
	for (size_t i = 0; i < nold; i++) {
		Caffe__LayerParameter *l = old[i];
		bool train = is_loss(l) && in_phase(l, CAFFE__PHASE__TRAIN);
		bool test = in_phase(l, CAFFE__PHASE__TEST);

		if (train && test) {
			caffe_add(&net->layer, &net->n_layer,
			    for_phase(l, CAFFE__PHASE__TEST));
			old[i] = for_phase(l, CAFFE__PHASE__TRAIN);
			caffe_msg_free(l);
			l = old[i];
		}
		if (train)
			change(l, smoothing, weights, n);
		found |= train;
		caffe_add(&net->layer, &net->n_layer, l);
	}
	free(old);
	if (!found)
		return err_set(ERR_USAGE,
		    "the net has no SoftmaxWithLoss in training, which label smoothing and class weights are for");
	return 0;
}

/* The layer that gives the train net its labels, alone or with the pictures. */
static const Caffe__LayerParameter *
label_layer(const Caffe__NetParameter *net)
{
	const Caffe__LayerParameter *found = NULL;

	for (size_t i = 0; i < net->n_layer; i++) {
		const Caffe__LayerParameter *l = net->layer[i];

		if (strcmp(l->type, "Data") == 0 && l->data_param != NULL &&
		    l->data_param->source != NULL &&
		    in_phase(l, CAFFE__PHASE__TRAIN) &&
		    (found == NULL || layer_gives_labels(l)))
			found = l;
	}
	return found;
}

static void
count_value(float v, uint64_t *count, size_t n)
{
	/* Others are ignored places of a map. */
	if (v >= 0 && v < (float)n && v == floorf(v))
		count[(size_t)v]++;
}

static void
count_one(const struct record_item *item, uint64_t *count, size_t n)
{
	for (size_t i = 0; i < item->nlabels; i++)
		count_value(item->labels[i], count, n);
	if (item->nlabels == 0)
		count_value((float)item->label, count, n);
}

/* A map: every place of it. */
static void
count_map(const struct record_item *item, uint64_t *count, size_t n)
{
	const size_t places =
	    (size_t)item->channels * (size_t)item->height * (size_t)item->width;

	for (size_t i = 0; i < places; i++)
		count_value(
		    item->data != NULL ? (float)item->data[i] : item->floats[i],
		    count, n);
}

static int
count_labels(uint64_t *count, size_t n, const Caffe__LayerParameter *l,
    struct inputs *in)
{
	const bool alone = layer_gives_labels(l);
	struct record_scratch scratch;
	struct record_item item;
	struct record_db *db;
	int rc;

	TRY(inputs_db(&db, in, l->data_param->source));
	TRY(record_db_walk(db));
	record_scratch_init(&scratch);
	rc = 0;
	for (size_t i = 0; i < record_db_count(db) && rc >= 0; i++) {
		rc = record_db_get(
		    &item, db, i, &scratch, alone ? 0 : RECORD_KEEP);
		if (rc >= 0 && alone)
			count_map(&item, count, n);
		else if (rc >= 0)
			count_one(&item, count, n);
	}
	record_scratch_clear(&scratch);
	return rc;
}

static int
by_count(
    float *out, size_t n, const Caffe__NetParameter *net, struct inputs *in)
{
	const Caffe__LayerParameter *l = label_layer(net);
	uint64_t *count, total = 0;
	int rc;

	if (l == NULL)
		return err_set(ERR_USAGE,
		    "--class-weights auto: the net has no Data layer whose labels can be counted");
	count = mem_array(uint64_t, n);
	rc = count_labels(count, n, l, in);
	for (size_t i = 0; i < n; i++)
		total += count[i];
	for (size_t i = 0; i < n && rc >= 0; i++) {
		if (count[i] == 0)
			log_warn(
			    "class %zu has no records: its weight is 0", i);
		else
			out[i] = (float)((double)total /
			    ((double)n * (double)count[i]));
	}
	mem_free(count);
	return rc;
}

static int
from_file(float *out, size_t n, const char *path)
{
	char **lines = NULL;
	size_t have = 0;
	int rc = dset_labels_read(&lines, &have, path);

	if (rc >= 0 && have != n)
		rc = err_set(ERR_FORMAT, "%s: %s for %s", path,
		    NUM_COUNTED(have, "weight"), NUM_COUNTED(n, "class"));
	for (size_t i = 0; i < n && rc >= 0; i++) {
		double v;

		rc = num_double(&v, lines[i], 0, 1e9);
		if (rc < 0)
			rc = err_in(rc, "%s:%zu", path, i + 1);
		else
			out[i] = (float)v;
	}
	dset_labels_free(lines, have);
	return rc;
}

int
surgery_class_weights(float **out, size_t *n, const char *how,
    const Caffe__NetParameter *net, size_t classes, struct inputs *in)
{
	float *v;
	int rc;

	if (classes < 1)
		return err_set(ERR_USAGE,
		    "--class-weights: the number of classes is not known (the data set has no labels.txt)");
	v = mem_array(float, classes);
	rc = strcmp(how, "auto") == 0 ? by_count(v, classes, net, in)
				      : from_file(v, classes, how);
	if (rc < 0) {
		mem_free(v);
		return rc;
	}
	*out = v;
	*n = classes;
	return 0;
}
