/* See prepare.h. */
#include "model/imports/prepare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/path.h"
#include "file/file.h"
#include "image/image.h"

#define NUMBER_MAX 1e6 /* of means, deviations and scales */

const char model_prepared_advice[] =
    "nothing is known of how its pictures are prepared: B G R from 0 to 255 is assumed, as of Caffe's nets; say what is right by --preset (most nets trained on ImageNet with PyTorch: --preset imagenet)";

static const struct preset {
	const char *name, *order, *resize;
	double mean[3], scale, std[3];
	int nmean, nstd;
} presets[] = {
	[MODEL_IMAGENET] = { "imagenet", "RGB", NULL,
	    { 255 * 0.485, 255 * 0.456, 255 * 0.406 }, 1 / 255.0,
	    { 0.229, 0.224, 0.225 }, 3, 3 },
	[MODEL_CAFFE] = { "caffe", "BGR", NULL, { 104, 117, 123 }, .nmean = 3 },
	[MODEL_YOLOX] = { "yolox", "BGR", "corner", { 0 } },
	[MODEL_TF] = { "tf", "RGB", NULL, { 127.5, 127.5, 127.5 }, 1 / 127.5,
	    .nmean = 3 },
	[MODEL_ZERO_ONE] = { "zero-one", "RGB", NULL, { 0 }, 1 / 255.0 },
};

const char *
model_preset_name(enum model_preset preset)
{
	return presets[preset].name;
}

void
model_prepared_init(struct model_prepared *p)
{
	*p = (struct model_prepared){ 0 };
	buf_init(&p->labels, MODEL_LABELS_MAX);
}

void
model_prepared_clear(struct model_prepared *p)
{
	mem_free(p->from);
	buf_clear(&p->labels);
	model_prepared_init(p);
}

void
model_prepared_preset(struct model_prepared *p, enum model_preset preset)
{
	const struct preset *s = &presets[preset];

	mem_free(p->from);
	p->from = mem_printf("--preset %s", s->name);
	p->order = s->order;
	memcpy(p->mean, s->mean, sizeof(s->mean));
	memcpy(p->std, s->std, sizeof(s->std));
	p->nmean = s->nmean;
	p->nstd = s->nstd;
	p->scale = s->scale;
	if (s->resize != NULL)
		p->resize = s->resize;
}

int
model_prepared_numbers(double v[4], const char *text)
{
	char *copy = mem_strdup(text), *save = NULL, *s;
	int n = 0, good = 1;

	for (s = strtok_r(copy, ",", &save); s != NULL;
	     s = strtok_r(NULL, ",", &save)) {
		if (n == 4 ||
		    num_double(&v[n], s, -NUMBER_MAX, NUMBER_MAX) < 0) {
			good = 0;
			break;
		}
		n++;
	}
	mem_free(copy);
	return good ? n : 0;
}

int
model_prepared_check(const struct model_prepared *p)
{
	for (int i = 0; i < p->nmean; i++)
		if (!(fabs(p->mean[i]) <= NUMBER_MAX))
			return err_set(ERR_FORMAT,
			    "%s: a mean of %g, for pixels from 0 to 255",
			    p->from, p->mean[i]);
	for (int i = 0; i < p->nstd; i++)
		if (!(p->std[i] > 0 && p->std[i] <= NUMBER_MAX))
			return err_set(ERR_FORMAT,
			    "%s: a deviation of %g: it must be within 0 and 1e6",
			    p->from, p->std[i]);
	if (!(p->scale >= 0 && p->scale <= NUMBER_MAX))
		return err_set(
		    ERR_FORMAT, "%s: a scale of %g", p->from, p->scale);
	return 0;
}

int
model_prepared_label(struct model_prepared *p, const char *text, size_t n)
{
	const size_t at = p->labels.len;

	TRY(buf_add(&p->labels, text, n));
	TRY(buf_addc(&p->labels, '\n'));
	for (size_t i = at; i + 1 < p->labels.len; i++)
		if ((unsigned char)p->labels.data[i] < ' ')
			p->labels.data[i] = ' ';
	return 0;
}

static void
set_text(struct model_info *info, const char *key, const char *value)
{
	struct buf b;

	buf_init(&b, 1 << 16);
	if (buf_add_json(&b, value, strlen(value)) >= 0)
		model_info_extra(info, key, buf_str(&b));
	buf_clear(&b);
}

/* The string under an extra key without its quotes: the caller's; NULL: none. */
static char *
get_text(const struct model_info *info, const char *key)
{
	const char *text = model_info_find(info, key);
	const size_t n = text != NULL ? strlen(text) : 0;

	return n > 2 && text[0] == '"' ? mem_strndup(text + 1, n - 2) : NULL;
}

void
model_prepared_by(struct model_info *info, const char *who)
{
	set_text(info, "preparation", who != NULL ? who : "unknown");
}

bool
model_prepared_unknown(const struct model_info *info)
{
	char *who = get_text(info, "preparation");
	const bool unknown = who != NULL && strcmp(who, "unknown") == 0;

	mem_free(who);
	return unknown;
}

static void
settle_channels(struct model_info *info)
{
	if (info->dims[2] == 0)
		info->dims[2] = info->channel_order != NULL ? 3 : 1;
}

void
model_crop_share(struct model_info *info, double share, const int in[2])
{
	char text[NUM_TEXT_MAX];

	for (int i = 0; i < 2 && in[i] > 0; i++)
		info->dims[i] = (int)floor(in[i] / share + 1e-9);
	settle_channels(info);
	num_double_text(text, share);
	model_info_extra(info, "image crop share", text);
}

static void
take_size(
    struct model_info *info, const struct model_prepared *p, const int in[2])
{
	if (p->share > 0)
		model_crop_share(info, p->share, in);
	if (p->fit[0] > 0 && p->fit[1] > 0) {
		info->dims[0] = p->fit[0];
		info->dims[1] = p->fit[1];
		settle_channels(info);
		if (!p->digits && in[0] > 0 && in[0] <= p->fit[0]) {
			char text[NUM_TEXT_MAX];

			num_double_text(text, (double)in[0] / p->fit[0]);
			model_info_extra(info, "image crop share", text);
		}
	}
}

void
model_prepared_info(
    struct model_info *info, const struct model_prepared *p, const int in[2])
{
	if (p->from == NULL)
		return;
	model_prepared_by(info, p->from);
	model_set(&info->channel_order, p->order);
	memcpy(info->mean_pixel, p->mean, sizeof(p->mean));
	info->mean_pixel_n = p->nmean;
	model_set(&info->mean_subtraction, p->nmean > 0 ? "pixel" : "none");
	model_set(&info->mean_file, "");
	info->input_scale = p->scale;
	memcpy(info->input_std, p->std, sizeof(p->std));
	info->input_std_n = p->nstd;
	if (p->resize != NULL)
		model_set(&info->resize_mode, p->resize);
	if (p->filter != NULL)
		set_text(info, "image interpolation", p->filter);
	if (p->task != NULL)
		model_set(&info->task, p->task);
	if (p->pad[0] > 0) {
		char *text = mem_printf("[%d,%d]", p->pad[0], p->pad[1]);

		model_info_extra(info, "image padding", text);
		mem_free(text);
	}
	if (p->whiten)
		model_info_extra(info, "training", "{\"whiten\":true}");
	take_size(info, p, in);
}

static void
add_numbers(struct buf *b, const double *v, int n)
{
	for (int i = 0; i < n; i++)
		(void)buf_printf(b, "%s%.6g", i > 0 ? "," : "", v[i]);
}

/* What becomes of a pixel x. */
static void
add_values(struct buf *b, const struct model_info *info)
{
	const bool mean = info->mean_pixel_n > 0;

	if (!mean && info->input_scale == 0 && info->input_std_n == 0) {
		(void)buf_adds(b, "0 to 255 as they are");
		return;
	}
	(void)buf_adds(b, mean ? "(x - " : "x");
	add_numbers(b, info->mean_pixel, info->mean_pixel_n);
	(void)buf_adds(b, mean ? ")" : "");
	if (info->input_scale != 0)
		(void)buf_printf(b, " * %.6g", info->input_scale);
	if (info->input_std_n > 0)
		(void)buf_adds(b, " / ");
	add_numbers(b, info->input_std, info->input_std_n);
	(void)buf_adds(b, " for x from 0 to 255");
}

char *
model_prepared_text(const struct model_info *info, const int in[2])
{
	const char *order = info->channel_order;
	const char *mode = info->resize_mode;
	char *who = get_text(info, "preparation");
	char *filter = get_text(info, "image interpolation");
	/* the net's size, where pictures would be smaller than that */
	const bool small = info->dims[0] < in[0] || info->dims[1] < in[1];
	const int h = small ? in[0] : info->dims[0];
	const int w = small ? in[1] : info->dims[1];
	struct buf b;

	buf_init(&b, 1 << 16);
	if (info->dims[2] != 1)
		(void)buf_adds(&b,
		    order != NULL && strcmp(order, "RGB") == 0 ? "R G B, "
							       : "B G R, ");
	if (h > 0)
		(void)buf_printf(&b, "resized by %s to %dx%d (%s), ",
		    mode != NULL ? mode : "squash", w, h,
		    filter != NULL ? filter : "bilinear");
	if (in[0] > 0 && (in[0] < h || in[1] < w))
		(void)buf_printf(&b, "its middle %dx%d, ", in[1], in[0]);
	add_values(&b, info);
	if (who != NULL)
		(void)buf_printf(&b, " (%s)", who);
	mem_free(who);
	mem_free(filter);
	return buf_steal(&b);
}

int
model_prepared_labels(
    const char *dir, struct model_info *info, const struct model_prepared *p)
{
	char *path;
	int rc;

	if (p->labels.len == 0)
		return 0;
	path = path_join(dir, "labels.txt");
	rc = file_write(path, p->labels.data, p->labels.len, 0);
	mem_free(path);
	model_set(&info->labels_file, "labels.txt");
	return rc;
}
