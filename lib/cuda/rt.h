/*
 * What the plan asks of the device and of NVIDIA's libraries, and no more: memory,
 * copies, captured runs; convolutions (cuDNN) and matrix products (cuBLASLt).
 *
 * There are two makers: rt_*.c here, and host/ which does the same with plain
 * loops in this machine's memory, so that plans, kernels and their indexes are
 * tested where there is no GPU.
 *
 * Errors are err.h's, ERR_DEVICE.  Work goes on one stream in order; copies to
 * and from the host are done when the call returns, but for rt_feed.
 */
#ifndef CUDA_RT_H
#define CUDA_RT_H

#include "cuda/kern.h"
#include "graph/backend.h"

/* How many devices there are; ERR_DEVICE when there is no driver or none. */
int rt_count(int *n);
int rt_info(struct device_info *out, int index);
/* name: "NVIDIA H200 (139.8 GiB, sm_90)" */
int rt_open(struct cu_rt **out, int index, char name[96]);
/*
 * A device that is not here, known by its description ("H200"): plans can be
 * made for it to be measured (plan_opts.measure), with the engines and the work
 * space that they would have there; nothing can be run.  Products take the
 * largest work space that is allowed them.
 */
int rt_open_like(struct cu_rt **out, const char *like, char name[96]);
void rt_close(struct cu_rt *rt); /* accepts NULL */
/* Its PCI bus id, "0000:1b:00.0"; "" where that is not known. */
void rt_bus(const struct cu_rt *rt, char out[32]);
int rt_use(struct cu_rt *rt); /* in each thread before anything else */
void *rt_stream(struct cu_rt *rt);
void rt_memory(struct cu_rt *rt, size_t *available, size_t *total);

/* Zeroed.  what names it in the error, which says how much there is. */
int rt_alloc(struct cu_rt *rt, void **out, size_t bytes, const char *what);
void rt_free(struct cu_rt *rt, void *p); /* accepts NULL */
int rt_upload(struct cu_rt *rt, void *to, const void *from, size_t bytes);
int rt_download(struct cu_rt *rt, void *to, const void *from, size_t bytes);
int rt_copy(struct cu_rt *rt, void *to, const void *from, size_t bytes);

/*
 * An input without waiting for the device: through pinned memory and a second
 * stream, so that it passes beside the run before.  What is put on the stream
 * between the two calls finds it in *there.
 */
int rt_feed(struct cu_rt *rt, const void *from, size_t bytes, void **there);
int rt_feed_done(struct cu_rt *rt);
/* What feeding takes on the device besides, for an input of so many bytes. */
size_t rt_feeding(const struct cu_rt *rt, size_t bytes);

/*
 * The same for who writes the inputs of several steps into pinned memory himself
 * (graph/ring.h): `depth` slots of so many bytes.  wait may be called from
 * another thread than the rest; the calls for one slot must not overlap.
 */
struct rt_ring;
struct rt_span {
	size_t at, bytes;
};
int
rt_ring_new(struct cu_rt *rt, struct rt_ring **out, int depth, size_t bytes);
void rt_ring_free(struct rt_ring *r); /* accepts NULL */
void *rt_ring_slot(struct rt_ring *r, int slot);
/* Until the slot has been copied and may be written again. */
int rt_ring_wait(struct rt_ring *r, int slot);
/* These parts of the slot: in *there, at the same offsets. */
int rt_ring_send(struct rt_ring *r, int slot, const struct rt_span *spans,
    int n, void **there);
int rt_ring_done(struct rt_ring *r);
/* Seconds that the stream has stood still between marks and the arrival of what
 * was sent next, as far as the device has got. */
int rt_ring_mark(struct rt_ring *r);
double rt_ring_idle(struct rt_ring *r);

int rt_sync(struct cu_rt *rt);
/* How often the host has waited for all of the device's work. */
uint64_t rt_waits(const struct cu_rt *rt);

/* A second stream, for what passes beside the first: it begins after what is on
 * that by now; and the first waits for it. */
int rt_side(struct cu_rt *rt, void **stream);
int rt_join(struct cu_rt *rt);
/* Is all done?  1, 0, or the error that ended it. */
int rt_done(struct cu_rt *rt);
/* The reducer's, on a stream. */
int rt_mean(struct plan_reducer *r, float *v, size_t n, void *stream);

/* Record what is put on the stream between begin and end, and do it again; if
 * this device can (rt_captures). */
bool rt_captures(const struct cu_rt *rt);
int rt_capture_begin(struct cu_rt *rt);
int rt_capture_end(struct cu_rt *rt, void **out);
int rt_replay(struct cu_rt *rt, void *graph);
void rt_graph_free(struct cu_rt *rt, void *graph); /* accepts NULL */

enum dnn_kind { DNN_FORWARD, DNN_DATA, DNN_WEIGHT };
/* A convolution: all dims are batch (or outputs), channels, then nd axes. */
struct dnn_conv {
	enum dnn_kind kind;
	int nd; /* 2 or 3 */
	int64_t x[5], w[5], y[5];
	int64_t stride[3], pad[3], dilation[3];
	enum cu_type type;
	bool nhwc, tf32, deterministic;
	bool bias, sum, relu; /* FORWARD: y = relu(conv [+ sum] + b) */
	float slope;
	bool tune; /* measure engines, and keep the fastest (tune.h) */
};
struct dnn_plan;
/* What an engine may take of work space, unless none takes so little. */
enum { DNN_WORKSPACE = 1 << 30 };
/* *out is NULL when the library has nothing for it.  scratch: bytes. */
int dnn_make(struct cu_rt *rt, const struct dnn_conv *c, struct dnn_plan **out,
    size_t *scratch);
/* The engine and its numerical notes: "engine 40, tensor cores". */
void dnn_say(const struct dnn_plan *p, char *out, size_t size);
bool dnn_has_tensor_cores(const struct dnn_plan *p);
void dnn_free(struct dnn_plan *p); /* accepts NULL */
/* In the order x, w, y; what kind computes is written.  b is of c.type. */
int dnn_run(struct cu_rt *rt, struct dnn_plan *p, void *x, void *w, void *y,
    const void *b, const void *sum, void *scratch);

/* Row-major (M,K) times (K,N), batch of them. */
struct blas_gemm {
	int64_t m, n, k, batch;
	bool ta, tb;
	enum cu_type type;
	bool out32; /* c and bias are float, whatever the type */
	bool tf32;
	bool bias, relu; /* c = relu(a b + bias), bias (N) of c's type */
};
struct blas_plan;
int blas_make(struct cu_rt *rt, const struct blas_gemm *g,
    struct blas_plan **out, size_t *scratch);
void blas_free(struct blas_plan *p); /* accepts NULL */
int blas_run(struct cu_rt *rt, struct blas_plan *p, const void *a,
    const void *b, void *c, const void *bias, void *scratch);

#endif
