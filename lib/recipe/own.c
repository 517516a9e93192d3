/* What the standard nets were published with: see own.h. */
#include "recipe/own.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "file/file.h"
#include "json/json.h"
#include "nn/nets.h"

/* What is done to the pictures, where no option says anything of it. */
struct own_augment {
	bool mirror;
	double mosaic, mixup, translate;
	const char *zoom, *hsv;
	int close; /* the last one of so many parts is without mosaic */
};

/* Numbers that are 0 are the program's own, as all that is left out. */
struct own {
	const char *net;
	const char *lr; /* as --lr has it */
	double weight_decay;
	int solver, policy; /* RECIPE_..., and with policy: */
	double gamma, power, step;
	double epochs, warmup, ema;
	bool no_mean; /* nothing is subtracted */
	const struct own_augment *augment;
};

static const struct own_augment yolox_small = { .mirror = true,
	.mosaic = 0.5,
	.translate = 0.1,
	.zoom = "0.5,1.5",
	.hsv = "0.015,0.07,0.07",
	.close = 10 };
static const struct own_augment yolox_large = { .mirror = true,
	.mosaic = 1,
	.mixup = 8,
	.translate = 0.1,
	.zoom = "0.5,1.5",
	.hsv = "0.015,0.07,0.07",
	.close = 10 };

#define YOLOX(net, more)                                                       \
	{                                                                      \
		net, "0.01", .solver = RECIPE_NESTEROV,                        \
			     .policy = RECIPE_COSINE, .epochs = 100,           \
			     .warmup = 5, .ema = 0.9998, .no_mean = true,      \
			     .augment = (more)                                 \
	}

/* Batches are those of the nets, so rates are only given where the published batch
 * is one that the net has, too. */
static const struct own owns[] = {
	/* 4000 iterations at this rate, and 1000 at a tenth of it */
	{ "cifar10-quick", "0.001", 0.004, .policy = RECIPE_STEP, .gamma = 0.1,
	    .step = 80 },
	/* 60000, and 5000 each at a tenth and a hundredth */
	{ "cifar10-full", "0.001", 0.004, .policy = RECIPE_STEP, .gamma = 0.1,
	    .step = 86 },
	{ "googlenet", "0.01", 0.0002, .policy = RECIPE_POLY, .power = 0.5 },
	{ "detectnet", "0.0001", .solver = RECIPE_ADAM, .no_mean = true },
	/* an average of weights: single batches move boxes by pixels */
	{ "detectnet-small", "0.005", .solver = RECIPE_ADAM,
	    .policy = RECIPE_COSINE, .warmup = 1, .ema = 0.98,
	    .no_mean = true },
	{ "fcn-alexnet", "0.0001", .no_mean = true },
	{ "fcn8s", "0.0001", .no_mean = true },
	{ "unet-small", "0.001", .solver = RECIPE_ADAM, .policy = RECIPE_POLY,
	    .power = 1, .no_mean = true },
	{ "lr-aspp", "0.001", .solver = RECIPE_ADAM, .policy = RECIPE_POLY,
	    .power = 1, .no_mean = true },
	{ "binary-segmentation", "0.001", .solver = RECIPE_ADAM,
	    .no_mean = true },
	/* decay is by the weight, whatever the batch */
	{ "resnet18", .weight_decay = 0.0001 },
	{ "resnet34", .weight_decay = 0.0001 },
	{ "resnet50", .weight_decay = 0.0001 },
	{ "resnet101", .weight_decay = 0.0001 },
	{ "densenet121", .weight_decay = 0.0001 },
	{ "resnet18-torchvision", .weight_decay = 0.0001 },
	{ "resnet34-torchvision", .weight_decay = 0.0001 },
	{ "resnet50-torchvision", .weight_decay = 0.0001 },
	{ "resnet101-torchvision", .weight_decay = 0.0001 },
	{ "densenet121-torchvision", .weight_decay = 0.0001 },
	{ "squeezenet", .weight_decay = 0.0002 },
	{ "squeezenet1.0", .weight_decay = 0.0002 },
	/* The rate is that of a batch of 64, as small data sets need it; 300
	 * epochs are for COCO's 118,000 pictures. */
	YOLOX("yolox-nano", &yolox_small),
	YOLOX("yolox-tiny", &yolox_small),
	YOLOX("yolox-s", &yolox_large),
};

/* Of the net that is meant, which a file or folder of its name would be. */
static const struct own *
find_own(const struct setup *s)
{
	const struct net_standard *n = s->net != NULL && s->solver_file == NULL
	    ? net_standard_find(s->net)
	    : NULL;

	if (n == NULL || (strcmp(s->net, s->model) != 0 && file_exists(s->net)))
		return NULL;
	for (size_t i = 0; i < LENGTH(owns); i++)
		if (strcmp(owns[i].net, n->name) == 0)
			return &owns[i];
	return NULL;
}

/* What of it the user left to us. */
static bool
takes_policy(const struct own *o, const struct setup *s)
{
	return (o->step > 0 || o->power > 0 || o->policy == RECIPE_COSINE) &&
	    !s->set.policy && isnan(s->recipe.gamma) &&
	    isnan(s->recipe.power) && isnan(s->recipe.step) &&
	    s->recipe.nstepvalues == 0;
}

/* Does no option say what is done to pictures?  Those that only say how (--fill,
 * --min-box, --mix-share, --close-mosaic) go with what the net brings. */
static bool
takes_augment(const struct own *o, const struct setup *s)
{
	const struct augment *a = &s->job.augment;
	const struct augment_texts *t = &s->augment;

	return o->augment != NULL && !s->recipe.mirror && !a->flip &&
	    a->quad_rotate == QUAD_NONE && a->rotate == 0 && a->scale == 0 &&
	    a->noise == 0 && a->contrast == 0 && a->translate == 0 &&
	    a->mosaic == 0 && a->mixup == 0 && a->cutmix == 0 &&
	    a->erase == 0 && t->hsv == NULL && t->zoom == NULL &&
	    t->area == NULL && t->aspect == NULL && t->rand == NULL;
}

static double
number_or_nan(double v)
{
	return v > 0 ? v : NAN;
}

/* An option that the net brings, and its text. */
struct brought {
	const char *option;
	char text[NUM_TEXT_MAX];
};
enum { BROUGHT_MAX = 20 };

static void
bring(struct brought **b, const char *option, const char *text)
{
	snprintf((*b)->text, sizeof((*b)->text), "%s", text);
	(*b)++->option = option;
}

static void
bring_number(struct brought **b, const char *option, double v)
{
	if (v > 0) {
		num_double_text((*b)->text, v);
		(*b)++->option = option;
	}
}

static void
bring_augment(
    struct brought **b, const struct own_augment *a, double epochs, bool closes)
{
	if (a->mirror)
		bring(b, "mirror", "");
	bring_number(b, "mosaic", a->mosaic);
	bring_number(b, "mixup", a->mixup);
	bring_number(b, "translate", a->translate);
	bring(b, "zoom", a->zoom);
	bring(b, "hsv", a->hsv);
	if (!closes)
		bring_number(b, "close-mosaic", epochs / a->close);
}

/* All that it comes to beside what was given: how many. */
static size_t
list_brought(
    struct brought v[BROUGHT_MAX], const struct own *o, const struct setup *s)
{
	static const char *const policies[] = {
		[RECIPE_STEP] = "step",
		[RECIPE_POLY] = "poly",
		[RECIPE_COSINE] = "cosine",
	};
	static const char *const solvers[] = {
		[RECIPE_NESTEROV] = "nesterov",
		[RECIPE_ADAM] = "adam",
	};
	struct brought *b = v;

	if (o->lr != NULL && !s->set.lr)
		bring(&b, "lr", o->lr);
	if (!s->set.weight_decay)
		bring_number(&b, "weight-decay", o->weight_decay);
	if (o->solver != RECIPE_SGD && !s->set.solver)
		bring(&b, "solver", solvers[o->solver]);
	if (s->set.own_policy) {
		bring(&b, "lr-policy", policies[o->policy]);
		bring_number(&b, "gamma", o->gamma);
		bring_number(&b, "step", o->step);
		bring_number(&b, "power", o->power);
	}
	if (!s->set_epochs)
		bring_number(&b, "epochs", o->epochs);
	if (!s->set.warmup)
		bring_number(&b, "warmup", o->warmup);
	if (!s->set.ema)
		bring_number(&b, "ema", o->ema);
	if (o->no_mean && !s->set.mean)
		bring(&b, "mean", "none");
	if (s->set.own_augment)
		bring_augment(
		    &b, o->augment, s->recipe.epochs, s->augment.close_given);
	return (size_t)(b - v);
}

static void
say_brought(const struct own *o, const struct setup *s)
{
	struct brought v[BROUGHT_MAX];
	const size_t n = list_brought(v, o, s);
	struct buf b;

	buf_init(&b, ERR_TEXT_MAX);
	for (size_t i = 0; i < n; i++)
		buf_printf(&b, " --%s%s%s", v[i].option,
		    v[i].text[0] != '\0' ? " " : "", v[i].text);
	if (n > 0)
		log_info("the net %s brings%s", o->net, buf_str(&b));
	buf_clear(&b);
}

/* Behind the epochs, of which the last are without mosaic. */
static void
take_augment(struct setup *t, const struct own_augment *a)
{
	t->recipe.mirror = a->mirror;
	t->job.augment.mosaic = a->mosaic;
	t->job.augment.mixup = a->mixup;
	t->job.augment.translate = a->translate;
	t->augment.zoom = a->zoom;
	t->augment.hsv = a->hsv;
	if (!t->augment.close_given)
		t->augment.close = t->recipe.epochs / a->close;
}

void
own_take(struct sweep *s)
{
	struct setup *t = &s->setup;
	const struct own *o = find_own(t);

	if (o == NULL)
		return;
	t->set.own_policy = takes_policy(o, t) && s->stepvalues == NULL;
	t->set.own_augment = takes_augment(o, t);
	if (t->set.own_policy) {
		t->recipe.policy = o->policy;
		t->recipe.gamma = number_or_nan(o->gamma);
		t->recipe.power = number_or_nan(o->power);
		t->recipe.step = number_or_nan(o->step);
	}
	if (o->lr != NULL && !t->set.lr)
		s->lr = o->lr;
	if (o->weight_decay > 0 && !t->set.weight_decay)
		t->recipe.weight_decay = o->weight_decay;
	if (o->solver != RECIPE_SGD && !t->set.solver)
		t->recipe.solver = o->solver;
	if (o->epochs > 0 && !t->set_epochs)
		t->recipe.epochs = o->epochs;
	if (o->warmup > 0 && !t->set.warmup)
		t->warmup = o->warmup;
	if (o->ema > 0 && !t->set.ema)
		t->job.average = o->ema;
	if (o->no_mean && !t->set.mean)
		s->mean = "none";
	if (t->set.own_augment)
		take_augment(t, o->augment);
	if (!t->resume || !file_exists(t->model))
		say_brought(o, t);
}

void
own_describe(struct model_info *m, const struct setup *s)
{
	const struct own *o = find_own(s);
	struct brought v[BROUGHT_MAX];
	const size_t n = o != NULL ? list_brought(v, o, s) : 0;
	struct json_w w;
	struct buf b;

	if (n == 0)
		return;
	buf_init(&b, ERR_TEXT_MAX);
	json_w_init(&w, &b, 0);
	json_w_object(&w);
	for (size_t i = 0; i < n; i++)
		json_w_kstr(&w, v[i].option, v[i].text);
	json_w_object_end(&w);
	if (json_w_end(&w) >= 0)
		model_info_extra(m, "net defaults", buf_str(&b));
	buf_clear(&b);
}
