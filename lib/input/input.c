/* Sources by what their layers say: see input.h. */
#include "input/input.h"

#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "caffe/filter.h"
#include "caffe/msg.h"
#include "input/array.h"
#include "input/augment/param.h"
#include "input/feed.h"

struct inputs {
	struct input **v;
	size_t n, cap;
	struct record_db **db;
	size_t ndb, db_cap;
	struct input_array **array;
	size_t narrays, array_cap;
	char *idle; /* what was said last of fields without effect */
};

struct inputs *
inputs_new(void)
{
	return mem_new(struct inputs);
}

static void
input_free(struct input *in)
{
	Caffe__LayerParameter *p = in->p;

	in->type->release(in);
	caffe_msg_free(p);
}

void
inputs_free(struct inputs *in)
{
	if (in == NULL)
		return;
	for (size_t i = 0; i < in->n; i++)
		input_free(in->v[i]);
	for (size_t i = 0; i < in->ndb; i++)
		record_db_close(in->db[i]);
	for (size_t i = 0; i < in->narrays; i++) {
		input_array_clear(in->array[i]);
		mem_free(in->array[i]);
	}
	mem_free(in->v);
	mem_free(in->db);
	mem_free(in->array);
	mem_free(in->idle);
	mem_free(in);
}

int
inputs_db(struct record_db **out, struct inputs *in, const char *path)
{
	struct record_db *db = NULL;

	for (size_t i = 0; i < in->ndb; i++)
		if (strcmp(record_db_path(in->db[i]), path) == 0) {
			*out = in->db[i];
			return 0;
		}
	TRY(record_db_begin(&db, path));
	mem_grow(&in->db, &in->db_cap, in->ndb + 1);
	in->db[in->ndb++] = db;
	*out = db;
	return 0;
}

int
inputs_array(
    const struct input_array **out, struct inputs *in, const char *path)
{
	struct input_array a;

	for (size_t i = 0; i < in->narrays; i++)
		if (strcmp(in->array[i]->path, path) == 0) {
			*out = in->array[i];
			return 0;
		}
	TRY(input_array_read(&a, path));
	mem_grow(&in->array, &in->array_cap, in->narrays + 1);
	in->array[in->narrays] = mem_new(struct input_array);
	*in->array[in->narrays] = a;
	*out = in->array[in->narrays++];
	return 0;
}

int
inputs_walk(struct inputs *in)
{
	for (size_t i = 0; i < in->ndb; i++)
		TRY(record_db_walk(in->db[i]));
	return 0;
}

/* What of a layer tells its source. */
static Caffe__LayerParameter *
source_of(const Caffe__LayerParameter *p)
{
	Caffe__LayerParameter *s = caffe_msg_copy(p);

	caffe_set_str(s, "name", NULL);
	caffe_layer_unrule(s);
	if (s->data_param != NULL)
		s->data_param->has_batch_size = s->data_param->batch_size = 0;
	if (s->image_data_param != NULL)
		s->image_data_param->has_batch_size =
		    s->image_data_param->batch_size = 0;
	if (s->hdf5_data_param != NULL)
		s->hdf5_data_param->has_batch_size =
		    s->hdf5_data_param->batch_size = 0;
	if (s->window_data_param != NULL)
		s->window_data_param->has_batch_size =
		    s->window_data_param->batch_size = 0;
	return s;
}

static const char *
path_of(const Caffe__LayerParameter *p)
{
	return p->data_param != NULL && p->data_param->source != NULL
	    ? p->data_param->source
	    : "";
}

/* Are these the features of a folder, and a column beside them? */
static bool
beside(
    const Caffe__LayerParameter *features, const Caffe__LayerParameter *column)
{
	char *x, *y;
	bool same;

	if (strcmp(path_base(path_of(features)), "features") != 0 ||
	    strcmp(path_base(path_of(column)), "features") == 0)
		return false;
	x = path_dir(path_of(features));
	y = path_dir(path_of(column));
	same = strcmp(x, y) == 0;
	mem_free(x);
	mem_free(y);
	return same;
}

/* The Data layer of the same net that gives the pictures which belong to what l
 * gives: the features beside it; else, for labels, the only one. */
static int
find_pictures(struct input **out, struct inputs *in, const struct layer *l,
    const struct feed_type *type, const struct feed_opts *o)
{
	const Caffe__NetParameter *np = l->net->p;
	struct layer found = { .net = l->net };
	int n = 0, rc;

	*out = NULL;
	for (size_t i = 0; i < np->n_layer; i++) {
		const Caffe__LayerParameter *p = np->layer[i];

		if (strcmp(p->type, type->name) != 0 || layer_gives_labels(p))
			continue;
		if (n == 0 || beside(p, l->p))
			found.p = p;
		n++;
	}
	if (n == 0)
		return 0;
	if (!beside(found.p, l->p) && (n > 1 || !layer_gives_labels(l->p)))
		return 0;
	rc = inputs_find(out, in, &found, type, o);
	return rc < 0 ? err_in(rc, "layer %s", found.p->name) : 0;
}

/* Data and ImageData do as augment_param says, AnnotatedData what it says of the
 * numbers of a picture that has its size. */
static bool
augments_idly(const char *type, const Caffe__AugmentParameter *p)
{
	struct augment a;

	if (p == NULL || strcmp(type, "Data") == 0 ||
	    strcmp(type, "ImageData") == 0)
		return false;
	return strcmp(type, "AnnotatedData") != 0 ||
	    (augment_read(&a, p) >= 0 && augment_random(&a));
}

/* What forks of Caffe do with pictures, and we do not: said, as nets are trained on
 * other pictures then. */
static void
say_idle(struct inputs *in, const Caffe__LayerParameter *p)
{
	const Caffe__TransformationParameter *t = p->transform_param;
	/* whose feed does as it is told (ssd/) */
	const bool ssd = strcmp(p->type, "AnnotatedData") == 0;
	const struct {
		bool given;
		const char *name;
	} fields[] = {
		{ t != NULL && !ssd && t->n_resize_param > 0, "resize_param" },
		{ t != NULL && t->noise_param != NULL, "noise_param" },
		{ t != NULL && !ssd && t->emit_constraint != NULL,
		    "emit_constraint" },
		{ t != NULL && t->crop_h > 0, "crop_h" },
		{ t != NULL && t->crop_w > 0, "crop_w" },
		{ t != NULL && !ssd && t->distort_param != NULL,
		    "distort_param" },
		{ t != NULL && !ssd && t->expand_param != NULL,
		    "expand_param" },
		{ t != NULL && t->img_rand_resize_lower > 0,
		    "img_rand_resize_lower" },
		{ t != NULL && t->img_rand_resize_upper > 0,
		    "img_rand_resize_upper" },
		{ t != NULL && augments_idly(p->type, t->augment_param),
		    "augment_param" },
	};
	struct buf b;

	buf_init(&b, ERR_TEXT_MAX);
	for (size_t i = 0; i < LENGTH(fields); i++)
		if (fields[i].given)
			buf_printf(
			    &b, "%s%s", b.len > 0 ? ", " : "", fields[i].name);
	if (b.len > 0 &&
	    (in->idle == NULL || strcmp(in->idle, buf_str(&b)) != 0)) {
		log_warn(
		    "layer %s: fields of transform_param that have no effect here: %s",
		    p->name, buf_str(&b));
		mem_free(in->idle);
		in->idle = mem_strdup(buf_str(&b));
	}
	buf_clear(&b);
}

/* Are samples made of several, in TRAIN, so that their labels have other shapes? */
static bool
several(const struct layer *l, const struct input *pictures)
{
	const Caffe__TransformationParameter *t = pictures != NULL
	    ? pictures->p->transform_param
	    : l->p->transform_param;

	return t != NULL && t->augment_param != NULL;
}

int
inputs_find(struct input **out, struct inputs *in, const struct layer *l,
    const struct feed_type *type, const struct feed_opts *o)
{
	struct input *made = NULL, *pictures;
	Caffe__LayerParameter *p;
	int rc;

	TRY(find_pictures(&pictures, in, l, type, o));
	p = source_of(l->p);
	*out = NULL;
	for (size_t i = 0; i < in->n && *out == NULL; i++)
		if (in->v[i]->rgb == o->rgb && in->v[i]->seed == o->seed &&
		    in->v[i]->pictures == pictures &&
		    (in->v[i]->train == o->train || !several(l, pictures)) &&
		    caffe_msg_equal(in->v[i]->p, p))
			*out = in->v[i];
	if (*out != NULL) {
		caffe_msg_free(p);
		return 0;
	}
	say_idle(in, l->p);
	rc = type->source(&made, p, pictures, in, o);
	if (rc < 0) {
		caffe_msg_free(p);
		return rc;
	}
	made->type = type;
	made->p = p;
	made->rgb = o->rgb;
	made->seed = o->seed;
	made->train = o->train;
	made->pictures = pictures;
	mem_grow(&in->v, &in->cap, in->n + 1);
	in->v[in->n++] = made;
	*out = made;
	return 0;
}
