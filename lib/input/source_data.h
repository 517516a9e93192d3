/* Inside input/: the source of Data layers. */
#ifndef INPUT_SOURCE_DATA_H
#define INPUT_SOURCE_DATA_H

#include "input/input.h"
#include "input/transform.h"

struct data_source {
	struct input input;
	struct record_db *db; /* of the set */
	/* mean, crop and scale; feeds copy it and borrow the mean */
	struct transform transform;
	int flags;      /* for record_db_get */
	size_t nlabels; /* per item; 0: the Datum's one label */
	bool decoded;   /* records are decoded or converted */
	bool floats;    /* the first one is not of bytes */
	/* Labels: how they go with the pixels. */
	enum data_moves {
		DATA_STAYS, /* numbers that have no place in the picture */
		DATA_MASK,  /* a value for each pixel */
		DATA_BOXES  /* input/geometry.h */
	} moves;
	/* its augment_param, or that of its pictures, says what is done */
	bool augments;
	int times;    /* DATA_MASK: as many pixels as the picture's, each way */
	bool matched; /* its keys are those of the pictures */
};

int data_source_open(struct input **out, const Caffe__LayerParameter *p,
    struct input *pictures, struct inputs *in, const struct feed_opts *o);
/* The databases are walked, and labels are those of the pictures. */
int data_source_walk(struct data_source *s);
void data_source_close(struct input *in);

#endif
