/*
 * A training as one page of HTML: what it is, its curves, what the best net got
 * right and wrong on pictures that it did not learn from, the data, the net, and how
 * to make all of it again.  Beside the page results.csv has the numbers of the curves.
 */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include <stdbool.h>

struct html_report {
	const char *model; /* a model folder */
	const char
	    *dataset; /* the folder of its data set; NULL: as info.json says */
	const char *out;    /* the page */
	const char *title;  /* or NULL */
	const char *device; /* to run the net on */
	int threads;
	int force; /* as of -f */
	bool log;  /* of the curves */
	double smooth;
};

/* What cannot be shown (no data set, a net of another kind) is left out, with a line
 * in the page that says why; a model that cannot be read is an error. */
int html_report_write(const struct html_report *o);

#endif
