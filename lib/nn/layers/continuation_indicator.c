/* ContinuationIndicator: (time_step, batch_size) for recurrent layers, 0 at the
 * first step of each sequence and 1 at those that go on. */
#include "base/mem.h"
#include "nn/layers/types.h"

static const Caffe__ContinuationIndicatorParameter none =
    CAFFE__CONTINUATION_INDICATOR_PARAMETER__INIT;

enum { VALUES_MAX = 1 << 24 };

static int
emit(struct layer *l)
{
	const Caffe__ContinuationIndicatorParameter *p =
	    LAYER_PARAM(l, continuation_indicator_param, &none);
	struct shape s = shape_of(2, p->time_step, p->batch_size);
	size_t i, n;
	float *v;
	int t;

	if (p->time_step < 1 || p->batch_size < 1 ||
	    (uint64_t)p->time_step * p->batch_size > VALUES_MAX)
		return err_set(ERR_FORMAT,
		    "time_step %u and batch_size %u: they must be at least 1 and not more than %d together",
		    p->time_step, p->batch_size, VALUES_MAX);
	n = shape_count(&s);
	v = mem_array(float, n);
	for (i = 0; i < n; i++)
		v[i] = i >= p->batch_size;
	t = graph_add_const(l->graph, "continuation", &s, v);
	mem_free(v);
	return layer_top(l, 0, t);
}

const struct layer_type layer_continuation_indicator = {
	"ContinuationIndicator", 0, 0, 1, 1, .emit = emit
};
