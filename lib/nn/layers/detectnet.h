/*
 * Inside nn/layers: what DetectNetTransformation does with a picture and its
 * boxes, as NVcaffe does it.  detectnet.c is the layer, detectnet_picture.c moves
 * pictures and boxes, detectnet_grid.c makes coverage maps of boxes.
 *
 * A picture is (C, H, W) planes B G R, 0..255.  Boxes lie in pixels from its top
 * left corner, edges, not centres.
 */
#ifndef NN_LAYERS_DETECTNET_H
#define NN_LAYERS_DETECTNET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rng.h"
#include "caffe/caffe.pb-c.h"

/* foreground, box, size, object norm; then a channel for each class */
enum { DETECTNET_CHANNELS = 8, DETECTNET_ROW = 16, DETECTNET_MEANS = 4 };

struct detectnet {
	const Caffe__DetectNetGroundTruthParameter *truth; /* of the net */
	const Caffe__DetectNetAugmentationParameter *augment;
	bool train;
	int items, channels, height, width; /* of the pictures */
	int rows;                           /* of a label */
	int out_height, out_width;
	int grid_height, grid_width;
	int classes;
	float mean[DETECTNET_MEANS];
};

struct detectnet_box {
	float left, top, right, bottom;
	int dst; /* its class, from 0 */
};

/* How one picture is changed. */
struct detectnet_moves {
	float hue, saturation; /* turns of hue; a factor */
	bool flip;
	float scale_x, scale_y;
	float co, si; /* of the rotation about the middle */
	float x, y;   /* of the part that is taken */
};
/* Drawn for one item; without augmentation (TEST) scaled to the output's size. */
void detectnet_draw(
    struct detectnet_moves *m, const struct detectnet *d, struct rng *r);
/* picture (C, H, W), which is changed, into out (C, out_height, out_width), the
 * mean taken off; 0 where there is no picture. */
void detectnet_picture(const struct detectnet *d,
    const struct detectnet_moves *m, float *picture, float *out);
/* To where its pixels go. */
void detectnet_move(struct detectnet_box *b, const struct detectnet *d,
    const struct detectnet_moves *m);

/* n boxes of an output picture into its maps, (8 + classes, grid_height,
 * grid_width); later boxes lie over earlier ones. */
void detectnet_grid(const struct detectnet *d, const struct detectnet_box *b,
    size_t n, float *out);

#endif
