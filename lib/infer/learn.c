/* How a picture becomes the input of a net, learned from the model folder. */
#include <math.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/path.h"
#include "caffe/blob.h"
#include "caffe/filter.h"
#include "caffe/model.h"
#include "caffe/msg.h"
#include "file/file.h"
#include "infer/inside.h"
#include "json/json.h"
#include "nn/read.h"

/* Name and shape of the first Input of deploy (upgraded: a layer). */
static int
find_input(struct infer *f)
{
	for (size_t i = 0; i < f->deploy->n_layer; i++) {
		const Caffe__LayerParameter *l = f->deploy->layer[i];
		const Caffe__BlobShape *s;

		if (layer_role(l->type) != LAYER_INPUT || l->n_top == 0)
			continue;
		f->input = l->top[0];
		if (l->input_param == NULL || l->input_param->n_shape == 0)
			return err_set(
			    ERR_FORMAT, "input %s has no shape", f->input);
		s = l->input_param->shape[0];
		if (s->n_dim != 4 || s->dim[1] > 1 << 16 ||
		    s->dim[2] > 1 << 16 || s->dim[3] > 1 << 16)
			return 0; /* not pictures; tensors may be given */
		f->last = s->dim[1] != 1 && s->dim[1] != 3 &&
		    (s->dim[3] == 1 || s->dim[3] == 3);
		f->channels = (int)s->dim[f->last ? 3 : 1];
		f->in_h = (int)s->dim[f->last ? 1 : 2];
		f->in_w = (int)s->dim[f->last ? 2 : 3];
		return 0;
	}
	return err_set(ERR_FORMAT, "the deploy net has no input");
}

/* transform_param of the data layer that validation used, or NULL. */
static const Caffe__TransformationParameter *
trained_with(const Caffe__NetParameter *net)
{
	const Caffe__TransformationParameter *t = NULL;

	for (size_t i = 0; net != NULL && i < net->n_layer; i++) {
		const Caffe__LayerParameter *l = net->layer[i];
		bool test = l->n_include > 0 && l->include[0]->has_phase &&
		    l->include[0]->phase == CAFFE__PHASE__TEST;

		if (layer_role(l->type) != LAYER_DATA ||
		    l->transform_param == NULL || layer_gives_labels(l))
			continue;
		if (t == NULL || test)
			t = l->transform_param;
	}
	return t;
}

static int
mean_shape(const char *path, struct caffe_shape *s)
{
	Caffe__BlobProto *b = NULL;
	int rc;

	TRY(caffe_mean_read(&b, path));
	rc = caffe_blob_shape(s, b);
	caffe_msg_free(b);
	return rc;
}

/* What size pictures are brought to before the crop. */
static int
learn_size(struct infer *f)
{
	const struct model_info *info = &f->model->info;
	struct caffe_shape s;
	int rc;

	f->size_h = f->in_h;
	f->size_w = f->in_w;
	f->mode = IMAGE_SQUASH;
	if (info->resize_mode != NULL &&
	    image_mode_find(&f->mode, info->resize_mode) < 0)
		log_warn(
		    "info.json: image resize mode \"%s\" is not known, squash is used",
		    info->resize_mode);
	if (info->dims[0] > 0 && info->dims[1] > 0) {
		f->size_h = info->dims[0];
		f->size_w = info->dims[1];
	} else if (f->model->mean != NULL) {
		rc = mean_shape(f->model->mean, &s);
		if (rc < 0)
			return rc;
		if (s.ndim >= 3 && s.dim[s.ndim - 2] >= f->in_h &&
		    s.dim[s.ndim - 1] >= f->in_w && s.count < 1 << 28) {
			f->size_h = (int)s.dim[s.ndim - 2];
			f->size_w = (int)s.dim[s.ndim - 1];
		}
	}
	if (f->size_h < f->in_h || f->size_w < f->in_w ||
	    f->opts.crop == INFER_SQUASH) {
		f->size_h = f->in_h;
		f->size_w = f->in_w;
	}
	return 0;
}

/* Models of other programs take the middle of pictures that are larger as those
 * do. */
static void
learn_middle(struct infer *f)
{
	f->fit_h = f->size_h;
	f->fit_w = f->size_w;
	f->middle = f->mode == IMAGE_CROP && f->opts.crop == INFER_CENTER &&
	    model_info_find(&f->model->info, "image crop share") != NULL;
	if (!f->middle)
		return;
	f->size_h = f->in_h;
	f->size_w = f->in_w;
}

static int
learn_filter(struct infer *f)
{
	const char *text =
	    model_info_find(&f->model->info, "image interpolation");
	struct json *j = NULL;

	f->filter = IMAGE_BILINEAR;
	if (text == NULL)
		return 0;
	TRY(json_parse(
	    &j, text, strlen(text), "info.json: image interpolation"));
	if (json_text(j) == NULL ||
	    image_filter_find(&f->filter, json_text(j)) < 0)
		log_warn(
		    "info.json: image interpolation %s is not known, bilinear is used",
		    text);
	json_free(j);
	return 0;
}

/* A mean picture of another size than the pictures gives its means alone. */
static void
say_pixel(const struct infer *f, const struct caffe_shape *s, const char *kind)
{
	if (s->ndim < 3 || s->dim[s->ndim - 1] * s->dim[s->ndim - 2] == 1 ||
	    (kind != NULL && strcmp(kind, "pixel") == 0))
		return;
	log_at(f->opts.crop == INFER_SQUASH ? LOG_INFO : LOG_WARN,
	    "%s: %lldx%lld, but pictures are %dx%d: its mean of each channel is subtracted",
	    f->model->mean, (long long)s->dim[s->ndim - 1],
	    (long long)s->dim[s->ndim - 2], f->size_w, f->size_h);
}

/* The mean image of the model, per pixel where the sizes agree, else its means. */
static int
learn_mean(struct infer *f, const Caffe__TransformationParameter *t)
{
	Caffe__TransformationParameter *p = t != NULL
	    ? caffe_msg_copy(t)
	    : caffe_new(
		  Caffe__TransformationParameter, transformation_parameter);
	const struct model_info *info = &f->model->info;
	const char *kind = info->mean_subtraction;
	const bool image = f->model->mean != NULL && info->mean_pixel_n == 0 &&
	    kind != NULL && strcmp(kind, "image") == 0;
	struct caffe_shape s = { 0 };
	int rc = 0;

	caffe_set_str(p, "mean_file", NULL);
	p->crop_size = 0;
	if (info->input_scale != 0)
		p->scale = (float)info->input_scale;
	/* model-import --mean counts for more than the train_val */
	if (info->mean_pixel_n > 0 || image)
		p->n_mean_value = 0;
	for (int i = 0; i < info->mean_pixel_n; i++)
		caffe_add_float(&p->mean_value, &p->n_mean_value,
		    (float)info->mean_pixel[i]);
	if (p->n_mean_value == 0 && f->model->mean != NULL &&
	    (image ||
		(t != NULL ? t->mean_file != NULL
			   : kind == NULL || strcmp(kind, "none") != 0))) {
		rc = mean_shape(f->model->mean, &s);
		if (rc >= 0 && s.ndim >= 3 && s.dim[s.ndim - 2] == f->size_h &&
		    s.dim[s.ndim - 1] == f->size_w &&
		    (kind == NULL || strcmp(kind, "pixel") != 0))
			caffe_set_str(p, "mean_file", f->model->mean);
		else if (rc >= 0) {
			say_pixel(f, &s, kind);
			rc = transform_mean_pixel(p, f->model->mean);
		}
	}
	if (rc >= 0)
		rc = transform_init(
		    &f->transform, p, false, f->channels, f->size_h, f->size_w);
	caffe_msg_free(p);
	return rc;
}

static bool
wants_rgb(const struct infer *f)
{
	const char *order = f->model->info.channel_order;

	if (order != NULL && strcasecmp(order, "RGB") != 0 &&
	    strcasecmp(order, "BGR") != 0)
		log_warn(
		    "info.json: channel order \"%s\" is neither BGR nor RGB, BGR is used",
		    order);
	if (f->opts.rgb && f->channels != 3)
		log_warn("--rgb has no effect: the net takes %d %s",
		    f->channels,
		    num_plural((uint64_t)f->channels, "channel", "channels"));
	return f->opts.rgb || (order != NULL && strcasecmp(order, "RGB") == 0);
}

/* The net that validated: a test net of its own, else train_val; or NULL. */
static Caffe__NetParameter *
validated_net(const struct model *m)
{
	Caffe__NetParameter *np = NULL;
	char *dir, *own;

	if (m->train_val == NULL)
		return NULL;
	dir = path_dir(m->train_val);
	own = path_join(dir, "test_0.prototxt");
	if (net_read(&np, file_exists(own) ? own : m->train_val) < 0)
		log_warn(
		    "%s; its preparation of pictures is not used", err_text());
	mem_free(own);
	mem_free(dir);
	return np;
}

/* Was each picture brought to mean 0 and deviation 1? */
static int
learn_whitening(struct infer *f)
{
	const char *text = model_info_find(&f->model->info, "training");
	struct json *j = NULL;

	if (text == NULL || f->opts.preset > 0)
		return 0;
	TRY(json_parse(&j, text, strlen(text), "info.json: training"));
	f->transform.augment.whiten = json_bool(j, "whiten", false);
	json_free(j);
	return 0;
}

/* What pictures were padded to before they got their size. */
static int
learn_padding(struct infer *f)
{
	const char *text = model_info_find(&f->model->info, "image padding");
	struct json *j = NULL;
	double h, w;

	if (text == NULL)
		return 0;
	TRY(json_parse(&j, text, strlen(text), "info.json: image padding"));
	h = json_length(j) == 2 ? json_number(json_at(j, 0)) : 0;
	w = json_length(j) == 2 ? json_number(json_at(j, 1)) : 0;
	json_free(j);
	if (!(h >= 1 && w >= 1 && h <= IMAGE_MAX_SIDE && w <= IMAGE_MAX_SIDE))
		return err_set(ERR_FORMAT,
		    "info.json: image padding is %s: [height, width] is meant",
		    text);
	f->pad_h = (int)h;
	f->pad_w = (int)w;
	return 0;
}

/* What channels are divided by: as many numbers as channels, or one for all, which
 * is but a scale. */
static int
learn_std(struct infer *f)
{
	const struct model_info *info = &f->model->info;

	if (info->input_std_n == 0)
		return 0;
	if (info->input_std_n != 1 && info->input_std_n != f->channels)
		return err_set(ERR_FORMAT,
		    "info.json: input std has %d %s, the net takes %d %s",
		    info->input_std_n,
		    num_plural(
			(uint64_t)info->input_std_n, "number", "numbers"),
		    f->channels,
		    num_plural((uint64_t)f->channels, "channel", "channels"));
	for (int i = 0; i < info->input_std_n; i++) {
		const double v = info->input_std[i];

		if (!(v > 0))
			return err_set(ERR_FORMAT,
			    "info.json: input std is %g: deviations are greater than 0",
			    v);
		if (info->input_std_n == 1)
			f->transform.scale =
			    (float)((double)f->transform.scale / v);
		else
			f->transform.augment.std[i] = v;
	}
	return 0;
}

int
infer_learn_preparation(struct infer *f)
{
	Caffe__NetParameter *net;
	int rc;

	TRY(find_input(f));
	if (f->channels == 0)
		return 0;
	TRY(learn_size(f));
	learn_middle(f);
	TRY(learn_filter(f));
	/* a preset is the whole truth */
	net = f->opts.preset > 0 ? NULL : validated_net(f->model);
	rc = learn_mean(f, trained_with(net));
	caffe_msg_free(net);
	if (rc >= 0)
		rc = learn_whitening(f);
	if (rc >= 0)
		rc = learn_std(f);
	if (rc >= 0)
		rc = learn_padding(f);
	if (rc >= 0)
		f->rgb = wants_rgb(f);
	if (f->rgb)
		transform_want_rgb(&f->transform, false);
	if (rc >= 0 && f->in_h == f->in_w &&
	    (f->in_h != f->size_h || f->in_w != f->size_w))
		f->transform.crop = f->in_h;
	return rc;
}
