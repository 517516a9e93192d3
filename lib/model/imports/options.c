/* What model-import's options say of a model: see pack.h. */
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/path.h"
#include "file/file.h"
#include "json/json.h"
#include "model/folder.h"
#include "model/imports/classes.h"
#include "model/imports/prepare.h"
#include "model/pack.h"
#include "onnx/file.h"

/* Numbers in place of a mean file: 1; 0 when text is none. */
static int
mean_pixel(struct model_info *info, const char *text)
{
	double v[4] = { 0 };
	const int n = model_prepared_numbers(v, text);

	if (n == 0)
		return 0;
	memcpy(info->mean_pixel, v, sizeof(v));
	info->mean_pixel_n = n;
	model_set(&info->mean_subtraction, "pixel");
	return 1;
}

static int
std_take(struct model_info *info, const char *text)
{
	double v[4] = { 0 };
	const int n = model_prepared_numbers(v, text);

	for (int i = 0; i < n; i++)
		if (!(v[i] > 0))
			return err_set(ERR_USAGE,
			    "--std %s: deviations are greater than 0", text);
	if (n == 0)
		return err_set(ERR_USAGE,
		    "--std %s: one number, or one for each channel", text);
	memcpy(info->input_std, v, sizeof(v));
	info->input_std_n = n;
	return 0;
}

static int
mean_take(
    const struct model_import *o, const char *dir, struct model_info *info)
{
	const char *name =
	    path_has_ext(o->mean, ".npy") ? "mean.npy" : "mean.binaryproto";

	if (!file_exists(o->mean) && mean_pixel(info, o->mean))
		return 0;
	TRY(model_copy_in(dir, o->mean, name));
	model_set(&info->mean_file, name);
	model_set(&info->mean_subtraction, "image");
	info->mean_pixel_n = 0;
	return 0;
}

/* Height and width of what the net takes; 0: it does not say. */
static int
net_size(int in[2], const char *dir, const struct model_info *info)
{
	char *path;
	int d[4], rc;

	in[0] = in[1] = 0;
	TRY(model_file_in(&path, dir, info->deploy_file));
	if (path == NULL)
		return 0;
	rc = model_net_input(d, path);
	mem_free(path);
	TRY(rc);
	in[0] = d[2];
	in[1] = d[3];
	return 0;
}

/* Means of pixels from 0 to 1 are those of pixels from 0 to 255 by 255. */
static void
warn_small(const struct model_import *o, const struct model_info *info)
{
	bool small = o->mean != NULL && info->mean_pixel_n > 0;

	for (int i = 0; i < info->mean_pixel_n; i++)
		small &= info->mean_pixel[i] > 0 && info->mean_pixel[i] <= 1;
	if (small)
		log_warn(
		    "--mean %s: means are of pixels from 0 to 255, from which they are subtracted before --scale",
		    o->mean);
}

/* What is done to the numbers of pixels. */
static int
values_take(
    const struct model_import *o, const char *dir, struct model_info *info)
{
	if (o->mean != NULL)
		TRY(mean_take(o, dir, info));
	if (o->scale != 0)
		info->input_scale = o->scale;
	if (o->std != NULL)
		TRY(std_take(info, o->std));
	if (o->rgb)
		model_set(&info->channel_order, "RGB");
	if (o->bgr)
		model_set(&info->channel_order, "BGR");
	if (model_info_find(info, "preparation") != NULL &&
	    (o->mean != NULL || o->scale != 0 || o->std != NULL || o->rgb ||
		o->bgr))
		model_prepared_by(info, "options");
	warn_small(o, info);
	return 0;
}

static int
size_take(
    const struct model_import *o, const char *dir, struct model_info *info)
{
	int in[2];

	if (o->size[0] > 0) {
		info->dims[0] = o->size[1];
		info->dims[1] = o->size[0];
		if (info->dims[2] == 0)
			info->dims[2] = 3;
	}
	if (o->resize != NULL)
		model_set(&info->resize_mode, o->resize);
	if (o->filter != NULL) {
		char *text = mem_printf("\"%s\"", o->filter);

		model_info_extra(info, "image interpolation", text);
		mem_free(text);
	}
	if (o->crop_share == 0)
		return 0;
	TRY(net_size(in, dir, info));
	if (in[0] == 0 || in[1] == 0)
		return err_set(ERR_USAGE,
		    "--crop-pct needs a net that states the size of its input");
	model_crop_share(info, o->crop_share, in);
	if (o->resize == NULL)
		model_set(&info->resize_mode, "crop");
	return 0;
}

static int
preset_take(
    const struct model_import *o, const char *dir, struct model_info *info)
{
	struct model_prepared p;
	int in[2];

	if (o->preset < 0)
		return 0;
	TRY(net_size(in, dir, info));
	model_prepared_init(&p);
	model_prepared_preset(&p, (enum model_preset)o->preset);
	model_prepared_info(info, &p, in);
	model_prepared_clear(&p);
	return 0;
}

/* How it comes out, or that nobody knows. */
static int
tell_prepared(const struct model_import *o, const char *dir,
    const struct model_info *info)
{
	char *text;
	int in[2];

	if (model_info_find(info, "preparation") == NULL)
		return 0;
	if (model_prepared_unknown(info)) {
		log_warn("%s: %s", o->archive, model_prepared_advice);
		return 0;
	}
	TRY(net_size(in, dir, info));
	text = model_prepared_text(info, in);
	if (o->prepared != NULL)
		o->prepared(o->ctx, text);
	mem_free(text);
	return 0;
}

/* One number for all channels, or one for each. */
static int
judge_numbers(const char *what, int n, const struct model_info *info)
{
	if (n <= 1 || info->dims[2] == 0 || n == info->dims[2])
		return 0;
	return err_set(ERR_FORMAT,
	    "%s has %d numbers, and pictures have %s: give one number, or one for each channel",
	    what, n, NUM_COUNTED(info->dims[2], "channel"));
}

int
model_import_options(
    const struct model_import *o, const char *dir, struct model_info *info)
{
	if (o->labels != NULL) {
		TRY(model_copy_in(dir, o->labels, "labels.txt"));
		model_set(&info->labels_file, "labels.txt");
		if (o->archive != NULL && onnx_named(o->archive))
			TRY(model_add_probabilities(dir, info));
	}
	if (o->name != NULL)
		model_set(&info->name, o->name);
	TRY(preset_take(o, dir, info));
	TRY(values_take(o, dir, info));
	TRY(model_info_guess(info, dir, path_base(o->out)));
	TRY(size_take(o, dir, info));
	if (o->gray)
		info->dims[2] = 1;
	TRY(judge_numbers("--mean", info->mean_pixel_n, info));
	TRY(judge_numbers("--std", info->input_std_n, info));
	return tell_prepared(o, dir, info);
}
