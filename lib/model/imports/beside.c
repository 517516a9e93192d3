/* See beside.h. */
#include "model/imports/beside.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "file/file.h"
#include "image/image.h"
#include "json/json.h"

enum { CLASSES_MAX = 1 << 20 };

/* An array of up to four numbers, or one number: how many. */
static int
numbers(double v[4], const struct json *j)
{
	int n = 0;

	if (json_type(j) == JSON_NUMBER) {
		v[0] = json_number(j);
		return isfinite(v[0]);
	}
	if (json_type(j) != JSON_ARRAY || json_length(j) > 4)
		return 0;
	for (const struct json *m = json_first(j); m != NULL; m = json_next(m))
		if (!isfinite(v[n++] = json_number(m)))
			return 0;
	return n;
}

static int
side(const struct json *j)
{
	const double v = json_number(j);

	return v >= 1 && v <= IMAGE_MAX_SIDE ? (int)v : 0;
}

/* {"height": H, "width": W}, or N for both; false: neither. */
static bool
height_width(int to[2], const struct json *j)
{
	to[0] = side(json_type(j) == JSON_OBJECT ? json_find(j, "height") : j);
	to[1] = side(json_type(j) == JSON_OBJECT ? json_find(j, "width") : j);
	return to[0] > 0 && to[1] > 0;
}

static const char *
filter_of(const char *name)
{
	enum image_filter filter;

	if (name == NULL || strcmp(name, "random") == 0)
		return NULL;
	if (image_filter_find(&filter, name) >= 0)
		return image_filter_name(filter);
	log_warn("interpolation %s is not offered: bicubic is used", name);
	return image_filter_name(IMAGE_BICUBIC);
}

/* ---- labels ---- */

/* {"0": "cat", "1": "dog"}, in any order. */
static int
labels_by_number(struct model_prepared *p, const struct json *j)
{
	const size_t n = json_length(j);
	const char **names;
	bool good = n <= CLASSES_MAX, named = false;
	int rc = 0;

	if (n == 0)
		return 0;
	names = mem_array(const char *, n);
	for (const struct json *m = json_first(j); m != NULL && good;
	     m = json_next(m)) {
		char usual[32];
		int at = -1, end = 0;

		good = sscanf(json_key(m), "%7d%n", &at, &end) == 1 &&
		    json_key(m)[end] == '\0' && at >= 0 && (size_t)at < n &&
		    names[at] == NULL && json_text(m) != NULL;
		if (!good)
			break;
		names[at] = json_text(m);
		snprintf(usual, sizeof(usual), "LABEL_%d", at);
		named |= strcmp(names[at], usual) != 0;
	}
	for (size_t i = 0; i < n && good && named && rc >= 0; i++)
		rc = model_prepared_label(p, names[i], strlen(names[i]));
	mem_free(names);
	return rc;
}

static int
labels_in_order(struct model_prepared *p, const struct json *j)
{
	for (const struct json *m = json_first(j); m != NULL; m = json_next(m))
		if (json_text(m) == NULL) {
			buf_reset(&p->labels);
			return 0;
		} else {
			TRY(model_prepared_label(
			    p, json_text(m), strlen(json_text(m))));
		}
	return 0;
}

static int
take_labels(struct model_prepared *p, const struct json *j)
{
	const struct json *names = json_find(j, "label_names");

	if (p->labels.len > 0)
		return 0;
	if (json_type(json_find(j, "id2label")) == JSON_OBJECT)
		return labels_by_number(p, json_find(j, "id2label"));
	return json_type(names) == JSON_ARRAY ? labels_in_order(p, names) : 0;
}

/* ---- preprocessor_config.json ---- */

/* The sides that pictures are resized to, and how the net's are taken of that. */
static void
take_resize(struct model_prepared *p, const struct json *j)
{
	const struct json *size = json_find(j, "size");
	const struct json *edge = json_find(size, "shortest_edge");
	const bool cuts = json_bool(j, "do_center_crop", false);
	const double share = json_num(j, "crop_pct", 0);
	int to[2];

	if (edge == NULL && cuts && json_type(size) == JSON_NUMBER)
		edge = size;
	if (edge == NULL) {
		if (height_width(to, size))
			memcpy(p->net, to, sizeof(to));
		p->resize = "squash";
	} else if (share > 0 && share <= 1) {
		/* from 384 on the whole picture is taken */
		p->net[0] = p->net[1] = side(edge);
		p->share = side(edge) < 384 ? share : 0;
		p->resize = side(edge) < 384 ? "crop" : "squash";
	} else {
		p->fit[0] = p->fit[1] = side(edge);
		p->resize = "crop";
	}
	if (cuts && height_width(to, json_find(j, "crop_size"))) {
		if (edge == NULL && p->net[0] > 0)
			memcpy(p->fit, p->net, sizeof(p->fit));
		memcpy(p->net, to, sizeof(to));
	}
}

static void
take_resample(struct model_prepared *p, const struct json *j)
{
	static const char *const names[] = { "nearest", "lanczos", "bilinear",
		"bicubic", "box", "hamming" };
	const double v = json_num(j, "resample", -1);

	if (v >= 0 && v < (double)LENGTH(names))
		p->filter = filter_of(names[(int)v]);
}

/* (x * factor - offset - mean) / std in our order. */
static void
take_processor(struct model_prepared *p, const struct json *j)
{
	const double offset = json_bool(j, "rescale_offset", false) ? 1 : 0;
	double factor = 1;

	if (json_bool(j, "do_rescale", true))
		factor = json_num(j, "rescale_factor", 1 / 255.0);
	if (!(factor > 0))
		factor = 1;
	if (json_bool(j, "do_normalize", true)) {
		p->nmean = numbers(p->mean, json_find(j, "image_mean"));
		p->nstd = numbers(p->std, json_find(j, "image_std"));
	}
	if (p->nmean == 0 && offset != 0) {
		p->mean[0] = p->mean[1] = p->mean[2] = 0;
		p->nmean = 3;
	}
	for (int i = 0; i < p->nmean; i++)
		p->mean[i] = (p->mean[i] + offset) / factor;
	p->scale = factor != 1 ? factor : 0;
	p->order = json_bool(j, "do_flip_channel_order", false) ? "BGR" : "RGB";
	p->from = mem_strdup("preprocessor_config.json");
	if (json_bool(j, "do_resize", true))
		take_resize(p, j);
	take_resample(p, j);
}

/* ---- config.json ---- */

static void
take_timm(struct model_prepared *p, const struct json *top)
{
	const struct json *cfg = json_find(top, "pretrained_cfg");
	const struct json *j = json_type(cfg) == JSON_OBJECT ? cfg : top;
	const struct json *size = json_find(j, "input_size");
	const char *mode = json_str(j, "crop_mode", "center");

	if (json_length(size) != 3 || json_find(j, "mean") == NULL)
		return;
	p->nmean = numbers(p->mean, json_find(j, "mean"));
	p->nstd = numbers(p->std, json_find(j, "std"));
	for (int i = 0; i < p->nmean; i++)
		p->mean[i] *= 255;
	p->scale = 1 / 255.0;
	p->order = side(json_at(size, 0)) == 3 ? "RGB" : NULL;
	p->net[0] = side(json_at(size, 1));
	p->net[1] = side(json_at(size, 2));
	p->share = json_num(j, "crop_pct", 0.875);
	if (!(p->share > 0.01 && p->share <= 1))
		p->share = 1;
	p->resize = strcmp(mode, "squash") == 0 ? "squash"
	    : strcmp(mode, "border") == 0       ? "letterbox"
						: "crop";
	p->filter = filter_of(json_str(j, "interpolation", NULL));
	p->from = mem_strdup("config.json");
}

/* The object of that name in dir, read; NULL: there is none. */
static struct json *
read_beside(const char *dir, const char *name)
{
	char *path = path_join(dir, name);
	struct json *j = NULL;

	if (file_is_regular(path)) {
		if (json_read(&j, path) >= 0 && json_type(j) != JSON_OBJECT) {
			json_free(j);
			j = NULL;
			err_set(ERR_FORMAT, "%s: not a JSON object", path);
		}
		if (j == NULL)
			log_warn("%s; it is not used", err_text());
	}
	mem_free(path);
	return j;
}

/* What the file says of pictures, if nothing is known and its numbers can be used. */
static void
take_pictures(struct model_prepared *p, const struct json *j, const char *dir,
    void (*take)(struct model_prepared *p, const struct json *j))
{
	struct model_prepared said = *p;

	if (p->from != NULL)
		return;
	take(&said, j);
	if (said.from == NULL)
		return;
	if (model_prepared_check(&said) >= 0) {
		*p = said;
		return;
	}
	log_warn("%s/%s; it is not used", dir, err_text());
	mem_free(said.from);
}

static int
take_folder(struct model_prepared *p, const char *dir)
{
	struct json *j = read_beside(dir, "preprocessor_config.json");
	int rc;

	if (j != NULL)
		take_pictures(p, j, dir, take_processor);
	json_free(j);
	j = read_beside(dir, "config.json");
	if (j == NULL)
		return 0;
	take_pictures(p, j, dir, take_timm);
	rc = take_labels(p, j);
	if (rc >= 0 && json_find(j, "pretrained_cfg") != NULL)
		rc = take_labels(p, json_find(j, "pretrained_cfg"));
	json_free(j);
	return rc;
}

int
model_beside_take(struct model_prepared *p, const char *model)
{
	char *dir = path_dir(model), *above = path_dir(dir);
	int rc = take_folder(p, dir);

	if (rc >= 0 && strcmp(path_base(dir), "onnx") == 0)
		rc = take_folder(p, above);
	mem_free(dir);
	mem_free(above);
	return rc;
}
