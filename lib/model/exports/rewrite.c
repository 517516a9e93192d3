/* Layers in the words of BVLC's Caffe: see rewrite.h. */
#include "model/exports/rewrite.h"

#include <string.h>

#include "base/mem.h"
#include "caffe/filter.h"
#include "caffe/msg.h"

/* A layer NAME/PART of that type, from one blob to NAME/PART. */
static Caffe__LayerParameter *
part_of(const Caffe__LayerParameter *l, const char *part, const char *type,
    const char *bottom)
{
	Caffe__LayerParameter *p =
	    caffe_new(Caffe__LayerParameter, layer_parameter);
	char *name = mem_printf("%s/%s", l->name, part);

	caffe_set_str(p, "name", name);
	caffe_set_str(p, "type", type);
	caffe_add_str(&p->bottom, &p->n_bottom, bottom);
	caffe_add_str(&p->top, &p->n_top, name);
	mem_free(name);
	return p;
}

static void
set_clip(Caffe__LayerParameter *l, float max)
{
	l->clip_param = caffe_new(Caffe__ClipParameter, clip_parameter);
	l->clip_param->min = 0;
	l->clip_param->max = max;
}

static void
add_power(Caffe__NetParameter *to, const Caffe__LayerParameter *l,
    const char *part, const char *bottom, float scale, float shift)
{
	Caffe__LayerParameter *p = part_of(l, part, "Power", bottom);

	p->power_param = caffe_new(Caffe__PowerParameter, power_parameter);
	p->power_param->has_scale = p->power_param->has_shift = 1;
	p->power_param->scale = scale;
	p->power_param->shift = shift;
	caffe_add(&to->layer, &to->n_layer, p);
}

/* x min(max(x + 3, 0), 6) / 6; l becomes its last part. */
static void
add_hard_swish(Caffe__NetParameter *to, Caffe__LayerParameter *l)
{
	Caffe__LayerParameter *clip;
	char *name;

	add_power(to, l, "shifted", l->bottom[0], 1, 3);
	name = to->layer[to->n_layer - 1]->top[0];
	clip = part_of(l, "clipped", "Clip", name);
	set_clip(clip, 6);
	caffe_add(&to->layer, &to->n_layer, clip);
	add_power(to, l, "gate", clip->top[0], 1.0f / 6, 0);
	name = to->layer[to->n_layer - 1]->top[0];
	caffe_add_str(&l->bottom, &l->n_bottom, name);
	caffe_set_str(l, "type", "Eltwise");
	l->eltwise_param =
	    caffe_new(Caffe__EltwiseParameter, eltwise_parameter);
	l->eltwise_param->has_operation = 1;
	l->eltwise_param->operation =
	    CAFFE__ELTWISE_PARAMETER__ELTWISE_OP__PROD;
}

static void
change_relu6(Caffe__LayerParameter *l)
{
	const Caffe__ReLU6Parameter *p = l->relu6_param;

	if (p != NULL && p->negative_slope != 0)
		return;
	set_clip(l, p != NULL ? p->threshold : 6);
	caffe_msg_free(l->relu6_param);
	l->relu6_param = NULL;
	caffe_set_str(l, "type", "Clip");
}

void
rewrite_for_bvlc(Caffe__NetParameter *net)
{
	Caffe__NetParameter *to = caffe_new(Caffe__NetParameter, net_parameter);

	for (size_t i = 0; i < net->n_layer; i++) {
		Caffe__LayerParameter *l = net->layer[i];

		caffe_layer_unrule(l);
		if (strcmp(l->type, "ReLU6") == 0)
			change_relu6(l);
		else if (strcmp(l->type, "HardSwish") == 0 && l->n_bottom == 1)
			add_hard_swish(to, l);
		caffe_add(&to->layer, &to->n_layer, l);
		net->layer[i] = NULL;
	}
	/* the list changes places with that of the other, whose shell goes */
	net->n_layer = 0;
	for (size_t i = 0; i < to->n_layer; i++)
		caffe_add(&net->layer, &net->n_layer, to->layer[i]);
	to->n_layer = 0;
	caffe_msg_free(to);
}
