/*
 * Convolutions by cuDNN's graph API: an engine for a graph of operations
 * (rt_dnn_graph.c) from the heuristics, mode A and then FALLBACK, its plan, and
 * the run.
 *
 * The device is a handle, or a description (rt_like.c), for which the library
 * answers the same.
 */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "cuda/rt_dnn.h"
#include "cuda/tune.h"

enum { CONFIGS_MAX = 32, NOTES_MAX = 16 };

/* What an engine does to the numbers, as bits by cudnnBackendNumericalNote_t. */
static unsigned
notes_of(desc config, int64_t *index)
{
	cudnnBackendNumericalNote_t notes[NOTES_MAX];
	desc engine = NULL;
	int64_t n = 0;
	unsigned bits = 0;

	*index = -1;
	if (cudnnBackendCreateDescriptor(CUDNN_BACKEND_ENGINE_DESCRIPTOR,
		&engine) != CUDNN_STATUS_SUCCESS)
		return 0;
	if (cudnnBackendGetAttribute(config, CUDNN_ATTR_ENGINECFG_ENGINE,
		CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &n,
		&engine) == CUDNN_STATUS_SUCCESS) {
		cudnnBackendGetAttribute(engine, CUDNN_ATTR_ENGINE_GLOBAL_INDEX,
		    CUDNN_TYPE_INT64, 1, &n, index);
		if (cudnnBackendGetAttribute(engine,
			CUDNN_ATTR_ENGINE_NUMERICAL_NOTE,
			CUDNN_TYPE_NUMERICAL_NOTE, NOTES_MAX, &n,
			notes) != CUDNN_STATUS_SUCCESS)
			n = 0;
		for (int64_t i = 0; i < n && i < NOTES_MAX; i++)
			bits |= 1U << notes[i];
	}
	cudnnBackendDestroyDescriptor(engine);
	return bits;
}

/* May this engine be used: no tensor cores in plain float, nothing that adds in
 * any order when the same bits are wanted. */
static bool
engine_fits(const struct dnn_conv *c, unsigned notes)
{
	unsigned bad = 0;

	if (c->deterministic)
		bad |= 1U << CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC;
	if (c->type == CU_F32 && !c->tf32)
		bad |= 1U << CUDNN_NUMERICAL_NOTE_TENSOR_CORE |
		    1U << CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS;
	return (notes & bad) == 0;
}

static cudnnStatus_t
set_desc(desc d, cudnnBackendAttributeName_t name, desc v)
{
	return cudnnBackendSetAttribute(
	    d, name, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &v);
}

/* A plan of one engine's configuration, NULL: it refuses. */
static desc
plan_of(struct cu_rt *rt, desc config, size_t *workspace)
{
	desc d = NULL;
	int64_t n, bytes = 0;
	cudnnStatus_t s;

	if (cudnnBackendCreateDescriptor(
		CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR, &d) !=
	    CUDNN_STATUS_SUCCESS)
		return NULL;
	s = set_desc(d, CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, config);
	if (s == CUDNN_STATUS_SUCCESS && rt->like != NULL)
		s = set_desc(d, CUDNN_ATTR_EXECUTION_PLAN_DEVICEPROP, rt->like);
	else if (s == CUDNN_STATUS_SUCCESS)
		s = cudnnBackendSetAttribute(d,
		    CUDNN_ATTR_EXECUTION_PLAN_HANDLE, CUDNN_TYPE_HANDLE, 1,
		    &rt->dnn);
	if (s == CUDNN_STATUS_SUCCESS)
		s = cudnnBackendFinalize(d);
	if (s == CUDNN_STATUS_SUCCESS)
		s = cudnnBackendGetAttribute(d,
		    CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE, CUDNN_TYPE_INT64,
		    1, &n, &bytes);
	if (s != CUDNN_STATUS_SUCCESS) {
		cudnnBackendDestroyDescriptor(d);
		return NULL;
	}
	*workspace = (size_t)bytes;
	return d;
}

/* The configurations that one mode of the heuristics has for a graph. */
static int64_t
ask_heuristics(struct cu_rt *rt, desc graph, cudnnBackendHeurMode_t mode,
    desc configs[CONFIGS_MAX])
{
	desc heur = NULL;
	int64_t n = 0;
	cudnnStatus_t s;

	for (int i = 0; i < CONFIGS_MAX; i++)
		if (cudnnBackendCreateDescriptor(
			CUDNN_BACKEND_ENGINECFG_DESCRIPTOR, &configs[i]) !=
		    CUDNN_STATUS_SUCCESS)
			return 0;
	s = cudnnBackendCreateDescriptor(
	    CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR, &heur);
	if (s == CUDNN_STATUS_SUCCESS)
		s = set_desc(
		    heur, CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, graph);
	if (s == CUDNN_STATUS_SUCCESS)
		s = cudnnBackendSetAttribute(heur, CUDNN_ATTR_ENGINEHEUR_MODE,
		    CUDNN_TYPE_HEUR_MODE, 1, &mode);
	if (s == CUDNN_STATUS_SUCCESS && rt->like != NULL)
		s = set_desc(heur, CUDNN_ATTR_ENGINEHEUR_DEVICEPROP, rt->like);
	if (s == CUDNN_STATUS_SUCCESS)
		s = cudnnBackendFinalize(heur);
	if (s == CUDNN_STATUS_SUCCESS)
		s = cudnnBackendGetAttribute(heur,
		    CUDNN_ATTR_ENGINEHEUR_RESULTS,
		    CUDNN_TYPE_BACKEND_DESCRIPTOR, CONFIGS_MAX, &n, configs);
	if (heur != NULL)
		cudnnBackendDestroyDescriptor(heur);
	return s != CUDNN_STATUS_SUCCESS ? 0
	    : n < CONFIGS_MAX            ? n
					 : CONFIGS_MAX;
}

static void
drop_choice(struct dnn_choice *c)
{
	if (c->plan != NULL)
		cudnnBackendDestroyDescriptor(c->plan);
	if (c->config != NULL)
		cudnnBackendDestroyDescriptor(c->config);
	memset(c, 0, sizeof(*c));
}

/* What is looked for. */
struct search {
	struct cu_rt *rt;
	desc graph;
	const struct dnn_conv *c;
	const char *only; /* the engine of this name; or NULL */
	int most;         /* engines wanted */
	struct dnn_choice list[DNN_TUNE];
	int n;
};

/* Engines of one mode of the heuristics that fit, plan and take no more work
 * space than that, as many as are wanted. */
static void
search(struct search *s, cudnnBackendHeurMode_t mode, size_t bytes)
{
	desc configs[CONFIGS_MAX] = { NULL };
	const int64_t n = ask_heuristics(s->rt, s->graph, mode, configs);

	for (int64_t i = 0; i < n && s->n < s->most; i++) {
		struct dnn_choice c = { .config = configs[i] };

		c.notes = notes_of(c.config, &c.engine);
		snprintf(c.name, sizeof(c.name), "%c%d engine %lld",
		    mode == CUDNN_HEUR_MODE_A ? 'A' : 'F', (int)i,
		    (long long)c.engine);
		if (!engine_fits(s->c, c.notes) ||
		    (s->only != NULL && strcmp(s->only, c.name) != 0))
			continue;
		c.plan = plan_of(s->rt, c.config, &c.workspace);
		if (c.plan == NULL)
			continue;
		configs[i] = NULL;
		if (c.workspace > bytes)
			drop_choice(&c);
		else
			s->list[s->n++] = c;
	}
	for (int i = 0; i < CONFIGS_MAX; i++)
		if (configs[i] != NULL)
			cudnnBackendDestroyDescriptor(configs[i]);
}

/* The heuristics' first choice that can be had. */
static void
search_all(struct search *s)
{
	search(s, CUDNN_HEUR_MODE_A, DNN_WORKSPACE);
	if (s->n == 0)
		search(s, CUDNN_HEUR_MODE_FALLBACK, DNN_WORKSPACE);
	if (s->n == 0)
		search(s, CUDNN_HEUR_MODE_A, SIZE_MAX);
}

/* The engine that was the fastest of some; measured unless that is known. */
static int
measured(struct search *s, struct dnn_plan *p)
{
	char key[256];

	dnn_key(s->c, key, sizeof(key));
	s->only = tune_find(dnn_tune(s->rt), key);
	s->most = 1;
	if (s->only != NULL)
		search_all(s);
	if (s->n == 1)
		return 0;
	s->only = NULL;
	s->most = DNN_TUNE;
	search_all(s);
	return s->n > 1 ? dnn_fastest(s->rt, p, key, s->list, s->n) : 0;
}

static void
choose_engine(struct search *s, struct dnn_plan *p)
{
	int best = 0;

	s->c = &p->c;
	s->most = 1;
	if (p->c.tune && s->rt->like == NULL)
		best = measured(s, p);
	else
		search_all(s);
	for (int i = 0; i < s->n; i++)
		if (i != best)
			drop_choice(&s->list[i]);
	if (s->n > 0)
		p->best = s->list[best];
}

void
dnn_free(struct dnn_plan *p)
{
	if (p == NULL)
		return;
	drop_choice(&p->best);
	for (int i = p->n - 1; i >= 0; i--)
		cudnnBackendDestroyDescriptor(p->all[i]);
	mem_free(p);
}

int
dnn_make(struct cu_rt *rt, const struct dnn_conv *c, struct dnn_plan **out,
    size_t *scratch)
{
	struct search s = { .rt = rt };
	struct dnn_plan *p;
	cudnnHandle_t h = NULL;

	*out = NULL;
	if (rt->like == NULL)
		TRY(rt_dnn(rt, &h));
	p = mem_new(struct dnn_plan);
	p->c = *c;
	s.graph = dnn_graph(p);
	if (h != NULL)
		dnn_put(p, s.graph, CUDNN_ATTR_OPERATIONGRAPH_HANDLE,
		    CUDNN_TYPE_HANDLE, 1, &h);
	dnn_finish(p, s.graph);
	if (p->failed)
		log_debug("cuDNN refuses a convolution: %s", p->why);
	else
		choose_engine(&s, p);
	cudaGetLastError(); /* of engines that were tried */
	if (p->best.plan == NULL) {
		dnn_free(p);
		return 0;
	}
	*scratch = p->best.workspace;
	*out = p;
	return 0;
}

void
dnn_say(const struct dnn_plan *p, char *out, size_t size)
{
	static const char *const names[] = {
		[CUDNN_NUMERICAL_NOTE_TENSOR_CORE] = "tensor cores",
		[CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS] = "inputs rounded",
		[CUDNN_NUMERICAL_NOTE_REDUCED_PRECISION_REDUCTION] =
		    "short sums",
		[CUDNN_NUMERICAL_NOTE_FFT] = "FFT",
		[CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC] = "any order",
		[CUDNN_NUMERICAL_NOTE_WINOGRAD] = "Winograd",
	};
	size_t at = 0;
	int n = snprintf(out, size, "engine %lld", (long long)p->best.engine);

	for (size_t i = 0; i < LENGTH(names) && n >= 0; i++) {
		at += (size_t)n;
		if (at >= size)
			return;
		n = p->best.notes & 1U << i
		    ? snprintf(out + at, size - at, ", %s", names[i])
		    : 0;
	}
}

bool
dnn_has_tensor_cores(const struct dnn_plan *p)
{
	return (p->best.notes & 1U << CUDNN_NUMERICAL_NOTE_TENSOR_CORE) != 0;
}

/* The pointers of one call; the same at every call of a plan, so once. */
int
dnn_pack(struct dnn_plan *p, void *x, void *w, void *y, const void *b,
    const void *sum, void *scratch)
{
	const int64_t uids[5] = { UID_X, UID_W, UID_Y,
		p->c.bias ? UID_B : UID_SUM, UID_SUM };
	const void *ptrs[5] = { x, w, y, p->c.bias ? b : sum, sum };
	const int64_t n = 3 + (int)p->c.bias + (int)p->c.sum;

	if (p->pack != NULL)
		return 0;
	p->pack = dnn_desc(p, CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR);
	dnn_put(p, p->pack, CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS,
	    CUDNN_TYPE_INT64, n, uids);
	dnn_put(p, p->pack, CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS,
	    CUDNN_TYPE_VOID_PTR, n, ptrs);
	dnn_put(p, p->pack, CUDNN_ATTR_VARIANT_PACK_WORKSPACE,
	    CUDNN_TYPE_VOID_PTR, 1, &scratch);
	dnn_finish(p, p->pack);
	if (p->failed)
		return err_set(
		    ERR_DEVICE, "cuDNN refuses its pointers: %s", p->why);
	return 0;
}

int
dnn_run(struct cu_rt *rt, struct dnn_plan *p, void *x, void *w, void *y,
    const void *b, const void *sum, void *scratch)
{
	char why[256] = "";
	cudnnHandle_t h;
	cudnnStatus_t s;

	TRY(rt_dnn(rt, &h));
	TRY(dnn_pack(p, x, w, y, b, sum, scratch));
	s = cudnnBackendExecute(h, p->best.plan, p->pack);
	if (s == CUDNN_STATUS_SUCCESS)
		return 0;
	cudnnGetLastErrorString(why, sizeof(why));
	return err_set(ERR_DEVICE, "cuDNN convolution: %s: %.255s",
	    cudnnGetErrorString(s), why);
}
