/*
 * Nets and solvers of any age, brought to today's form as Caffe does it:
 * V0 (2013: layers { layer { kernelsize … } }), V1 (2014: layers { type:
 * CONVOLUTION }), data parameters that moved to transform_param, input fields
 * that became an Input layer, three lr_mult of BatchNorm, solver_type.
 *
 * Reading this way is what everybody wants; text.h and wire.h read as it stands.
 */
#ifndef CAFFE_UPGRADE_H
#define CAFFE_UPGRADE_H

#include <stdbool.h>
#include <stddef.h>

#include "caffe/caffe.pb-c.h"

/* Text nets and solvers, upgraded.  *out is the caller's (caffe_msg_free).
 * Nets inside a solver (net_param, train_net_param, …) are upgraded too.  Files of
 * nets are nn/read.h's. */
int caffe_net_parse(
    Caffe__NetParameter **out, const char *text, size_t n, const char *name);
int caffe_solver_read(Caffe__SolverParameter **out, const char *path);
int caffe_solver_parse(
    Caffe__SolverParameter **out, const char *text, size_t n, const char *name);

/*
 * In place.  1: something was changed, 0: it was today's form already, < 0: the
 * old form cannot be expressed in the new one (a sentence says which layer).
 */
int caffe_net_upgrade(Caffe__NetParameter *net);
int caffe_solver_upgrade(Caffe__SolverParameter *solver);

/* "Convolution" for CAFFE__V1_LAYER_PARAMETER__LAYER_TYPE__CONVOLUTION; NULL. */
const char *caffe_v1_type_name(Caffe__V1LayerParameter__LayerType type);
/* Forks had more types in capitals: "ROIPooling" for ROI_POOLING.  A word that is
 * not known comes back as it is, and is named when the net is built. */
const char *caffe_v1_fork_type(const char *word);
/* "Convolution" for the "conv" of 2013; a word that is not known comes back. */
const char *caffe_v0_type_name(const char *type);

#endif
