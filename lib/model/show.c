/* Tables and JSON of a model: see show.h. */
#include "model/show.h"

#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/path.h"
#include "json/line.h"
#include "model/check.h"
#include "model/imports/prepare.h"
#include "model/pack.h"
#include "prog/line.h"
#include "prog/table.h"

int
model_view_open(struct model_view *v, const char *path, double epoch)
{
	TRY(model_open(&v->m, path, epoch));
	TRY(model_snapshots_find(&v->snapshots, v->m->dir, &v->m->info));
	return history_read(&v->history, v->m->dir, -1);
}

void
model_view_close(struct model_view *v)
{
	history_clear(&v->history);
	model_snapshots_free(&v->snapshots);
	model_close(v->m);
	memset(v, 0, sizeof(*v));
}

static const struct model_snapshot *
best(const struct model_view *v)
{
	int i = history_best_snapshot(&v->history, &v->snapshots);

	return i >= 0 ? &v->snapshots.v[i] : NULL;
}

/* info.json as it stands in the folder.  The caller's. */
static int
info_read(struct json **out, const struct model_view *v)
{
	struct buf text;
	int rc;

	buf_init(&text, MODEL_INFO_MAX);
	rc = model_info_text(&text, &v->m->info);
	if (rc >= 0)
		rc = json_parse(out, buf_str(&text), text.len, "info.json");
	buf_clear(&text);
	return rc;
}

static void
info_row(struct table *t, const char *kind, const struct json *member)
{
	struct buf text;
	struct json_w w;

	buf_init(&text, MODEL_INFO_MAX);
	json_w_init(&w, &text, 0);
	json_w_value(&w, member);
	table_row(t,
	    (const char *[]){ kind, json_key(member),
		json_text(member) != NULL ? json_text(member)
					  : buf_str(&text) });
	buf_clear(&text);
}

/* How pictures become the input of a model of another program. */
static void
prepared_row(struct table *t, const char *kind, const struct model_view *v)
{
	int d[4] = { 0 };
	char *text;

	if (model_info_find(&v->m->info, "preparation") == NULL)
		return;
	if (v->m->deploy != NULL && model_net_input(d, v->m->deploy) < 0)
		return;
	text = model_prepared_text(&v->m->info, &d[2]);
	table_row(t, (const char *[]){ kind, "pictures", text });
	mem_free(text);
}

static int
info_table(const struct model_view *v, FILE *out, int tsv)
{
	const char *kind = tsv ? "info" : "";
	struct json *j = NULL;
	struct table t;

	TRY(info_read(&j, v));
	table_init(&t, 3);
	for (const struct json *m = json_first(j); m != NULL; m = json_next(m))
		info_row(&t, kind, m);
	prepared_row(&t, kind, v);
	if (v->history.panel_text != NULL)
		table_row(&t,
		    (const char *[]){ kind, "panel", v->history.panel_text });
	table_print(&t, out, tsv);
	table_clear(&t);
	json_free(j);
	return 0;
}

/* The outputs as text or JSON; NULL: nothing was measured.  The caller's. */
static char *
measured_at(const struct model_view *v, int64_t iter,
    char *(*write)(const struct history_val *val))
{
	const struct history_val *val = history_at(&v->history, iter);

	return val != NULL ? write(val) : NULL;
}

static void
snapshot_row(struct table *t, const struct model_view *v,
    const struct model_snapshot *s, bool is_best)
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
snapshots_table(const struct model_view *v, FILE *out, int tsv)
{
	static const char *const head[] = { "", "ITERATION", "EPOCH", "FILE",
		"MEASURED" };
	const struct model_snapshot *b = best(v);
	struct table t;

	if (v->snapshots.n == 0)
		return;
	table_init(&t, 5);
	t.right[1] = t.right[2] = 1;
	if (!tsv) {
		fputc('\n', out);
		table_row(&t, head);
	}
	for (size_t i = 0; i < v->snapshots.n; i++)
		snapshot_row(
		    &t, v, &v->snapshots.v[i], &v->snapshots.v[i] == b);
	table_print(&t, out, tsv);
	table_clear(&t);
}

struct layer_table {
	struct table table;
	int tsv;
};

static int
layer_row(void *ctx, const struct model_stats *s)
{
	struct layer_table *l = ctx;
	const double d[] = { s->mean, s->std, s->min, s->max, 100 * s->zeros };
	char n[LENGTH(d)][NUM_TEXT_MAX], blob[NUM_TEXT_MAX];

	for (size_t i = 0; i < LENGTH(d); i++)
		snprintf(n[i], sizeof(n[i]), "%.4g", d[i]);
	snprintf(blob, sizeof(blob), "%d", s->blob);
	table_row(&l->table,
	    (const char *[]){ l->tsv ? "layer" : "", s->layer, s->type, blob,
		s->shape, n[0], n[1], n[2], n[3], n[4] });
	return 0;
}

static int
layer_json(void *ctx, const struct model_stats *s)
{
	struct json_w *w = ctx;

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
layers_table(const struct model_view *v, FILE *out, int tsv)
{
	static const char *const head[] = { "", "LAYER", "TYPE", "BLOB",
		"SHAPE", "MEAN", "STD", "MIN", "MAX", "ZEROS %" };
	struct layer_table l = { .tsv = tsv };
	int rc;

	table_init(&l.table, LENGTH(head));
	for (size_t i = 5; i < LENGTH(head); i++)
		l.table.right[i] = 1;
	if (!tsv)
		table_row(&l.table, head);
	rc = model_weights_stats(v->m->weights, layer_row, &l);
	if (rc == 0) {
		if (!tsv)
			fprintf(out, "\n%s\n", path_base(v->m->weights));
		table_print(&l.table, out, tsv);
	}
	table_clear(&l.table);
	return rc;
}

static int
all_tables(const struct model_view *v, FILE *out, int tsv)
{
	if (v->m->has_info)
		TRY(info_table(v, out, tsv));
	snapshots_table(v, out, tsv);
	return v->m->weights != NULL ? layers_table(v, out, tsv) : 0;
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

/* The members of a snapshot's object. */
static void
snapshot_json(const struct model_view *v, struct json_w *w,
    const struct model_snapshot *s, bool is_best)
{
	char *outputs = measured_at(v, s->iter, history_json);

	json_w_kint(w, "iter", s->iter);
	json_w_key(w, "epoch");
	if (s->epoch >= 0)
		json_w_num(w, s->epoch);
	else
		json_w_null(w);
	json_w_kstr(w, "weights", s->weights);
	json_w_kstr(w, "state", s->state);
	json_w_kbool(w, "best", is_best);
	raw_json(w, "outputs", outputs);
	mem_free(outputs);
}

static int
info_json(const struct model_view *v, struct json_w *w)
{
	struct json *j = NULL;
	int rc = info_read(&j, v);

	if (rc >= 0) {
		json_w_key(w, "info");
		json_w_value(w, j);
	}
	json_free(j);
	return rc;
}

static int
all_json(const struct model_view *v, struct json_w *w)
{
	const struct model_snapshot *b = best(v);

	TRY(info_json(v, w));
	raw_json(w, "panel", v->history.panel_json);
	json_w_key(w, "snapshots");
	json_w_array(w);
	for (size_t i = 0; i < v->snapshots.n; i++) {
		json_w_object(w);
		snapshot_json(
		    v, w, &v->snapshots.v[i], &v->snapshots.v[i] == b);
		json_w_object_end(w);
	}
	json_w_array_end(w);
	json_w_kstr(w, "weights",
	    v->m->weights != NULL ? path_base(v->m->weights) : NULL);
	json_w_key(w, "layers");
	json_w_array(w);
	if (v->m->weights != NULL)
		TRY(model_weights_stats(v->m->weights, layer_json, w));
	json_w_array_end(w);
	return 0;
}

int
model_view_all(const struct model_view *v, FILE *out, enum prog_format format)
{
	struct json_line line;
	int rc;

	if (format != PROG_FMT_JSON)
		return all_tables(v, out, format == PROG_FMT_TSV);
	rc = all_json(v, json_line_begin(&line));
	if (rc >= 0)
		return json_line_end(&line, out);
	json_line_drop(&line);
	return rc;
}

int
model_view_best(const struct model_view *v, FILE *out, enum prog_format format)
{
	const struct model_snapshot *s = best(v);
	struct line l = { out, format == PROG_FMT_TSV };
	struct json_line line;
	char *outputs;

	if (s == NULL)
		return err_set(
		    ERR_MISSING, "%s: no snapshot was validated", v->m->dir);
	if (format == PROG_FMT_JSON) {
		snapshot_json(v, json_line_begin(&line), s, true);
		return json_line_end(&line, out);
	}
	outputs = measured_at(v, s->iter, history_text);
	line_cell(&l, "%" PRId64, s->iter);
	if (s->epoch >= 0)
		line_cell(&l, "%.6g", s->epoch);
	else
		line_cell(&l, "%s", "");
	line_cell(&l, "%s", s->weights);
	line_cell(&l, "%s", outputs);
	line_end(&l);
	mem_free(outputs);
	return 0;
}
