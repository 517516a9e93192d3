/* Measuring, one way after the other: see speed.h. */
#include "speed/speed.h"

#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/progress.h"
#include "base/stop.h"
#include "speed/peer.h"
#include "device/device.h"

/* Seconds that ours and the peer each run at a time; runs without a peer are looked
 * at one by one. */
#define TURN 0.25
enum { TURNS = 5, RUNS_LEAST = 3, PROFILED_MOST = 50 };

void
speed_result_clear(struct speed_result *r)
{
	for (size_t i = 0; i < r->nsteps; i++) {
		mem_free(r->step[i].layer);
		mem_free(r->step[i].op);
		mem_free(r->step[i].how);
	}
	mem_free(r->step);
	mem_free(r->device);
	mem_free(r->vs_version);
	memset(r, 0, sizeof(*r));
}

static int
run_timed(struct subject *s, int n, struct times *t)
{
	for (int i = 0; i < n; i++) {
		const double start = stop_clock();

		TRY(subject_run(s));
		if (t != NULL)
			times_add(t, stop_clock() - start);
		if (stop_asked())
			return err_set(
			    ERR_STOPPED, "stopped by %s", stop_reason());
	}
	return 0;
}

/* Runs of one turn, of which each takes so long; done: so many are. */
static int
turn(const struct speed_opts *o, double each, size_t done)
{
	const int left = o->runs - (int)done,
		  most = (o->runs + TURNS - 1) / TURNS;

	if (o->runs > 0)
		return left < most ? left : most;
	return each * 2 < TURN ? (int)(TURN / fmax(each, 1e-7)) : 1;
}

/* In turns with the peer.  What comes first behind the other's turn does not
 * count. */
static int
alternate(const struct speed_opts *o, struct subject *s, struct peer *p,
    struct times *ours, struct times *theirs)
{
	const double start = stop_clock();
	double each;
	int n = 1, other = 1;

	do {
		TRY(run_timed(s, 1, NULL));
		each = stop_clock();
		TRY(run_timed(s, n, ours));
		n = turn(o, (stop_clock() - each) / n, ours->n);
		each = stop_clock();
		TRY(peer_run(p, other, theirs));
		other = turn(o, (stop_clock() - each) / (other + 1), theirs->n);
	} while (o->runs > 0 ? ours->n < (size_t)o->runs
			     : stop_clock() - start < 2 * o->seconds ||
		    ours->n < RUNS_LEAST);
	return 0;
}

static int
alone(const struct speed_opts *o, struct subject *s, struct times *ours)
{
	const double start = stop_clock();

	if (o->runs > 0)
		return run_timed(s, o->runs, ours);
	do {
		TRY(run_timed(s, 1, ours));
	} while (stop_clock() - start < o->seconds || ours->n < RUNS_LEAST);
	return 0;
}

static int
measure(struct speed_result *r, const struct speed_opts *o, struct subject *s,
    struct peer *p)
{
	struct times ours = { 0 }, theirs = { 0 };
	int rc = run_timed(s, o->warmup, NULL);

	if (rc >= 0)
		rc = p != NULL ? alternate(o, s, p, &ours, &theirs)
			       : alone(o, s, &ours);
	times_sum(&r->t, &ours);
	times_sum(&r->vs, &theirs);
	r->runs = ours.n;
	times_clear(&ours);
	times_clear(&theirs);
	TRY(rc);
	r->device = mem_strdup(subject_device(s));
	r->input = *subject_input(s);
	r->rate = (double)r->way.batch / r->t.mean;
	r->flops = (o->train ? 6 : 2) * subject_macs(s) / r->t.mean;
	r->bytes = subject_bytes(s);
	if (o->layers || o->ops)
		return speed_profile(r, s,
		    r->runs < PROFILED_MOST ? (int)r->runs : PROFILED_MOST,
		    !o->layers);
	return 0;
}

/* The same net, as far as that can be seen. */
static int
check_peer(
    const struct speed_opts *o, const struct peer *p, const struct subject *s)
{
	const size_t ours = shape_count(subject_input(s));

	if (p->numbers == ours)
		return 0;
	return err_set(ERR_FORMAT,
	    "%s is another net: it takes %zu numbers, %s %zu", o->vs,
	    (size_t)p->numbers, o->model, ours);
}

static int
measure_way(struct speed_result *r, const struct speed_opts *o,
    const struct speed_model *m)
{
	struct peer p = { 0 };
	struct subject *s = NULL;
	int rc = 0;

	if (o->vs != NULL) {
		TRY(peer_open(&p, o->vs, r->way.threads, r->way.batch,
		    strncmp(r->way.device, "cuda", 4) == 0));
		r->vs_version = mem_strdup(p.version);
		r->vs_first = p.first;
	}
	if (o->starts > 0) {
		rc = speed_first_ask(&r->first, o, &r->way);
		r->started = rc >= 0;
	}
	if (rc >= 0)
		rc = subject_open(&s, m, &r->way);
	if (rc >= 0 && o->vs != NULL)
		rc = check_peer(o, &p, s);
	if (rc >= 0)
		rc = measure(r, o, s, o->vs != NULL ? &p : NULL);
	subject_close(s);
	peer_close(&p);
	return rc;
}

/* Way i of all: batches change first. */
static struct speed_setting
way_at(const struct speed_opts *o, size_t i)
{
	struct speed_setting w = { .autotune = o->autotune };

	w.batch = o->batch[i % (size_t)o->nbatch];
	i /= (size_t)o->nbatch;
	w.threads = o->threads[i % (size_t)o->nthreads];
	i /= (size_t)o->nthreads;
	w.precision = o->precision[i % (size_t)o->nprecision];
	i /= (size_t)o->nprecision;
	w.device = o->devices.v[i];
	return w;
}

size_t
speed_figures(struct gate_value v[SPEED_FIGURES], const struct speed_result *r)
{
	const bool vs = r->vs_version != NULL;
	const double mib = 1 << 20;
	const struct gate_value all[] = {
		{ "mean", r->t.mean * 1e3 },
		{ "p50", r->t.p50 * 1e3 },
		{ "p90", r->t.p90 * 1e3 },
		{ "p99", r->t.p99 * 1e3 },
		{ "min", r->t.min * 1e3 },
		{ "max", r->t.max * 1e3 },
		{ "images_per_second", r->rate },
		{ "gflops", r->flops / 1e9 },
		{ "first", r->started ? r->first.total * 1e3 : NAN },
		{ "load", r->started ? r->first.load * 1e3 : NAN },
		{ "plan", r->started ? r->first.plan * 1e3 : NAN },
		{ "run", r->started ? r->first.run * 1e3 : NAN },
		{ "peak", r->started ? (double)r->first.peak / mib : NAN },
		{ "memory", (double)r->bytes / mib },
		{ "vs_mean", vs ? r->vs.mean * 1e3 : NAN },
		{ "vs_p50", vs ? r->vs.p50 * 1e3 : NAN },
		{ "vs_p99", vs ? r->vs.p99 * 1e3 : NAN },
		{ "vs_first", vs ? r->vs_first * 1e3 : NAN },
		{ "ratio", vs ? r->vs.p50 / r->t.p50 : NAN },
	};

	memcpy(v, all, sizeof(all));
	return LENGTH(all);
}

/* Before anything is measured: do the gates name figures that there will be? */
static int
check_gates(const struct speed_opts *o)
{
	/* its figures are NAN where there will be none */
	static char some[] = "";
	const struct speed_result r = { .t.p50 = 1,
		.started = o->starts > 0,
		.vs_version = o->vs != NULL ? some : NULL };
	struct gate_value v[SPEED_FIGURES];
	const size_t n = speed_figures(v, &r);
	size_t known = 0;

	for (size_t i = 0; i < n; i++)
		if (!isnan(v[i].value))
			v[known++] = v[i];
	for (size_t i = 0; i < o->require.n; i++) {
		struct gate g;

		TRY(gate_parse(&g, o->require.v[i]));
		TRY(gate_known(&g, v, known));
	}
	return 0;
}

static int
try_gates(const struct speed_opts *o, const struct speed_result *r)
{
	struct gate_value v[SPEED_FIGURES];
	const size_t n = speed_figures(v, r);

	for (size_t i = 0; i < o->require.n; i++) {
		struct gate g;

		TRY(gate_parse(&g, o->require.v[i]));
		if (gate_met(&g, v, n) == 0)
			return err_set(ERR_GATE,
			    "--require %s is not met (%s, %s, %d threads, batch %d)",
			    o->require.v[i], r->way.device,
			    precision_name(r->way.precision), r->way.threads,
			    r->way.batch);
	}
	return 0;
}

/* All ways; *n of them into r.  One of several that cannot be is named, and the
 * others go on. */
static int
measure_all(const struct speed_opts *o, FILE *out, const struct speed_model *m,
    struct speed_result *r, size_t ways, size_t *n)
{
	size_t bad = 0;
	int rc = 0;

	progress_begin("measuring", ways, "ways");
	for (size_t i = 0; i < ways && rc >= 0; i++) {
		r[*n] = (struct speed_result){ .way = way_at(o, i) };
		rc = measure_way(&r[*n], o, m);
		if (rc >= 0) {
			if (o->format == PROG_FMT_JSON)
				rc = speed_print_json(out, m, &r[*n]);
			++*n;
			progress_add(1);
			continue;
		}
		speed_result_clear(&r[*n]);
		if (rc == ERR_STOPPED || ways == 1)
			break;
		log_error("%s", err_text());
		bad++;
		rc = *n == 0 && i + 1 == ways ? rc : 0;
	}
	progress_end();
	if (rc >= 0 && bad > 0)
		rc = err_set(ERR_ITEMS, "%zu of %zu ways could not be measured",
		    bad, ways);
	return rc;
}

/* What "auto" stands for here; the caller's. */
static int
resolve(char **out, const char *name)
{
	struct device_names names = { 0 };
	struct device *d = NULL;
	int rc;

	*out = mem_strdup(name);
	if (strcmp(name, "auto") != 0)
		return 0;
	TRY(device_names(&names, name));
	rc = names.n > 0 ? device_open(&d, names.v[0], NULL) : 0;
	if (rc >= 0 && d != NULL) {
		mem_free(*out);
		*out = mem_strdup(strcmp(names.v[0], "auto") != 0 ? names.v[0]
			: strcmp(d->backend->name, "onednn") == 0
			? "cpu"
			: d->backend->name);
	}
	device_close(d);
	device_names_clear(&names);
	return rc;
}

static int
run_all(const struct speed_opts *o, FILE *out)
{
	const size_t ways = o->devices.n * (size_t)o->nprecision *
	    (size_t)o->nthreads * (size_t)o->nbatch;
	struct speed_result *r = mem_array(struct speed_result, ways + 1);
	struct speed_model m = { 0 };
	size_t n = 0;
	int rc = check_gates(o);

	if (rc >= 0)
		rc = speed_model_read(&m, o);
	if (rc >= 0 && o->npictures > 0)
		rc = speed_model_pictures(&m, o->pictures, o->npictures);
	if (rc >= 0)
		rc = measure_all(o, out, &m, r, ways, &n);
	if (o->format != PROG_FMT_JSON && n > 0) {
		struct err_saved saved;

		err_save(&saved, rc);
		rc =
		    speed_print_table(out, &m, r, n, o->format == PROG_FMT_TSV);
		if (rc >= 0 && saved.code < 0)
			rc = err_restore(&saved);
	}
	for (size_t i = 0; i < n && rc >= 0; i++)
		rc = try_gates(o, &r[i]);
	for (size_t i = 0; i < n; i++)
		speed_result_clear(&r[i]);
	speed_model_clear(&m);
	mem_free(r);
	return rc;
}

int
speed_run(const struct speed_opts *o, FILE *out)
{
	struct speed_opts named = *o;
	char **devices = mem_array(char *, o->devices.n + 1);
	int rc = 0;

	for (size_t i = 0; i < o->devices.n && rc >= 0; i++)
		rc = resolve(&devices[i], o->devices.v[i]);
	named.devices.v = (const char **)devices;
	if (rc >= 0)
		rc = run_all(&named, out);
	for (size_t i = 0; i < o->devices.n; i++)
		mem_free(devices[i]);
	mem_free(devices);
	return rc;
}
