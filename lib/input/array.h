/*
 * Arrays that are handed to a net: "NAME=FILE.npy", for MemoryData and Input in
 * training and for the inputs of a net that is used.
 */
#ifndef INPUT_ARRAY_H
#define INPUT_ARRAY_H

#include <stddef.h>

#include "graph/shape.h"

struct input_array {
	char *path;
	struct shape shape; /* the file's; no axes: one number */
	size_t count;
	float *v;
};

/* Any type that file/npy.h reads, as floats.  Errors name the file. */
int input_array_read(struct input_array *out, const char *path);
void input_array_clear(struct input_array *a);

/* The length of NAME and where FILE.npy begins in an option's text; ERR_USAGE. */
int input_array_split(size_t *top, const char **path, const char *text);

#endif
