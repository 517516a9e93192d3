/* Native twins of the Python layers that nets of DIGITS and NVcaffe name. */
#ifndef NN_LAYERS_PYTHON_H
#define NN_LAYERS_PYTHON_H

#include "nn/layers/types.h"

extern const struct layer_type python_blank_square;
extern const struct layer_type python_dice;
extern const struct layer_type python_cluster_detections;
extern const struct layer_type python_cluster_groundtruth;
extern const struct layer_type python_score_detections;
extern const struct layer_type python_map;
extern const struct layer_type python_proposal;

/* The numbers of param_str "1248, 352, 16, 0.6": at least least of them, at most
 * most; the others stay as they are.  ERR_FORMAT quotes it. */
int python_numbers(const struct layer *l, double *v, int least, int most);

/* Numbers of a param_str "'feat_stride': 16" or "{'scales': [4, 8], 'ratios': 1}", as
 * YAML and Python write them: of each key at most `most` into v, how many into n
 * (or NULL: exactly most).  ERR_FORMAT quotes what is wrong; so is a key that is not
 * asked for, which would change what the layer gives. */
struct python_value {
	const char *key;
	double *v;
	int most;
	int *n;
};
int
python_values(const struct layer *l, const struct python_value *v, size_t n);

enum { DETECTNET_BOXES = 50 }; /* rows of a list of boxes: l, t, r, b, x */

#endif
