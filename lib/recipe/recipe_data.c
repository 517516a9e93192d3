/* The data layers of train_val: what the data set fills in of them, and which
 * column of it each reads. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "caffe/filter.h"
#include "caffe/msg.h"
#include "dset/tasks/task.h"
#include "input/transform.h"
#include "nn/layer.h"
#include "nn/use.h"
#include "recipe/nets/augment.h"
#include "recipe/recipe_int.h"
#include "record/column.h"

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
	out = recipe_with_phase(l, phase);
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

/* R G B of an option in the order of the net's channels. */
static int
take_channels(const struct recipe_work *w, double out[3], const double *v,
    int n, const char *option)
{
	if (n > 1 && n != w->d->channels)
		return err_set(ERR_USAGE,
		    "%s: %d numbers for pictures of %d %s", option, n,
		    w->d->channels,
		    num_plural(
			(uint64_t)w->d->channels, "channel", "channels"));
	for (int i = 0; i < n; i++)
		out[i] = v[w->o->rgb ? i : n - 1 - i];
	return n;
}

/* Scale and deviations.  Equal ones are a scale, which Caffe knows; others are
 * for the folder's info.json and for who makes the batches. */
static int
set_scale(const struct recipe_work *w, Caffe__LayerParameter *l)
{
	struct recipe *r = w->r;
	Caffe__TransformationParameter *t = transform(l);
	double scale = w->o->input_scale;

	TRY(r->nstd = take_channels(w, r->std, w->o->std, w->o->nstd, "--std"));
	if (r->nstd > 0 &&
	    (r->nstd == 1 ||
		(r->std[0] == r->std[1] && r->std[0] == r->std[2]))) {
		scale = (scale > 0 ? scale : (double)t->scale) / r->std[0];
		r->nstd = 0;
	}
	r->scale = scale;
	if (scale > 0) {
		t->has_scale = 1;
		t->scale = (float)scale;
	}
	return 0;
}

static int
set_mean(const struct recipe_work *w, Caffe__LayerParameter *l)
{
	Caffe__TransformationParameter *t = transform(l);

	TRY(w->r->nmean = take_channels(
		w, w->r->mean, w->o->mean_value, w->o->nmean_value, "--mean"));
	if (w->o->mean == RECIPE_MEAN_NONE && w->r->nmean == 0) {
		if (w->o->mean_given && !w->o->again &&
		    (t->mean_file != NULL || t->n_mean_value > 0))
			log_warn(
			    "layer %s: with --mean none the network's own mean is still subtracted",
			    l->name);
		return 0;
	}
	if (w->d->mean_path == NULL && w->r->nmean == 0)
		return err_set(ERR_USAGE,
		    "%s has no mean.binaryproto: use --mean none", w->d->path);
	if (!w->o->again && (t->mean_file != NULL || t->n_mean_value > 0))
		log_warn("layer %s: the network's own mean is replaced by %s",
		    l->name,
		    w->r->nmean > 0 ? "that of --mean" : "the data set's");
	caffe_set_str(t, "mean_file", NULL);
	free(t->mean_value);
	t->mean_value = NULL;
	t->n_mean_value = 0;
	for (int i = 0; i < w->r->nmean; i++)
		caffe_add_float(
		    &t->mean_value, &t->n_mean_value, (float)w->r->mean[i]);
	if (w->r->nmean > 0)
		return 0;
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
set_crop(const struct recipe_work *w, Caffe__LayerParameter *l)
{
	Caffe__TransformationParameter *t = transform(l);
	int side = w->d->height < w->d->width ? w->d->height : w->d->width;

	if (side == 0)
		return err_set(ERR_FORMAT,
		    "%s: its pictures have several sizes, and a net takes one: make it with dset-create --size",
		    w->d->path);
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

/* What a data layer of another kind reads, for people; or NULL. */
static const char *
source_of(const Caffe__LayerParameter *l)
{
	const char *source = NULL;

	if (l->image_data_param != NULL)
		source = l->image_data_param->source;
	else if (l->hdf5_data_param != NULL)
		source = l->hdf5_data_param->source;
	else if (l->window_data_param != NULL)
		source = l->window_data_param->source;
	else if (l->dense_image_data_param != NULL)
		source = l->dense_image_data_param->source;
	if (source == NULL && l->data_param != NULL)
		source = l->data_param->source;
	return source != NULL && source[0] != '\0' ? source : NULL;
}

#define DROP(field)                                                            \
	do {                                                                   \
		caffe_msg_free(field);                                         \
		(field) = NULL;                                                \
	} while (0)

/* Does the layer read boxes as they are in such a data set? */
static bool
reads_boxes(const struct recipe_work *w, const Caffe__LayerParameter *l)
{
	return w->d->kind == &dset_task_detect &&
	    strcmp(l->type, "AnnotatedData") == 0;
}

/* SSD's pictures are brought to a size of the layer's own. */
static bool
take_resize(const struct recipe_work *w, const Caffe__LayerParameter *l)
{
	const Caffe__TransformationParameter *t = l->transform_param;

	if (!reads_boxes(w, l) || t == NULL || t->n_resize_param == 0)
		return false;
	w->r->resize_height = (int)t->resize_param[0]->height;
	w->r->resize_width = (int)t->resize_param[0]->width;
	return true;
}

void
recipe_take_place(const struct recipe_work *w, Caffe__LayerParameter *l)
{
	const char *source = source_of(l);
	const int64_t batch = net_layer_batch(l);

	if (source != NULL)
		log_at(w->o->again ? LOG_DEBUG : LOG_WARN,
		    "layer %s: the data set takes the place of %s (%s)",
		    l->name, source, l->type);
	if (strcmp(l->type, "Data") == 0 || reads_boxes(w, l))
		return;
	caffe_set_str(l, "type", "Data");
	if (l->data_param == NULL)
		l->data_param = caffe_new(Caffe__DataParameter, data_parameter);
	if (batch > 1) {
		l->data_param->has_batch_size = 1;
		l->data_param->batch_size = (uint32_t)batch;
	}
	DROP(l->image_data_param);
	DROP(l->hdf5_data_param);
	DROP(l->window_data_param);
	DROP(l->memory_data_param);
	DROP(l->dense_image_data_param);
	DROP(l->annotated_data_param);
	DROP(l->video_data_param);
}

/* What the data set fills in of a data layer. */
static int
set_source(
    const struct recipe_work *w, Caffe__LayerParameter *l, const char *source)
{
	Caffe__DataParameter *d = l->data_param;
	const int batch = w->o->batch;

	if (d == NULL)
		d = l->data_param =
		    caffe_new(Caffe__DataParameter, data_parameter);
	caffe_set_str(d, "source", source);
	d->has_backend = 1;
	d->backend = CAFFE__DATA_PARAMETER__DB__LMDB;
	if (batch > 0 || !d->has_batch_size || d->batch_size == 0) {
		d->has_batch_size = 1;
		d->batch_size = (uint32_t)(batch > 0 ? batch : 16);
	}
	return 0;
}

/* The database of the column that a data layer reads alone: labels, or what its
 * only top is called; the caller's.  NULL: it reads the pictures, and labels with
 * them if it has two tops. */
static char *
column_path(const struct recipe_work *w, enum dset_part part,
    const Caffe__LayerParameter *l)
{
	if (layer_gives_labels(l))
		return dset_column_path(w->d, part, "labels");
	if (l->n_top != 1 || strcmp(l->top[0], "features") == 0)
		return NULL;
	return dset_column_path(w->d, part, l->top[0]);
}

/* The network's data layers of a state. */
struct stage_data {
	const Caffe__LayerParameter *pictures; /* or NULL */
	const Caffe__LayerParameter *column[RECORD_COLUMNS_MAX];
	int columns;
};

/* Does a layer read a column that one of d reads already? */
static const Caffe__LayerParameter *
same_column(const struct stage_data *d, const Caffe__LayerParameter *l)
{
	for (int i = 0; i < d->columns; i++)
		if (strcmp(d->column[i]->top[0], l->top[0]) == 0 ||
		    (layer_gives_labels(d->column[i]) && layer_gives_labels(l)))
			return d->column[i];
	return NULL;
}

static int
take_data(struct stage_data *d, const Caffe__LayerParameter *l, bool column,
    const char *stage)
{
	const Caffe__LayerParameter *other =
	    column ? same_column(d, l) : d->pictures;

	if (other != NULL)
		return err_set(ERR_FORMAT,
		    "layers %s and %s both give %s at stage %s", other->name,
		    l->name, column ? l->top[0] : "data", stage);
	if (!column)
		d->pictures = l;
	else if (d->columns == RECORD_COLUMNS_MAX)
		return err_set(ERR_RANGE,
		    "more than %d data layers at stage %s", RECORD_COLUMNS_MAX,
		    stage);
	else
		d->column[d->columns++] = l;
	return 0;
}

static int
find_data(const struct recipe_work *w, enum recipe_state s, enum dset_part part,
    struct stage_data *out)
{
	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < w->net->n_layer; i++) {
		const Caffe__LayerParameter *l = w->net->layer[i];
		char *path;
		int in;

		if (!recipe_is_data(l))
			continue;
		in = caffe_layer_in(l, w->state[s]);
		if (in < 0)
			return in;
		if (!in)
			continue;
		path = column_path(w, part, l);
		in = take_data(out, l, path != NULL || layer_gives_labels(l),
		    recipe_states[s].stage);
		mem_free(path);
		TRY(in);
	}
	return 0;
}

/* A layer of train_val that reads this of the data set. */
static int
add_data(struct recipe_work *w, enum recipe_state s,
    const Caffe__LayerParameter *from, const char *source,
    Caffe__LayerParameter **out)
{
	Caffe__LayerParameter *l = from != NULL
	    ? recipe_with_phase(from, (int)recipe_states[s].phase)
	    : default_data((int)recipe_states[s].phase);

	caffe_add(&w->r->train_val->layer, &w->r->train_val->n_layer, l);
	*out = l;
	return set_source(w, l, source);
}

/* A column with a database of its own: DIGITS's labels/ beside features/. */
static int
make_column(struct recipe_work *w, enum recipe_state s, enum dset_part part,
    const Caffe__LayerParameter *from)
{
	char *source = column_path(w, part, from);
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

static void
set_augment(const struct recipe_work *w, Caffe__LayerParameter *l, bool train)
{
	struct augment a = { 0 };

	if (w->o->augment != NULL)
		a = *w->o->augment;
	for (int i = 0; i < w->r->nstd; i++)
		a.std[i] = w->r->std[i];
	augment_layer(l, &a, train);
}

int
recipe_make_data(struct recipe_work *w, enum recipe_state s)
{
	enum dset_part part = s == RECIPE_TRAIN ? DSET_TRAIN : DSET_VAL;
	struct stage_data data;
	Caffe__LayerParameter *l;
	char *source = NULL;
	int rc;

	TRY(find_data(w, s, part, &data));
	/* A layer of one top has no use for labels, whatever they are. */
	if (data.columns > 0 ||
	    (data.pictures != NULL && data.pictures->n_top == 1))
		source = dset_column_path(w->d, part, "features");
	rc = add_data(w, s, data.pictures,
	    source != NULL ? source : w->d->db_path[part], &l);
	mem_free(source);
	TRY(rc);
	if (s == RECIPE_VAL && w->r->crop > 0 && transform(l)->crop_size == 0) {
		l->transform_param->has_crop_size = 1;
		l->transform_param->crop_size = (uint32_t)w->r->crop;
	}
	if (!take_resize(w, l))
		TRY(set_crop(w, l));
	if (s == RECIPE_TRAIN && w->o->mirror) {
		l->transform_param->has_mirror = 1;
		l->transform_param->mirror = 1;
	}
	w->data[s] = l;
	TRY(set_mean(w, l));
	TRY(set_scale(w, l));
	set_augment(w, l, s == RECIPE_TRAIN);
	for (int i = 0; i < data.columns; i++)
		TRY(make_column(w, s, part, data.column[i]));
	return 0;
}
