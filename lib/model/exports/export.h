/*
 * A model for other programs: its weights as safetensors, net and weights as BVLC's
 * Caffe takes them.
 *
 * Names of arrays.  Caffe's are LAYER/0, LAYER/1, …: the layer and which of its
 * blobs, as in the caffemodel.  torch's are those of torchvision where it has the net
 * (nn/torch/torch.h), else LAYER.weight and LAYER.bias; of a BatchNorm
 * LAYER.running_mean and LAYER.running_var, which are Caffe's sums divided by its
 * factor, and LAYER.weight and LAYER.bias of the Scale behind it.
 */
#ifndef MODEL_EXPORTS_EXPORT_H
#define MODEL_EXPORTS_EXPORT_H

#include "model/model.h"

enum model_export_names { MODEL_NAMES_CAFFE, MODEL_NAMES_TORCH };

/* ERR_MISSING: the model has no weights.  ERR_UNSUPPORTED: a layer's blobs have no
 * names of torch's.  "-" is standard output. */
int model_export_safetensors(const struct model *m, const char *path,
    enum model_export_names names, int force);

/*
 * A model folder whose deploy.prototxt and model.caffemodel have only layers and fields
 * of BVLC's Caffe; labels, mean and info.json beside them.  Some layers are expressed by
 * others (rewrite.h); where that cannot be, ERR_UNSUPPORTED names the layer.
 */
int model_export_caffe(const struct model *m, const char *path, int force);

#endif
