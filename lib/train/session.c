/* Building and taking down what a training holds. */
#include "train/session.h"

#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/queue.h"
#include "base/stop.h"
#include "caffe/msg.h"
#include "device/device.h"
#include "file/file.h"
#include "input/augment/rescale.h"
#include "nn/match.h"
#include "nn/torch/torch.h"
#include "ranks/reducer.h"
#include "train/monitors/board.h"

enum { UNUSED_SHOWN = 12 };

double
session_epoch(const struct session *s, int64_t iter)
{
	double per = s->job->iters_per_epoch;

	return per > 0 ? (double)iter / per : (double)iter;
}

const char *
session_dir(const struct session *s)
{
	return s->job->place != NULL ? file_dir_path(s->job->place)
				     : s->job->dir;
}

/* For decoding: ranks of one machine share its CPUs. */
static int
share_of_cpus(const struct exchange *x)
{
	const int all = queue_cpus();

	if (x == NULL || x->locals < 2)
		return all;
	return all > x->locals ? all / x->locals : 1;
}

static void
train_feeds(const struct session *s, struct feed_opts *o)
{
	*o = (struct feed_opts){ .train = true,
		.shuffle = s->job->shuffle,
		.seed = s->job->seed,
		.threads = ring_pictures(s->device)
		    ? share_of_cpus(s->job->exchange)
		    : 0,
		.batch = s->batch,
		.rgb = s->job->rgb,
		.augment = &s->job->augment,
		.arrays = s->job->inputs,
		.narrays = s->job->ninputs,
		.inputs = s->sources };
	if (s->job->exchange != NULL) {
		o->rank = (uint64_t)s->job->exchange->rank;
		o->ranks = (uint64_t)s->job->exchange->ranks;
	}
}

/* Gradients pass from GPU to GPU where they can. */
static int
open_reducer(struct session *s)
{
	const struct reducer_opts o = { .exchange = s->job->exchange,
		.stop = stop_signalled,
		.deterministic = s->job->deterministic };

	if (o.exchange == NULL || o.exchange->ranks < 2)
		return 0;
	return reducer_open(&s->reducer, s->device->backend->reduces, &o);
}

/* What is wrong with the net is said with the name that the user knows. */
int
session_net(const struct session *s, const int size[2], struct feeds *feeds,
    struct net **out)
{
	struct net_opts no = { .phase = CAFFE__PHASE__TRAIN,
		.feed_shape = feeds_shape,
		.feed_made = feeds_rescaled,
		.feed_ctx = feeds,
		.classes = s->job->classes };
	const char *stages[NET_STAGES];
	struct feed_opts fo;
	int rc;

	TRY(net_state(&no, stages, s->job->net, s->job->solver->train_state));
	train_feeds(s, &fo);
	if (size != NULL) {
		fo.height = size[0];
		fo.width = size[1];
	}
	feeds_init(feeds, &fo);
	rc = net_new(out, s->job->net, &no);
	if (rc >= 0)
		rc = snapshot_check(*out, s->job->solver);
	if (rc >= 0)
		rc = net_backward(*out);
	return rc < 0 && s->job->net_name != NULL
	    ? err_in(rc, "%s", s->job->net_name)
	    : rc;
}

int
session_plan(const struct session *s, struct plan **out, const struct net *net,
    struct plan *share)
{
	struct plan_opts po = { .precision = s->job->precision,
		.seed = s->job->seed,
		.share = share,
		.measure = s->measure,
		.reducer = s->reducer != NULL ? &s->reducer->plan : NULL };

	/* Each rank has dropout masks of its own. */
	if (!exchange_leads(s->job->exchange))
		po.seed += (uint64_t)s->job->exchange->rank << 32;
	return device_plan(s->device, out, net->graph, &po);
}

static int
open_net(struct session *s)
{
	TRY(session_net(s, NULL, &s->feeds, &s->net));
	TRY(solver_new(&s->solver, s->net, s->job->solver));
	if (s->job->average > 0)
		TRY(average_new(&s->average, s->net, s->job->average));
	if (!s->measure)
		TRY(open_reducer(s));
	TRY(session_plan(s, &s->plan, s->net, NULL));
	if (!s->measure)
		TRY(metrics_new(&s->metrics, s->net, s->plan, false));
	s->now = (struct learner){ s->net, s->plan, s->solver, s->metrics };
	return 0;
}

static int
open_scales(struct session *s)
{
	return s->job->scales.every > 0 ? scales_open(&s->scales, s) : 0;
}

/* After all plans: what it holds on the device is of the memory they leave. */
static int
open_feeder(struct session *s)
{
	return feeder_new(&s->feeder, s->net, &s->feeds,
	    &(struct feeder_opts){ .device = s->device, .hold = true });
}

/* Before anything is trained: will validation measure what the gates ask for? */
static int
check_gate_names(const struct session *s)
{
	const struct train_job *j = s->job;
	const bool validates = s->nevals > 0 && j->solver->test_interval > 0;
	struct measurement m = { 0 };

	if (!exchange_leads(j->exchange) || j->nuntil + j->nrequire == 0)
		return 0;
	if (!validates)
		return err_set(ERR_USAGE,
		    "--until and --require need validation, and there is none");
	for (size_t i = 0; i < s->nevals; i++)
		eval_names(s->evals[i], &m);
	for (size_t i = 0; i < j->nuntil; i++)
		if (gate_known(&j->until[i], m.v, m.n) < 0)
			return err_in(ERR_USAGE, "--until");
	for (size_t i = 0; i < j->nrequire; i++)
		if (gate_known(&j->require[i], m.v, m.n) < 0)
			return err_in(ERR_USAGE, "--require");
	return 0;
}

static int
open_evals(struct session *s)
{
	struct plan_opts po = { .precision = s->job->precision,
		.seed = s->job->seed,
		.measure = s->measure };
	struct feed_opts fo;

	if (!exchange_leads(s->job->exchange))
		return 0;
	train_feeds(s, &fo);
	fo.rank = fo.ranks = 0;
	s->evals = mem_array(struct eval *, s->job->ntest + 1);
	for (size_t i = 0; i < s->job->ntest; i++) {
		struct eval_opts eo = { .device = s->device,
			.plan = &po,
			.share = s->plan,
			.net = s->job->test_nets[i],
			.net_name = s->job->net_name,
			.state = i < s->job->solver->n_test_state
			    ? s->job->solver->test_state[i]
			    : NULL,
			.feeds = &fo,
			.classes = s->job->classes,
			.names = s->job->names,
			.nnames = s->job->nnames,
			.test_iter = s->job->solver->test_iter[i],
			.items = s->job->val_items,
			.journal = &s->journal };

		TRY(eval_new(&s->evals[i], &eo));
		s->nevals++;
	}
	return check_gate_names(s);
}

/* Blob by blob for -v. */
static void
say_rows(const char *path, const struct net_copy_report *r)
{
	for (size_t i = 0; i < r->n; i++) {
		char have[SHAPE_TEXT_MAX], want[SHAPE_TEXT_MAX];

		log_info("%s: %s blob %d: %s (file %s, net %s)", path,
		    r->rows[i].layer, r->rows[i].index,
		    net_copy_state_name(r->rows[i].state),
		    shape_text(have, &r->rows[i].have),
		    shape_text(want, &r->rows[i].want));
	}
}

/* In one line: what came from the file, and what starts untrained. */
static void
say_copied(const char *path, const struct net_copy_report *r)
{
	size_t untrained = r->layers - r->filled;
	struct buf b;

	buf_init(&b, ERR_TEXT_MAX);
	net_copy_missing_text(&b, r);
	if (untrained == 0)
		log_warn(
		    "%zu of %zu layers from %s", r->filled, r->layers, path);
	else
		log_warn("%zu of %zu layers from %s, %zu untrained: %s",
		    r->filled, r->layers, path, untrained, buf_str(&b));
	buf_clear(&b);
}

/* Arrays of a file that are of no layer. */
struct unused {
	struct buf b;
	size_t n;
};

static void
add_unused(void *ctx, const char *array)
{
	struct unused *u = ctx;

	if (u->n < UNUSED_SHOWN)
		buf_printf(&u->b, "%s%s", u->n > 0 ? ", " : "", array);
	u->n++;
}

static void
say_unused(const char *path, const struct unused *u)
{
	log_warn("%s: of no layer of the net %s %zu of its arrays: %s%s", path,
	    u->n == 1 ? "is" : "are", u->n, buf_str(&u->b),
	    u->n > UNUSED_SHOWN ? ", …" : "");
}

/* Pictures that are prepared otherwise are not what the weights have learned. */
static void
say_prepared(
    const struct session *s, const char *path, const struct net_preparation *p)
{
	if (p != NULL && !s->job->rgb)
		log_warn(
		    "%s was trained on R G B pictures: with --rgb --mean %g,%g,%g --std %g,%g,%g they are prepared as there",
		    path, p->mean[0], p->mean[1], p->mean[2], p->std[0],
		    p->std[1], p->std[2]);
}

static int
load_weights(struct session *s, const char *path)
{
	struct unused unused = { 0 };
	struct net_weights_about about = { .unused = add_unused,
		.ctx = &unused };
	struct net_copy_report report = { 0 };
	Caffe__NetParameter *w = NULL;
	int rc;

	buf_init(&unused.b, ERR_TEXT_MAX);
	rc = net_weights_read(&w, path, s->net->p, &about);
	if (rc >= 0 && unused.n > 0 && exchange_leads(s->job->exchange))
		say_unused(path, &unused);
	if (rc >= 0 && exchange_leads(s->job->exchange))
		say_prepared(s, path, about.prepared);
	buf_clear(&unused.b);
	TRY(rc);
	rc = net_copy_weights(s->net, s->plan, w, &report);
	if (exchange_leads(s->job->exchange))
		say_rows(path, &report);
	if (rc >= 0 && exchange_leads(s->job->exchange))
		say_copied(path, &report);
	net_copy_report_clear(&report);
	caffe_msg_free(w);
	return rc < 0 ? err_in(rc, "%s", path) : 0;
}

static int
start_weights(struct session *s)
{
	TRY(net_fill(s->net, s->plan, s->job->seed));
	if (s->job->resume)
		return snapshot_resume(s);
	if (s->job->snapshot != NULL)
		TRY(snapshot_start(s, s->job->snapshot));
	for (size_t i = 0; s->job->snapshot == NULL && i < s->job->nweights;
	     i++)
		TRY(load_weights(s, s->job->weights[i]));
	return s->average != NULL ? average_take(s->average, s->plan) : 0;
}

static struct inputs *
sources_of(const struct train_job *job)
{
	return job->sources != NULL ? job->sources : inputs_new();
}

int
session_need(
    struct need *out, const struct train_job *job, struct device *d, int batch)
{
	struct train_job on = *job;
	struct session s = { .job = &on, .measure = true, .batch = batch };
	int rc;

	memset(out, 0, sizeof(*out));
	s.device = on.opened = d;
	s.sources = sources_of(job);
	rc = open_net(&s);
	if (rc >= 0)
		rc = open_evals(&s);
	if (rc >= 0)
		rc = open_scales(&s);
	if (rc >= 0) {
		if (s.feeds.n > 0) {
			out->batch = s.feeds.v[0]->batch *
			    (job->exchange != NULL ? job->exchange->ranks : 1);
			out->items = s.feeds.v[0]->items;
		}
		need_add_training(out, s.plan, job->solver->iter_size);
		for (size_t i = 0; i < s.nevals; i++)
			eval_need(s.evals[i], out);
		if (s.scales != NULL)
			scales_need(s.scales, out, job->solver->iter_size);
	}
	session_close(&s);
	return rc;
}

int
session_open(struct session *s, const struct train_job *job)
{
	struct device_opts dopts = { .threads = job->threads,
		.deterministic = job->deterministic,
		.autotune = job->autotune };
	int rc;

	memset(s, 0, sizeof(*s));
	s->job = job;
	s->snapshot_iter = -1;
	s->reason = "done";
	s->device = job->opened;
	s->sources = sources_of(job);
	rc = s->device != NULL ? 0
			       : device_open(&s->device, job->device, &dopts);
	if (rc >= 0)
		rc = open_net(s);
	if (rc >= 0)
		rc = start_weights(s);
	if (rc >= 0)
		rc = open_evals(s);
	if (rc >= 0)
		rc = open_scales(s);
	if (rc >= 0)
		rc = open_feeder(s);
	if (rc >= 0) {
		s->journal_open = true;
		rc = journal_open(&s->journal,
		    exchange_leads(job->exchange) ? session_dir(s) : NULL,
		    job->resume ? s->iter : -1);
		panel_open(&s->panel, s->device);
		s->journal.panel = s->panel;
	}
	if (rc >= 0 && job->board != NULL && exchange_leads(job->exchange))
		rc = board_open(&s->board, job->board,
		    job->resume ? s->iter : -1, job->net, session_dir(s));
	if (rc < 0)
		session_close(s);
	return rc;
}

void
session_close(struct session *s)
{
	if (s->journal_open)
		journal_close(&s->journal);
	panel_close(s->panel);
	board_close(s->board);
	for (size_t i = 0; i < s->nevals; i++)
		eval_free(s->evals[i]);
	mem_free(s->evals);
	feeder_free(s->feeder);
	scales_free(s->scales);
	metrics_free(s->metrics);
	plan_free(s->plan);
	reducer_close(s->reducer, s->whole);
	solver_free(s->solver);
	average_free(s->average);
	net_free(s->net);
	feeds_clear(&s->feeds);
	if (s->sources != s->job->sources)
		inputs_free(s->sources);
	if (s->device != s->job->opened)
		device_close(s->device);
	mem_free(s->snapshot);
	memset(s, 0, sizeof(*s));
}
