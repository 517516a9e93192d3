/*
 * Snapshots: snapshot_iter_N.caffemodel and .solverstate (or .h5), as Caffe
 * writes and reads them, each appearing whole.  The state is written after the
 * weights, so a state without its weights does not exist.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/path.h"
#include "caffe/model.h"
#include "caffe/msg.h"
#include "file/file.h"
#include "model/history.h"
#include "model/model.h"
#include "nn/match.h"
#include "train/monitors/board.h"
#include "train/session.h"

#define PREFIX "snapshot_iter_"
#define ASIDE  ".training.caffemodel" /* beside an average */

static const char *
suffix(const struct session *s)
{
	return s->job->solver->has_snapshot_format &&
		s->job->solver->snapshot_format ==
		    CAFFE__SOLVER_PARAMETER__SNAPSHOT_FORMAT__HDF5
	    ? ".h5"
	    : "";
}

/* The N of "snapshot_iter_N" + ext [+ ".h5"], or -1. */
static int64_t
parse(const char *name, const char *ext)
{
	size_t n = strlen(PREFIX);
	size_t digits = strspn(
	    name + (strncmp(name, PREFIX, n) == 0 ? n : 0), "0123456789");
	char number[24];
	int64_t iter;

	if (strncmp(name, PREFIX, n) != 0 || digits == 0 ||
	    digits >= sizeof(number) ||
	    strncmp(name + n + digits, ext, strlen(ext)) != 0)
		return -1;
	name += n;
	memcpy(number, name, digits);
	number[digits] = '\0';
	name += digits + strlen(ext);
	if (*name != '\0' && strcmp(name, ".h5") != 0)
		return -1;
	return num_int(&iter, number, 0, INT32_MAX) < 0 ? -1 : iter;
}

/* The file of an iteration with that ending, h5 or not; NULL: there is none. */
static char *
find_snapshot(const char *dir, int64_t iter, const char *ext)
{
	static const char *const ends[] = { "", ".h5" };

	for (size_t i = 0; i < LENGTH(ends); i++) {
		char *name = mem_printf(
		    PREFIX "%lld%s%s", (long long)iter, ext, ends[i]);
		char *path = path_join(dir, name);

		mem_free(name);
		if (file_exists(path))
			return path;
		mem_free(path);
	}
	return NULL;
}

int
snapshot_newest(int64_t *newest, const char *dir)
{
	char **names = NULL;
	size_t n = 0;

	*newest = -1;
	TRY(file_list(&names, &n, dir));
	for (size_t i = 0; i < n; i++) {
		int64_t iter = parse(names[i], ".solverstate");
		char *weights = iter > *newest
		    ? find_snapshot(dir, iter, ".caffemodel")
		    : NULL;

		if (weights != NULL)
			*newest = iter;
		mem_free(weights);
	}
	file_list_free(names, n);
	return 0;
}

static void
remove_file(const char *dir, const char *name)
{
	char *path = path_join(dir, name);

	if (unlink(path) != 0)
		log_warn("%s: cannot be removed", path);
	mem_free(path);
}

/* The best validated of those snapshots that are there, and the newest; the
 * iterations, which are the caller's. */
static size_t
find_kept(const struct session *s, int64_t **out, char **names, size_t n)
{
	const size_t most = (size_t)s->job->keep;
	int64_t *iter = mem_array(int64_t, n + 1);
	size_t there = 0, good;

	for (size_t i = 0; i < n; i++) {
		int64_t one = parse(names[i], ".caffemodel");

		if (one >= 0)
			iter[there++] = one;
	}
	good = history_order(&s->journal.history, iter, there);
	if (good > most)
		good = most;
	iter[good++] = s->snapshot_iter;
	*out = iter;
	return good;
}

static bool
is_among(int64_t iter, const int64_t *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (v[i] == iter)
			return true;
	return false;
}

/* The best snapshot, as model/history.h judges, gets a name that stays the same. */
void
snapshot_link(const struct session *s)
{
	struct model_snapshots all;
	char *path, *old;
	bool h5;
	int best, rc;

	if (model_snapshots_find(&all, session_dir(s), NULL) < 0)
		return;
	best = history_best_snapshot(&s->journal.history, &all);
	if (best >= 0) {
		h5 = path_has_ext(all.v[best].weights, ".h5");
		path = mem_printf("%s/" MODEL_BEST_LINK "%s", session_dir(s),
		    h5 ? ".h5" : "");
		old = mem_printf("%s/" MODEL_BEST_LINK "%s", session_dir(s),
		    h5 ? "" : ".h5");
		rc = file_link(all.v[best].weights, path);
		if (rc < 0)
			log_info(
			    "no link to the best snapshot: %s", err_text());
		else
			(void)unlink(old);
		mem_free(old);
		mem_free(path);
	}
	model_snapshots_free(&all);
}

/* --keep N: the newest and the best stay; other states always go. */
static void
prune(struct session *s)
{
	int64_t *kept = NULL;
	char **names = NULL;
	size_t n = 0, nkept;

	if (file_list(&names, &n, session_dir(s)) < 0)
		return;
	nkept = find_kept(s, &kept, names, n);
	for (size_t i = 0; i < n; i++) {
		int64_t state = parse(names[i], ".solverstate");
		int64_t weights = parse(names[i], ".caffemodel");

		if (state < 0)
			state = parse(names[i], ASIDE);
		if (state >= 0 && state != s->snapshot_iter)
			remove_file(session_dir(s), names[i]);
		if (weights >= 0 && s->job->keep > 0 &&
		    !is_among(weights, kept, nkept))
			remove_file(session_dir(s), names[i]);
	}
	mem_free(kept);
	file_list_free(names, n);
}

/* With an average: that into path, the weights themselves into aside. */
static int
write_both(struct session *s, const char *path, const char *aside)
{
	int rc, back;

	if (s->average == NULL)
		return net_write_weights(s->net, s->plan, path, 1);
	TRY(net_write_weights(s->net, s->plan, aside, 1));
	TRY(average_show(s->average, s->plan));
	rc = net_write_weights(s->net, s->plan, path, 1);
	back = average_hide(s->average, s->plan);
	return rc < 0 ? rc : back;
}

/* What the solver state has no place for; before it, so that a state is whole. */
static int
write_scale(struct session *s)
{
	struct plan_scale scale;

	TRY(plan_scale_get(s->now.plan, &scale));
	return scale.used ? journal_scale(&s->journal, s->iter, &scale) : 0;
}

static int
load_scale(struct session *s)
{
	struct plan_scale scale;
	int rc;

	TRY(plan_scale_get(s->plan, &scale));
	if (!scale.used)
		return 0;
	rc = journal_scale_read(&scale, session_dir(s), s->iter);
	return rc == 1 ? plan_scale_set(s->plan, &scale) : rc;
}

int
snapshot_write(struct session *s)
{
	char *name, *aside, *state, *path, *own;
	int rc;

	if (s->snapshot_iter == s->iter || !exchange_leads(s->job->exchange))
		return 0;
	TRY(diagnose_weights(s)); /* nothing could go on from there */
	name = mem_printf(
	    PREFIX "%lld.caffemodel%s", (long long)s->iter, suffix(s));
	state = mem_printf("%s/" PREFIX "%lld.solverstate%s", session_dir(s),
	    (long long)s->iter, suffix(s));
	aside =
	    mem_printf(PREFIX "%lld" ASIDE "%s", (long long)s->iter, suffix(s));
	path = path_join(session_dir(s), name);
	own = path_join(session_dir(s), aside);
	rc = write_both(s, path, own);
	if (rc >= 0)
		rc = write_scale(s);
	if (rc >= 0)
		rc = solver_write(s->solver, s->plan, s->iter,
		    s->average != NULL ? aside : name, state);
	if (rc >= 0) {
		s->snapshot_iter = s->iter;
		mem_free(s->snapshot);
		s->snapshot = mem_strdup(name);
		rc = journal_snapshot(
		    &s->journal, s->iter, session_epoch(s, s->iter), name);
		snapshot_link(s);
		board_weights(s->board, s->iter, path);
		prune(s);
	}
	mem_free(name);
	mem_free(aside);
	mem_free(state);
	mem_free(path);
	mem_free(own);
	/* Whole now: it takes the place of an old model. */
	if (rc >= 0 && s->job->place != NULL)
		rc = file_dir_publish(s->job->place);
	return rc < 0 ? err_in(rc, "snapshot") : 0;
}

/* The weights of a snapshot: all layers, or it is not this training's. */
static int
load_whole(struct session *s, const char *weights)
{
	struct net_copy_report report = { 0 };
	Caffe__NetParameter *net = NULL;
	int rc;

	TRY(caffe_weights_read(&net, weights));
	rc = net_copy_weights(s->net, s->plan, net, &report);
	if (rc >= 0)
		rc = net_copy_whole(&report);
	net_copy_report_clear(&report);
	caffe_msg_free(net);
	return rc < 0 ? err_in(rc, "%s", path_base(weights)) : 0;
}

static int
load(struct session *s, const char *weights, const char *state)
{
	Caffe__SolverState *st = NULL;
	int rc = load_whole(s, weights);

	if (rc >= 0)
		rc = caffe_state_read(&st, state);
	if (rc >= 0 && st->iter < 0)
		rc = err_set(ERR_FORMAT, "iteration %d", st->iter);
	if (rc >= 0)
		rc = solver_load(s->solver, s->plan, st);
	if (rc >= 0)
		s->iter = st->iter;
	caffe_msg_free(st);
	return rc < 0 ? err_in(rc, "resume from %s", state) : 0;
}

/* The weights of a state: learned_net as it is, that name beside the state, or
 * the state's own name.  NULL: there are none. */
static char *
weights_of(const char *path, const char *learned)
{
	static const char *const ends[] = { "", ".caffemodel",
		".caffemodel.h5" };
	char *dir = path_dir(path);
	const char *state = strstr(path_base(path), ".solverstate");
	char *own = mem_strndup(path_base(path),
	    state != NULL ? (size_t)(state - path_base(path))
			  : strlen(path_base(path)));
	char *found = NULL;

	for (size_t i = 0; i < 3 * LENGTH(ends) && found == NULL; i++) {
		const char *end = ends[i % LENGTH(ends)];
		size_t how = i / LENGTH(ends);

		if (how < 2 && (learned == NULL || learned[0] == '\0'))
			continue;
		if (how == 2 && end[0] == '\0')
			continue;
		found = how == 0
		    ? mem_printf("%s%s", learned, end)
		    : mem_printf("%s/%s%s", dir,
			  how == 1 ? path_base(learned) : own, end);
		if (!file_exists(found) || file_is_dir(found)) {
			mem_free(found);
			found = NULL;
		}
	}
	mem_free(dir);
	mem_free(own);
	return found;
}

int
snapshot_start(struct session *s, const char *path)
{
	Caffe__SolverState *st = NULL;
	char *weights;
	int rc;

	TRY(caffe_state_read(&st, path));
	weights = weights_of(path, st->learned_net);
	if (weights == NULL)
		rc = err_set(ERR_MISSING,
		    "%s: its weights \"%s\" are neither there nor beside it",
		    path, st->learned_net != NULL ? st->learned_net : "");
	else
		rc = load(s, weights, path);
	caffe_msg_free(st);
	mem_free(weights);
	return rc;
}

static int
load_average(struct session *s, const char *path)
{
	TRY(load_whole(s, path));
	return average_take(s->average, s->plan);
}

int
snapshot_resume(struct session *s)
{
	char *weights, *state, *own = NULL;
	int64_t iter;
	int rc = 0;

	TRY(snapshot_newest(&iter, session_dir(s)));
	if (iter < 0)
		return err_set(ERR_MISSING, "%s: no snapshot to resume from",
		    session_dir(s));
	weights = find_snapshot(session_dir(s), iter, ".caffemodel");
	state = find_snapshot(session_dir(s), iter, ".solverstate");
	if (s->average != NULL) {
		own = find_snapshot(session_dir(s), iter, ASIDE);
		if (own == NULL)
			rc = err_set(ERR_MISSING,
			    "%s: the weights beside the average are missing",
			    state);
		else
			rc = load_average(s, weights);
	}
	if (rc >= 0)
		rc = load(s, own != NULL ? own : weights, state);
	mem_free(own);
	if (rc >= 0)
		rc = load_scale(s);
	if (rc >= 0) {
		s->snapshot_iter = iter;
		s->snapshot = mem_strdup(path_base(weights));
	}
	mem_free(weights);
	mem_free(state);
	return rc;
}

int
snapshot_check(const struct net *n, const Caffe__SolverParameter *sp)
{
	if (!sp->has_snapshot_format ||
	    sp->snapshot_format !=
		CAFFE__SOLVER_PARAMETER__SNAPSHOT_FORMAT__HDF5)
		return 0;
	for (int i = 0; i < n->nlayers; i++) {
		const struct layer *l = &n->layers[i];

		if (l->nparams == 0)
			continue;
		if (l->name[0] == '\0')
			return err_set(ERR_FORMAT,
			    "snapshot_format HDF5 keeps weights by name: layer %d (%s) has none",
			    i + 1, l->type->name);
		for (int k = 0; k < i; k++)
			if (n->layers[k].nparams > 0 &&
			    strcmp(n->layers[k].name, l->name) == 0)
				return err_set(ERR_FORMAT,
				    "snapshot_format HDF5 keeps weights by name: two layers are called \"%s\"",
				    l->name);
	}
	return 0;
}
