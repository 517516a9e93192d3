/* Nodes that many forms are made of: parts, shapes and choices of values. */
#ifndef ONNX_FORMS_VALUES_H
#define ONNX_FORMS_VALUES_H

#include "onnx/export/build.h"

/* [from, to) of an axis. */
struct export_value *export_part(struct export *e, struct export_value *x,
    int64_t axis, int64_t from, int64_t to);
/* where ? x : y */
struct export_value *export_where(struct export *e, struct export_value *where,
    struct export_value *x, struct export_value *y);
struct export_value *export_compare(struct export *e, const char *op,
    struct export_value *x, struct export_value *y);
struct export_value *export_shaped(
    struct export *e, struct export_value *x, const int64_t *to, size_t n);
/* An operator of two whole numbers that makes one. */
struct export_value *export_whole_binary(struct export *e, const char *op,
    struct export_value *x, struct export_value *y);
/* The sizes of x as a list of whole numbers, and that of one axis as a list of one. */
struct export_value *export_sizes(struct export *e, struct export_value *x);
struct export_value *
export_size(struct export *e, struct export_value *x, int64_t axis);
/* v everywhere, of these sizes. */
struct export_value *
export_filled(struct export *e, struct export_value *sizes, float v);

#endif
