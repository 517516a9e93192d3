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
fits(const struct dnn_conv *c, unsigned notes)
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
ask(struct cu_rt *rt, desc graph, cudnnBackendHeurMode_t mode,
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

/* The first engine of one mode of the heuristics that fits, plans and takes no
 * more work space than that. */
static bool
search(struct dnn_plan *p, struct cu_rt *rt, desc graph,
    cudnnBackendHeurMode_t mode, size_t most)
{
	desc configs[CONFIGS_MAX] = { NULL };
	const int64_t n = ask(rt, graph, mode, configs);

	for (int64_t i = 0; i < n && p->plan == NULL; i++) {
		p->notes = notes_of(configs[i], &p->engine);
		if (!fits(&p->c, p->notes))
			continue;
		p->plan = plan_of(rt, configs[i], &p->workspace);
		if (p->plan != NULL && p->workspace > most) {
			cudnnBackendDestroyDescriptor(p->plan);
			p->plan = NULL;
		}
		if (p->plan != NULL) {
			p->config = configs[i];
			configs[i] = NULL;
		}
	}
	for (int i = 0; i < CONFIGS_MAX; i++)
		if (configs[i] != NULL)
			cudnnBackendDestroyDescriptor(configs[i]);
	return p->plan != NULL;
}

void
dnn_free(struct dnn_plan *p)
{
	if (p == NULL)
		return;
	if (p->plan != NULL)
		cudnnBackendDestroyDescriptor(p->plan);
	if (p->config != NULL)
		cudnnBackendDestroyDescriptor(p->config);
	for (int i = p->n - 1; i >= 0; i--)
		cudnnBackendDestroyDescriptor(p->all[i]);
	mem_free(p);
}

int
dnn_make(struct cu_rt *rt, const struct dnn_conv *c, struct dnn_plan **out,
    size_t *scratch)
{
	struct dnn_plan *p;
	cudnnHandle_t h = NULL;
	desc graph;

	*out = NULL;
	if (rt->like == NULL)
		TRY(rt_dnn(rt, &h));
	p = mem_new(struct dnn_plan);
	p->c = *c;
	graph = dnn_graph(p);
	if (h != NULL)
		dnn_put(p, graph, CUDNN_ATTR_OPERATIONGRAPH_HANDLE,
		    CUDNN_TYPE_HANDLE, 1, &h);
	dnn_finish(p, graph);
	if (p->failed)
		log_debug("cuDNN refuses a convolution: %s", p->why);
	if (p->failed ||
	    (!search(p, rt, graph, CUDNN_HEUR_MODE_A, DNN_WORKSPACE) &&
		!search(
		    p, rt, graph, CUDNN_HEUR_MODE_FALLBACK, DNN_WORKSPACE) &&
		!search(p, rt, graph, CUDNN_HEUR_MODE_A, SIZE_MAX))) {
		dnn_free(p);
		return 0;
	}
	*scratch = p->workspace;
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
	int n = snprintf(out, size, "engine %lld", (long long)p->engine);

	for (size_t i = 0; i < LENGTH(names) && n >= 0; i++) {
		at += (size_t)n;
		if (at >= size)
			return;
		n = p->notes & 1U << i
		    ? snprintf(out + at, size - at, ", %s", names[i])
		    : 0;
	}
}

bool
dnn_has_tensor_cores(const struct dnn_plan *p)
{
	return (p->notes & 1U << CUDNN_NUMERICAL_NOTE_TENSOR_CORE) != 0;
}

/* The pointers of one call; the same at every call of a plan, so once. */
static int
pack(struct dnn_plan *p, void *x, void *w, void *y, const void *b,
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
	TRY(pack(p, x, w, y, b, sum, scratch));
	s = cudnnBackendExecute(h, p->plan, p->pack);
	if (s == CUDNN_STATUS_SUCCESS)
		return 0;
	cudnnGetLastErrorString(why, sizeof(why));
	return err_set(ERR_DEVICE, "cuDNN convolution: %s: %.255s",
	    cudnnGetErrorString(s), why);
}
