/* Elementwise functions: f and f' by unary_fn, in double. */
#ifndef REF_FUNCTION_H
#define REF_FUNCTION_H

#include "graph/op.h"

struct ref_function {
	double (*f)(const struct op_unary *u, double x);
	/* At x, where y = f(x); NULL: it has none. */
	double (*d)(const struct op_unary *u, double x, double y);
};

/* Those from UNARY_ERF on (elementary.c). */
extern const struct ref_function ref_elementary[UNARY_KINDS - UNARY_ERF];

#endif
