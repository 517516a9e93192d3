/*
 * Filter: the items of each bottom for which the last bottom, the selector, is
 * not 0.
 *
 * Caffe changes the batch size as it runs.  Here the selected items stand in
 * front and zeros behind them, in a batch of the full size.
 */
#include "base/num.h"
#include "nn/layers/types.h"

static int
emit(struct layer *l)
{
	int selector = l->nbottom - 1, in[2], i;
	char s[SHAPE_TEXT_MAX];

	if (l->ntop != selector)
		return err_set(ERR_FORMAT, "%s for %s before the selector",
		    NUM_COUNTED(l->ntop, "top"),
		    NUM_COUNTED(selector, "bottom"));
	if (shape_count(layer_shape(l, selector)) !=
	    (size_t)layer_shape(l, selector)->d[0])
		return err_set(ERR_FORMAT,
		    "its selector %s must have one value per item",
		    shape_text(s, layer_shape(l, selector)));
	TRY(in[1] = layer_stop_gradient(l, l->bottom[selector]));
	for (i = 0; i < selector; i++) {
		in[0] = l->bottom[i];
		TRY(layer_top(
		    l, i, graph_add(l->graph, OP_FILTER, NULL, in, 2)));
	}
	return 0;
}

const struct layer_type layer_filter = { "Filter", 2, -1, 1, -1, .emit = emit };
