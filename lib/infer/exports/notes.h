/* The metadata of an exported model: see man/nnutils-onnx.7. */
#ifndef INFER_EXPORTS_NOTES_H
#define INFER_EXPORTS_NOTES_H

#include "infer/inside.h"
#include "onnx/export/export.h"

struct infer_notes {
	struct onnx_note *v; /* keys and values are owned */
	size_t n, cap;
};

/* prepared: pictures go in as bytes of the net's size.  mean: the graph subtracts the
 * mean image. */
int infer_notes_make(
    struct infer_notes *n, const struct infer *f, bool prepared, bool mean);
void infer_notes_clear(struct infer_notes *n); /* accepts zeros */

#endif
