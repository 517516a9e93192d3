/* The three views that say which pixels a class was told by: see saliency.h. */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/path.h"
#include "file/npy.h"
#include "infer/report.h"
#include "infer/saliency/saliency.h"
#include "infer/views/pictures.h"
#include "metric/top.h"

enum { SIDE_MIN = 320, LARGER_MAX = 16 };
static const double opacity = 0.6; /* where none is asked for */

struct saliency_view {
	size_t classes;
	int class; /* asked for; -1: the best one of each picture */
	struct saliency_map map;
	struct image drawn;
	char *overlay, *array; /* files of the picture */
};

static struct saliency_view *
state_of(struct infer_viewer *v)
{
	if (v->state == NULL) {
		struct saliency_view *s = mem_new(struct saliency_view);

		image_init(&s->drawn);
		s->class = -1;
		v->state = s;
	}
	return v->state;
}

static int
saliency_fits(struct infer_viewer *v, const struct net *net,
    const char *blobs[INFER_MORE], int *n)
{
	(void)blobs;
	*n = 0;
	state_of(v)->classes = saliency_classes(net);
	if (v->view == &infer_view_occlusion)
		return state_of(v)->classes > 0;
	return saliency_prepare(
	    net, v->view == &infer_view_gradcam, v->o->layer);
}

/* --class: a name of the model's, or a number. */
static int
choose_class(struct infer_viewer *v)
{
	struct saliency_view *s = v->state;
	const char *text = v->o->class;
	int64_t number;

	if (text == NULL || s->class >= 0)
		return 0;
	for (size_t i = 0; i < v->nlabels && i < s->classes; i++)
		if (strcmp(v->labels[i], text) == 0) {
			s->class = (int)i;
			return 0;
		}
	if (num_int(&number, text, 0, (int64_t)s->classes - 1) < 0)
		return err_set(ERR_USAGE,
		    "--class %s: the model has no class of that name, and its numbers are 0 to %zu",
		    text, s->classes - 1);
	s->class = (int)number;
	return 0;
}

static int
saliency_begin(struct infer_viewer *v)
{
	state_of(v);
	/* of a net that is made with the first picture, later */
	return state_of(v)->classes > 0 ? choose_class(v) : 0;
}

static int
make_map(struct infer_viewer *v, const struct answer *a, int class)
{
	struct saliency_view *s = v->state;
	const struct saliency_patch patch = { v->o->patch[0], v->o->patch[1],
		v->o->stride };
	int rc;

	if (v->view == &infer_view_gradcam)
		rc = saliency_cam(
		    &s->map, v->infer, a->input, class, v->o->layer);
	else if (v->view == &infer_view_occlusion)
		rc = saliency_occlude(&s->map, v->infer, a->input, class,
		    (double)a->scores[class], &patch);
	else
		rc = saliency_gradient(&s->map, v->infer, a->input, class);
	if (rc >= 0)
		saliency_map_measure(&s->map);
	return rc;
}

static int
draw(struct infer_viewer *v, const struct saliency_answer *a,
    const struct answer *of)
{
	struct saliency_view *s = v->state;
	const struct image *im = of->picture;
	const int longer = im->width > im->height ? im->width : im->height;
	const int by =
	    longer >= SIDE_MIN ? 1 : (SIDE_MIN + longer - 1) / longer;
	const enum heat_map map = (enum heat_map)v->o->colormap;
	char *text;
	int rc = saliency_draw(&s->drawn, im, a->map, of->where, map,
	    prog_given("opacity") != NULL ? v->o->opacity : opacity,
	    by < LARGER_MAX ? by : LARGER_MAX);

	if (rc < 0 || !v->o->legend)
		return rc;
	text = mem_printf("%s: score %.3g, %s", a->label, a->score, a->method);
	rc = saliency_legend(&s->drawn, a->map, map, text);
	mem_free(text);
	return rc;
}

static int
write_files(struct infer_viewer *v, const char *name)
{
	struct saliency_view *s = v->state;
	const size_t dim[] = { (size_t)s->map.h, (size_t)s->map.w };

	TRY(infer_pictures_path(
	    &s->overlay, v->pictures, NULL, name, "", ".png"));
	TRY(image_write(s->overlay, &s->drawn, 0));
	TRY(infer_pictures_path(
	    &s->array, v->pictures, NULL, name, "", ".npy"));
	return npy_write(s->array, NPY_F32, 2, dim, s->map.v, 0);
}

static int
tell(struct infer_viewer *v, struct saliency_answer *a)
{
	struct saliency_view *s = v->state;

	if (s->overlay != NULL) {
		a->overlay = path_base(s->overlay);
		a->array = path_base(s->array);
	}
	return v->o->summary ? 0 : saliency_print(a);
}

static int
saliency_answer(struct infer_viewer *v, const struct answer *a)
{
	struct saliency_view *s = v->state;
	struct saliency_answer out = {
		.path = a->name, .method = v->view->name, .map = &s->map
	};
	char number[24];
	int rc;

	TRY(choose_class(v));
	out.class = s->class;
	if (s->class < 0)
		top_indices(&out.class, 1, a->scores, a->n);
	out.score = (double)a->scores[out.class];
	out.label = infer_label(v->infer, out.class, number);
	if (v->view == &infer_view_gradcam)
		out.layer =
		    saliency_layer(infer_net(v->infer), v->o->layer)->name;
	rc = make_map(v, a, out.class);
	if (rc >= 0)
		saliency_map_peak(&s->map, a->where, &out.x, &out.y);
	if (rc >= 0 && v->pictures != NULL)
		rc = draw(v, &out, a);
	if (rc >= 0 && v->pictures != NULL)
		rc = write_files(v, a->name);
	if (rc >= 0)
		rc = tell(v, &out);
	mem_free(s->overlay);
	mem_free(s->array);
	s->overlay = s->array = NULL;
	return rc;
}

static void
saliency_free(struct infer_viewer *v)
{
	struct saliency_view *s = v->state;

	if (s == NULL)
		return;
	saliency_map_clear(&s->map);
	image_clear(&s->drawn);
	mem_free(s);
}

const struct infer_view infer_view_saliency = {
	.name = "saliency",
	.fits = saliency_fits,
	.wants = "a list of scores, one a class",
	.draws = true,
	.alone = true,
	.options = "output opacity legend colormap class",
	.begin = saliency_begin,
	.answer = saliency_answer,
	.free = saliency_free,
};

const struct infer_view infer_view_gradcam = {
	.name = "gradcam",
	.fits = saliency_fits,
	.wants = "a list of scores, one a class",
	.draws = true,
	.alone = true,
	.options = "output opacity legend colormap class layer",
	.begin = saliency_begin,
	.answer = saliency_answer,
	.free = saliency_free,
};

const struct infer_view infer_view_occlusion = {
	.name = "occlusion",
	.fits = saliency_fits,
	.wants = "a list of scores, one a class",
	.draws = true,
	.alone = true,
	.options = "batch output opacity legend colormap class patch stride",
	.begin = saliency_begin,
	.answer = saliency_answer,
	.free = saliency_free,
};
