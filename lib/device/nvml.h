/*
 * What NVIDIA's management library (NVML, part of the driver) says of a GPU:
 * how busy, how full, how hot it is.
 *
 * libnvidia-ml.so.1 is opened at run time; where it is absent there is nothing
 * to ask, and what a GPU does not tell (parts of one under MIG, for instance) is
 * NAN.  A GPU is named by its PCI bus id ("0000:1b:00.0"), as CUDA's own numbers
 * follow CUDA_VISIBLE_DEVICES and NVML's do not.
 *
 * Names, structures and numbers are those of NVIDIA's "NVML API Reference".
 */
#ifndef DEVICE_NVML_H
#define DEVICE_NVML_H

#include <stddef.h>

struct nvml;

struct nvml_state {
	double busy;                      /* % of the time with a kernel */
	double memory_used, memory_total; /* bytes, of all who use it */
	double temperature;               /* degrees Celsius */
	double power;                     /* watts */
};

/* ERR_MISSING with a sentence: no library, no driver, or no such GPU.  Takes
 * some hundredths of a second. */
int nvml_open(struct nvml **out, const char *bus);
void nvml_close(struct nvml *n); /* accepts NULL */
/* May take milliseconds.  One thread at a time. */
void nvml_read(struct nvml *n, struct nvml_state *out);
/* The driver's version, "580.65.06"; "" when it is not told. */
void nvml_driver(struct nvml *n, char *out, size_t size);

#endif
