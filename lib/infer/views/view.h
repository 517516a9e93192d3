/*
 * What is made of a net's outputs: a view reads them, prints an answer for each
 * picture, draws it upon the picture, and counts figures where truths are known.
 * One table of views (table.c); which one a run has is asked for by --view, or
 * follows from the outputs that the net has.
 *
 * How to add one: views/NAME.c with a struct infer_view, its line in table.c and
 * in INFER_VIEWS, its bats in tests/cli/model-infer-NAME.bats.
 *
 * Everything here belongs to the thread that runs the net.
 */
#ifndef INFER_VIEWS_VIEW_H
#define INFER_VIEWS_VIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "infer/infer.h"
#include "infer/stream.h"
#include "prog/prog.h"

/* --view, in the order of the table; -1: as the net's outputs are. */
enum { INFER_VIEW_AUTO = -1 };
#define INFER_VIEWS                                                            \
	"class|boxes|segmentation|image|raw|layers|saliency|gradcam|occlusion"

struct report_opts;
struct infer_viewer;

struct infer_view {
	const char *name;
	/*
	 * Has the net outputs that this view can show?  1, and the blobs that it
	 * reads by infer_more in blobs[0..*n - 1]; 0: it has none; or < 0.  Asked of
	 * each net that is made, so of every size of pictures: what is kept in
	 * v->state must hold for all of them.
	 */
	int (*fits)(struct infer_viewer *v, const struct net *net,
	    const char *blobs[INFER_MORE], int *n);
	const char *wants; /* "boxes": what a net lacks that it does not fit */
	/* Taken where nothing is asked for and it fits. */
	bool automatic;
	bool pieces; /* it puts pieces of pictures together (--tile) */
	bool draws;  /* it has pictures for -o */
	bool alone;  /* one picture a run: it looks into the net */
	bool labels; /* it looks at what records have beside a class */
	/* Options, with blanks between, of all those that only some views heed, that
	 * this one does. */
	const char *options;
	/* Before the first picture; what it finds fault with is told here. */
	int (*begin)(struct infer_viewer *v);
	int (*answer)(struct infer_viewer *v, const struct answer *a);
	/* Behind the last one: figures are printed, files written, gates judged. */
	int (*finish)(struct infer_viewer *v);
	/* v->state, also where begin was not called or failed. */
	void (*free)(struct infer_viewer *v);
};

/* A view at work. */
struct infer_viewer {
	const struct infer_view *view;
	const struct report_opts *o;
	const struct stream *stream;
	struct infer *infer;
	const char *const *labels; /* of the model */
	size_t nlabels;
	struct infer_pictures *pictures; /* -o; NULL: none are asked for */
	/*
	 * Takes what is drawn where there is no folder, or NULL.  right: how right the
	 * answer is, 0..1, and in words; NaN and "" where no truth is known.
	 */
	int (*drawn)(void *ctx, const struct answer *a, const struct image *im,
	    double right, const char *words);
	void *drawn_ctx;
	int side;    /* pixels of it that are shown; 0: as many as it has */
	bool listed; /* the truth is a list's, by numbers that begin with 0 */
	void *state; /* the view's own */
};

/* opts.more of struct infer_opts, ctx a viewer: chooses the view with the first net,
 * and asks it of every one.  ERR_USAGE where that which was asked for does not fit. */
int infer_viewer_blobs(
    void *ctx, const struct net *net, const char *blobs[INFER_MORE]);
/* Once the model is open: the view is ready for answers. */
int infer_viewer_begin(struct infer_viewer *v);
int infer_viewer_answer(struct infer_viewer *v, const struct answer *a);
int infer_viewer_finish(struct infer_viewer *v);
void infer_viewer_clear(struct infer_viewer *v);

/* For views: are pictures wanted, and here is one. */
bool infer_viewer_draws(const struct infer_viewer *v);
int infer_viewer_drawn(struct infer_viewer *v, const struct answer *a,
    const struct image *im, double right, const char *words);

extern const struct infer_view infer_view_class;
extern const struct infer_view infer_view_boxes;
extern const struct infer_view infer_view_segmentation;
extern const struct infer_view infer_view_image;
extern const struct infer_view infer_view_raw;
extern const struct infer_view infer_view_layers;
extern const struct infer_view infer_view_saliency;
extern const struct infer_view infer_view_gradcam;
extern const struct infer_view infer_view_occlusion;

#endif
