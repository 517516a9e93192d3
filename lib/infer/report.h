/*
 * What model-infer prints and writes: answers as text, TSV or NDJSON, arrays,
 * and the figures over all pictures.
 */
#ifndef INFER_REPORT_H
#define INFER_REPORT_H

#include "infer/stream.h"
#include "prog/prog.h"

struct report_opts {
	int top;
	bool top_given;
	bool summary, per_class;
	const char *npy, *confusion;
	int mistakes;
	struct opt_list require;
};

/* Open the model, run the stream (answer, bad and ctx are set here) or the tensors
 * of inputs ("BLOB=FILE.npy"), print; outputs: blob names, comma lists. */
int report_run(const struct report_opts *o, const char *model,
    struct infer_opts *io, struct stream *s, const struct opt_list *inputs,
    const struct opt_list *outputs);

#endif
