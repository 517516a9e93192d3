/*
 * Devices that are not here: cuDNN (9.8 and later) chooses engines and makes
 * plans for a device that it knows by its properties alone, given as JSON.  With
 * such a device a net is compiled as for the real one, with the same engines and
 * the same work space, and nothing can be run.  Tests check that way what is
 * asked of the library, and predictions of memory are made.
 *
 * Numbers: CUDA C++ programming guide, technical specifications per compute
 * capability; NVIDIA's data sheets of A100, H100 and H200 (SXM); clocks are what
 * the driver tells.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "base/mem.h"
#include "cuda/rt_int.h"

enum { JSON_MAX = 1024 };

static const struct like {
	const char *name;
	int version; /* compute capability times 100 */
	int processors;
	int shared; /* KiB that one block may have when it asks */
	int clock, memory_clock, l2; /* kHz, kHz, MiB */
	unsigned long long bytes;
} devices[] = {
	{ "A100", 800, 108, 163, 1410000, 1593000, 40, 85095874560 },
	{ "H100", 900, 132, 227, 1980000, 2619000, 50, 85024112640 },
	{ "H200", 900, 132, 227, 1980000, 3201000, 60, 150109880320 },
};

static int
print(char *json, const struct like *d)
{
	return snprintf(json, JSON_MAX,
	    "{\"deviceName\":\"NVIDIA %s\",\"cudaDeviceId\":0,"
	    "\"deviceVer\":%d,\"driverVer\":13000,"
	    "\"multiProcessorCount\":%d,\"totalGlobalMem\":%llu,"
	    "\"maxGridSize\":[2147483647,65535,65535],"
	    "\"maxBlockSize\":[1024,1024,64],\"regsPerBlock\":65536,"
	    "\"warpSize\":32,\"maxSharedMemoryPerBlock\":49152,"
	    "\"maxSharedMemoryPerBlockOptin\":%d,"
	    "\"reservedSharedMemoryPerBlock\":1024,"
	    "\"maxRegistersPerSM\":65536,\"maxCtasPerSM\":32,"
	    "\"maxThreadsPerBlock\":1024,\"maxThreadsPerSM\":2048,"
	    "\"pciDeviceId\":0,\"isTccDriver\":0,\"supportCoopLaunch\":1,"
	    "\"smClockRateKHz\":%d,\"memClockRateKHz\":%d,"
	    "\"l2CacheSize\":%d}",
	    d->name, d->version, d->processors, d->bytes, d->shared * 1024,
	    d->clock, d->memory_clock, d->l2 << 20);
}

static int
describe_device(struct cu_rt *rt, const struct like *d)
{
	char json[JSON_MAX], why[256] = "";
	const int n = print(json, d);
	cudnnStatus_t s = cudnnBackendCreateDescriptor(
	    CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR, &rt->like);

	if (s == CUDNN_STATUS_SUCCESS)
		s = cudnnBackendSetAttribute(rt->like,
		    CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION, CUDNN_TYPE_CHAR,
		    n, json);
	if (s == CUDNN_STATUS_SUCCESS)
		s = cudnnBackendFinalize(rt->like);
	if (s == CUDNN_STATUS_SUCCESS)
		return 0;
	cudnnGetLastErrorString(why, sizeof(why));
	return err_set(ERR_DEVICE,
	    "cuDNN does not take the description of a device: %.255s", why);
}

int
rt_open_like(struct cu_rt **out, const char *like, char name[96])
{
	const struct like *d = NULL;
	struct cu_rt *rt;
	int rc;

	*out = NULL;
	for (size_t i = 0; i < LENGTH(devices); i++)
		if (strcasecmp(like, devices[i].name) == 0)
			d = &devices[i];
	if (d == NULL)
		return err_set(ERR_DEVICE,
		    "%s is not a device whose description is here (A100, H100, H200)",
		    like);
	rt = mem_new(struct cu_rt);
	rt->total = d->bytes;
	rc = describe_device(rt, d);
	if (rc < 0) {
		rt_close(rt);
		return rc;
	}
	snprintf(name, 96, "NVIDIA %s, described (%.1f GiB, sm_%d)", d->name,
	    (double)d->bytes / 1073741824, d->version / 10);
	*out = rt;
	return 0;
}
