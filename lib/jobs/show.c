/* Jobs as text, TSV and JSON: see show.h. */
#include "jobs/show.h"

#include <math.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "json/line.h"
#include "prog/table.h"

/* In front stands what relation it has, where that is asked for. */
enum { FRONT = 1 };

enum {
	TEXT_PATH = FRONT,
	TEXT_NAME,
	TEXT_KIND,
	TEXT_STATUS,
	TEXT_PROGRESS,
	TEXT_ETA,
	TEXT_TIME,
	TEXT_BEST,
	TEXT_SIZE,
	TEXT_GROUP,
	TEXT_NOTE,
	TEXT_ERROR,
	TEXT_COLUMNS
};

enum {
	TSV_PATH = FRONT,
	TSV_NAME,
	TSV_KIND,
	TSV_STATUS,
	TSV_PROGRESS,
	TSV_TIME,
	TSV_ACCURACY,
	TSV_SIZE,
	TSV_GROUP,
	TSV_NOTE,
	TSV_ERROR,
	TSV_ETA,
	TSV_METRIC,
	TSV_VALUE,
	TSV_ITERATION,
	TSV_CHANGED,
	TSV_COLUMNS
};

/* "98.5%"; nothing for a share that is not known. */
static const char *
percent(char out[NUM_TEXT_MAX], double share)
{
	out[0] = '\0';
	if (share >= 0)
		snprintf(out, NUM_TEXT_MAX, "%.1f%%", share * 100);
	return out;
}

static const char *
duration(char out[NUM_TEXT_MAX], double seconds)
{
	out[0] = '\0';
	if (seconds >= 0)
		num_time_text(out, seconds);
	return out;
}

/* An accuracy as a share; a loss by its name. */
static char *
best_text(const struct job *j)
{
	char share[NUM_TEXT_MAX];

	if (j->accuracy >= 0)
		return mem_strdup(percent(share, j->accuracy));
	if (j->metric == NULL || isnan(j->score))
		return NULL;
	return mem_printf("%s %.4g", j->metric, j->value);
}

static void
row_text(struct table *t, const char *relation, const struct job *j)
{
	char progress[NUM_TEXT_MAX], eta[NUM_TEXT_MAX], time[NUM_TEXT_MAX];
	char size[NUM_TEXT_MAX], *best = best_text(j);
	const char *cells[TEXT_COLUMNS] = { [0] = relation,
		[TEXT_PATH] = j->path,
		[TEXT_NAME] = j->name,
		[TEXT_KIND] = job_kind_name(j->kind),
		[TEXT_STATUS] = j->status,
		[TEXT_PROGRESS] = percent(progress, j->progress),
		[TEXT_ETA] = duration(eta, j->eta),
		[TEXT_TIME] = duration(time, j->elapsed),
		[TEXT_BEST] = best,
		[TEXT_SIZE] = num_bytes_text(size, j->bytes),
		[TEXT_GROUP] = j->group,
		[TEXT_NOTE] = j->note,
		[TEXT_ERROR] = j->error };

	table_row(t, relation == NULL ? cells + FRONT : cells);
	mem_free(best);
}

static const char *
plain(char out[NUM_TEXT_MAX], double v, bool there)
{
	out[0] = '\0';
	if (there && isfinite(v))
		num_double_text(out, v);
	return out;
}

static const char *
plain_float(char out[NUM_TEXT_MAX], double v)
{
	out[0] = '\0';
	if (v >= 0)
		num_float_text(out, (float)v);
	return out;
}

static void
row_tsv(struct table *t, const char *relation, const struct job *j)
{
	const bool measured = j->metric != NULL;
	char n[TSV_COLUMNS][NUM_TEXT_MAX];
	const char *cells[TSV_COLUMNS] = { [0] = relation,
		[TSV_PATH] = j->path,
		[TSV_NAME] = j->name,
		[TSV_KIND] = job_kind_name(j->kind),
		[TSV_STATUS] = j->status,
		[TSV_PROGRESS] = plain_float(n[TSV_PROGRESS], j->progress),
		[TSV_TIME] = plain(n[TSV_TIME], j->elapsed, j->elapsed >= 0),
		[TSV_ACCURACY] = plain_float(n[TSV_ACCURACY], j->accuracy),
		[TSV_SIZE] = n[TSV_SIZE],
		[TSV_GROUP] = j->group,
		[TSV_NOTE] = j->note,
		[TSV_ERROR] = j->error,
		[TSV_ETA] = plain(n[TSV_ETA], round(j->eta), j->eta >= 0),
		[TSV_METRIC] = j->metric,
		[TSV_VALUE] = plain(n[TSV_VALUE], j->value, measured),
		[TSV_ITERATION] = plain(
		    n[TSV_ITERATION], (double)j->best_iter, j->best_iter >= 0),
		[TSV_CHANGED] = n[TSV_CHANGED] };

	snprintf(
	    n[TSV_SIZE], NUM_TEXT_MAX, "%llu", (unsigned long long)j->bytes);
	snprintf(n[TSV_CHANGED], NUM_TEXT_MAX, "%lld", (long long)j->changed);
	table_row(t, relation == NULL ? cells + FRONT : cells);
}

static int
show_table(
    const struct jobs *l, const char *const *relation, FILE *out, bool tsv)
{
	static const char *const text[TEXT_COLUMNS] = { "relation", "path",
		"name", "kind", "status", "progress", "eta", "time", "best",
		"size", "group", "note", "error" };
	static const char *const columns[TSV_COLUMNS] = { "relation", "path",
		"name", "kind", "status", "progress", "time", "accuracy",
		"size", "group", "note", "error", "eta", "metric", "value",
		"iteration", "changed" };
	const size_t front = relation == NULL ? FRONT : 0;
	struct table t;

	table_init(&t, (tsv ? TSV_COLUMNS : TEXT_COLUMNS) - front);
	t.limit[TEXT_NAME - front] = t.limit[TEXT_NOTE - front] = 40;
	for (size_t i = TEXT_PROGRESS; i <= TEXT_SIZE; i++)
		t.right[i - front] = 1;
	table_row(&t, (tsv ? columns : text) + front);
	for (size_t i = 0; i < l->n; i++)
		(tsv ? row_tsv : row_text)(
		    &t, relation != NULL ? relation[i] : NULL, &l->v[i]);
	table_print(&t, out, tsv);
	table_clear(&t);
	return 0;
}

/* null where it is not known. */
static void
put_known(struct json_w *w, const char *key, double v, bool there)
{
	json_w_knum(w, key, there ? v : NAN);
}

static int
show_json(const char *relation, const struct job *j, FILE *out)
{
	struct json_line line;
	struct json_w *w = json_line_begin(&line);

	if (relation != NULL)
		json_w_kstr(w, "relation", relation);
	json_w_kstr(w, "path", j->path);
	json_w_kstr(w, "name", j->name);
	json_w_kstr(w, "kind", job_kind_word(j->kind));
	json_w_kstr(w, "status", j->status);
	put_known(w, "progress", j->progress, j->progress >= 0);
	put_known(w, "elapsed", j->elapsed, j->elapsed >= 0);
	put_known(w, "eta", round(j->eta), j->eta >= 0);
	put_known(w, "accuracy", j->accuracy, j->accuracy >= 0);
	json_w_kstr(w, "metric", j->metric);
	put_known(w, "value", j->value, j->metric != NULL);
	put_known(w, "iteration", (double)j->best_iter, j->best_iter >= 0);
	json_w_kint(w, "bytes", (int64_t)j->bytes);
	json_w_kint(w, "changed", (int64_t)j->changed);
	json_w_kstr(w, "group", j->group);
	json_w_kstr(w, "note", j->note);
	json_w_kstr(w, "error", j->error);
	return json_line_end(&line, out);
}

int
jobs_show(const struct jobs *l, const char *const *relation, FILE *out,
    enum prog_format format)
{
	if (format != PROG_FMT_JSON)
		return show_table(l, relation, out, format == PROG_FMT_TSV);
	for (size_t i = 0; i < l->n; i++)
		TRY(show_json(
		    relation != NULL ? relation[i] : NULL, &l->v[i], out));
	return 0;
}
