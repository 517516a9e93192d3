/* NVML through dlopen: see nvml.h. */
#include "device/nvml.h"

#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"

/* nvmlUtilization_t: percent over the last sample period. */
struct utilization {
	unsigned int gpu, memory;
};

/* nvmlMemory_t */
struct memory {
	unsigned long long total, free, used;
};

enum { NVML_TEMPERATURE_GPU = 0, NVML_VERSION_SIZE = 80 };

/* nvmlReturn_t is an int, 0 for success; nvmlDevice_t a pointer. */
struct calls {
	int (*init)(void);
	int (*shutdown)(void);
	const char *(*error)(int status);
	int (*find)(const char *bus, void **device);
	int (*utilization)(void *device, struct utilization *out);
	int (*memory)(void *device, struct memory *out);
	int (*temperature)(void *device, int sensor, unsigned int *out);
	int (*power)(void *device, unsigned int *milliwatts);
	int (*driver)(char *version, unsigned int size);
};

static const struct {
	const char *name;
	size_t at;
} names[] = {
	{ "nvmlInit_v2", offsetof(struct calls, init) },
	{ "nvmlShutdown", offsetof(struct calls, shutdown) },
	{ "nvmlErrorString", offsetof(struct calls, error) },
	{ "nvmlDeviceGetHandleByPciBusId_v2", offsetof(struct calls, find) },
	{ "nvmlDeviceGetUtilizationRates",
	    offsetof(struct calls, utilization) },
	{ "nvmlDeviceGetMemoryInfo", offsetof(struct calls, memory) },
	{ "nvmlDeviceGetTemperature", offsetof(struct calls, temperature) },
	{ "nvmlDeviceGetPowerUsage", offsetof(struct calls, power) },
	{ "nvmlSystemGetDriverVersion", offsetof(struct calls, driver) },
};

struct nvml {
	void *library, *device;
	struct calls call;
	int started;
};

static int
load_nvml(struct nvml *n)
{
	n->library = dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL);
	if (n->library == NULL)
		return err_set(ERR_MISSING, "%s", dlerror());
	for (size_t i = 0; i < LENGTH(names); i++) {
		void *p = dlsym(n->library, names[i].name);

		if (p == NULL)
			return err_set(ERR_MISSING,
			    "libnvidia-ml.so.1 has no %s", names[i].name);
		memcpy((char *)&n->call + names[i].at, &p, sizeof(p));
	}
	return 0;
}

static int
nvml_check(const struct nvml *n, int status, const char *what)
{
	if (status == 0)
		return 0;
	return err_set(
	    ERR_MISSING, "NVML: %s: %s", what, n->call.error(status));
}

int
nvml_open(struct nvml **out, const char *bus)
{
	struct nvml *n = mem_new(struct nvml);
	int rc = load_nvml(n);

	*out = NULL;
	if (rc == 0) {
		rc = nvml_check(n, n->call.init(), "start");
		n->started = rc == 0;
	}
	if (rc == 0)
		rc = nvml_check(n, n->call.find(bus, &n->device), bus);
	if (rc < 0)
		nvml_close(n);
	else
		*out = n;
	return rc;
}

void
nvml_close(struct nvml *n)
{
	if (n == NULL)
		return;
	if (n->started)
		n->call.shutdown();
	if (n->library != NULL)
		dlclose(n->library);
	mem_free(n);
}

void
nvml_read(struct nvml *n, struct nvml_state *out)
{
	struct utilization u;
	struct memory m;
	unsigned int v;

	*out = (struct nvml_state){ NAN, NAN, NAN, NAN, NAN };
	if (n->call.utilization(n->device, &u) == 0)
		out->busy = u.gpu;
	if (n->call.memory(n->device, &m) == 0) {
		out->memory_used = (double)m.used;
		out->memory_total = (double)m.total;
	}
	if (n->call.temperature(n->device, NVML_TEMPERATURE_GPU, &v) == 0)
		out->temperature = v;
	if (n->call.power(n->device, &v) == 0)
		out->power = v / 1000.0;
}

void
nvml_driver(struct nvml *n, char *out, size_t size)
{
	char version[NVML_VERSION_SIZE] = "";

	if (n->call.driver(version, sizeof(version)) != 0)
		version[0] = '\0';
	version[sizeof(version) - 1] = '\0';
	snprintf(out, size, "%s", version);
}
