/*
 * Several layers that exporters write for one: found in a net and made that one.
 *
 * A pattern looks at the last of its layers and goes back over those that made its
 * bottoms.  The last layer becomes the one, under its own name; the others go, if
 * nothing else reads what they make.  For the inside of this module.
 */
#ifndef ONNX_FUSE_FUSE_H
#define ONNX_FUSE_FUSE_H

#include "onnx/node.h"

struct onnx_fuse;

/* Every pattern, on imp->net.  keep: blobs that are outputs of the file. */
void onnx_fuse_all(struct onnx_import *imp, const struct onnx_net *n);

/* ---- for patterns ---- */

/* The layer that makes a blob; NULL: none does, or it has several tops. */
Caffe__LayerParameter *
onnx_fuse_maker(const struct onnx_fuse *f, const char *blob);
/* The same of bottom i, if it is of that type and nothing but this layer reads it. */
Caffe__LayerParameter *onnx_fuse_before(const struct onnx_fuse *f,
    const Caffe__LayerParameter *l, size_t i, const char *type);
bool onnx_fuse_is(const Caffe__LayerParameter *l, const char *type);
int onnx_fuse_readers(const struct onnx_fuse *f, const char *blob);
const struct onnx_dims *onnx_fuse_dims(
    const struct onnx_fuse *f, const char *blob, struct onnx_dims *d);
/* l becomes a layer of that type with that one bottom, without parameters. */
void onnx_fuse_become(struct onnx_fuse *f, Caffe__LayerParameter *l,
    const char *type, const char *bottom);
/* It has one more reader. */
void onnx_fuse_reads(struct onnx_fuse *f, const char *blob);
void onnx_fuse_drop(struct onnx_fuse *f, Caffe__LayerParameter *l);
/* A Power layer that is just x + shift, x * scale, or x ^ power. */
bool onnx_fuse_power(
    const Caffe__LayerParameter *l, float scale, float shift, float power);
bool onnx_fuse_near(double a, double b); /* as floats may differ */

/* ---- patterns: true when l was changed ---- */

bool onnx_fuse_activation(struct onnx_fuse *f, Caffe__LayerParameter *l);
bool onnx_fuse_norm(struct onnx_fuse *f, Caffe__LayerParameter *l);
bool onnx_fuse_bias(struct onnx_fuse *f, Caffe__LayerParameter *l);
bool onnx_fuse_attention(struct onnx_fuse *f, Caffe__LayerParameter *l);

#endif
