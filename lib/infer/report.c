/* The results of model-infer on stdout and in files: see report.h. */
#include "infer/report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "dset/dset.h"
#include "file/file.h"
#include "infer/arrays.h"
#include "infer/tile.h"
#include "infer/views/pictures.h"
#include "infer/views/view.h"
#include "infer/windows.h"
#include "prog/gate.h"

struct report {
	const struct report_opts *o;
	struct infer *infer;
	struct infer_viewer viewer;
	uint64_t answered;
	char *first_bad; /* the name of a picture that could not be used */
	struct arrays *arrays;         /* --npy */
	struct infer_windows *windows; /* --windows */
	int untrained; /* what telling of layers without weights said */
};

void
report_share(char out[REPORT_CELL], double v, bool tsv)
{
	if (isnan(v))
		snprintf(out, REPORT_CELL, "-");
	else if (tsv)
		snprintf(out, REPORT_CELL, "%.6g", v);
	else
		snprintf(out, REPORT_CELL, "%.2f%%", 100 * v);
}

int
report_gates(const struct report_opts *o, const struct gate_value *v, size_t n)
{
	for (size_t i = 0; i < o->require.n; i++) {
		struct gate g;
		int met;

		TRY(gate_parse(&g, o->require.v[i]));
		met = gate_met(&g, v, n);
		if (met < 0)
			return met;
		if (met == 0)
			return err_set(ERR_GATE, "--require %s is not met",
			    o->require.v[i]);
	}
	return 0;
}

static int
on_answer(void *ctx, const struct answer *a)
{
	struct report *r = ctx;

	r->answered++;
	if (r->arrays != NULL)
		TRY(arrays_add(r->arrays, r->infer, a->place,
		    a->truth == ANSWER_NO_CLASS ? -1 : a->truth));
	TRY(infer_viewer_answer(&r->viewer, a));
	/* Who listened has gone: the rest need not be run. */
	return ferror(stdout) ? prog_std_check() : 0;
}

static int
on_bad(void *ctx, const char *name, int64_t record, const char *reason)
{
	struct report *r = ctx;

	if (r->first_bad == NULL)
		r->first_bad = mem_strdup(name);
	if (r->arrays != NULL)
		TRY(arrays_skip(r->arrays));
	return prog_bad(name, record, reason, 0);
}

/* Comma lists of --outputs into names, for free_outputs. */
static void
split_outputs(struct infer_opts *io, const struct opt_list *outputs)
{
	const char **v = NULL;
	size_t n = 0, cap = 0;

	for (size_t i = 0; i < outputs->n; i++) {
		const char *at = outputs->v[i];

		while (*at != '\0') {
			size_t len = strcspn(at, ",");

			mem_grow(&v, &cap, n + 1);
			v[n++] = mem_strndup(at, len);
			at += len + (at[len] == ',');
		}
	}
	io->outputs = v;
	io->noutputs = n;
}

static void
free_outputs(struct infer_opts *io)
{
	for (size_t i = 0; i < io->noutputs; i++)
		mem_free((char *)io->outputs[i]);
	mem_free((void *)io->outputs);
}

static void
untrained(void *ctx, const char *layer)
{
	struct report *r = ctx;
	char *why = mem_printf(
	    "layer \"%s\" has no weights: its filler's values are used", layer);
	int rc = prog_bad(infer_model(r->infer)->weights, -1, why, 0);

	mem_free(why);
	if (r->untrained >= 0)
		r->untrained = rc;
}

/* The pieces of a picture, for --tile. */
static int
cut_tiles(void *ctx, const char *name, int width, int height,
    struct stream_piece **out, size_t *n)
{
	const struct report *r = ctx;

	(void)name;
	return tile_cut(
	    out, n, width, height, r->o->tile[0], r->o->tile[1], r->o->overlap);
}

/* ... and for --windows. */
static int
cut_windows(void *ctx, const char *name, int width, int height,
    struct stream_piece **out, size_t *n)
{
	const struct report *r = ctx;

	return infer_windows_of(r->windows, name, width, height, out, n);
}

int
report_same_classes(
    const struct dset *d, const char *const *labels, size_t nlabels)
{
	const size_t n = nlabels < d->nlabels ? nlabels : d->nlabels;

	for (size_t i = 0; i < n; i++)
		if (strcmp(labels[i], d->labels[i]) != 0)
			return err_set(ERR_FORMAT,
			    "class %zu is \"%s\" in %s and \"%s\" in the model: they have other classes",
			    i, d->labels[i], d->path, labels[i]);
	return 0;
}

static int
run_stream(struct report *r, struct stream *s)
{
	if (s->dset != NULL) {
		int rc = report_same_classes(
		    s->dset, r->viewer.labels, r->viewer.nlabels);

		if (rc < 0)
			return err_set(rc,
			    "%s (--db takes the records of a part by their numbers alone)",
			    err_text());
	}
	TRY(infer_viewer_begin(&r->viewer));
	s->pictures =
	    r->o->out != NULL || r->o->crops != NULL || r->o->html != NULL;
	s->alone = r->viewer.view->alone;
	s->labels = r->viewer.view->labels;
	s->context = -1;
	if (r->o->tile[0] > 0)
		s->cut = cut_tiles;
	if (r->windows != NULL) {
		s->cut = cut_windows;
		s->context = r->o->context;
	}
	s->infer = r->infer;
	s->answer = on_answer;
	s->bad = on_bad;
	s->ctx = r;
	TRY(stream_run(s));
	if (s->db != NULL && r->answered == 0 && r->first_bad != NULL)
		return err_set(
		    ERR_FORMAT, "%s: none of its records can be used", s->db);
	if (s->list != NULL && r->answered == 0 && r->first_bad != NULL)
		return file_root_hint(
		    err_set(ERR_FORMAT,
			"none of the pictures of %s can be used",
			strcmp(s->list, "-") == 0 ? "the list" : s->list),
		    s->list, s->root, r->first_bad);
	return infer_viewer_finish(&r->viewer);
}

/* Open the model, and what is made of its outputs. */
static int
open_model(struct report *r, const char *model, struct infer_opts *io,
    struct stream *s, bool tensors)
{
	struct infer_viewer *v = &r->viewer;

	*v = (struct infer_viewer){ .o = r->o,
		.stream = s,
		.listed = s->list != NULL && s->first_label == 0 };
	/* What was named is shown as it is. */
	if (tensors || (io->noutputs > 0 && r->o->view == INFER_VIEW_AUTO))
		v->view = &infer_view_class;
	if (!tensors) {
		io->more = infer_viewer_blobs;
		io->more_ctx = v;
	}
	TRY(infer_open(&r->infer, model, io));
	v->infer = r->infer;
	v->labels = infer_labels(r->infer, &v->nlabels);
	infer_each_untrained(r->infer, untrained, r);
	TRY(r->untrained);
	if (r->o->npy != NULL)
		return arrays_new(
		    &r->arrays, r->o->npy, io->outputs, io->noutputs);
	return 0;
}

/* The pictures are those that have windows. */
static int
read_windows(struct report *r, struct infer_opts *io, struct stream *s)
{
	TRY(infer_windows_read(&r->windows, r->o->windows, s->root));
	s->names = infer_windows_pictures(r->windows, &s->nnames);
	io->crop = INFER_SQUASH;
	return 0;
}

/* What was made, whether a gate was met or not. */
static int
commit(struct report *r, int rc)
{
	struct err_saved why;

	if (rc < 0 && rc != ERR_GATE)
		return rc;
	err_save(&why, rc);
	TRY(arrays_commit(r->arrays, r->infer));
	TRY(infer_pictures_commit(r->viewer.pictures));
	return err_restore(&why);
}

int
report_run(struct report_opts *o, const char *model, struct infer_opts *io,
    struct stream *s, const struct opt_list *inputs,
    const struct opt_list *outputs)
{
	struct report r = { .o = o };
	const char *const folders[] = { o->out, o->yolo, o->crops, o->masks };
	int rc;

	for (size_t i = 0; i < LENGTH(folders); i++)
		if (folders[i] != NULL)
			TRY(infer_pictures_check(folders[i]));
	split_outputs(io, outputs);
	o->model = model;
	o->outputs_asked = io->noutputs > 0 || o->npy != NULL;
	rc = o->windows != NULL ? read_windows(&r, io, s) : 0;
	if (rc >= 0)
		rc = open_model(&r, model, io, s, inputs->n > 0);
	if (rc >= 0 && inputs->n > 0)
		rc = arrays_run_inputs(r.arrays, r.infer, inputs);
	else if (rc >= 0)
		rc = run_stream(&r, s);
	rc = commit(&r, rc);
	infer_viewer_clear(&r.viewer);
	arrays_free(r.arrays);
	infer_windows_free(r.windows);
	infer_close(r.infer);
	mem_free(r.first_bad);
	free_outputs(io);
	return rc;
}
