/*
 * What answers with a known truth came to, at the end of what model-infer prints:
 * top-1 and top-5, figures of classes, mistakes and the confusion matrix, as text,
 * TSV or JSON, and the matrix in a file.
 */
#ifndef INFER_CLASSES_SUMMARY_H
#define INFER_CLASSES_SUMMARY_H

#include "infer/classes/mistakes.h"
#include "metric/calibration.h"
#include "metric/confusion.h"

struct infer;
struct report_opts;

struct summary {
	const struct report_opts *o;
	const struct infer *infer; /* for the names of classes */
	struct confusion confusion;
	struct mistakes mistakes;
	struct calibration calibration; /* where scores are probabilities */
};

/* All that --require knows of classes. */
enum { SUMMARY_METRICS = CONFUSION_METRICS + CALIBRATION_METRICS };
size_t
summary_metrics(const struct summary *s, struct gate_value v[SUMMARY_METRICS]);

struct json_w;
/* "confusion": the matrix, rows the truth. */
void summary_matrix_json(struct json_w *w, const struct confusion *c);
/* On stdout, in the format that was asked for. */
int summary_print(const struct summary *s);
/* --confusion and --calibration, where they are asked for and not printed. */
int summary_write_files(const struct summary *s);

#endif
