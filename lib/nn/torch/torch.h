/*
 * Weights in other programs' files (lib/tensors) for a net of Caffe's layers.
 *
 * What an array is called is a matter of the module that held it.  Known are, for
 * any net, Caffe's LAYER/0, LAYER/1 and torch's LAYER.weight, LAYER.bias; and for
 * the standard nets that torchvision and timm have as well the names of these.  Of
 * all, with or without a prefix ("module."), the one is taken by which most layers
 * of the net are found.
 *
 * Convolutions and linear layers are laid out alike.  A BatchNorm of torch's is two
 * layers of Caffe's: running_mean and running_var with a factor of 1, and the Scale
 * behind it with weight and bias.
 *
 * Whether the weights fit is told as of any (nn/match.h): shapes are not looked at
 * here, and a layer that the file has not is left out.
 */
#ifndef NN_TORCH_TORCH_H
#define NN_TORCH_TORCH_H

#include <stdbool.h>

#include "base/buf.h"
#include "caffe/caffe.pb-c.h"

struct net_names;
struct tensors;

/* What torchvision and timm do with a picture: R G B, less the mean, by the
 * deviation, each of 0..255. */
struct net_preparation {
	double mean[3], std[3];
};

/* What was found out about a file of weights. */
struct net_weights_about {
	/* whose names they are; NULL: a caffemodel, Caffe's or the net's own */
	const struct net_names *names;
	/* how pictures are prepared for them; NULL: not known */
	const struct net_preparation *prepared;
	/* called for each array that is of no layer of the net; or NULL */
	void (*unused)(void *ctx, const char *array);
	void *ctx;
};

/*
 * The weights of a file of any kind: a caffemodel as it is (caffe/model.h), and
 * arrays as layers named like net's.  *out is the caller's (caffe_msg_free).
 * ERR_FORMAT: not one array is the net's.  ERR_UNSUPPORTED: they are of a net that
 * only has the same name; a sentence says how it differs.  With about, which may be NULL,
 * it is said (log_warn) which part of a checkpoint was taken.
 */
int net_weights_read(Caffe__NetParameter **out, const char *path,
    const Caffe__NetParameter *net, struct net_weights_about *about);

/* The same of arrays that are open. */
int net_weights_from(Caffe__NetParameter **out, const struct tensors *t,
    const Caffe__NetParameter *net, struct net_weights_about *about);

/* Are the first bytes of the file those of arrays?  1, 0, or < 0. */
int net_weights_are_arrays(const char *path);

/* The names that torchvision has for this net's layers, or NULL: those of the
 * layers. */
const struct net_names *net_names_of(const Caffe__NetParameter *net);
/* NULL: nothing is known of this net by these names (NULL: its own). */
const struct net_preparation *net_preparation_of(
    const Caffe__NetParameter *net, const struct net_names *names);
/* "torchvision's VGG-16" */
const char *net_names_whose(const struct net_names *n);
/* The module of a layer by these names into b; names NULL: the layer's name.  A Scale
 * behind a BatchNorm is of the BatchNorm's module. */
int net_names_module(struct buf *b, const struct net_names *names,
    const Caffe__NetParameter *net, const Caffe__LayerParameter *l);

#endif
