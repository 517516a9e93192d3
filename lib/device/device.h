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

#include "graph/backend.h"
#include "prog/prog.h"

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
/* May a GPU be here?  Without opening its module. */
bool device_has_driver(void);
/* How many devices of "cuda", "cpu" or "ref" there are. */
int device_count(const char *name, int *n);
/*
 * The devices that a name stands for: "cuda:0,2", "cuda:all" and "all" (every
 * GPU) several, any other itself; NULL and "auto" what $NNUTILS_DEVICE says.
 * GPUs are counted by a process of its own, so that this one may still fork:
 * CUDA cannot be used on both sides of a fork.
 */
struct device_names {
	char **v;
	size_t n;
};
int device_names(struct device_names *out, const char *name);
void device_names_clear(struct device_names *names);
/* The one of them that is for process number local of `locals` on this machine;
 * ERR_DEVICE when there are fewer.  "cuda" stands for all GPUs here.  *out is
 * the caller's. */
int device_of_rank(char **out, const char *name, int local, int locals);

#endif
