/* What a training takes of the model that it begins with beside weights: its net, and
 * how its pictures were prepared.  See setup_int.h. */
#include "recipe/setup_int.h"

#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "model/imports/prepare.h"
#include "nn/read.h"
#include "recipe/nets/judge.h"
#include "recipe/nets/surgery_use.h"

/* The model of another program whose preparation counts, or one that was trained
 * from such; NULL: there is none. */
static const struct model_info *
find_prepared(const struct making *k)
{
	if (k->base != NULL &&
	    model_info_find(&k->base->info, "preparation") != NULL)
		return &k->base->info;
	for (size_t i = 0; i < k->nmodels; i++)
		if (model_info_find(&k->models[i]->info, "preparation") != NULL)
			return &k->models[i]->info;
	return NULL;
}

/* Numbers of a model's channels as options have them, R G B. */
static int
as_given(double out[3], const double *v, int n, bool rgb)
{
	for (int i = 0; i < n && i < 3; i++)
		out[i] = v[rgb ? i : n - 1 - i];
	return n;
}

static void
take_numbers(struct recipe_opts *o, const struct setup *s,
    const struct model_info *m, bool rgb)
{
	if (!s->set.mean) {
		o->nmean_value = as_given(
		    o->mean_value, m->mean_pixel, m->mean_pixel_n, rgb);
		if (o->nmean_value == 0)
			o->mean = RECIPE_MEAN_NONE;
	}
	if (o->nstd == 0)
		o->nstd = as_given(o->std, m->input_std, m->input_std_n, rgb);
	if (o->input_scale == 0)
		o->input_scale = m->input_scale;
}

void
setup_take_preparation(struct making *k)
{
	const struct setup *s = k->setup;
	const struct model_info *m = find_prepared(k);
	bool rgb;

	if (m == NULL)
		return;
	if (model_prepared_unknown(m)) {
		log_warn(
		    "nothing is known of how the pictures of the model were prepared: here they are as --rgb, --mean, --std and --input-scale say; model-import --preset says it once for all");
		return;
	}
	if (m->mean_pixel_n > 3 || m->input_std_n > 3)
		return;
	rgb = m->channel_order != NULL &&
	    strcasecmp(m->channel_order, "RGB") == 0;
	if (!s->set.rgb)
		k->job.rgb = rgb;
	take_numbers(&k->recipe, s, m, rgb);
	model_info_extra(
	    &k->folder.info, "preparation", model_info_find(m, "preparation"));
}

void
setup_judge_order(
    const struct making *k, const struct model_info *m, const char *name)
{
	const bool of_another = model_info_find(m, "preparation") != NULL;

	if (!of_another || (k->setup->set.rgb && !model_prepared_unknown(m)))
		judge_order(m, name, k->setup->job.rgb);
}

int
setup_read_model(struct making *k, const char *path)
{
	TRY(model_open(&k->base, path, MODEL_NEWEST));
	if (k->base->original == NULL)
		return err_set(ERR_MISSING, "%s: no original.prototxt", path);
	return net_read(&k->folder.original, k->base->original);
}

int
setup_open_for_training(struct making *k)
{
	const struct setup *s = k->setup;
	const struct surgery_use use = {
		.name = s->net != NULL ? s->net : s->pretrained.v[0],
		.d = k->d,
		.crop = s->recipe.crop,
		.weights = k->job.nweights > 0,
	};

	if (!surgery_for_use_only(k->folder.original))
		return 0;
	return surgery_for_use(k->folder.original, &use);
}
