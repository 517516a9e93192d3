/* The view of what is inside of a net: see layers.h. */
#include <fnmatch.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "file/file.h"
#include "infer/layers/layers.h"
#include "infer/report.h"
#include "infer/views/pictures.h"
#include "infer/views/view.h"
#include "metric/top.h"

enum { ANSWERS = 5 };

struct layers_view {
	struct infer_viewer *v;
	struct layer_row row; /* the one that is made */
	size_t number;        /* ... of the picture */
	struct layer_totals totals;
	struct layer_table *table;
	struct layer_page *page;
	struct file_out *tsv;
	char *folder, *weights; /* of the pictures, and of what is in all */
	struct image tiles, bins;
	float *values;
	size_t cap;
};

/* ---- which layers ------------------------------------------------------ */

/* Does one of the patterns of a comma list match? */
static bool
in_list(const char *list, const char *name)
{
	while (*list != '\0') {
		const size_t n = strcspn(list, ",");
		char *pattern = mem_strndup(list, n);
		const bool hit = fnmatch(pattern, name, 0) == 0;

		mem_free(pattern);
		if (hit)
			return true;
		list += n + (list[n] == ',');
	}
	return false;
}

bool
layer_is_asked(const char *list, const struct net *net, const struct layer *l)
{
	if (list == NULL || in_list(list, l->name))
		return true;
	for (int i = 0; i < l->ntop; i++)
		if (in_list(list, net_top_name(net, l, i)))
			return true;
	return false;
}

/* Each layer that was asked for keeps what it puts out. */
static int
layers_fit(struct infer_viewer *v, const struct net *net,
    const char *blobs[INFER_MORE], int *n)
{
	bool any = false;

	(void)blobs;
	*n = 0;
	for (int i = 0; i < net->nlayers; i++) {
		const struct layer *l = &net->layers[i];

		if (!layer_is_asked(v->o->layer, net, l))
			continue;
		any = true;
		for (int k = 0; k < l->ntop; k++)
			graph_tensor(net->graph, l->top[k])->keep = true;
	}
	return any
	    ? 1
	    : err_set(ERR_MISSING,
		  "--layer %s: the net has no layer or blob of that name (net-show lists them)",
		  v->o->layer);
}

/* ---- a row ------------------------------------------------------------- */

static int
read_values(struct layers_view *s, int tensor)
{
	const struct net *net = infer_net(s->v->infer);
	const struct tensor *t = graph_tensor(net->graph, tensor);
	const size_t n = shape_count(&t->shape);
	void *v;

	s->row.shape = t->shape;
	if (s->cap < n) {
		mem_free(s->values);
		s->values = NULL;
		s->cap = 0;
		TRY(mem_take(&v, n, sizeof(float), SIZE_MAX, s->row.layer));
		s->values = v;
		s->cap = n;
	}
	if (t->kind == TENSOR_CONST)
		memcpy(s->values, t->data, n * sizeof(float));
	else
		TRY(infer_read(s->v->infer, tensor, s->values));
	layer_stats_of(&s->row.stats, s->values, n);
	return 0;
}

/* Without the axis of the batch, which is one picture. */
static struct shape
of_picture(const struct shape *s)
{
	struct shape one = *s;

	if (one.n > 1 && one.d[0] == 1) {
		one.n--;
		memmove(one.d, one.d + 1, (size_t)one.n * sizeof(one.d[0]));
	}
	return one;
}

/* Weights of products are many and have no places: as DIGITS, not shown. */
static bool
has_picture(const struct layer_row *r)
{
	return r->stats.count > 0 && (r->blob != NULL || r->shape.n != 2);
}

static int
draw_tiles(struct layers_view *s, const struct layer *l)
{
	const bool input = l->type->role == LAYER_INPUT;
	const struct shape one =
	    s->row.blob != NULL ? of_picture(&s->row.shape) : s->row.shape;

	s->row.tiles = (struct tiles){
		.map = input ? HEAT_GRAY : (enum heat_map)s->v->o->colormap,
		.shares = l->type->role == LAYER_ANSWER && s->row.blob != NULL,
		.bgr = !infer_is_rgb(s->v->infer)
	};
	return tiles_draw(&s->tiles, &s->row.tiles, s->values, &one);
}

/* A file of the folder; *file is its path below it. */
static int
add_file(struct layers_view *s, const char *what, const char **file,
    const struct image *im)
{
	const bool weights = s->row.blob == NULL;
	const char *folder = weights ? s->weights : s->folder;
	char *name =
	    mem_printf("%03zu-%s-%s.png", s->number, s->row.layer, what);
	char *path = NULL;
	int rc;

	for (char *at = name; *at != '\0'; at++)
		if (*at == '/')
			*at = '-';
	rc = infer_pictures_path(
	    &path, s->v->pictures, folder, name, "", ".png");
	if (rc >= 0)
		rc = image_write(path, im, 0);
	if (rc >= 0)
		*file = mem_printf("%s/%s", folder, strrchr(path, '/') + 1);
	mem_free(path);
	mem_free(name);
	return rc;
}

static int
write_files(struct layers_view *s)
{
	struct layer_row *r = &s->row;

	TRY(layer_bins_draw(&s->bins, &r->stats));
	if (r->pictured)
		TRY(add_file(s, r->blob != NULL ? "activation" : "weights",
		    &r->tiles_file, &s->tiles));
	TRY(add_file(s, "histogram", &r->bins_file, &s->bins));
	layer_row_tsv(file_out_stream(s->tsv), r);
	return 0;
}

static int
tell(struct layers_view *s)
{
	switch (prog_options()->format) {
	case PROG_FMT_JSON: return layer_row_json(&s->row);
	case PROG_FMT_TSV: layer_row_tsv(stdout, &s->row); return 0;
	case PROG_TEXT: layer_table_add(s->table, &s->row);
	}
	return 0;
}

/* What s->row says who it is of, from its tensor to where it is shown. */
static int
finish_row(struct layers_view *s, const struct layer *l, int tensor)
{
	struct layer_row *r = &s->row;
	const struct report_opts *o = s->v->o;
	int rc = read_values(s, tensor);

	s->number++;
	r->pictured = rc >= 0 && has_picture(r);
	if (r->pictured)
		rc = draw_tiles(s, l);
	if (rc >= 0 && s->v->pictures != NULL)
		rc = write_files(s);
	if (rc >= 0 && s->page != NULL)
		rc = layer_page_row(s->page, r, r->pictured ? &s->tiles : NULL);
	if (rc >= 0 && !o->summary)
		rc = tell(s);
	mem_free((char *)r->tiles_file);
	mem_free((char *)r->bins_file);
	return rc;
}

/* ---- a picture --------------------------------------------------------- */

static struct layer_row
row_of(const struct answer *a, const struct layer *l)
{
	return (struct layer_row){
		.picture = a->name, .layer = l->name, .type = l->p->type
	};
}

static int
add_weights(struct layers_view *s, const struct answer *a,
    const struct net *net, const struct layer *l)
{
	s->row = row_of(a, l);
	for (int i = l->param; i < l->param + l->nparams; i++) {
		const size_t n = shape_count(&net->params[i].shape);

		s->row.parameters += n;
		if (net->params[i].owner == i) /* shared ones count once */
			s->totals.parameters += n;
	}
	return finish_row(s, l, net->params[l->param].tensor);
}

static int
add_layer(struct layers_view *s, const struct answer *a, const struct net *net,
    const struct layer *l)
{
	/* The weights are the same for all pictures. */
	if (s->totals.pictures == 1) {
		s->totals.layers++;
		if (l->nparams > 0)
			TRY(add_weights(s, a, net, l));
	} else if (l->nparams > 0) {
		s->number++;
	}
	for (int i = 0; i < l->ntop; i++) {
		s->row = row_of(a, l);
		s->row.blob = net_top_name(net, l, i);
		TRY(finish_row(s, l, l->top[i]));
	}
	return 0;
}

/* The first classes, where they are probabilities. */
static int
begin_page(struct layers_view *s, const struct answer *a)
{
	struct infer *f = s->v->infer;
	const bool shares = infer_output_classes(f, infer_score_output(f)) > 1;
	char *text[ANSWERS], number[24];
	int order[ANSWERS], rc;
	size_t n = shares ? top_indices(order, ANSWERS, a->scores, a->n) : 0;

	for (size_t i = 0; i < n; i++)
		text[i] =
		    mem_printf("%s %.2f %%", infer_label(f, order[i], number),
			100 * (double)a->scores[order[i]]);
	rc = layer_page_picture(
	    s->page, a->name, a->picture, (const char *const *)text, n);
	for (size_t i = 0; i < n; i++)
		mem_free(text[i]);
	return rc;
}

static int
begin_picture(struct layers_view *s, const struct answer *a)
{
	s->number = 0;
	s->totals.pictures++;
	mem_free(s->folder);
	s->folder = NULL;
	if (s->v->pictures != NULL)
		s->folder = infer_pictures_folder(s->v->pictures, a->name);
	if (s->page != NULL)
		TRY(begin_page(s, a));
	return 0;
}

static int
layers_answer(struct infer_viewer *v, const struct answer *a)
{
	struct layers_view *s = v->state;
	const struct net *net = infer_net(v->infer);

	TRY(begin_picture(s, a));
	for (int i = 0; i < net->nlayers; i++)
		if (layer_is_asked(v->o->layer, net, &net->layers[i]))
			TRY(add_layer(s, a, net, &net->layers[i]));
	layer_table_print(s->table);
	return 0;
}

/* ---- begin and end ----------------------------------------------------- */

static int
open_tsv(struct layers_view *s)
{
	char *path = NULL;
	int rc = infer_pictures_path(
	    &path, s->v->pictures, NULL, "layers.tsv", "", ".tsv");

	if (rc >= 0)
		rc = file_out_open(&s->tsv, path, 0);
	mem_free(path);
	if (rc < 0)
		return rc;
	s->weights = infer_pictures_folder(s->v->pictures, "weights");
	layer_row_head(file_out_stream(s->tsv));
	return 0;
}

static int
layers_begin(struct infer_viewer *v)
{
	struct layers_view *s = mem_new(struct layers_view);

	v->state = s;
	s->v = v;
	image_init(&s->tiles);
	image_init(&s->bins);
	s->table = layer_table_new();
	if (v->pictures != NULL)
		TRY(open_tsv(s));
	if (v->o->html != NULL)
		TRY(layer_page_begin(&s->page, v->o->html, v->o->model));
	return 0;
}

static int
layers_finish(struct infer_viewer *v)
{
	struct layers_view *s = v->state;

	if (s->tsv != NULL)
		TRY(file_out_commit(&s->tsv));
	if (s->totals.pictures == 0)
		return 0;
	if (s->page != NULL)
		TRY(layer_page_commit(s->page, &s->totals));
	return layer_totals_print(&s->totals, prog_options()->format);
}

static void
layers_free(struct infer_viewer *v)
{
	struct layers_view *s = v->state;

	if (s == NULL)
		return;
	file_out_abort(&s->tsv);
	layer_page_free(s->page);
	layer_table_free(s->table);
	image_clear(&s->tiles);
	image_clear(&s->bins);
	mem_free(s->folder);
	mem_free(s->weights);
	mem_free(s->values);
	mem_free(s);
}

const struct infer_view infer_view_layers = {
	.name = "layers",
	.fits = layers_fit,
	.wants = "made by a layer",
	.draws = true,
	.alone = true,
	.options = "output layer html colormap",
	.begin = layers_begin,
	.answer = layers_answer,
	.finish = layers_finish,
	.free = layers_free,
};
