/*
 * How a running training stands, as a text file in the OpenMetrics format (version
 * 1.0, text format), for what collects such files: Prometheus's node exporter reads
 * those of a folder.
 *
 *	# TYPE nnutils_training_output gauge
 *	nnutils_training_output{model="lenet",phase="val",output="accuracy"} 0.98
 *	…
 *	# EOF
 */
#ifndef TRAIN_MONITORS_OPENMETRICS_H
#define TRAIN_MONITORS_OPENMETRICS_H

#include <stdbool.h>

#include "base/buf.h"
#include "train/journal.h"

struct openmetrics {
	const char *model; /* its label; any bytes of UTF-8 */
	int64_t iter, max_iter;
	double epoch, elapsed;           /* seconds */
	double rate, images_per_s;       /* NAN: not known */
	double eta;                      /* seconds; NAN: not known */
	const struct measurement *train; /* the last ones; NULL: none */
	const struct measurement *val;
	bool running;
};

/* Appended to b. */
int openmetrics_text(struct buf *b, const struct openmetrics *m);

struct session;
/* Into the file that the job names, in place of what is there, at once; nothing
 * where it names none.  train: measured now, or NULL; running: it goes on. */
int openmetrics_write(
    const struct session *s, const struct measurement *train, bool running);

#endif
