/*
 * Engines measured: each candidate runs a few times on tensors of its own, which
 * are given back at once, and the shortest run counts.
 */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "cuda/rt_dnn.h"
#include "cuda/tune.h"

enum { RUNS = 4, TENSORS = 6 }; /* the first run is not counted */

struct trial {
	struct cu_rt *rt;
	const struct dnn_choice *list;
	desc pack;
	cudaEvent_t from, to;
	void *room[TENSORS];
};

struct tune *
dnn_tune(struct cu_rt *rt)
{
	struct cudaDeviceProp prop;
	char library[32];

	if (rt->tune != NULL)
		return rt->tune;
	if (cudaGetDeviceProperties(&prop, rt->index) != cudaSuccess) {
		cudaGetLastError();
		snprintf(prop.name, sizeof(prop.name), "device");
	}
	snprintf(library, sizeof(library), "cudnn-%zu", cudnnGetVersion());
	rt->tune = tune_open(prop.name, library);
	return rt->tune;
}

void
dnn_key(const struct dnn_conv *c, char *out, size_t size)
{
	static const char *const kinds[] = { "forward", "data", "weight" };
	static const char *const types[] = { "fp32", "bf16", "fp16" };
	size_t at = (size_t)snprintf(out, size, "%s %s%s%s%s%s%s%s slope %g",
	    kinds[c->kind], types[c->type], c->tf32 ? " tf32" : "",
	    c->nhwc ? " nhwc" : "", c->deterministic ? " deterministic" : "",
	    c->bias ? " bias" : "", c->sum ? " sum" : "",
	    c->relu ? " relu" : "", (double)c->slope);

	for (int i = 0; i < c->nd + 2 && at < size; i++)
		at += (size_t)snprintf(out + at, size - at, " %lld/%lld/%lld",
		    (long long)c->x[i], (long long)c->w[i], (long long)c->y[i]);
	for (int i = 0; i < c->nd && at < size; i++)
		at += (size_t)snprintf(out + at, size - at, " s%lldp%lldd%lld",
		    (long long)c->stride[i], (long long)c->pad[i],
		    (long long)c->dilation[i]);
}

static size_t
tensor_bytes(const struct dnn_conv *c, const int64_t *d)
{
	size_t n = c->type == CU_F32 ? 4 : 2;

	for (int i = 0; i < c->nd + 2; i++)
		n *= (size_t)d[i];
	return n;
}

/* Seconds of the shortest run of a candidate, without the first. */
static double
time_candidate(void *ctx, int i)
{
	struct trial *t = ctx;
	float ms, best = -1;

	for (int k = 0; k < RUNS; k++) {
		if (cudaEventRecord(t->from, t->rt->stream) != cudaSuccess ||
		    cudnnBackendExecute(t->rt->dnn, t->list[i].plan, t->pack) !=
			CUDNN_STATUS_SUCCESS ||
		    cudaEventRecord(t->to, t->rt->stream) != cudaSuccess ||
		    cudaEventSynchronize(t->to) != cudaSuccess ||
		    cudaEventElapsedTime(&ms, t->from, t->to) != cudaSuccess) {
			cudaGetLastError();
			return -1;
		}
		if (k > 0 && (best < 0 || ms < best))
			best = ms;
	}
	return (double)best / 1000;
}

/* Small numbers in every type, not zeros, which are quicker. */
static int
take_buffers(struct trial *t, const struct dnn_conv *c, size_t workspace)
{
	const size_t sizes[TENSORS] = { tensor_bytes(c, c->x),
		tensor_bytes(c, c->w), tensor_bytes(c, c->y),
		(size_t)c->y[1] * 4, c->sum ? tensor_bytes(c, c->y) : 0,
		workspace };

	TRY(cu_failed((int)cudaEventCreate(&t->from), "event"));
	TRY(cu_failed((int)cudaEventCreate(&t->to), "event"));
	for (int i = 0; i < TENSORS; i++) {
		if (sizes[i] == 0)
			continue;
		TRY(rt_alloc(
		    t->rt, &t->room[i], sizes[i], "measuring convolutions"));
		TRY(cu_failed((int)cudaMemsetAsync(
				  t->room[i], 0x3c, sizes[i], t->rt->stream),
		    "measuring convolutions"));
	}
	return 0;
}

static void
give_back(struct trial *t)
{
	cudaStreamSynchronize(t->rt->stream);
	for (int i = 0; i < TENSORS; i++)
		rt_free(t->rt, t->room[i]);
	if (t->from != NULL)
		cudaEventDestroy(t->from);
	if (t->to != NULL)
		cudaEventDestroy(t->to);
}

int
dnn_fastest(struct cu_rt *rt, struct dnn_plan *p, const char *key,
    const struct dnn_choice *list, int n)
{
	struct trial t = { .rt = rt, .list = list };
	const char *names[DNN_TUNE];
	size_t workspace = 0;
	int best = 0, rc;

	for (int i = 0; i < n; i++) {
		names[i] = list[i].name;
		if (workspace < list[i].workspace)
			workspace = list[i].workspace;
	}
	rc = take_buffers(&t, &p->c, workspace);
	if (rc == 0)
		rc = dnn_pack(p, t.room[0], t.room[1], t.room[2], t.room[3],
		    t.room[4], t.room[5]);
	if (rc == 0) {
		t.pack = p->pack;
		best = tune_choose(
		    dnn_tune(rt), key, names, n, time_candidate, &t);
	} else {
		log_info("an engine is not measured: %s", err_text());
	}
	p->pack = NULL; /* is in p->all; the real pointers come later */
	give_back(&t);
	return best;
}
