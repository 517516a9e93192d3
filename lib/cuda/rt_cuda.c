/* The device: found, opened, its memory, copies, recorded runs. */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "cuda/rt_int.h"
#include "cuda/tune.h"

int
cu_failed(int status, const char *what)
{
	if (status == cudaSuccess)
		return 0;
	cudaGetLastError(); /* it is told here: not once more by a kernel */
	return err_set(ERR_DEVICE, "CUDA %s: %s", what,
	    cudaGetErrorString((cudaError_t)status));
}

int
rt_count(int *n)
{
	const cudaError_t e = cudaGetDeviceCount(n);

	if (e == cudaErrorInsufficientDriver)
		return err_set(ERR_DEVICE,
		    "no NVIDIA driver, or one that is too old for CUDA %d.%d (use --device cpu)",
		    CUDART_VERSION / 1000, CUDART_VERSION % 1000 / 10);
	if (e == cudaErrorNoDevice || (e == cudaSuccess && *n == 0))
		return err_set(ERR_DEVICE,
		    "this machine has no NVIDIA GPU (use --device cpu)");
	return cu_failed((int)e, "devices");
}

static int
properties(struct cudaDeviceProp *prop, int index)
{
	int n = 0;

	TRY(rt_count(&n));
	if (index < 0 || index >= n)
		return err_set(ERR_DEVICE,
		    "there is no GPU %d: this machine has %d", index, n);
	return cu_failed(
	    (int)cudaGetDeviceProperties(prop, index), "properties");
}

int
rt_info(struct device_info *out, int index)
{
	const int dnn = (int)cudnnGetVersion();
	struct cudaDeviceProp prop;
	size_t available = 0, total = 0;
	int driver = 0;

	memset(out, 0, sizeof(*out));
	TRY(properties(&prop, index));
	snprintf(out->name, sizeof(out->name), "%.95s", prop.name);
	snprintf(
	    out->arch, sizeof(out->arch), "sm_%d%d", prop.major, prop.minor);
	snprintf(out->software, sizeof(out->software),
	    "CUDA %d.%d, cuDNN %d.%d.%d", CUDART_VERSION / 1000,
	    CUDART_VERSION % 1000 / 10, dnn / 10000, dnn % 10000 / 100,
	    dnn % 100);
	if (cudaDriverGetVersion(&driver) == cudaSuccess)
		snprintf(out->driver, sizeof(out->driver), "CUDA %d.%d",
		    driver / 1000, driver % 1000 / 10);
	if (cudaDeviceGetPCIBusId(out->bus, sizeof(out->bus), index) !=
	    cudaSuccess)
		out->bus[0] = '\0';
	out->units = prop.multiProcessorCount;
	out->memory = prop.totalGlobalMem;
	/* One that others have for themselves can still be listed. */
	if (cudaSetDevice(index) == cudaSuccess &&
	    cudaMemGetInfo(&available, &total) == cudaSuccess)
		out->free = available;
	cudaGetLastError();
	return 0;
}

static int
device_name(int index, char name[96])
{
	struct cudaDeviceProp prop;

	TRY(properties(&prop, index));
	if (prop.major < 8)
		return err_set(ERR_DEVICE,
		    "GPU %d (%s) is of compute capability %d.%d; 8.0 is needed",
		    index, prop.name, prop.major, prop.minor);
	snprintf(name, 96, "%.48s (%.1f GiB, sm_%d%d)", prop.name,
	    (double)prop.totalGlobalMem / 1073741824, prop.major, prop.minor);
	return cu_failed((int)cudaSetDevice(index), "device");
}

int
rt_open(struct cu_rt **out, int index, char name[96])
{
	struct cu_rt *rt;
	int rc;

	*out = NULL;
	TRY(device_name(index, name));
	rt = mem_new(struct cu_rt);
	rt->index = index;
	rc = cu_failed(
	    (int)cudaStreamCreateWithFlags(&rt->stream, cudaStreamNonBlocking),
	    "stream");
	if (rc == 0)
		rc = cu_failed((int)cudaStreamCreateWithFlags(
				   &rt->copies, cudaStreamNonBlocking),
		    "stream");
	if (rc == 0)
		rc = rt_feeds_open(rt);
	if (rc < 0) {
		rt_close(rt);
		return rc;
	}
	*out = rt;
	return 0;
}

void
rt_close(struct cu_rt *rt)
{
	if (rt == NULL)
		return;
	if (rt->like != NULL) {
		cudnnBackendDestroyDescriptor(rt->like);
		mem_free(rt);
		return;
	}
	cudaSetDevice(rt->index);
	if (rt->stream != NULL)
		cudaStreamSynchronize(rt->stream);
	rt_feeds_close(rt);
	tune_close(rt->tune);
	if (rt->dnn != NULL)
		cudnnDestroy(rt->dnn);
	if (rt->blas != NULL)
		cublasLtDestroy(rt->blas);
	if (rt->copies != NULL)
		cudaStreamDestroy(rt->copies);
	if (rt->forked != NULL)
		cudaEventDestroy(rt->forked);
	if (rt->joined != NULL)
		cudaEventDestroy(rt->joined);
	if (rt->side != NULL)
		cudaStreamDestroy(rt->side);
	if (rt->stream != NULL)
		cudaStreamDestroy(rt->stream);
	mem_free(rt);
}

void
rt_bus(const struct cu_rt *rt, char out[32])
{
	if (cudaDeviceGetPCIBusId(out, 32, rt->index) != cudaSuccess)
		out[0] = '\0';
}

int
rt_use(struct cu_rt *rt)
{
	if (rt->like != NULL)
		return 0;
	return cu_failed((int)cudaSetDevice(rt->index), "device");
}

void *
rt_stream(struct cu_rt *rt)
{
	return rt->stream;
}

void
rt_memory(struct cu_rt *rt, size_t *available, size_t *total)
{
	*available = *total = rt->total;
	if (rt->like == NULL)
		cudaMemGetInfo(available, total);
}

int
rt_dnn(struct cu_rt *rt, cudnnHandle_t *out)
{
	cudnnStatus_t s = CUDNN_STATUS_SUCCESS;

	if (rt->dnn == NULL) {
		s = cudnnCreate(&rt->dnn);
		if (s == CUDNN_STATUS_SUCCESS)
			s = cudnnSetStream(rt->dnn, rt->stream);
		if (s != CUDNN_STATUS_SUCCESS && rt->dnn != NULL) {
			cudnnDestroy(rt->dnn);
			rt->dnn = NULL;
		}
	}
	*out = rt->dnn;
	if (s == CUDNN_STATUS_SUCCESS)
		return 0;
	return err_set(ERR_DEVICE, "cuDNN: %s", cudnnGetErrorString(s));
}

int
rt_blas(struct cu_rt *rt, cublasLtHandle_t *out)
{
	cublasStatus_t s = CUBLAS_STATUS_SUCCESS;

	if (rt->blas == NULL)
		s = cublasLtCreate(&rt->blas);
	*out = rt->blas;
	if (s == CUBLAS_STATUS_SUCCESS)
		return 0;
	return err_set(ERR_DEVICE, "cuBLASLt: status %d", (int)s);
}

int
rt_alloc(struct cu_rt *rt, void **out, size_t bytes, const char *what)
{
	size_t available, total;
	cudaError_t e;

	*out = NULL;
	if (rt->like != NULL)
		return err_set(ERR_DEVICE,
		    "%s: the device is only described, nothing runs on it",
		    what);
	if (bytes == 0)
		bytes = 1;
	e = cudaMalloc(out, bytes);
	if (e == cudaErrorMemoryAllocation) {
		cudaGetLastError();
		rt_memory(rt, &available, &total);
		return err_set(ERR_DEVICE,
		    "%s: %.1f MiB are needed, the GPU has %.1f of %.1f MiB free (a smaller batch needs less)",
		    what, (double)bytes / 1048576, (double)available / 1048576,
		    (double)total / 1048576);
	}
	TRY(cu_failed((int)e, what));
	return cu_failed(
	    (int)cudaMemsetAsync(*out, 0, bytes, rt->stream), what);
}

void
rt_free(struct cu_rt *rt, void *p)
{
	(void)rt;
	if (p != NULL)
		cudaFree(p);
}

uint64_t
rt_waits(const struct cu_rt *rt)
{
	return rt->waits;
}

int
rt_sync(struct cu_rt *rt)
{
	if (rt->like != NULL)
		return 0;
	rt->waits++;
	return cu_failed((int)cudaStreamSynchronize(rt->stream), "run");
}

int
rt_upload(struct cu_rt *rt, void *to, const void *from, size_t bytes)
{
	TRY(cu_failed((int)cudaMemcpyAsync(
			  to, from, bytes, cudaMemcpyHostToDevice, rt->stream),
	    "copy to the device"));
	return rt_sync(rt);
}

int
rt_download(struct cu_rt *rt, void *to, const void *from, size_t bytes)
{
	TRY(cu_failed((int)cudaMemcpyAsync(
			  to, from, bytes, cudaMemcpyDeviceToHost, rt->stream),
	    "copy from the device"));
	return rt_sync(rt);
}

int
rt_copy(struct cu_rt *rt, void *to, const void *from, size_t bytes)
{
	return cu_failed((int)cudaMemcpyAsync(to, from, bytes,
			     cudaMemcpyDeviceToDevice, rt->stream),
	    "copy");
}

/* Of the highest priority: what is on it is waited for by other devices. */
static int
make_side(struct cu_rt *rt)
{
	int least, most;

	TRY(cu_failed(
	    (int)cudaDeviceGetStreamPriorityRange(&least, &most), "stream"));
	TRY(cu_failed(
	    (int)cudaEventCreateWithFlags(&rt->forked, cudaEventDisableTiming),
	    "event"));
	TRY(cu_failed(
	    (int)cudaEventCreateWithFlags(&rt->joined, cudaEventDisableTiming),
	    "event"));
	return cu_failed((int)cudaStreamCreateWithPriority(
			     &rt->side, cudaStreamNonBlocking, most),
	    "stream");
}

int
rt_side(struct cu_rt *rt, void **stream)
{
	if (rt->side == NULL)
		TRY(make_side(rt));
	*stream = rt->side;
	TRY(cu_failed((int)cudaEventRecord(rt->forked, rt->stream), "event"));
	return cu_failed(
	    (int)cudaStreamWaitEvent(rt->side, rt->forked, 0), "event");
}

int
rt_join(struct cu_rt *rt)
{
	TRY(cu_failed((int)cudaEventRecord(rt->joined, rt->side), "event"));
	return cu_failed(
	    (int)cudaStreamWaitEvent(rt->stream, rt->joined, 0), "event");
}

int
rt_done(struct cu_rt *rt)
{
	const cudaError_t e = cudaStreamQuery(rt->stream);

	if (e != cudaErrorNotReady)
		return e == cudaSuccess ? 1 : cu_failed((int)e, "run");
	cudaGetLastError(); /* no error for the launch that comes next */
	return 0;
}

int
rt_mean(struct plan_reducer *r, float *v, size_t n, void *stream)
{
	return r->mean(r, v, n, stream);
}

bool
rt_captures(const struct cu_rt *rt)
{
	(void)rt;
	return true;
}

int
rt_capture_begin(struct cu_rt *rt)
{
	TRY(cu_failed((int)cudaStreamBeginCapture(
			  rt->stream, cudaStreamCaptureModeThreadLocal),
	    "recording"));
	rt->recording = true;
	return 0;
}

int
rt_capture_end(struct cu_rt *rt, void **out)
{
	cudaGraph_t g = NULL;
	cudaGraphExec_t exec = NULL;
	int rc;

	*out = NULL;
	rt->recording = false;
	TRY(cu_failed((int)cudaStreamEndCapture(rt->stream, &g), "recording"));
	rc = cu_failed((int)cudaGraphInstantiate(&exec, g, 0), "recording");
	cudaGraphDestroy(g);
	*out = exec;
	return rc;
}

int
rt_replay(struct cu_rt *rt, void *graph)
{
	return cu_failed(
	    (int)cudaGraphLaunch((cudaGraphExec_t)graph, rt->stream), "run");
}

void
rt_graph_free(struct cu_rt *rt, void *graph)
{
	(void)rt;
	if (graph != NULL)
		cudaGraphExecDestroy((cudaGraphExec_t)graph);
}
