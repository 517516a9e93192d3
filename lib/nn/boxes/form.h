/*
 * Which blobs of a net are boxes, and reading them: the forms of boxes.h.
 */
#ifndef NN_BOXES_FORM_H
#define NN_BOXES_FORM_H

#include <stdbool.h>

#include "nn/boxes/boxes.h"
#include "nn/net.h"

enum boxes_kind {
	BOXES_NONE,
	BOXES_ROWS,
	BOXES_GRID,
	BOXES_LISTS,
	BOXES_WINDOWS, /* regions given beforehand, and scores of classes */
	BOXES_LAYOUT   /* of nets from elsewhere: layout.h */
};

enum boxes_layout {
	BOXES_AUTO,
	BOXES_YOLOX,
	BOXES_YOLOV5,
	BOXES_YOLOV8,
	BOXES_END2END,
	BOXES_SSD,
	BOXES_DETR,
	BOXES_LISTED
};

enum { BOXES_CLASSES_MAX = 4096, BOXES_BLOBS = 4 };

struct boxes_form {
	enum boxes_kind kind;
	int blobs;       /* how many are read */
	bool background; /* rows: class 0 of the net is none, */
	bool shifted;    /* and class 1 the first of labels.txt */
	int classes;     /* of the net */
	/* Grid, lists: of the data set, for each of those; NULL: as they are. */
	int *class_of;
	double cover; /* grid: cells of less coverage are not printed */
	double cell;  /* grid: from one to the next, in pixels; 0: not known */
	enum boxes_layout layout;
	int64_t input[2]; /* layout: height and width of the net's input */
	bool turned;      /* listed: top before left, and shares */
	double nms;       /* overlap above which boxes are to be one; 0: none */
};
void boxes_form_clear(struct boxes_form *f);

/*
 * The names of the blobs to read, f->blobs of them: 1, or 0: the net has no boxes.
 * compat: lists where there are grids.  any: rows by their shape alone.  Sizes of
 * pictures play no part: f may be used again for the net at another size.
 */
int boxes_form_find(struct boxes_form *f, const struct net *net, bool compat,
    bool any, const char *blobs[BOXES_BLOBS]);
/* The same for blobs of these shapes. */
bool boxes_form_rows(struct boxes_form *f, const struct shape *rows);
bool boxes_form_grid(struct boxes_form *f, const struct shape *coverage,
    const struct shape *bboxes);
/* What class the net's are, by its train_val (or NULL) and how many names labels.txt
 * has. */
void boxes_form_classes(
    struct boxes_form *f, const Caffe__NetParameter *train_val, size_t nlabels);

/* How they are read: scores below `least` are left out; cells of a grid whose boxes
 * overlap by `merge` belong together. */
struct boxes_reading {
	double least, merge;
};
enum { BOXES_LEAST_PERCENT = 5, BOXES_MERGE_PERCENT = 50 };
/*
 * The boxes of picture `item` of a batch whose pictures are h x w, added to out in
 * pixels of them.  v, shape: the blobs, all of each, in the order in which they
 * were found.
 */
void boxes_form_read(struct net_boxes *out, const struct boxes_form *f,
    const float *const *v, const struct shape *shape, int item, int h, int w,
    const struct boxes_reading *how);

#endif
