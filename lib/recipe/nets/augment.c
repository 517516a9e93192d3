/* Augmentation by options: see augment.h. */
#include "recipe/nets/augment.h"

#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "caffe/filter.h"
#include "caffe/msg.h"
#include "nn/layer.h"

/* Two numbers that do not fall, or n that may. */
static int
take_list(double *out, size_t n, const char *text, double lo, double hi,
    const char *option, const char *what)
{
	const char *at = text;

	for (size_t i = 0; text != NULL && i < n; i++) {
		const size_t len = strcspn(at, ",");
		char *one = mem_strndup(at, len);
		const bool last = at[len] == '\0';
		const int rc = num_double(&out[i], one, lo, hi);

		mem_free(one);
		if (rc < 0)
			return err_in(ERR_USAGE, "%s", option);
		if (last != (i + 1 == n))
			return err_set(
			    ERR_USAGE, "%s %s: %s", option, text, what);
		at += len + 1;
	}
	return 0;
}

static int
take_range(
    double out[2], const char *text, double lo, double hi, const char *option)
{
	TRY(take_list(out, 2, text, lo, hi, option, "two numbers, MIN,MAX"));
	if (text != NULL && out[0] > out[1])
		return err_set(ERR_USAGE,
		    "%s %s: the first is to be the smaller one", option, text);
	return 0;
}

int
augment_take(struct augment *a, const struct augment_texts *t)
{
	double rand[2] = { 0 };

	TRY(take_list(a->hsv, 3, t->hsv, 0, 0.5, "--hsv", "three numbers"));
	TRY(take_range(a->zoom, t->zoom, 0.05, 20, "--zoom"));
	TRY(take_range(a->area, t->area, 0.001, 1, "--crop-area"));
	TRY(take_range(a->aspect, t->aspect, 0.05, 20, "--crop-aspect"));
	TRY(take_list(
	    rand, 2, t->rand, 0, 30, "--rand-augment", "two numbers, N,M"));
	if (rand[0] != (int)rand[0] || rand[0] > 14)
		return err_set(ERR_USAGE,
		    "--rand-augment %s: N is a whole number up to 14", t->rand);
	a->rand_n = (int)rand[0];
	a->rand_m = rand[1];
	if (!t->min_box_given)
		a->min_box = 0;
	if (isnan(a->mix_share))
		a->mix_share = 0;
	return 0;
}

/* The label that losses of the net do not count; false: there is none. */
static bool
ignored(int *out, const Caffe__NetParameter *net)
{
	for (size_t i = 0; i < net->n_layer; i++) {
		const Caffe__LossParameter *p = net->layer[i]->loss_param;

		if (layer_role(net->layer[i]->type) == LAYER_LOSS &&
		    p != NULL && p->has_ignore_label && p->ignore_label >= 0) {
			*out = p->ignore_label;
			return true;
		}
	}
	return false;
}

/* Can something from outside the picture come into it? */
static bool
shows_outside(const struct augment *a)
{
	return a->rotate > 0 || a->scale > 0 || augment_zooms(a) ||
	    a->translate > 0 || a->mosaic > 0 || a->quad_rotate != QUAD_NONE;
}

/* Is that of pictures one value, and not their border? */
static bool
fills(const struct augment *a)
{
	return a->has_fill || augment_zooms(a) || a->translate > 0 ||
	    a->mosaic > 0;
}

int
augment_settle(struct augment *a, const struct augment_texts *t,
    const struct dset *d, const Caffe__NetParameter *net, double epochs)
{
	const bool boxes = strcmp(d->task, "detection") == 0;
	const bool masks = strcmp(d->task, "segmentation") == 0;

	if (boxes && !t->min_box_given && augment_is_scene(a))
		a->min_box = 0.1;
	if (masks && shows_outside(a))
		a->has_fill_label = ignored(&a->fill_label, net);
	if (strcmp(d->task, "image") == 0 && fills(a)) {
		a->has_fill_label = true;
		a->fill_label = a->has_fill ? (int)a->fill : AUGMENT_FILL;
	}
	a->classes = augment_mixes(a) && !boxes && !masks ? (int)d->nlabels : 0;
	if (t->close > 0 && (a->mosaic > 0 || augment_mixes(a))) {
		if (t->close >= epochs)
			return err_set(ERR_USAGE,
			    "--close-mosaic %g: the training has %g epochs, so none would have mosaic or mixed samples",
			    t->close, epochs);
		a->mix_epochs = epochs - t->close;
	}
	return 0;
}

void
augment_layer(Caffe__LayerParameter *l, const struct augment *a, bool train)
{
	struct augment all = { .whiten = a->whiten };
	Caffe__TransformationParameter *t;

	memcpy(all.std, a->std, sizeof(all.std));
	if (!a->whiten && a->std[0] == 0 && !(train && augment_random(a)) &&
	    a->min_box <= 0)
		return;
	if (l->transform_param == NULL)
		l->transform_param = caffe_new(
		    Caffe__TransformationParameter, transformation_parameter);
	t = l->transform_param;
	if (t->augment_param == NULL)
		t->augment_param =
		    caffe_new(Caffe__AugmentParameter, augment_parameter);
	augment_write(t->augment_param, train ? a : &all);
}

/* A state of the solver's, or none, as that of a phase. */
static Caffe__NetState *
state_of(const Caffe__NetState *state, bool train)
{
	static const Caffe__NetState none = CAFFE__NET_STATE__INIT;
	Caffe__NetState *now = caffe_msg_copy(state != NULL ? state : &none);

	now->has_phase = 1;
	now->phase = train ? CAFFE__PHASE__TRAIN : CAFFE__PHASE__TEST;
	return now;
}

/* Does it give pictures there?  1, 0, or an error. */
static int
gives_pictures(const Caffe__LayerParameter *l, const Caffe__NetState *now)
{
	if (layer_role(l->type) != LAYER_DATA || layer_gives_labels(l))
		return 0;
	return caffe_layer_in(l, now);
}

int
augment_net(Caffe__NetParameter *net, const Caffe__NetState *state, bool train,
    const struct augment *a)
{
	Caffe__NetState *now = state_of(state, train);
	int rc = 0;

	for (size_t i = 0; i < net->n_layer && rc >= 0; i++) {
		rc = gives_pictures(net->layer[i], now);
		if (rc > 0)
			augment_layer(net->layer[i], a, train);
	}
	caffe_msg_free(now);
	return rc < 0 ? rc : 0;
}

/* What some layer of pictures does. */
struct done {
	bool outside, cuts, mixes, several;
};

static int
add_done(struct done *d, const Caffe__TransformationParameter *t)
{
	struct augment a;

	if (t == NULL)
		return 0;
	TRY(augment_read(&a, t->augment_param));
	d->outside |= shows_outside(&a);
	d->mixes |= augment_mixes(&a);
	d->several |= augment_mixes(&a) || a.mosaic > 0;
	d->cuts |= shows_outside(&a) || augment_crops(&a) || a.cutmix > 0 ||
	    t->crop_size > 0;
	return 0;
}

static void
say_idle(bool given, bool idle, const char *option, const char *why)
{
	if (given && idle)
		log_warn("%s has no effect: %s", option, why);
}

int
augment_say_idle(const Caffe__NetParameter *net, const Caffe__NetState *state,
    const struct augment *a, const struct augment_texts *t,
    const struct dset *d)
{
	const bool boxes = d == NULL || strcmp(d->task, "detection") == 0;
	Caffe__NetState *now = state_of(state, true);
	struct done done = { 0 };
	int rc = 0;

	for (size_t i = 0; i < net->n_layer && rc >= 0; i++) {
		rc = gives_pictures(net->layer[i], now);
		if (rc > 0)
			rc = add_done(&done, net->layer[i]->transform_param);
	}
	caffe_msg_free(now);
	TRY(rc);
	say_idle(t->hsv != NULL, d != NULL && d->channels != 3, "--hsv",
	    "the pictures have no colours");
	say_idle(t->min_box_given, !boxes || !done.cuts, "--min-box",
	    boxes ? "no box is cut" : "the data set has no boxes");
	say_idle(a->has_fill, !done.outside, "--fill",
	    "nothing from outside a picture is seen");
	say_idle(a->mix_share > 0, !done.mixes, "--mix-share",
	    "samples are not mixed");
	say_idle(t->close > 0, !done.several, "--close-mosaic",
	    "no sample is made of several");
	return 0;
}
