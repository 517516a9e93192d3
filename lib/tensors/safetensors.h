/* Inside tensors: what a safetensors file is made of, for its reader and writer. */
#ifndef TENSORS_SAFETENSORS_H
#define TENSORS_SAFETENSORS_H

#include <stdbool.h>
#include <stddef.h>

struct tensors;

/* Bytes of a header, as the format has it. */
enum { SAFETENSORS_HEADER_MAX = 100000000 };
/* The name that is no array's. */
#define SAFETENSORS_META "__metadata__"

/* Do n bytes begin as such a file does?  Header's length, then "{". */
bool safetensors_is(const void *p, size_t n);
/* Fills t from the n bytes; t's path is for errors. */
int safetensors_parse(struct tensors *t, const void *p, size_t n);

#endif
