/* A job as fields of info.json, written and read by one table: see job_info.h. */
#include "recipe/job_info.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "json/json.h"

enum kind { FLAG, INT, INT64, SIZE, NUMBER, PRECISION };

struct field {
	const char *name;
	enum kind kind;
	size_t at;    /* in struct train_job */
	double most;  /* numbers are 0 to that, as the option's are */
	bool missing; /* a flag that is not there */
	bool rare;    /* INT or NUMBER: written only where it is not 0 */
};

#define AT(field) offsetof(struct train_job, field)

/* In the order in which they are written. */
static const struct field fields[] = {
	{ "shuffle", FLAG, AT(shuffle), .missing = true },
	{ "warmup", INT64, AT(warmup), .most = INT32_MAX },
	{ "ema", NUMBER, AT(average), .most = 0.999999 },
	{ "classes", INT, AT(classes), .most = INT32_MAX },
	{ "val_items", SIZE, AT(val_items), .most = (double)(1LL << 48) },
	{ "precision", PRECISION, AT(precision) },
	{ "rgb", FLAG, AT(rgb) },
	{ "mirror", FLAG, AT(augment.mirror) },
	{ "flip", FLAG, AT(augment.flip) },
	{ "whiten", FLAG, AT(augment.whiten) },
	{ "rotate", NUMBER, AT(augment.rotate), .most = 180 },
	{ "scale", NUMBER, AT(augment.scale), .most = 1 },
	{ "noise", NUMBER, AT(augment.noise), .most = 1 },
	{ "contrast", NUMBER, AT(augment.contrast), .most = 5 },
	{ "hue", NUMBER, AT(augment.hsv[0]), .most = 0.5 },
	{ "saturation", NUMBER, AT(augment.hsv[1]), .most = 0.5 },
	{ "value", NUMBER, AT(augment.hsv[2]), .most = 0.5 },
	{ "scale_min", INT, AT(scales.min), .most = 65535, .rare = true },
	{ "scale_max", INT, AT(scales.max), .most = 65535, .rare = true },
	{ "scale_step", INT, AT(scales.step), .most = 65535, .rare = true },
	{ "scale_every", INT, AT(scales.every), .most = 65535, .rare = true },
	{ "std_0", NUMBER, AT(augment.std[0]), .most = 1e6, .rare = true },
	{ "std_1", NUMBER, AT(augment.std[1]), .most = 1e6, .rare = true },
	{ "std_2", NUMBER, AT(augment.std[2]), .most = 1e6, .rare = true },
};

static void
write_field(struct json_w *w, const struct field *f, const void *at)
{
	json_w_key(w, f->name);
	switch (f->kind) {
	case FLAG: json_w_bool(w, *(const bool *)at); break;
	case INT: json_w_int(w, *(const int *)at); break;
	case INT64: json_w_int(w, *(const int64_t *)at); break;
	case SIZE: json_w_int(w, (int64_t) * (const size_t *)at); break;
	case NUMBER: json_w_num(w, *(const double *)at); break;
	case PRECISION:
		json_w_str(w, precision_name(*(const enum precision *)at));
		break;
	}
}

/* Left out: what is rare, and 0 here. */
static bool
is_left_out(const struct field *f, const void *at)
{
	if (!f->rare)
		return false;
	return f->kind == INT ? *(const int *)at == 0
			      : *(const double *)at == 0;
}

void
job_info_write(struct model_info *info, const struct train_job *job)
{
	struct json_w w;
	struct buf b;

	buf_init(&b, 4096);
	json_w_init(&w, &b, 0);
	json_w_object(&w);
	for (size_t i = 0; i < LENGTH(fields); i++) {
		const void *at = (const char *)job + fields[i].at;

		if (!is_left_out(&fields[i], at))
			write_field(&w, &fields[i], at);
	}
	json_w_object_end(&w);
	json_w_end(&w);
	model_info_extra(info, "training", buf_str(&b));
	buf_clear(&b);
	info->iter_per_epoch = job->iters_per_epoch;
	info->seed = (int64_t)job->seed;
}

static int
read_field(void *at, const struct field *f, const struct json *j)
{
	double v;

	if (f->kind == FLAG) {
		*(bool *)at = json_bool(j, f->name, f->missing);
		return 0;
	}
	if (f->kind == PRECISION)
		return precision_find(at, json_str(j, f->name, "fp32"));
	v = json_num(j, f->name, 0);
	if (!(v >= 0 && v <= f->most))
		return err_set(ERR_FORMAT,
		    "info.json: training: %s is %g; 0 to %g is possible",
		    f->name, v, f->most);
	switch (f->kind) {
	case INT: *(int *)at = (int)v; break;
	case INT64: *(int64_t *)at = (int64_t)v; break;
	case SIZE: *(size_t *)at = (size_t)v; break;
	default: *(double *)at = v; break;
	}
	return 0;
}

int
job_info_read(struct train_job *job, const struct model_info *info)
{
	const char *text = model_info_find(info, "training");
	struct json *j = NULL;
	int rc = 0;

	if (text == NULL)
		return err_set(ERR_FORMAT,
		    "info.json has no \"training\": this folder was not made by model-train and cannot be resumed");
	TRY(json_parse(&j, text, strlen(text), "info.json: training"));
	for (size_t i = 0; i < LENGTH(fields) && rc >= 0; i++)
		rc = read_field((char *)job + fields[i].at, &fields[i], j);
	json_free(j);
	job->iters_per_epoch = info->iter_per_epoch;
	job->seed = info->seed < 0 ? 0 : (uint64_t)info->seed;
	return rc;
}
