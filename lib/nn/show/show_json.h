/* Inside of nn/show: the same as JSON, an object a line. */
#ifndef NN_SHOW_JSON_H
#define NN_SHOW_JSON_H

#include <stdio.h>

#include "nn/net.h"

int net_json(FILE *out, const struct net *n);
int net_json_standards(FILE *out);

#endif
