/* Which view a run has: see view.h. */
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "infer/report.h"
#include "infer/views/pictures.h"
#include "infer/views/view.h"
#include "nn/score.h"

static const struct infer_view *const views[] = { &infer_view_class,
	&infer_view_boxes, &infer_view_segmentation, &infer_view_image,
	&infer_view_raw, &infer_view_layers, &infer_view_saliency,
	&infer_view_gradcam, &infer_view_occlusion };

/* Options that only some views heed; a file that would not be made is worth an
 * error. */
static const struct {
	const char *name;
	bool makes;
} some_options[] = {
	{ "confusion", true },
	{ "mistakes", true },
	{ "calibration", true },
	{ "best", true },
	{ "map", true },
	{ "map-method", false },
	{ "top", false },
	{ "output", true },
	{ "opacity", false },
	{ "line", false },
	{ "threshold", false },
	{ "nms", false },
	{ "compat", false },
	{ "decode", false },
	{ "coco", true },
	{ "yolo", true },
	{ "crops", true },
	{ "tile", true },
	{ "windows", true },
	{ "context", false },
	{ "masks", true },
	{ "range", false },
	{ "legend", false },
	{ "contour", false },
	{ "layer", false },
	{ "html", true },
	{ "colormap", false },
	{ "batch", false },
	{ "class", false },
	{ "patch", false },
	{ "stride", false },
};

/* Outputs that the net does not have, told by the one that it is scored by. */
static int
does_not_fit(const struct infer_view *view, const struct net *net)
{
	const struct net_blob *b = net_score_blob(net);
	char text[SHAPE_TEXT_MAX];

	return err_set(ERR_USAGE,
	    "--view %s: the net has no output that is %s: it puts out %s (%s)",
	    view->name, view->wants, b != NULL ? b->name : "nothing",
	    b != NULL ? shape_text(text, graph_shape(net->graph, b->tensor))
		      : "");
}

/* The first that fits of those that are taken without being asked for. */
static int
choose(struct infer_viewer *v, const struct net *net,
    const char *blobs[INFER_MORE], int *n)
{
	for (size_t i = 0; i < LENGTH(views); i++) {
		int rc;

		if (!views[i]->automatic)
			continue;
		rc = views[i]->fits(v, net, blobs, n);
		if (rc != 0) {
			v->view = views[i];
			return rc;
		}
		if (views[i]->free != NULL)
			views[i]->free(v);
		v->state = NULL; /* of a view that it is not */
	}
	v->view = &infer_view_class;
	return v->view->fits(v, net, blobs, n);
}

int
infer_viewer_blobs(
    void *ctx, const struct net *net, const char *blobs[INFER_MORE])
{
	struct infer_viewer *v = ctx;
	int n = 0, rc;

	if (v->view == NULL && v->o->view == INFER_VIEW_AUTO) {
		TRY(choose(v, net, blobs, &n));
		return n;
	}
	if (v->view == NULL)
		v->view = views[v->o->view];
	rc = v->view->fits(v, net, blobs, &n);
	if (rc == 0)
		rc = does_not_fit(v->view, net);
	return rc < 0 ? rc : n;
}

/* Is the word among those of text, with blanks between? */
static bool
has_word(const char *text, const char *word)
{
	const size_t n = strlen(word);

	for (const char *at = text; (at = strstr(at, word)) != NULL; at++)
		if ((at == text || at[-1] == ' ') &&
		    (at[n] == '\0' || at[n] == ' '))
			return true;
	return false;
}

/* What was asked for and this view does not do. */
static int
check_options(const struct infer_viewer *v)
{
	for (size_t i = 0; i < LENGTH(some_options); i++) {
		const char *name = some_options[i].name;

		if (prog_given(name) == NULL ||
		    has_word(v->view->options, name))
			continue;
		if (some_options[i].makes)
			return err_set(ERR_USAGE,
			    "--%s is nothing that the view \"%s\" makes: another is chosen by --view",
			    name, v->view->name);
		log_warn("--%s has no effect on the view \"%s\"", name,
		    v->view->name);
	}
	return 0;
}

int
infer_viewer_begin(struct infer_viewer *v)
{
	if (v->view == NULL) /* the net is known with the first picture only */
		v->view = v->o->view == INFER_VIEW_AUTO ? &infer_view_class
							: views[v->o->view];
	TRY(check_options(v));
	if (v->view->draws && infer_views(v->infer) > 1)
		return err_set(ERR_USAGE,
		    "--crop ten: the view \"%s\" is about places in the picture, which ten crops have no one of",
		    v->view->name);
	if (v->view->alone && (v->o->per_class || v->o->require.n > 0))
		return err_set(ERR_USAGE,
		    "--%s is about how good answers are: --view %s shows what they come from",
		    v->o->per_class ? "per-class" : "require", v->view->name);
	if (v->o->out != NULL)
		TRY(infer_pictures_new(&v->pictures, v->o->out));
	return v->view->begin != NULL ? v->view->begin(v) : 0;
}

int
infer_viewer_answer(struct infer_viewer *v, const struct answer *a)
{
	return v->view->answer(v, a);
}

int
infer_viewer_finish(struct infer_viewer *v)
{
	return v->view->finish != NULL ? v->view->finish(v) : 0;
}

void
infer_viewer_clear(struct infer_viewer *v)
{
	if (v->view != NULL && v->view->free != NULL)
		v->view->free(v);
	v->state = NULL;
	infer_pictures_free(v->pictures);
	v->pictures = NULL;
}

bool
infer_viewer_draws(const struct infer_viewer *v)
{
	return v->pictures != NULL || v->drawn != NULL;
}

int
infer_viewer_drawn(struct infer_viewer *v, const struct answer *a,
    const struct image *im, double right, const char *words)
{
	if (v->drawn != NULL)
		TRY(v->drawn(v->drawn_ctx, a, im, right, words));
	return v->pictures != NULL
	    ? infer_pictures_add(v->pictures, NULL, a->name, "", im)
	    : 0;
}
