/* augment_param and struct augment: see param.h. */
#include "input/augment/param.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "caffe/msg.h"

enum kind { FLAG, COUNT, NUMBER };

/* A field of both.  Where `has` is a field, too, it says that it was given. */
struct param {
	const char *name;
	enum kind kind;
	size_t at, has;
	double lo, hi;
};

#define AT(field) offsetof(struct augment, field)

static const struct param params[] = {
	{ "flip", FLAG, AT(flip), 0, 0, 1 },
	{ "quad_rotate", COUNT, AT(quad_rotate), 0, 0, QUAD_ALL },
	{ "rotate", NUMBER, AT(rotate), 0, 0, 180 },
	{ "scale", NUMBER, AT(scale), 0, 0, 1 },
	{ "noise", NUMBER, AT(noise), 0, 0, 1 },
	{ "hue", NUMBER, AT(hsv[0]), 0, 0, 0.5 },
	{ "saturation", NUMBER, AT(hsv[1]), 0, 0, 0.5 },
	{ "value", NUMBER, AT(hsv[2]), 0, 0, 0.5 },
	{ "contrast", NUMBER, AT(contrast), 0, 0, 5 },
	{ "whiten", FLAG, AT(whiten), 0, 0, 1 },
	{ "zoom_min", NUMBER, AT(zoom[0]), 0, 0.05, 20 },
	{ "zoom_max", NUMBER, AT(zoom[1]), 0, 0.05, 20 },
	{ "translate", NUMBER, AT(translate), 0, 0, 1 },
	{ "area_min", NUMBER, AT(area[0]), 0, 0.001, 1 },
	{ "area_max", NUMBER, AT(area[1]), 0, 0.001, 1 },
	{ "aspect_min", NUMBER, AT(aspect[0]), 0, 0.05, 20 },
	{ "aspect_max", NUMBER, AT(aspect[1]), 0, 0.05, 20 },
	{ "fill", NUMBER, AT(fill), AT(has_fill), 0, 255 },
	{ "fill_label", COUNT, AT(fill_label), AT(has_fill_label), 0, 65535 },
	{ "min_box", NUMBER, AT(min_box), 0, 0, 1 },
	{ "mosaic", NUMBER, AT(mosaic), 0, 0, 1 },
	{ "mixup", NUMBER, AT(mixup), 0, 0, 1000 },
	{ "cutmix", NUMBER, AT(cutmix), 0, 0, 1000 },
	{ "mix_share", NUMBER, AT(mix_share), 0, 1e-6, 1 },
	{ "mix_epochs", NUMBER, AT(mix_epochs), 0, 0, 1e6 },
	{ "classes", COUNT, AT(classes), 0, 0, 1 << 24 },
	{ "erase", NUMBER, AT(erase), 0, 0, 1 },
	{ "rand_n", COUNT, AT(rand_n), 0, 0, 14 },
	{ "rand_m", NUMBER, AT(rand_m), 0, 0, 30 },
};

/* Each member as protobuf-c keeps it: float, or a word of 32 bits. */
static const ProtobufCFieldDescriptor *
field_of(const struct param *f)
{
	return protobuf_c_message_descriptor_get_field_by_name(
	    &caffe__augment_parameter__descriptor, f->name);
}

static double
get_member(const ProtobufCFieldDescriptor *d, const void *at)
{
	if (d->type == PROTOBUF_C_TYPE_FLOAT)
		return (double)*(const float *)at;
	if (d->type == PROTOBUF_C_TYPE_UINT32)
		return (double)*(const uint32_t *)at;
	return (double)*(const int *)at;
}

static void
set_member(const ProtobufCFieldDescriptor *d, void *at, double v)
{
	if (d->type == PROTOBUF_C_TYPE_FLOAT)
		*(float *)at = (float)v;
	else if (d->type == PROTOBUF_C_TYPE_UINT32)
		*(uint32_t *)at = (uint32_t)v;
	else
		*(int *)at = (int)v;
}

static double
get_value(const struct augment *a, const struct param *f)
{
	const void *at = (const char *)a + f->at;

	switch (f->kind) {
	case FLAG: return *(const bool *)at;
	case COUNT: return *(const int *)at;
	default: return *(const double *)at;
	}
}

static void
set_value(struct augment *a, const struct param *f, double v)
{
	void *at = (char *)a + f->at;

	switch (f->kind) {
	case FLAG: *(bool *)at = v != 0; break;
	case COUNT: *(int *)at = (int)v; break;
	case NUMBER: *(double *)at = v; break;
	}
}

static int
check_pair(const double v[2], const char *name)
{
	return v[0] > v[1]
	    ? err_set(ERR_RANGE,
		  "augment_param: %s_min %g is more than %s_max %g", name, v[0],
		  name, v[1])
	    : 0;
}

static int
read_std(struct augment *a, const Caffe__AugmentParameter *p)
{
	if (p->n_std > LENGTH(a->std))
		return err_set(ERR_RANGE, "augment_param: more than %zu std",
		    LENGTH(a->std));
	for (size_t i = 0; i < p->n_std; i++) {
		if (!(p->std[i] > 0 && isfinite(p->std[i])))
			return err_set(ERR_RANGE,
			    "augment_param: std is %g, which nothing is divided by",
			    (double)p->std[i]);
		a->std[i] = (double)p->std[i];
	}
	for (size_t i = p->n_std; p->n_std == 1 && i < LENGTH(a->std); i++)
		a->std[i] = a->std[0];
	return 0;
}

int
augment_read(struct augment *a, const Caffe__AugmentParameter *p)
{
	memset(a, 0, sizeof(*a));
	if (p == NULL)
		return 0;
	for (size_t i = 0; i < LENGTH(params); i++) {
		const struct param *f = &params[i];
		const ProtobufCFieldDescriptor *d = field_of(f);
		const double v = get_member(d, (const char *)p + d->offset);
		const bool given =
		    *(const protobuf_c_boolean *)((const char *)p +
			d->quantifier_offset) != 0;

		if (given && !(v >= f->lo && v <= f->hi))
			return err_set(ERR_RANGE,
			    "augment_param: %s is %g; %g to %g is possible",
			    f->name, v, f->lo, f->hi);
		set_value(a, f, v);
		if (f->has > 0)
			*(bool *)((char *)a + f->has) = given;
	}
	TRY(check_pair(a->zoom, "zoom"));
	TRY(check_pair(a->area, "area"));
	TRY(check_pair(a->aspect, "aspect"));
	return read_std(a, p);
}

void
augment_write(Caffe__AugmentParameter *p, const struct augment *a)
{
	for (size_t i = 0; i < LENGTH(params); i++) {
		const struct param *f = &params[i];
		const ProtobufCFieldDescriptor *d = field_of(f);
		void *at = (char *)p + d->offset;
		const double v = get_value(a, f);

		if (f->has > 0 ? !*(const bool *)((const char *)a + f->has)
			       : v == 0 || v == get_member(d, at))
			continue;
		set_member(d, at, v);
		*(protobuf_c_boolean *)((char *)p + d->quantifier_offset) = 1;
	}
	if (p->n_std > 0)
		return;
	for (size_t i = 0; i < LENGTH(a->std) && a->std[i] > 0; i++)
		caffe_add_float(&p->std, &p->n_std, (float)a->std[i]);
}

static bool
ranges(const double v[2])
{
	return v[1] > 0 && (v[0] != 1 || v[1] != 1);
}

bool
augment_zooms(const struct augment *a)
{
	return ranges(a->zoom);
}

bool
augment_crops(const struct augment *a)
{
	return ranges(a->area) || ranges(a->aspect);
}

bool
augment_mixes(const struct augment *a)
{
	return a->mixup > 0 || a->cutmix > 0;
}

bool
augment_is_scene(const struct augment *a)
{
	return a->quad_rotate != QUAD_NONE || augment_zooms(a) ||
	    a->translate > 0 || augment_crops(a) || a->mosaic > 0 ||
	    augment_mixes(a) || a->erase > 0 || a->rand_n > 0 || a->has_fill ||
	    a->has_fill_label;
}

bool
augment_random(const struct augment *a)
{
	return augment_is_scene(a) || a->flip || a->rotate > 0 ||
	    a->scale > 0 || a->noise > 0 || a->hsv[0] > 0 || a->hsv[1] > 0 ||
	    a->hsv[2] > 0 || a->contrast > 0;
}
