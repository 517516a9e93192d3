/*
 * Devices by name: the one table that knows which backends were built.
 *
 * "ref": plain loops; "cpu": oneDNN; "cuda" or "cuda:N": a GPU (a module opened
 * at run time); "auto": $NNUTILS_DEVICE, else a GPU where there is one, else cpu.
 * A device that is absent or not built is ERR_DEVICE with what to do.
 */
#ifndef DEVICE_DEVICE_H
#define DEVICE_DEVICE_H

#include "base/buf.h"
#include "graph/backend.h"

int
device_open(struct device **out, const char *name, const struct device_opts *o);
/* One line per device found, for --device list. */
int device_list(struct buf *out);

#endif
