/*
 * A picture that is asked about, from its decoding to its last answer: what it is
 * called, and what of it the answers are to have.
 */
#ifndef INFER_SHOT_H
#define INFER_SHOT_H

#include <stdbool.h>
#include <stdint.h>

#include "image/image.h"
#include "record/value.h"

struct shot {
	char *name;
	int truth;
	int64_t record; /* its number in a database; -1: it is none's */
	bool pictured;  /* im is the picture, as it is */
	struct image im;
	bool labelled; /* label is what its record says */
	struct value label;
	void *bytes; /* what label points to */
	size_t users;
};

/* Empty, with one user. */
struct shot *shot_new(void);
void shot_hold(struct shot *s);
/* Freed with its last user; accepts NULL. */
void shot_drop(struct shot *s);
/* A copy of v, with all that it points to. */
int shot_label(struct shot *s, const struct value *v);

#endif
