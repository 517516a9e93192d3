/*
 * Pictures of another size than they are fed in: a net of that size resizes them
 * itself, as its first ops, with what lies in them.  So all sizes of a training
 * (train/scales.h) are fed alike, by one feeder, with what one seed says.
 *
 * Pictures, and masks of several channels, by a linear filter, which when they
 * become smaller is as wide as the pixels of the result (image_resize's, without its
 * rounding); masks of one channel by the nearest pixel; of DIGITS's lists of boxes
 * left, top, width and height are multiplied.  Boxes as shares (SSD's) and all
 * other numbers stay.
 */
#ifndef INPUT_AUGMENT_RESCALE_H
#define INPUT_AUGMENT_RESCALE_H

#include <stdbool.h>

struct feeds;
struct layer;

/* For net_opts.feed_made: top i of a feed layer, which is that tensor, as the
 * other layers are to see it: resized where feed_opts has height and width. */
int feeds_rescaled(void *feeds, struct layer *l, int i, int tensor);

/* Height and width of the pictures that are fed; false: there are none. */
bool feeds_size(const struct feeds *feeds, int size[2]);

#endif
