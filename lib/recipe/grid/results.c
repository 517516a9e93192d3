/* What the members of a sweep came to, and their table: see grid_int.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/path.h"
#include "file/lock.h"
#include "json/line.h"
#include "metric/score.h"
#include "model/model.h"
#include "prog/table.h"
#include "recipe/grid/grid_int.h"

/* ---- reading -------------------------------------------------------------- */

static void
clear_result(struct grid_result *r)
{
	mem_free(r->status);
	mem_free(r->error);
	history_clear(&r->history);
	*r = (struct grid_result){ .member = r->member,
		.seconds = -1,
		.epochs = -1,
		.score = NAN,
		.iterations = -1,
		.best = -1 };
}

/* A training holds the lock of its folder; one that says it runs and does not was
 * killed. */
static int
take_status(struct grid_result *r, const char *path)
{
	struct model_info info;
	bool running;
	int rc;

	model_info_init(&info);
	rc = model_info_read(&info, path);
	running = info.status != NULL && strcmp(info.status, "Running") == 0;
	if (rc >= 0 && info.status != NULL)
		r->status = mem_strdup(
		    running && lock_held(path) == 0 ? "Killed" : info.status);
	if (rc >= 0)
		r->error = model_info_failure(&info);
	model_info_clear(&info);
	return rc;
}

static int
take_history(struct grid_result *r, const char *path)
{
	struct model_snapshots s = { 0 };
	int rc = history_read(&r->history, path, -1);

	if (rc >= 0)
		rc = model_snapshots_find(&s, path, NULL);
	r->seconds = r->history.elapsed;
	r->iterations = r->history.iter;
	r->val = rc >= 0 ? history_judge(&r->history, &s) : NULL;
	if (r->val != NULL) {
		r->epochs = r->val->epoch;
		r->score = r->val->score;
		r->best = r->val->iter;
	}
	r->weights = s.n > 0;
	model_snapshots_free(&s);
	return rc;
}

int
grid_result_read(
    struct grid_result *r, const struct grid_plan *p, const char *dir)
{
	char *path = path_join(dir, p->v[r->member].name);
	enum grid_state state;
	int rc = grid_state(&state, dir, p->v[r->member].name);

	clear_result(r);
	if (rc >= 0 && state != GRID_NONE) {
		rc = take_status(r, path);
		if (rc >= 0)
			rc = take_history(r, path);
	}
	if (r->status == NULL)
		r->status = mem_strdup(state == GRID_NONE ? "Missing" : "Init");
	mem_free(path);
	return rc;
}

int
grid_results_read(
    struct grid_result **out, const struct grid_plan *p, const char *dir)
{
	struct grid_result *r = mem_array(struct grid_result, p->n);
	int rc = 0;

	*out = r;
	for (size_t i = 0; i < p->n && rc >= 0; i++) {
		r[i].member = i;
		rc = grid_result_read(&r[i], p, dir);
	}
	return rc;
}

void
grid_results_free(struct grid_result *r, size_t n)
{
	for (size_t i = 0; r != NULL && i < n; i++) {
		clear_result(&r[i]);
	}
	mem_free(r);
}

static int
compare_results(const void *a, const void *b)
{
	const struct grid_result *x = a, *y = b;
	const int order = score_compare(y->score, x->score);

	if (x->weights != y->weights) /* what left none is of no use */
		return x->weights ? -1 : 1;
	if (order != 0)
		return order;
	return x->member < y->member ? -1 : x->member > y->member;
}

void
grid_results_sort(struct grid_result *r, const struct grid_plan *p)
{
	qsort(r, p->n, sizeof(*r), compare_results);
}

/* ---- as JSON -------------------------------------------------------------- */

void
grid_result_write(
    struct json_w *w, const struct grid_plan *p, const struct grid_result *r)
{
	json_w_key(w, "values");
	json_w_object(w);
	for (size_t k = 0; k < p->naxes; k++)
		json_w_kstr(w, p->axis[k].option, p->v[r->member].value[k]);
	json_w_object_end(w);
	json_w_kstr(w, "status", r->status);
	if (r->error != NULL)
		json_w_kstr(w, "error", r->error);
	if (r->iterations >= 0)
		json_w_kint(w, "iterations", r->iterations);
	if (r->seconds >= 0)
		json_w_knum(w, "seconds", r->seconds);
	if (r->val == NULL)
		return;
	json_w_kint(w, "best_iteration", r->best);
	json_w_knum(w, "best_epoch", r->epochs);
	json_w_knum(w, "best_score", r->score);
	json_w_key(w, "outputs");
	json_w_object(w);
	for (size_t i = 0; i < r->val->n; i++)
		json_w_knum(w, r->val->v[i].name, r->val->v[i].value);
	json_w_object_end(w);
}

static int
print_json(
    const struct grid_result *r, const struct grid_plan *p, const char *dir)
{
	struct json_line line;
	struct json_w *w = json_line_begin(&line);
	char *path = path_join(dir, p->v[r->member].name);

	json_w_kstr(w, "model", path);
	mem_free(path);
	grid_result_write(w, p, r);
	return json_line_end(&line, stdout);
}

/* ---- as a table ----------------------------------------------------------- */

/* The columns of outputs: those of the first member that has any, which all have but
 * where a swept net has others. */
struct columns {
	const char *name[TABLE_COLUMNS_MAX];
	size_t n;
};

static void
add_column(struct columns *c, const char *name, size_t most)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->name[i], name) == 0)
			return;
	if (c->n < most && !score_detail(name))
		c->name[c->n++] = name;
}

static double
value_of(const struct grid_result *r, const char *name)
{
	for (size_t i = 0; r->val != NULL && i < r->val->n; i++)
		if (strcmp(r->val->v[i].name, name) == 0)
			return r->val->v[i].value;
	return NAN;
}

static char *
number_text(struct arena *room, double v)
{
	char text[NUM_TEXT_MAX] = "";

	if (isfinite(v))
		snprintf(text, sizeof(text), "%.6g", v);
	return arena_strdup(room, text);
}

static void
add_row(struct table *t, const struct grid_result *r, const struct grid_plan *p,
    const struct columns *c, const char *dir)
{
	const char *cells[TABLE_COLUMNS_MAX];
	struct arena *room = arena_new();
	char *path = path_join(dir, p->v[r->member].name);
	char time[NUM_TEXT_MAX] = "";
	size_t n = 0;

	if (r->seconds >= 0)
		num_time_text(time, r->seconds);
	cells[n++] = path;
	for (size_t k = 0; k < p->naxes; k++)
		cells[n++] = p->v[r->member].value[k];
	cells[n++] = r->status;
	cells[n++] = number_text(room, r->epochs >= 0 ? r->epochs : NAN);
	for (size_t k = 0; k < c->n; k++)
		cells[n++] = number_text(room, value_of(r, c->name[k]));
	cells[n++] = time;
	table_row(t, cells);
	mem_free(path);
	arena_free(room);
}

static void
print_table(
    const struct grid_result *r, const struct grid_plan *p, const char *dir)
{
	const size_t fixed = p->naxes + 4;
	const char *head[TABLE_COLUMNS_MAX];
	struct columns c = { 0 };
	struct table t;
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		for (size_t k = 0; r[i].val != NULL && k < r[i].val->n; k++)
			add_column(
			    &c, r[i].val->v[k].name, TABLE_COLUMNS_MAX - fixed);
	head[n++] = "model";
	for (size_t k = 0; k < p->naxes; k++)
		head[n++] = p->axis[k].option;
	head[n++] = "status";
	head[n++] = "epoch";
	for (size_t k = 0; k < c.n; k++)
		head[n++] = c.name[k];
	head[n++] = "time";
	table_init(&t, n);
	for (size_t k = p->naxes + 2; k < n; k++)
		t.right[k] = 1;
	table_row(&t, head);
	for (size_t i = 0; i < p->n; i++)
		add_row(&t, &r[i], p, &c, dir);
	table_print(&t, stdout, prog_options()->format == PROG_FMT_TSV);
	table_clear(&t);
}

int
grid_results_print(
    const struct grid_result *r, const struct grid_plan *p, const char *dir)
{
	if (prog_options()->format != PROG_FMT_JSON) {
		print_table(r, p, dir);
		return 0;
	}
	for (size_t i = 0; i < p->n; i++)
		TRY(print_json(&r[i], p, dir));
	return 0;
}
