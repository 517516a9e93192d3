/* Inside recipe: one recipe on its way, from a network text and a data set.
 * recipe.c makes the nets, recipe_data.c their data layers. */
#ifndef RECIPE_RECIPE_INT_H
#define RECIPE_RECIPE_INT_H

#include <stdbool.h>

#include "recipe/recipe.h"

enum recipe_state { RECIPE_TRAIN, RECIPE_VAL, RECIPE_DEPLOY, RECIPE_STATES };

struct recipe_state_def {
	const char *stage;
	Caffe__Phase phase;
};
extern const struct recipe_state_def recipe_states[RECIPE_STATES];

/* What is being made. */
struct recipe_work {
	const struct dset *d;
	struct inputs *in;
	const struct recipe_opts *o;
	Caffe__NetParameter *net; /* a cleaned copy of the network */
	Caffe__NetState *state[RECIPE_STATES];
	/* train_val's layers of pictures, of RECIPE_TRAIN and RECIPE_VAL */
	Caffe__LayerParameter *data[2];
	struct recipe *r;
};

bool recipe_is_data(const Caffe__LayerParameter *l);
/* A copy of l with one rule: TRAIN or TEST only, or none (phase < 0). */
Caffe__LayerParameter *
recipe_with_phase(const Caffe__LayerParameter *l, int phase);
/* A data layer of any kind becomes a Data layer, which reads the data set. */
void recipe_take_place(const struct recipe_work *w, Caffe__LayerParameter *l);
/* The data layers of RECIPE_TRAIN or RECIPE_VAL into train_val. */
int recipe_make_data(struct recipe_work *w, enum recipe_state s);

#endif
