/*
 * Gates: 'accuracy>=0.98', 'loss<0.1' (--require, --until).
 *
 * NAME OP NUMBER with OP one of >= > <= < =.  A name is matched against a
 * measurement's exact name first, then as its beginning ("acc" for
 * "accuracy"), so that gates read well for any net.
 */
#ifndef PROG_GATE_H
#define PROG_GATE_H

#include <stddef.h>

struct gate {
	char name[64];
	char op[3];
	double value;
};

/* ERR_USAGE with the reason. */
int gate_parse(struct gate *out, const char *text);

struct gate_value {
	const char *name;
	double value;
};
/* Will v have that name?  Values are not looked at.  0; ERR_USAGE when not,
 * listing those there are. */
int gate_known(const struct gate *g, const struct gate_value *v, size_t n);
/* 1 met, 0 not; ERR_USAGE when no value has that name, listing those there are. */
int gate_met(const struct gate *g, const struct gate_value *v, size_t n);

#endif
