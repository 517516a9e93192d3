/* Needs of nets without their data: see forecast.h. */
#include "recipe/memory/forecast.h"

#include <inttypes.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "caffe/msg.h"
#include "json/json.h"
#include "nn/show/show.h"
#include "prog/table.h"
#include "train/solver.h"

/* One figure of a need, in the order of the table. */
static const struct column {
	const char *head, *key;
	size_t at;
} columns[] = {
	{ "WEIGHTS", "weights", offsetof(struct need, params) },
	{ "LEARNING", "learning", offsetof(struct need, learning) },
	{ "VALUES", "values", offsetof(struct need, values) },
	{ "WORKSPACE", "workspace", offsetof(struct need, workspace) },
	{ "FEEDING", "feeding", offsetof(struct need, feeding) },
	{ "REST", "rest", offsetof(struct need, rest) },
};

enum { COLUMNS = LENGTH(columns) + 2 };

static uint64_t
figure(const struct need *n, const struct column *c)
{
	uint64_t v;

	memcpy(&v, (const char *)n + c->at, sizeof(v));
	return v;
}

/* The first number of what feeds the net. */
static int
net_batch(const struct net *n)
{
	for (int t = 0; t < graph_tensors(n->graph); t++)
		if (graph_tensor(n->graph, t)->kind == TENSOR_INPUT)
			return (int)graph_shape(n->graph, t)->d[0];
	return 0;
}

static int
add_run(struct need *out, const struct forecast *f, enum net_use use,
    const struct net_data *d, struct plan *share)
{
	struct plan_opts o = {
		.precision = f->precision, .share = share, .measure = true
	};
	struct plan *p = NULL;
	struct net *n = NULL;
	int rc = net_new_use(&n, f->net, use, d);

	if (rc >= 0)
		rc = device_plan(f->device, &p, n->graph, &o);
	if (rc >= 0) {
		need_add_plan(out, p);
		out->batch = out->batch ? out->batch : net_batch(n);
	}
	plan_free(p);
	net_free(n);
	return rc;
}

/* Is a layer fed in this use?  Else there is no validation. */
static bool
validates(const struct forecast *f, const struct net_data *d)
{
	struct err_saved none;
	struct net *n = NULL;
	bool fed = false;
	int rc = net_new_use(&n, f->net, NET_VAL, d);

	for (int i = 0; rc >= 0 && i < n->nlayers; i++)
		fed |= n->layers[i].type->feed;
	net_free(n);
	err_save(&none, rc);
	return fed;
}

static int
add_training(
    struct need *out, const struct forecast *f, const struct net_data *d)
{
	struct plan_opts o = { .precision = f->precision, .measure = true };
	Caffe__SolverParameter *sp =
	    caffe_new(Caffe__SolverParameter, solver_parameter);
	struct solver *solver = NULL;
	struct plan *p = NULL;
	struct net *n = NULL;
	int rc = net_new_use(&n, f->net, NET_TRAIN, d);

	if (rc >= 0)
		rc = net_backward(n);
	if (rc >= 0)
		rc = solver_new(&solver, n, sp);
	if (rc >= 0)
		rc = device_plan(f->device, &p, n->graph, &o);
	if (rc >= 0) {
		need_add_training(out, p, 1);
		out->batch = net_batch(n);
		if (validates(f, d))
			rc = add_run(out, f, NET_VAL, d, p);
	}
	plan_free(p);
	solver_free(solver);
	net_free(n);
	caffe_msg_free(sp);
	return rc;
}

enum net_use
forecast_use(const Caffe__NetParameter *net, const struct net_data *data)
{
	struct err_saved none;
	struct net *n = NULL;
	int rc = net_new_use(&n, net, NET_TRAIN, data);

	if (rc >= 0)
		rc = net_backward(n);
	net_free(n);
	err_save(&none, rc);
	return rc >= 0 ? NET_TRAIN : net_use_guess(net);
}

int
forecast_need(struct need *out, const struct forecast *f, int batch)
{
	struct net_data d = *f->data;

	memset(out, 0, sizeof(*out));
	d.batch = batch;
	if (f->use == NET_TRAIN) {
		TRY(add_training(out, f, &d));
	} else {
		out->rest = need_around(f->device);
		TRY(add_run(out, f, f->use, &d, NULL));
	}
	if (batch > 0 && out->batch != batch)
		return err_set(ERR_UNSUPPORTED,
		    "its batch size is %d: the prototxt sets it, and --batch does not change it",
		    out->batch);
	return 0;
}

static int
add_json(FILE *out, const struct need *n, uint64_t limit, bool largest)
{
	struct json_w w;
	struct buf b;
	int rc;

	buf_init(&b, 1 << 16);
	json_w_init(&w, &b, 0);
	json_w_object(&w);
	json_w_kint(&w, "batch", n->batch);
	for (size_t i = 0; i < LENGTH(columns); i++)
		json_w_kint(
		    &w, columns[i].key, (int64_t)figure(n, &columns[i]));
	json_w_kint(&w, "total", (int64_t)need_total(n));
	if (limit > 0) {
		json_w_kint(&w, "limit", (int64_t)limit);
		json_w_kbool(&w, "fits", need_total(n) <= limit);
		json_w_kbool(&w, "largest", largest);
	}
	json_w_object_end(&w);
	rc = json_w_end(&w);
	if (rc >= 0)
		fprintf(out, "%s\n", buf_str(&b));
	buf_clear(&b);
	return rc;
}

static void
add_row(struct table *t, const struct need *n, bool tsv)
{
	char text[COLUMNS][NUM_TEXT_MAX];
	const char *cell[COLUMNS];

	snprintf(text[0], NUM_TEXT_MAX, "%d", n->batch);
	for (size_t i = 1; i < COLUMNS; i++) {
		const uint64_t v = i <= LENGTH(columns)
		    ? figure(n, &columns[i - 1])
		    : need_total(n);

		if (tsv)
			snprintf(text[i], NUM_TEXT_MAX, "%" PRIu64, v);
		else
			need_text(text[i], v);
	}
	for (size_t i = 0; i < COLUMNS; i++)
		cell[i] = text[i];
	table_row(t, cell);
}

static int
ask_need(void *ctx, int batch, uint64_t *bytes)
{
	struct need n;
	int rc = forecast_need(&n, ctx, batch);

	*bytes = rc >= 0 ? need_total(&n) : UINT64_MAX;
	/* tensors of more elements than can be counted do not fit */
	return rc == ERR_RANGE ? 0 : rc;
}

static int
find_largest(struct need *out, const struct forecast *f)
{
	int best;

	TRY(need_largest(
	    &best, FORECAST_BATCH_MAX, f->limit, ask_need, (void *)f));
	memset(out, 0, sizeof(*out));
	return best > 0 ? forecast_need(out, f, best) : 0;
}

static void
start_table(struct table *t)
{
	const char *head[COLUMNS] = { "BATCH" };

	table_init(t, COLUMNS);
	for (size_t i = 0; i < COLUMNS; i++)
		t->right[i] = 1;
	for (size_t i = 0; i < LENGTH(columns); i++)
		head[i + 1] = columns[i].head;
	head[COLUMNS - 1] = "TOTAL";
	table_row(t, head);
}

/* What became of the search, for people. */
static void
say_largest(FILE *out, const struct forecast *f, const struct need *n)
{
	char limit[NUM_TEXT_MAX];

	need_text(limit, f->limit);
	if (n->batch > 0)
		fprintf(out, "%s: the largest batch that fits is %d\n", limit,
		    n->batch);
	else
		fprintf(out, "%s: not even batch 1 fits\n", limit);
}

int
forecast_show(FILE *out, const struct forecast *f, const int *batches, size_t n,
    enum prog_format format)
{
	struct need need = { 0 };
	struct table t;
	int rc = 0;

	start_table(&t);
	for (size_t i = 0; i < n + (f->limit > 0) && rc >= 0; i++) {
		rc = i < n ? forecast_need(&need, f, batches[i])
			   : find_largest(&need, f);
		if (rc < 0 || need.batch == 0)
			continue;
		if (format == PROG_FMT_JSON)
			rc = add_json(out, &need, f->limit, i == n);
		else
			add_row(&t, &need, format == PROG_FMT_TSV);
	}
	if (rc >= 0 && format != PROG_FMT_JSON)
		table_print(&t, out, format == PROG_FMT_TSV);
	if (rc >= 0 && format == PROG_TEXT && f->limit > 0)
		say_largest(out, f, &need);
	table_clear(&t);
	return rc;
}
