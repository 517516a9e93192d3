/* From Caffe's SolverParameter to struct update; arithmetic is the backend's. */
#include "train/solver.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "caffe/blob.h"
#include "caffe/model.h"
#include "caffe/msg.h"
#include "caffe/wire.h"
#include "ranks/exchange.h"
#include "train/rate.h"

/* One of the net's own parameters, in Caffe's order (learnable_params). */
struct slot {
	const struct net_param *np;
	int history[2]; /* STATE tensors, -1: none (never updated) */
};

struct solver {
	const struct net *net;
	Caffe__SolverParameter *sp; /* a copy */
	struct update u;
	struct update_param *params; /* those that are updated */
	struct slot *slots;          /* all */
	int nslots;
	float *sums;  /* gradients on their way */
	int nhistory; /* blobs of history per parameter: 0, 1, 2 */
};

static const struct type {
	const char *name;
	enum update_fn fn;
	int nhistory;
} types[] = {
	{ "SGD", UPDATE_SGD, 1 },
	{ "Nesterov", UPDATE_NESTEROV, 1 },
	{ "AdaGrad", UPDATE_ADAGRAD, 1 },
	{ "RMSProp", UPDATE_RMSPROP, 1 },
	{ "AdaDelta", UPDATE_ADADELTA, 2 },
	{ "Adam", UPDATE_ADAM, 2 },
	{ "AdamW", UPDATE_ADAMW, 2 },
	{ "LAMB", UPDATE_LAMB, 2 },
};

static const struct type *
type_find(const char *name)
{
	for (size_t i = 0; i < LENGTH(types); i++)
		if (strcmp(types[i].name, name) == 0)
			return &types[i];
	return NULL;
}

static int
check_fields(const Caffe__SolverParameter *sp, const struct type *t)
{
	if (t == NULL)
		return err_set(ERR_FORMAT,
		    "solver type \"%s\": unknown (SGD Nesterov AdaGrad RMSProp AdaDelta Adam AdamW LAMB)",
		    sp->type);
	if ((t->fn == UPDATE_ADAGRAD || t->fn == UPDATE_RMSPROP) &&
	    sp->momentum != 0)
		return err_set(
		    ERR_FORMAT, "momentum cannot be used with %s", t->name);
	if (t->fn == UPDATE_RMSPROP &&
	    !(sp->rms_decay >= 0 && sp->rms_decay < 1))
		return err_set(ERR_FORMAT, "rms_decay must be in [0, 1)");
	if (sp->iter_size < 1)
		return err_set(ERR_FORMAT, "iter_size must be at least 1");
	if (strcmp(sp->regularization_type, "L2") != 0 &&
	    strcmp(sp->regularization_type, "L1") != 0)
		return err_set(ERR_FORMAT,
		    "regularization_type \"%s\": unknown (L1 L2)",
		    sp->regularization_type);
	return 0;
}

static void
take_values(
    struct update *u, const Caffe__SolverParameter *sp, const struct type *t)
{
	u->fn = t->fn;
	u->momentum = sp->momentum;
	u->momentum2 = sp->momentum2;
	u->delta = sp->delta;
	u->rms_decay = sp->rms_decay;
	u->weight_decay = sp->weight_decay;
	u->clip = sp->has_clip_gradients ? sp->clip_gradients : -1;
	u->l1 = strcmp(sp->regularization_type, "L1") == 0;
	u->iter_size = sp->iter_size;
}

static int
add_slot(struct solver *s, const struct net_param *np)
{
	const struct tensor *t = graph_tensor(s->net->graph, np->tensor);
	struct slot *slot = &s->slots[s->nslots++];
	struct update_param *up;
	struct shape shape = t->shape;
	int grad = t->grad;

	*slot = (struct slot){ .np = np, .history = { -1, -1 } };
	if (!np->learn || np->lr_mult == 0 || grad < 0)
		return 0;
	for (int i = 0; i < s->nhistory; i++) {
		char *name = mem_printf("history%d/%s", i, np->key);
		int id =
		    graph_add_tensor(s->net->graph, TENSOR_STATE, name, &shape);

		mem_free(name);
		if (id < 0)
			return id;
		slot->history[i] = id;
	}
	up = &s->params[s->u.n++];
	*up = (struct update_param){ .param = np->tensor,
		.grad = grad,
		.history = { slot->history[0], slot->history[1] },
		.lr_mult = np->lr_mult,
		.decay_mult = np->decay_mult };
	return 0;
}

int
solver_new(struct solver **out, const struct net *net,
    const Caffe__SolverParameter *sp)
{
	const struct type *t = type_find(sp->type);
	struct solver *s;
	int rc = 0;

	TRY(check_fields(sp, t));
	s = mem_new(struct solver);
	s->net = net;
	s->sp = caffe_msg_copy(sp);
	s->nhistory = t->nhistory;
	s->params = mem_array(struct update_param, (size_t)net->nparams + 1);
	s->slots = mem_array(struct slot, (size_t)net->nparams + 1);
	take_values(&s->u, sp, t);
	for (int i = 0; rc >= 0 && i < net->nparams; i++)
		if (net->params[i].owner == i)
			rc = add_slot(s, &net->params[i]);
	s->u.params = s->params;
	if (rc < 0) {
		solver_free(s);
		return rc;
	}
	*out = s;
	return 0;
}

void
solver_free(struct solver *s)
{
	if (s == NULL)
		return;
	caffe_msg_free(s->sp);
	mem_free(s->params);
	mem_free(s->slots);
	mem_free(s->sums);
	mem_free(s);
}

const struct update *
solver_update(struct solver *s, uint64_t it, float rate)
{
	s->u.iteration = it;
	s->u.rate = rate;
	return &s->u;
}

int
solver_step(struct solver *s, struct plan *plan, uint64_t it, float rate)
{
	return plan_update(plan, solver_update(s, it, rate));
}

/* All gradients, one behind the other, to and from s->sums. */
static int
move_gradients(struct solver *s, struct plan *plan, bool out)
{
	float *at = s->sums;
	int rc = 0;

	for (int i = 0; i < s->u.n && rc >= 0; i++) {
		int grad = s->params[i].grad;

		rc = out ? plan_write(plan, grad, at)
			 : plan_read(plan, grad, at);
		at += shape_count(graph_shape(s->net->graph, grad));
	}
	return rc;
}

int
solver_exchange(
    struct solver *s, struct plan *plan, struct exchange *x, int (*stop)(void))
{
	size_t n = 0;

	for (int i = 0; i < s->u.n; i++)
		n += shape_count(graph_shape(s->net->graph, s->params[i].grad));
	if (s->sums == NULL)
		s->sums = mem_array(float, n + 1);
	TRY(move_gradients(s, plan, false));
	TRY(x->type->sum(x, s->sums, n, stop));
	for (size_t i = 0; i < n; i++)
		s->sums[i] /= (float)x->ranks;
	return move_gradients(s, plan, true);
}

/* The history h of a slot as a blob; zeros where the solver keeps none. */
static int
save_one(const struct solver *s, struct plan *plan, const struct slot *slot,
    int h, Caffe__BlobProto **out)
{
	const struct shape *shape =
	    graph_shape(s->net->graph, slot->np->tensor);

	*out = caffe_blob_new(shape->d, shape->n, NULL);
	if (slot->history[h] < 0)
		return 0;
	return plan_read(plan, slot->history[h], (*out)->data);
}

/* Blob k of the history, appended. */
static int
add_history(
    Caffe__SolverState *to, const struct solver *s, struct plan *plan, int k)
{
	Caffe__BlobProto *blob;
	int rc =
	    save_one(s, plan, &s->slots[k % s->nslots], k / s->nslots, &blob);

	caffe_add(&to->history, &to->n_history, blob);
	return rc;
}

static void
set_progress(Caffe__SolverState *to, int64_t it, const char *learned_net)
{
	to->has_iter = 1;
	to->iter = (int32_t)it;
	caffe_set_str(to, "learned_net", learned_net);
}

static void
set_step(Caffe__SolverState *to, const struct solver *s, int64_t it)
{
	to->has_current_step = 1;
	to->current_step = rate_steps(s->sp, it - 1);
}

int
solver_save(const struct solver *s, struct plan *plan, int64_t it,
    const char *learned_net, Caffe__SolverState **out)
{
	Caffe__SolverState *state = caffe_new(Caffe__SolverState, solver_state);
	int rc = 0;

	set_progress(state, it, learned_net);
	set_step(state, s, it);
	for (int k = 0; k < s->nhistory * s->nslots && rc >= 0; k++)
		rc = add_history(state, s, plan, k);
	if (rc < 0) {
		caffe_msg_free(state);
		return rc;
	}
	*out = state;
	return 0;
}

static int
write_whole(const struct solver *s, struct plan *plan, int64_t it,
    const char *learned_net, const char *path)
{
	Caffe__SolverState *state = NULL;
	int rc;

	TRY(solver_save(s, plan, it, learned_net, &state));
	rc = caffe_state_write(path, state, 1);
	caffe_msg_free(state);
	return rc;
}

int
solver_write(const struct solver *s, struct plan *plan, int64_t it,
    const char *learned_net, const char *path)
{
	const int n = s->nhistory * s->nslots;
	struct caffe_wire_out *o;
	int rc = 0;

	if (path_has_ext(path, ".h5"))
		return write_whole(s, plan, it, learned_net, path);
	TRY(caffe_wire_open(&o, path, 1));
	/* what stands before the history, its blobs, what stands after it */
	for (int k = -1; k <= n && rc >= 0; k++) {
		Caffe__SolverState *one =
		    caffe_new(Caffe__SolverState, solver_state);

		if (k < 0)
			set_progress(one, it, learned_net);
		else if (k < n)
			rc = add_history(one, s, plan, k);
		else
			set_step(one, s, it);
		if (rc >= 0)
			caffe_wire_put(o, one);
		caffe_msg_free(one);
	}
	return caffe_wire_close(o, rc);
}

static int
load_one(const struct solver *s, struct plan *plan, const struct slot *slot,
    int h, const Caffe__BlobProto *blob)
{
	size_t n = shape_count(graph_shape(s->net->graph, slot->np->tensor));
	void *v = NULL;
	int rc;

	if (slot->history[h] < 0)
		return 0;
	rc = mem_take(&v, n, sizeof(float), SIZE_MAX, slot->np->key);
	if (rc >= 0)
		rc = caffe_blob_floats(v, n, blob);
	if (rc < 0)
		rc = err_in(rc, "history of %s", slot->np->key);
	else
		rc = plan_write(plan, slot->history[h], v);
	mem_free(v);
	return rc;
}

int
solver_load(
    const struct solver *s, struct plan *plan, const Caffe__SolverState *state)
{
	size_t want = (size_t)s->nslots * (size_t)s->nhistory;

	if (state->n_history != want)
		return err_set(ERR_FORMAT,
		    "solver state has %zu blobs of history, this net and solver need %zu",
		    state->n_history, want);
	for (size_t i = 0; i < want; i++)
		TRY(load_one(s, plan, &s->slots[i % (size_t)s->nslots],
		    (int)(i / (size_t)s->nslots), state->history[i]));
	return 0;
}
