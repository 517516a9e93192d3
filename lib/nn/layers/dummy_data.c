/*
 * DummyData: tops from fillers.  Constant ones are part of the graph; the others
 * are INPUT tensors that whoever runs the net fills anew each time (nn/filler.h;
 * filler i of layer_dummy_filler).
 */
#include "base/mem.h"
#include "base/num.h"
#include "nn/filler.h"
#include "nn/layers/dummy_data.h"
#include "nn/layers/types.h"

enum { VALUES_MAX = 256 << 20 }; /* bytes */

const Caffe__FillerParameter *
layer_dummy_filler(const struct layer *l, int i)
{
	const Caffe__DummyDataParameter *p = l->p->dummy_data_param;

	if (p == NULL || !p->n_data_filler)
		return NULL;
	return p->data_filler[p->n_data_filler > 1 ? i : 0];
}

/* The four numbers of the old form, one for all tops or one each. */
static int
old_shape(const struct layer *l, const Caffe__DummyDataParameter *p, int i,
    struct shape *s)
{
	const struct {
		size_t n;
		const uint32_t *v;
	} d[4] = { { p->n_num, p->num }, { p->n_channels, p->channels },
		{ p->n_height, p->height }, { p->n_width, p->width } };
	int k;

	s->n = 4;
	for (k = 0; k < 4; k++) {
		if (d[k].n != 1 && (int)d[k].n != l->ntop)
			return err_set(ERR_FORMAT,
			    "give shape, or num, channels, height and width, once or for each of the %d tops",
			    l->ntop);
		s->d[k] = d[k].v[d[k].n > 1 ? i : 0];
	}
	return shape_check(s);
}

static int
top_shape(const struct layer *l, const Caffe__DummyDataParameter *p, int i,
    struct shape *s)
{
	if (!p->n_shape)
		return old_shape(l, p, i, s);
	if (p->n_shape != 1 && (int)p->n_shape != l->ntop)
		return err_set(ERR_FORMAT, "%zu shapes for %s", p->n_shape,
		    NUM_COUNTED(l->ntop, "top"));
	return layer_blob_shape(s, p->shape[p->n_shape > 1 ? i : 0]);
}

static int
constant(struct layer *l, const Caffe__FillerParameter *f, int i,
    const struct shape *s)
{
	void *v = NULL;
	int t;

	TRY(mem_take(
	    &v, shape_count(s), sizeof(float), VALUES_MAX, "DummyData"));
	filler_fill(v, s, f, NULL);
	t = graph_add_const(l->graph, l->p->top[i], s, v);
	mem_free(v);
	return t;
}

static int
emit(struct layer *l)
{
	const Caffe__DummyDataParameter *p = l->p->dummy_data_param;
	const Caffe__FillerParameter *f;
	struct shape s;
	int i, t;

	if (p == NULL)
		return err_set(ERR_FORMAT, "dummy_data_param is missing");
	if (p->n_data_filler > 1 && (int)p->n_data_filler != l->ntop)
		return err_set(ERR_FORMAT, "%zu fillers for %s",
		    p->n_data_filler, NUM_COUNTED(l->ntop, "top"));
	for (i = 0; i < l->ntop; i++) {
		f = layer_dummy_filler(l, i);
		TRY(top_shape(l, p, i, &s));
		TRY(filler_check(f, &s));
		t = filler_is_constant(f) ? constant(l, f, i, &s)
					  : graph_add_tensor(l->graph,
						TENSOR_INPUT, l->p->top[i], &s);
		TRY(layer_top(l, i, t));
	}
	return 0;
}

const struct layer_type layer_dummy_data = { "DummyData", 0, 0, 1, -1,
	.emit = emit, .feed = true };
