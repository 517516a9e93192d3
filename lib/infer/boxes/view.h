/* Inside of the view of boxes: what its files have in common. */
#ifndef INFER_BOXES_VIEW_H
#define INFER_BOXES_VIEW_H

#include "image/image.h"
#include "infer/views/view.h"
#include "nn/boxes/figures.h"
#include "nn/boxes/form.h"

struct boxes_files;

struct boxes_view {
	const struct infer_viewer *v;
	struct boxes_form form;
	struct boxes_reading reading;
	double shown; /* scores below are not printed, drawn, or cut out */
	double nms;   /* 0: none is asked for */
	struct net_boxes boxes; /* of the picture at work, by falling score */
	struct boxes_files *files; /* --coco, --yolo, --crops */
	struct boxes_figures figures;
	bool counting;     /* into them */
	uint64_t pictures; /* of the batch that DIGITS's figures are of */
	size_t classes;    /* that figures know */
	int dontcare;      /* the class that is none; -1 */
	bool plain;        /* scores are no shares */
};

/* How many of the boxes are printed: those before have the highest scores. */
size_t boxes_shown(const struct boxes_view *b);

/* On standard output, in the format that was asked for. */
int boxes_print(const struct boxes_view *b, const struct answer *a);
int boxes_print_figures(struct boxes_view *b);

/*
 * How right those that are printed are, 2 TP / (found + true), with the boxes of the
 * record; one that is found belongs to a true one of its class with which it has an
 * IoU of 0.5.  1 where there are neither; NaN where no truth is known.
 */
enum { BOXES_WORDS = 64 };
double boxes_right(char words[BOXES_WORDS], const struct boxes_view *b,
    const struct answer *a);

/*
 * Frames, names and scores upon the picture, into out.  Pictures too small for
 * words are drawn larger, by a whole number.
 */
int boxes_draw(
    struct image *out, const struct boxes_view *b, const struct image *picture);

/* The files that were asked for, if any. */
int boxes_files_new(struct boxes_files **out, const struct boxes_view *b);
int boxes_files_add(
    struct boxes_files *f, const struct boxes_view *b, const struct answer *a);
int boxes_files_commit(struct boxes_files *f); /* accepts NULL */
void boxes_files_free(struct boxes_files *f);  /* accepts NULL */

#endif
