/*
 * The hardware panel: how busy, how full and how hot the process and its GPU
 * are, looked at about once a second.
 *
 *	panel_open(&p, device);
 *	while (working)
 *		if (panel_tick(p))              a second has passed
 *			use(panel_now(p));
 *	panel_close(p);
 *
 * The process is looked at in panel_tick (microseconds); the GPU by a thread,
 * because NVML's calls wait for the driver.  What cannot be known is NAN: all
 * of the GPU's on a CPU or without NVML.
 */
#ifndef DEVICE_PANEL_H
#define DEVICE_PANEL_H

#include <stdbool.h>

#include "graph/backend.h"

enum panel_field {
	PANEL_CPU,        /* % of one core, since the look before */
	PANEL_RSS,        /* bytes of the process in memory */
	PANEL_RSS_PEAK,   /* the most so far */
	PANEL_GPU,        /* % of the time with a kernel running */
	PANEL_GPU_MEMORY, /* bytes in use, by whomever */
	PANEL_GPU_MEMORY_TOTAL,
	PANEL_GPU_TEMPERATURE, /* degrees Celsius */
	PANEL_GPU_POWER,       /* watts */
	PANEL_FIELDS
};

/* Names for machines, with the unit: "cpu_percent" "gpu_watts". */
extern const char *const panel_keys[PANEL_FIELDS];

struct panel_sample {
	double v[PANEL_FIELDS];
};

enum { PANEL_TEXT_MAX = 128 };
/* "cpu 187% 1.2 GB, gpu 97% 41.2 GB of 150.1 GB 54 C 432 W"; what is not
 * known is left out. */
char *panel_text(char out[PANEL_TEXT_MAX], const struct panel_sample *s);

struct panel;

/* d: NULL or a CPU: no GPU is looked at.  Never fails: see above. */
void panel_open(struct panel **out, const struct device *d);
void panel_close(struct panel *p); /* accepts NULL */
/* True when it looked again; p may be NULL. */
bool panel_tick(struct panel *p);
/* The newest look, at least one is taken; borrowed until the next call. */
const struct panel_sample *panel_now(struct panel *p);

#endif
