/*
 * model-show: a model folder or archive for people: info.json, snapshots and
 * what was measured at each, the weights layer by layer.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/path.h"
#include "file/file.h"
#include "json/json.h"
#include "model/check.h"
#include "model/history.h"
#include "model/model.h"
#include "prog/prog.h"
#include "prog/table.h"

struct args {
	bool best;
	const char *epoch;
};

static const struct opt opts[] = {
	{ 'e', "epoch", OPT_STR, offsetof(struct args, epoch), "EPOCH|best",
	    "show the weights of this epoch, or of the one that validated best (default: those info.json names)",
	    .needs = "!best" },
	{ 0, "best", OPT_FLAG, offsetof(struct args, best), NULL,
	    "show only the snapshot that validated best" },
	{ 0 },
};

static const struct prog_example examples[] = {
	{ "model-show lenet", NULL },
	{ "model-show --best --tsv lenet | cut -f2",
	    "The epoch that validated best:" },
	{ 0 },
};

static const struct prog prog = {
	.name = "model-show",
	.summary = "show what is in a model folder",
	.operands = "MODEL",
	.min_operands = 1,
	.max_operands = 1,
	.opts = opts,
	.common = PROG_JSON,
	.about =
	    "MODEL is a folder or a snapshot archive. Shows info.json, the last hardware figures of the training (model-train(1)), "
	    "the snapshots with what was measured when they were taken (from train.ndjson), and for each blob of the weights its "
	    "shape, mean, standard deviation, least and greatest value, and share of zeros.\n\n"
	    "Weights that are not the net's are shown too, but named, with exit status 3: those of another net, without some of "
	    "its layers, with other shapes, or with NaN.\n\n"
	    "The best snapshot is the one with the highest accuracy or, "
	    "where no output is called accuracy, the lowest first output. "
	    "With --tsv it is printed as iteration, epoch, file, outputs; the first column tells the tables of --tsv apart.",
	.examples = examples,
	.see_also = "model-infer(1), model-pack(1), model-train(1)",
};

struct view {
	struct model *m;
	struct model_snapshots snapshots;
	struct history history;
	struct table layers;
	struct json_w *w; /* --json */
};

static const struct model_snapshot *
best(const struct view *v)
{
	int i = history_best_snapshot(&v->history, &v->snapshots);

	return i >= 0 ? &v->snapshots.v[i] : NULL;
}

static int
info_print(const struct view *v, int tsv)
{
	const struct json *member;
	struct json *j = NULL;
	struct buf text, cell;
	struct table t;
	struct json_w w;
	int rc;

	buf_init(&text, MODEL_INFO_MAX);
	rc = model_info_text(&text, &v->m->info);
	if (rc == 0)
		rc = json_parse(&j, buf_str(&text), text.len, "info.json");
	table_init(&t, 3);
	for (member = rc == 0 ? json_first(j) : NULL; member != NULL;
	     member = json_next(member)) {
		const char *cells[] = { tsv ? "info" : "", json_key(member),
			NULL };

		buf_init(&cell, MODEL_INFO_MAX);
		json_w_init(&w, &cell, 0);
		json_w_value(&w, member);
		cells[2] = json_text(member) != NULL ? json_text(member)
						     : buf_str(&cell);
		table_row(&t, cells);
		buf_clear(&cell);
	}
	if (v->history.panel_text != NULL)
		table_row(&t,
		    (const char *[]){
			tsv ? "info" : "", "panel", v->history.panel_text });
	table_print(&t, stdout, tsv);
	table_clear(&t);
	json_free(j);
	buf_clear(&text);
	return rc;
}

/* The outputs as text or JSON; NULL: nothing was measured.  The caller's. */
static char *
measured_at(const struct view *v, int64_t iter,
    char *(*write)(const struct history_val *val))
{
	const struct history_val *val = history_at(&v->history, iter);

	return val != NULL ? write(val) : NULL;
}

static void
snapshot_row(struct table *t, const struct view *v,
    const struct model_snapshot *s, int is_best)
{
	char iter[NUM_TEXT_MAX], epoch[NUM_TEXT_MAX] = "";
	char *measured = measured_at(v, s->iter, history_text);
	const char *cells[] = { is_best ? "best" : "snapshot", iter, epoch,
		s->weights, measured };

	snprintf(iter, sizeof(iter), "%" PRId64, s->iter);
	if (s->epoch >= 0)
		snprintf(epoch, sizeof(epoch), "%.4g", s->epoch);
	table_row(t, cells);
	mem_free(measured);
}

static void
snapshots_print(const struct view *v, int tsv)
{
	static const char *const head[] = { "", "ITERATION", "EPOCH", "FILE",
		"MEASURED" };
	const struct model_snapshot *b = best(v);
	struct table t;
	size_t i;

	if (v->snapshots.n == 0)
		return;
	table_init(&t, 5);
	t.right[1] = t.right[2] = 1;
	if (!tsv) {
		putchar('\n');
		table_row(&t, head);
	}
	for (i = 0; i < v->snapshots.n; i++)
		snapshot_row(
		    &t, v, &v->snapshots.v[i], &v->snapshots.v[i] == b);
	table_print(&t, stdout, tsv);
	table_clear(&t);
}

static int
layer_row(void *ctx, const struct model_stats *s)
{
	struct view *v = ctx;
	char n[6][NUM_TEXT_MAX];
	const double d[] = { s->mean, s->std, s->min, s->max, 100 * s->zeros };
	int tsv = prog_options()->format == PROG_FMT_TSV;
	const char *cells[] = { tsv ? "layer" : "", s->layer, s->type, n[5],
		s->shape, n[0], n[1], n[2], n[3], n[4] };
	size_t i;

	for (i = 0; i < LENGTH(d); i++)
		snprintf(n[i], sizeof(n[i]), "%.4g", d[i]);
	snprintf(n[5], sizeof(n[5]), "%d", s->blob);
	table_row(&v->layers, cells);
	return 0;
}

static int
layer_json(void *ctx, const struct model_stats *s)
{
	struct json_w *w = ((struct view *)ctx)->w;

	json_w_object(w);
	json_w_kstr(w, "layer", s->layer);
	json_w_kstr(w, "type", s->type);
	json_w_kint(w, "blob", s->blob);
	json_w_kstr(w, "shape", s->shape);
	json_w_kint(w, "count", (int64_t)s->count);
	json_w_knum(w, "mean", s->mean);
	json_w_knum(w, "std", s->std);
	json_w_knum(w, "min", s->min);
	json_w_knum(w, "max", s->max);
	json_w_knum(w, "zeros", s->zeros);
	json_w_kbool(w, "finite", s->finite);
	json_w_object_end(w);
	return 0;
}

static int
text_show(struct view *v, int tsv)
{
	static const char *const head[] = { "", "LAYER", "TYPE", "BLOB",
		"SHAPE", "MEAN", "STD", "MIN", "MAX", "ZEROS %" };
	size_t i;
	int rc = 0;

	if (v->m->has_info)
		TRY(info_print(v, tsv));
	snapshots_print(v, tsv);
	if (v->m->weights == NULL)
		return 0;
	table_init(&v->layers, LENGTH(head));
	for (i = 5; i < LENGTH(head); i++)
		v->layers.right[i] = 1;
	if (!tsv)
		table_row(&v->layers, head);
	rc = model_weights_stats(v->m->weights, layer_row, v);
	if (rc == 0) {
		if (!tsv)
			printf("\n%s\n", path_base(v->m->weights));
		table_print(&v->layers, stdout, tsv);
	}
	table_clear(&v->layers);
	return rc;
}

/* A value that was printed before; NULL or no JSON: null. */
static void
raw_json(struct json_w *w, const char *key, const char *text)
{
	struct json *j = NULL;

	json_w_key(w, key);
	if (text != NULL && json_parse(&j, text, strlen(text), key) == 0)
		json_w_value(w, j);
	else
		json_w_null(w);
	json_free(j);
}

static void
snapshot_json(
    const struct view *v, struct json_w *w, const struct model_snapshot *s)
{
	char *outputs = measured_at(v, s->iter, history_json);

	json_w_object(w);
	json_w_kint(w, "iter", s->iter);
	json_w_key(w, "epoch");
	if (s->epoch >= 0)
		json_w_num(w, s->epoch);
	else
		json_w_null(w);
	json_w_kstr(w, "weights", s->weights);
	json_w_kstr(w, "state", s->state);
	json_w_kbool(w, "best", s == best(v));
	raw_json(w, "outputs", outputs);
	json_w_object_end(w);
	mem_free(outputs);
}

static int
info_json(const struct view *v, struct json_w *w)
{
	struct json *j = NULL;
	struct buf b;
	int rc;

	buf_init(&b, MODEL_INFO_MAX);
	rc = model_info_text(&b, &v->m->info);
	if (rc == 0)
		rc = json_parse(&j, buf_str(&b), b.len, "info.json");
	if (rc == 0) {
		json_w_key(w, "info");
		json_w_value(w, j);
	}
	json_free(j);
	buf_clear(&b);
	return rc;
}

static int
json_show(struct view *v)
{
	struct json_w w;
	struct buf b;
	size_t i;
	int rc;

	buf_init(&b, JSON_MAX_BYTES);
	json_w_init(&w, &b, 0);
	v->w = &w;
	json_w_object(&w);
	rc = info_json(v, &w);
	raw_json(&w, "panel", v->history.panel_json);
	json_w_key(&w, "snapshots");
	json_w_array(&w);
	for (i = 0; i < v->snapshots.n; i++)
		snapshot_json(v, &w, &v->snapshots.v[i]);
	json_w_array_end(&w);
	json_w_kstr(&w, "weights",
	    v->m->weights != NULL ? path_base(v->m->weights) : NULL);
	json_w_key(&w, "layers");
	json_w_array(&w);
	if (rc == 0 && v->m->weights != NULL)
		rc = model_weights_stats(v->m->weights, layer_json, v);
	json_w_array_end(&w);
	json_w_object_end(&w);
	if (rc == 0)
		rc = json_w_end(&w);
	if (rc == 0)
		puts(buf_str(&b));
	buf_clear(&b);
	return rc;
}

static int
best_show(const struct view *v, enum prog_format format)
{
	const struct model_snapshot *s = best(v);
	struct json_w w;
	struct buf b;

	if (s == NULL)
		return err_set(
		    ERR_MISSING, "%s: no snapshot was validated", v->m->dir);
	if (format != PROG_FMT_JSON) {
		const char *sep = format == PROG_FMT_TSV ? "\t" : "  ";
		char *outputs = measured_at(v, s->iter, history_text);

		printf("%" PRId64 "%s%.6g%s%s%s%s\n", s->iter, sep, s->epoch,
		    sep, s->weights, sep, outputs);
		mem_free(outputs);
		return 0;
	}
	buf_init(&b, JSON_MAX_BYTES);
	json_w_init(&w, &b, 0);
	snapshot_json(v, &w, s);
	puts(buf_str(&b));
	buf_clear(&b);
	return json_w_end(&w);
}

static int
run(const struct args *a, const char *path)
{
	enum prog_format format = prog_options()->format;
	struct view v = { 0 };
	double epoch;
	int rc;

	TRY(model_epoch_parse(&epoch, a->epoch));
	rc = model_open(&v.m, path, epoch);
	if (rc < 0)
		return rc;
	rc = model_snapshots_find(&v.snapshots, v.m->dir, &v.m->info);
	if (rc == 0)
		rc = history_read(&v.history, v.m->dir, -1);
	if (rc == 0 && a->best)
		rc = best_show(&v, format);
	else if (rc == 0 && format == PROG_FMT_JSON)
		rc = json_show(&v);
	else if (rc == 0)
		rc = text_show(&v, format == PROG_FMT_TSV);
	if (rc == 0 && !a->best)
		rc = model_judge(v.m, NULL, NULL);
	history_clear(&v.history);
	model_snapshots_free(&v.snapshots);
	model_close(v.m);
	return rc;
}

int
main(int argc, char **argv)
{
	struct args args = { .epoch = NULL };
	int rc = prog_parse(&prog, &args, &argc, &argv);

	if (rc > 0)
		rc = run(&args, argv[0]);
	return prog_end(&prog, rc);
}
