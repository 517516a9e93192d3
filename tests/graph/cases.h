/* The ops that tests/graph/ops.c checks, and how many cases of each. */
#ifndef TESTS_GRAPH_CASES_H
#define TESTS_GRAPH_CASES_H

#include "cases_choose.h"
#include "cases_math.h"
#include "cases_move.h"
#include "cases_window.h"

static const struct maker {
	enum op_kind kind;
	int cases;
	void (*make)(struct rng *r, struct kase *c);
} makers[] = {
	{ OP_CONV, 60, make_conv },
	{ OP_CONV_DATA, 40, make_conv_data },
	{ OP_CONV_WEIGHT, 40, make_conv_weight },
	{ OP_MATMUL, 40, make_matmul },
	{ OP_POOL, 60, make_pool },
	{ OP_WINDOWS, 60, make_windows },
	{ OP_LRN, 30, make_lrn },
	{ OP_BATCHNORM, 40, make_batchnorm },
	{ OP_UNARY, 180, make_unary },
	{ OP_BINARY, 120, make_binary },
	{ OP_SUM, 20, make_sum },
	{ OP_REDUCE, 60, make_reduce },
	{ OP_BROADCAST, 20, make_broadcast },
	{ OP_SOFTMAX, 30, make_softmax },
	{ OP_LOSS, 120, make_loss },
	{ OP_ACCURACY, 30, make_accuracy },
	{ OP_ARGMAX, 30, make_argmax },
	{ OP_CONCAT, 30, make_concat },
	{ OP_SLICE, 20, make_slice },
	{ OP_PAD, 20, make_pad },
	{ OP_PERMUTE, 20, make_permute },
	{ OP_RESHAPE, 10, make_reshape },
	{ OP_DROPOUT, 20, make_dropout },
	{ OP_GATHER, 40, make_gather },
	{ OP_PRELU, 20, make_prelu },
	{ OP_IM2COL, 20, make_im2col },
	{ OP_INTERP, 30, make_interp },
	{ OP_FILTER, 20, make_filter },
	{ OP_TAKE, 60, make_take },
	{ OP_RESIZE, 90, make_resize },
	{ OP_WHERE, 40, make_where },
	{ OP_CUSTOM, 20, make_custom },
};

#endif
