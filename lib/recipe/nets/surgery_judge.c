/* See surgery_judge.h. */
#include "recipe/nets/surgery_judge.h"

#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "nn/net.h"

/* For n pictures; NULL: it is none for these. */
static struct net *
build(const Caffe__NetParameter *net, const char *input, int64_t n,
    const int64_t chw[3])
{
	const struct net_input in[] = { { input,
					    shape_of(4, (int)n, (int)chw[0],
						(int)chw[1], (int)chw[2]) },
		{ 0 } };
	const struct net_opts o = { .phase = CAFFE__PHASE__TEST, .inputs = in };
	struct net *made = NULL;

	return net_new(&made, net, &o) < 0 ? NULL : made;
}

static bool
same_params(const struct net *a, const struct net *b)
{
	for (int i = 0; i < a->nparams; i++)
		if (!shape_same(&a->params[i].shape, &b->params[i].shape))
			return false;
	return true;
}

/* Batches are of any size, and the last one of a validation is smaller. */
static int
judge_batch(const Caffe__NetParameter *net, const Caffe__LayerParameter *input,
    const struct surgery_use *u)
{
	const int64_t *dims = input->input_param->shape[0]->dim;
	struct net *other = build(net, input->top[0], dims[0] + 1, dims + 1);

	if (other == NULL)
		return err_set(ERR_UNSUPPORTED,
		    "%s: the net is for batches of %lld alone, and cannot be trained: export it with a batch size that is left open (dynamic axes)",
		    u->name, (long long)dims[0]);
	net_free(other);
	return 0;
}

/* Is it a net for the data set's pictures?  *out: built for them; NULL: they have
 * several sizes. */
static int
judge_size(struct net **out, const Caffe__NetParameter *net,
    const Caffe__LayerParameter *input, const struct surgery_use *u)
{
	const int64_t *dims = input->input_param->shape[0]->dim,
		      *own = dims + 1;
	const struct dset *d = u->d;
	const int64_t chw[3] = { d->channels, u->crop > 0 ? u->crop : d->height,
		u->crop > 0 ? u->crop : d->width };
	struct net *first;
	int rc;

	*out = NULL;
	if (chw[1] == 0 || chw[2] == 0)
		return 0;
	if (chw[0] != own[0])
		return err_set(ERR_FORMAT,
		    "%s: the net takes pictures of %lld channels, those of %s have %d: make it with dset-create%s",
		    u->name, (long long)own[0], d->path, d->channels,
		    own[0] == 1 ? " --gray" : " without --gray");
	first = build(net, input->top[0], dims[0], own);
	if (first == NULL)
		return err_in(ERR_FORMAT, "%s", u->name);
	rc = judge_batch(net, input, u);
	if (rc < 0) {
		net_free(first);
		return rc;
	}
	*out = build(net, input->top[0], dims[0], chw);
	if (*out == NULL || !same_params(first, *out)) {
		net_free(first);
		net_free(*out);
		*out = NULL;
		return err_set(ERR_FORMAT,
		    "%s: the net takes pictures of %lldx%lld, and not those of %s, which are %lldx%lld: make that with dset-create --size %lldx%lld, or larger and train with --crop",
		    u->name, (long long)own[2], (long long)own[1], d->path,
		    (long long)chw[2], (long long)chw[1], (long long)own[2],
		    (long long)own[1]);
	}
	if (own[1] != chw[1] || own[2] != chw[2])
		log_info(
		    "%s was made for pictures of %lldx%lld, this training is on %lldx%lld",
		    u->name, (long long)own[2], (long long)own[1],
		    (long long)chw[2], (long long)chw[1]);
	net_free(first);
	return 0;
}

/* Do they fit what the data set says of a picture? */
static int
judge_task(
    const char *scores, const struct net *built, const struct surgery_use *u)
{
	const struct net_blob *b =
	    built != NULL ? net_blob_find(built, scores) : NULL;
	const struct shape *shape =
	    b != NULL ? graph_shape(built->graph, b->tensor) : NULL;
	const char *task = u->d->task;
	int64_t places = 1;

	if (strcmp(task, "classification") != 0 &&
	    strcmp(task, "segmentation") != 0)
		return err_set(ERR_UNSUPPORTED,
		    "%s is a net for use: it can be trained for classes or for masks, and %s is for %s, which takes a net with losses of its own (net-show --list)",
		    u->name, u->d->path, task);
	if (shape == NULL)
		return 0;
	for (int i = 2; i < shape->n; i++)
		places *= shape->d[i];
	if (strcmp(task, "classification") == 0 && places != 1)
		return err_set(ERR_UNSUPPORTED,
		    "%s: its scores \"%s\" are a map, as masks need, and %s has one class for a picture",
		    u->name, scores, u->d->path);
	if (strcmp(task, "segmentation") == 0 &&
	    (shape->n != 4 || shape->d[2] != u->d->height ||
		shape->d[3] != u->d->width || u->crop > 0))
		return err_set(ERR_UNSUPPORTED,
		    "%s: for masks of %dx%d (%s) a score of each class for each pixel is needed, and \"%s\" is no such map",
		    u->name, u->d->width, u->d->height, u->d->path, scores);
	return 0;
}

int
surgery_judge(const Caffe__NetParameter *net,
    const Caffe__LayerParameter *input, const char *scores,
    const struct surgery_use *u)
{
	struct net *built = NULL;
	int rc;

	TRY(judge_task(scores, NULL, u));
	TRY(judge_size(&built, net, input, u));
	rc = judge_task(scores, built, u);
	net_free(built);
	return rc;
}
