/*
 * The uses of a net (train, val, test, deploy) by name: what DIGITS writes as
 * stages and Caffe as phases; and building a net for one without its data.
 */
#ifndef NN_USE_H
#define NN_USE_H

#include "nn/net.h"

enum net_use { NET_TRAIN, NET_VAL, NET_TEST, NET_DEPLOY, NET_USES };

struct net_use_def {
	const char *name;
	Caffe__Phase phase;
	const char *stages[2]; /* ends with NULL */
};
extern const struct net_use_def net_uses[NET_USES];

/* Deploy when the net has an Input layer there, else train, if there is data for it. */
enum net_use net_use_guess(const Caffe__NetParameter *np);

/* Labels: not known (a number each is tried, then a map, then boxes), a map of the
 * size of the picture, a list of boxes (1, NET_LABEL_ROWS, 16). */
enum {
	NET_LABEL_UNKNOWN = 0,
	NET_LABEL_MAP = -1,
	NET_LABEL_BOXES = -2,
	NET_LABEL_ROWS = 21
};

/* The data that feed layers are imagined to have. */
struct net_data {
	int batch; /* 0: what the layer says, else 1; of Input layers too */
	int64_t chw[3]; /* 0: unknown; crop_size goes over it */
	int labels;     /* numbers that each label has, or NET_LABEL_*  */
	int classes;    /* for num_output left out; 0: unknown */
	/* Shapes of single blobs of data and Input layers, before all of these; ends
	 * with a NULL name.  Or NULL. */
	const struct net_input *blobs;
	/* What the state has beside the use's: stages, which end with NULL, and a
	 * level.  Or NULL and 0. */
	const char *const *stages;
	int level;
};

/* Sizes from "3x224x224"; NULL changes nothing. */
int net_data_size(struct net_data *d, const char *text);
/* The same of one blob, all its axes: "256x28".  name is borrowed. */
int net_data_blob(struct net_input *out, const char *name, const char *text);

/* Build for a use; feed layers get batches of d's pictures, and a label each.  Where
 * labels are not known, they are what the layers take that read them. */
int net_new_use(struct net **out, const Caffe__NetParameter *np,
    enum net_use use, const struct net_data *d);

/* The batch size that a data layer states; 1 when it states none. */
int64_t net_layer_batch(const Caffe__LayerParameter *p);

#endif
