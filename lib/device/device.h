/*
 * Devices by name: the one table that knows which backends were built.
 *
 * "ref": plain loops; "cpu": oneDNN; "cuda" or "cuda:N": a GPU (a module opened
 * at run time); "auto": $NNUTILS_DEVICE, else a GPU where there is one, else cpu;
 * "like:H200": a GPU that is not here, for plans that are only measured.
 * A device that is absent or not built is ERR_DEVICE with what to do.
 */
#ifndef DEVICE_DEVICE_H
#define DEVICE_DEVICE_H

#include <stdio.h>

#include "base/prog.h"
#include "graph/backend.h"

int
device_open(struct device **out, const char *name, const struct device_opts *o);
/* Is there such a device?  What device_open would say, before anything is made;
 * nothing is said of "auto", which finds one. */
int device_check(const char *name);
/* Of one device of a kind: "cuda", "cpu" or "ref". */
int device_info(struct device_info *out, const char *kind, int index);
/* For --device list: what this machine has, as a table, TAB-separated or one
 * JSON object a line.  Why there is no GPU is said under -v. */
int device_list(FILE *out, enum prog_format format);

#endif
