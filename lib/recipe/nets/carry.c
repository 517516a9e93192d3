/* From data layers to a model folder: see carry.h. */
#include "recipe/nets/carry.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "caffe/filter.h"
#include "caffe/msg.h"
#include "dset/dset.h"
#include "file/file.h"
#include "nn/layer.h"
#include "record/db.h"

/* The first record of a Data layer's source. */
static void
take_first_record(struct carried *c, const char *source)
{
	struct record_scratch scratch;
	struct record_db *db = NULL;
	struct record_item item;

	if (record_db_begin(&db, source) < 0)
		return;
	record_scratch_init(&scratch);
	if (record_db_count(db) > 0 &&
	    record_db_get(&item, db, 0, &scratch, 0) >= 0) {
		c->channels = item.channels;
		c->height = item.height;
		c->width = item.width;
		c->known = true;
	}
	record_scratch_clear(&scratch);
	record_db_close(db);
}

/* The data set around a source, or the labels.txt beside it. */
static int
take_dset(struct carried *c, const char *source)
{
	char *dir = path_dir(source), *json;
	struct dset *d = NULL;
	int rc;

	/* a column of a part: DSET/train_db/features */
	if (strcmp(path_base(source), "features") == 0) {
		char *part = dir;

		dir = path_dir(part);
		mem_free(part);
	}
	json = path_join(dir, "dataset.json");
	rc = file_exists(json) ? dset_open(&d, dir) : ERR_MISSING;
	if (rc >= 0) {
		c->dataset = mem_strdup(dir);
		c->labels = mem_strdup(d->labels_path);
		c->resize = mem_strdup(d->resize_mode);
		c->task = mem_strdup(d->task);
		dset_close(d);
	} else {
		c->labels = path_join(dir, "labels.txt");
		if (!file_exists(c->labels)) {
			mem_free(c->labels);
			c->labels = NULL;
		}
	}
	mem_free(json);
	mem_free(dir);
	return rc == ERR_IO ? rc : 0; /* of another kind: nothing is known */
}

static int
take_image_data(struct carried *c, const Caffe__ImageDataParameter *p)
{
	c->channels = p->is_color ? 3 : 1;
	c->height = p->new_height > 0 ? (int)p->new_height : c->crop;
	c->width = p->new_width > 0 ? (int)p->new_width : c->crop;
	c->known = c->height > 0 && c->width > 0;
	return p->source != NULL ? take_dset(c, p->source) : 0;
}

int
carry_layer(struct carried *out, const Caffe__LayerParameter *l)
{
	const Caffe__TransformationParameter *t = l->transform_param;

	memset(out, 0, sizeof(*out));
	out->subtracted = "none";
	if (t != NULL) {
		out->crop = (int)t->crop_size;
		if (t->mean_file != NULL) {
			out->mean = mem_strdup(t->mean_file);
			out->subtracted = "image";
		} else if (t->n_mean_value > 0) {
			out->subtracted = "pixel";
		}
	}
	if (strcmp(l->type, "Data") == 0 && l->data_param != NULL &&
	    l->data_param->source != NULL) {
		take_first_record(out, l->data_param->source);
		return take_dset(out, l->data_param->source);
	}
	if (strcmp(l->type, "ImageData") == 0 && l->image_data_param != NULL)
		return take_image_data(out, l->image_data_param);
	return 0;
}

static int
carry_phase(struct carried *out, const Caffe__NetParameter *net,
    const Caffe__NetState *state)
{
	for (size_t i = 0; i < net->n_layer && !out->known; i++) {
		int in = caffe_layer_in(net->layer[i], state);

		if (in < 0)
			return in;
		if (!in || net->layer[i]->n_top == 0 ||
		    layer_gives_labels(net->layer[i]))
			continue;
		carry_clear(out);
		TRY(carry_layer(out, net->layer[i]));
	}
	return 0;
}

int
carry_net(struct carried *out, const Caffe__NetParameter *net,
    const Caffe__NetState *extra)
{
	Caffe__NetState *state = extra != NULL
	    ? caffe_msg_copy(extra)
	    : caffe_state_new(CAFFE__PHASE__TEST, 0, NULL);
	int rc;

	memset(out, 0, sizeof(*out));
	state->has_phase = 1;
	state->phase = CAFFE__PHASE__TEST;
	rc = carry_phase(out, net, state);
	state->phase = CAFFE__PHASE__TRAIN;
	if (rc >= 0)
		rc = carry_phase(out, net, state);
	caffe_msg_free(state);
	return rc;
}

void
carry_clear(struct carried *c)
{
	mem_free(c->labels);
	mem_free(c->mean);
	mem_free(c->dataset);
	mem_free(c->resize);
	mem_free(c->task);
	memset(c, 0, sizeof(*c));
}

void
carry_info(struct model_info *info, const struct carried *c)
{
	if (!c->known)
		return;
	info->dims[0] = c->height;
	info->dims[1] = c->width;
	info->dims[2] = c->channels;
	model_set(&info->mean_subtraction, c->subtracted);
	model_set(&info->mean_file, c->mean != NULL ? "mean.binaryproto" : "");
	if (c->labels != NULL)
		model_set(&info->labels_file, "labels.txt");
	if (c->dataset != NULL)
		model_set(&info->dataset_path, c->dataset);
	if (c->resize != NULL && c->resize[0] != '\0')
		model_set(&info->resize_mode, c->resize);
	if (c->task != NULL && c->task[0] != '\0')
		model_set(&info->task, c->task);
}
