/*
 * "did you mean": the candidate nearest to a misspelt name, by the number of
 * single-letter edits, when it is near enough to be worth saying.
 */
#ifndef NN_GUESS_H
#define NN_GUESS_H

#include <stddef.h>

struct guess {
	const char *name; /* borrowed */
	const char *best; /* borrowed from the candidates */
	size_t distance;
	char text[96];
};

void guess_init(struct guess *g, const char *name);
void guess_add(struct guess *g, const char *candidate);
/* " (did you mean "conv1"?)" or ""; borrowed from g. */
const char *guess_text(struct guess *g);

#endif
