/*
 * The standard nets: prototxts of our own, part of the library, found by name.
 *
 * Each is one text for all uses, as DIGITS writes them: the stages "train", "val"
 * and "deploy" tell which layers belong to which use.  Data layers name batch,
 * crop and mirror but no source; stage deploy has an Input layer of the intended
 * shape.  The classifier's last InnerProduct (or Convolution) has no num_output:
 * the number of classes goes there (nn/net.h, net_opts.classes).
 */
#ifndef NN_NETS_H
#define NN_NETS_H

#include <stdbool.h>

#include "caffe/caffe.pb-c.h"

struct net_standard {
	const char *name;  /* "lenet" */
	const char *about; /* a phrase */
	const char *input; /* intended input, "1x28x28" */
	int classes;       /* what the published net has; 0: not a classifier */
	const char *text;  /* the prototxt */
	/* torchvision's: layers have the names of its modules, and pictures are
	 * prepared as there */
	bool torch;
};

extern const struct net_standard net_standards[]; /* ends with a NULL name */

/* By name or alias; only letters, whatever their case, and digits count
 * ("VGG_16" is vgg16).  Or NULL. */
const struct net_standard *net_standard_find(const char *name);
/* Parsed; ERR_MISSING with near names.  Caller's: caffe_msg_free. */
int net_standard_read(Caffe__NetParameter **out, const char *name);

#endif
