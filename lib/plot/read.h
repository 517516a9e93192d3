/*
 * Where series come from:
 *
 *	a model folder: its train.ndjson, else the caffe_output.log of DIGITS
 *	a train.ndjson
 *	what "caffe train" logged (with glog's times, old and new forms)
 *	what darknet printed
 *	a table: CSV (commas, semicolons) or TSV with a line of names, as Ultralytics,
 *	Keras and Lightning write; its columns called iteration, step, epoch, time or
 *	alike are where its rows stand, others are series
 *
 * A file is told by what is in it.  Validations are called "val NAME".
 */
#ifndef PLOT_READ_H
#define PLOT_READ_H

#include "plot/series.h"

enum { PLOT_FILE_MAX = 1 << 30 };

/* operand: a folder, a file or "-".  run: what it is called.  ERR_FORMAT, naming
 * file and line; ERR_MISSING: nothing to be plotted. */
int plot_read(struct plot_data *d, const char *operand, const char *run);

/* The file that is read of an operand, but "-"; the caller's. */
int plot_file(char **out, const char *operand);

/* A text that is in memory. */
struct plot_text {
	const char *name; /* for sentences */
	const char *run;
	const char *p; /* ends with a 0 byte, behind n others */
	size_t n;
};
/* By whichever of those below knows it. */
int plot_read_text(struct plot_data *d, const struct plot_text *t);
int plot_read_events(struct plot_data *d, const struct plot_text *t);
int plot_read_caffe(struct plot_data *d, const struct plot_text *t);
int plot_read_darknet(struct plot_data *d, const struct plot_text *t);
int plot_read_table(struct plot_data *d, const struct plot_text *t);
/* Is the line (of n bytes) one that only that kind of log has? */
bool plot_caffe_line(const char *p, size_t n);
bool plot_darknet_line(const char *p, size_t n);

#endif
