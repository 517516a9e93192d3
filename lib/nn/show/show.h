/*
 * What net-show prints of nets: the layers and what they cost, the standard
 * nets, whether a net can be built for its uses.
 *
 * Text is aligned and rounded; TSV has all digits; JSON one object a line.
 */
#ifndef NN_SHOW_H
#define NN_SHOW_H

#include <stdio.h>

#include "base/num.h"
#include "nn/nets.h"
#include "nn/show/describe.h"
#include "nn/use.h"
#include "prog/prog.h"

/* Layers, their outputs, parameters, multiplications, bytes; then the totals. */
int net_show(FILE *out, const struct net *n, enum prog_format format);

/* The standard nets with net_standard_costs. */
int net_show_standards(FILE *out, enum prog_format format);

/*
 * Build the net for one use, or with use < 0 for train, val and deploy: a line
 * each.  What only looks wrong is a warning.  ERR_FORMAT when one failed.
 */
int net_show_check(FILE *out, const Caffe__NetParameter *np, int use,
    const struct net_data *d, enum prog_format format);

/* Numbers and sizes for people, all digits in TSV. */
char *
net_show_count(char out[NUM_TEXT_MAX], uint64_t v, enum prog_format format);
char *
net_show_bytes(char out[NUM_TEXT_MAX], uint64_t v, enum prog_format format);

#endif
