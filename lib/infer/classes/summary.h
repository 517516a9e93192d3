/*
 * What answers with a known truth came to, at the end of what model-infer prints:
 * top-1 and top-5, figures of classes, mistakes and the confusion matrix, as text,
 * TSV or JSON, and the matrix in a file.
 */
#ifndef INFER_CLASSES_SUMMARY_H
#define INFER_CLASSES_SUMMARY_H

#include "infer/classes/mistakes.h"
#include "metric/confusion.h"

struct infer;
struct report_opts;

struct summary {
	const struct report_opts *o;
	const struct infer *infer; /* for the names of classes */
	struct confusion confusion;
	struct mistakes mistakes;
};

struct json_w;
/* "confusion": the matrix, rows the truth. */
void summary_matrix_json(struct json_w *w, const struct confusion *c);
/* On stdout, in the format that was asked for. */
int summary_print(const struct summary *s);
/* --confusion, where it is asked for and not in the JSON. */
int summary_write_matrix(const struct summary *s);

#endif
