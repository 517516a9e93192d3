/*
 * Windows to look at, as R-CNN does: regions of pictures that something else has
 * proposed, each of which the net gives scores of classes.  A file of
 *
 *	PATH LEFT TOP RIGHT BOTTOM	a line each, pixels; edges, so that RIGHT - LEFT
 *					is the width
 *	filename,ymin,xmin,ymax,xmax	the CSV of Caffe's detect.py: a line of names, in
 *					any order, then numbers in that order
 *	# INDEX …			the window file of WindowData (input/windows.h)
 *
 * Pictures are in the order in which they come up first, windows in that of the file.
 */
#ifndef INFER_WINDOWS_H
#define INFER_WINDOWS_H

#include "infer/stream.h"

struct infer_windows;

/* root: in front of paths, or NULL.  ERR_FORMAT names file and line. */
int infer_windows_read(
    struct infer_windows **out, const char *path, const char *root);
void infer_windows_free(struct infer_windows *w); /* accepts NULL */
/* The pictures; borrowed. */
const char *const *
infer_windows_pictures(const struct infer_windows *w, size_t *n);
/* The windows of one of them, of mem_*, cut off at the edges of its width x height.
 * ERR_FORMAT: one lies outside of it, or the picture has none. */
int infer_windows_of(const struct infer_windows *w, const char *picture,
    int width, int height, struct stream_piece **out, size_t *n);

#endif
