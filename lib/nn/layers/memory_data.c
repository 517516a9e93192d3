/* MemoryData: a batch that a program hands over; its shape is in the prototxt. */
#include "nn/layers/types.h"

static int
emit(struct layer *l)
{
	const Caffe__MemoryDataParameter *p = l->p->memory_data_param;
	struct shape s = { 4 };

	if (p == NULL || !p->batch_size || !p->channels || !p->height ||
	    !p->width)
		return err_set(ERR_FORMAT,
		    "memory_data_param with batch_size, channels, height and width is missing");
	s.d[0] = p->batch_size;
	s.d[1] = p->channels;
	s.d[2] = p->height;
	s.d[3] = p->width;
	TRY(shape_check(&s));
	TRY(layer_top(
	    l, 0, graph_add_tensor(l->graph, TENSOR_INPUT, l->p->top[0], &s)));
	s.n = 1;
	return layer_top(
	    l, 1, graph_add_tensor(l->graph, TENSOR_INPUT, l->p->top[1], &s));
}

const struct layer_type layer_memory_data = { "MemoryData", 0, 0, 2, 2,
	.emit = emit, .feed = true };
