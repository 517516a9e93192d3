/*
 * The end of an export: what nobody reads goes, everything gets its name, and the
 * graph becomes ONNX's message.
 */
#ifndef ONNX_EXPORT_FINISH_H
#define ONNX_EXPORT_FINISH_H

#include "onnx/export/build.h"

/* An initializer without its numbers, which are those of the array. */
struct export_init {
	Onnx__TensorProto tensor;
	const struct export_array *array;
};

struct export_graph {
	Onnx__GraphProto graph; /* without initializers */
	struct export_init *init;
	size_t ninit;
};

/* Outputs of the net, as far as there are values for them: e->out.  The batch axis is
 * called "N". */
void export_outputs(struct export *e);
/* All that *out holds lives as long as e. */
void export_finish(struct export *e, struct export_graph *out);
/* Are they the same but for the weights? */
bool
export_graph_same(const struct export_graph *a, const struct export_graph *b);

#endif
