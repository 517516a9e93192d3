/*
 * Layer types from shared objects (--layers FILE.so).
 *
 * The object includes nn/layer.h, is compiled for the same release, and exports
 *
 *	const int nnutils_abi = LAYER_ABI;
 *	const struct layer_type *const nnutils_layers[] = { &layer_mine, NULL };
 *
 * Its types come before the built-in ones from then on.  What it calls (graph_*,
 * layer_*, err_set) is found in the program that loads it.
 */
#ifndef NN_PLUGIN_H
#define NN_PLUGIN_H

#include "nn/layer.h"

/* Stays loaded until the process ends.  Not thread-safe. */
int layer_plugin_load(const char *path);
/* The type of that name in a loaded plug-in, or NULL. */
const struct layer_type *layer_plugin_find(const char *name);

#endif
