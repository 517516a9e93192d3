/*
 * Series as text of comma-separated values (RFC 4180): fields between quotes where
 * they need them, nothing where nothing is known, lines that end with CR and LF.
 * All return what buf_add returns.
 */
#ifndef PLOT_CSV_H
#define PLOT_CSV_H

#include "base/buf.h"
#include "plot/series.h"

/* The names of the columns of plot_csv_points. */
#define PLOT_CSV_HEAD "run,series,epoch,iteration,time,value\r\n"
/* A line for each point of a series. */
int plot_csv_points(struct buf *b, const struct plot_series *s);
/* A line for each iteration that anything was measured at, a column for each
 * series, of one run; with the names of the columns. */
int plot_csv_table(struct buf *b, const struct plot_data *d);

#endif
