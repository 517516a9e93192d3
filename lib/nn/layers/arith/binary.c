/*
 * Arithmetic, comparison and logic of bottoms that stretch over each other, as
 * ONNX has them.  Whole numbers and truth values are floats that hold them.
 */
#include <string.h>

#include "nn/layers/arith/broadcast.h"

static const Caffe__ArithParameter none = CAFFE__ARITH_PARAMETER__INIT;

static const struct entry {
	const char *type;
	enum binary_fn fn;
} table[] = {
	{ "Add", BINARY_ADD },
	{ "And", BINARY_AND },
	{ "Div", BINARY_DIV },
	{ "Equal", BINARY_EQ },
	{ "Greater", BINARY_GT },
	{ "GreaterOrEqual", BINARY_GE },
	{ "Less", BINARY_LT },
	{ "LessOrEqual", BINARY_LE },
	{ "Max", BINARY_MAX },
	{ "Mean", BINARY_ADD },
	{ "Min", BINARY_MIN },
	{ "Mod", BINARY_MOD },
	{ "Mul", BINARY_MUL },
	{ "Or", BINARY_OR },
	{ "Pow", BINARY_POW },
	{ "Sub", BINARY_SUB },
	{ "Sum", BINARY_ADD },
	{ "Xor", BINARY_XOR },
};

static enum binary_fn
fn_of(const struct layer *l, const Caffe__ArithParameter *p)
{
	size_t i;

	for (i = 0; strcmp(table[i].type, l->type->name) != 0; i++)
		;
	return table[i].fn == BINARY_MOD && p->fmod ? BINARY_FMOD : table[i].fn;
}

/* Two. */
static int
emit(struct layer *l)
{
	const Caffe__ArithParameter *p = LAYER_PARAM(l, arith_param, &none);
	const enum binary_fn fn = fn_of(l, p);
	int y;

	TRY(y = layer_binary(l, l->bottom[0], l->bottom[1], fn));
	if (p->integer && (fn == BINARY_DIV || fn == BINARY_POW))
		TRY(y = graph_unary(l->graph, y, UNARY_TRUNC, 0, 0, 0));
	return layer_top(l, 0, y);
}

/* Any number. */
static int
emit_many(struct layer *l)
{
	const enum binary_fn fn = fn_of(l, &none);
	int i, y = l->bottom[0];

	for (i = 1; i < l->nbottom; i++)
		TRY(y = layer_binary(l, y, l->bottom[i], fn));
	if (strcmp(l->type->name, "Mean") == 0)
		TRY(y = layer_affine(l, y, 1 / (float)l->nbottom, 0));
	return layer_top(l, 0, y);
}

#define TWO(field, type)                                                       \
	const struct layer_type layer_##field = { type, 2, 2, 1, 1,            \
		.emit = emit }
#define MANY(field, type)                                                      \
	const struct layer_type layer_##field = { type, 1, -1, 1, 1,           \
		.emit = emit_many }
/* 1 or 0: a step. */
#define TEST(field, type)                                                      \
	const struct layer_type layer_##field = { type, 2, 2, 1, 1,            \
		.emit = emit, .no_grad = 3 }

TWO(add, "Add");
TEST(and, "And");
TWO(div, "Div");
TEST(equal, "Equal");
TEST(greater, "Greater");
TEST(greater_or_equal, "GreaterOrEqual");
TEST(less, "Less");
TEST(less_or_equal, "LessOrEqual");
MANY(max, "Max");
/* FlowNet's layer of that name has one bottom and means another thing. */
const struct layer_type layer_mean = { "Mean", 2, -1, 1, 1, .emit = emit_many };
MANY(min, "Min");
TWO(mod, "Mod");
TWO(mul, "Mul");
TEST(or, "Or");
TWO(pow, "Pow");
TWO(sub, "Sub");
MANY(sum, "Sum");
TEST(xor, "Xor");
