/*
 * A model for people and for programs: info.json, the snapshots with what was
 * measured when they were taken, the weights blob by blob.
 */
#ifndef MODEL_SHOW_H
#define MODEL_SHOW_H

#include <stdio.h>

#include "prog/prog.h"
#include "model/history.h"
#include "model/model.h"

struct model_view {
	struct model *m;
	struct model_snapshots snapshots;
	struct history history;
};

/* As model_open.  v is zero, and to be closed whatever is returned. */
int model_view_open(struct model_view *v, const char *path, double epoch);
void model_view_close(struct model_view *v);

/* All of it: tables, those of PROG_FMT_TSV told apart by their first column, or one
 * JSON object. */
int
model_view_all(const struct model_view *v, FILE *out, enum prog_format format);
/* A line for the snapshot that validated best; ERR_MISSING: none was validated. */
int
model_view_best(const struct model_view *v, FILE *out, enum prog_format format);

#endif
