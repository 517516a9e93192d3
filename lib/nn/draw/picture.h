/*
 * What is in the picture of a net, from layers to places: what the files of this
 * folder hand on.
 *
 *	boxes.c (by words.c)		layers to boxes and links
 *	blocks.c			which boxes are repeated
 *	arrange.c			where all stand
 *	paint.c, dot.c			the picture
 */
#ifndef NN_PICTURE_H
#define NN_PICTURE_H

#include "nn/diff/diff.h"
#include "nn/draw/draw.h"

enum net_kind { /* what a box is: its colour */
	NET_KIND_DATA,
	NET_KIND_WEIGHTS, /* with parameters */
	NET_KIND_POOLING,
	NET_KIND_JOIN, /* of several blobs */
	NET_KIND_OTHER,
	NET_KIND_LOSS, /* and scores */
	NET_KINDS
};

/* A line of a box. */
struct net_words {
	char *text;
	bool layer; /* it begins with the name of a layer, which ends at */
	size_t end;
	enum net_mark mark;
};

struct net_box {
	struct net_words *line;
	size_t n, cap;
	enum net_kind kind;
	enum net_mark mark;
	uint64_t params;
	uint64_t print; /* a hash of all that it is but its names */
	int last;       /* the last of its layers, of the net that it is of */
	bool old;       /* that net is the one before */
	int block;      /* in which it is, or -1 */
	double x, y, w, h;
};

struct net_link {
	int from, to; /* boxes */
	int what;     /* the same of links that carry one blob from a box */
	char *text;   /* the blob and its shape */
	enum net_mark mark;
};

/* Boxes that stand for themselves and what repeats them. */
struct net_block {
	int first, boxes, times;
	double x, y, w, h;
};

/* A line as it is drawn. */
struct net_stroke {
	double *xy; /* n points of Bezier curves */
	size_t n;
	bool head; /* an arrow's */
	int link;
};

struct net_picture {
	char *title, *sub;
	struct net_box *box;
	struct net_link *link;
	struct net_block *block;
	struct net_stroke *stroke;
	int nboxes, nlinks, nblocks, nstrokes;
	size_t box_cap, link_cap, block_cap, stroke_cap;
	double w, h;
	double head;      /* height of the words above */
	size_t crossings; /* of lines */
	bool marked;      /* colours say what differs from another net */
};

/* All but places and strokes, which net_arrange makes. */
void net_picture_make(struct net_picture *p, const struct net *n,
    const struct net_draw_opts *opts);
void net_picture_clear(struct net_picture *p);
void net_box_clear(struct net_box *b);

/* ---- steps ----------------------------------------------------------------- */

/* boxes.c */
void net_boxes_make(
    struct net_picture *p, const struct net *n, const struct net_diff *diff);
/* blocks.c: finds runs of equal boxes and takes all but the first of each away. */
void net_blocks_fold(struct net_picture *p);
/* arrange.c */
int net_arrange(struct net_picture *p);
/* words.c; all of mem_*. */
char *net_words_kind(const struct layer *l); /* "Convolution 3x3 / 2" */
char *net_words_shapes(const struct layer *l);
void net_words_head(struct net_picture *p, const struct net *n,
    const struct net_draw_opts *opts);
/* "res4b1_relu", "res4b35_relu": "res4b{1…35}_relu" */
char *net_words_range(const char *a, const char *b);

/* ---- pictures -------------------------------------------------------------- */

enum {
	NET_FONT = 11,   /* pixels */
	NET_LINE_H = 14, /* from a line of a box to the next */
	NET_PAD = 7      /* around the lines of a box */
};
/* Words that measure the same everywhere; draw_free. */
struct draw;
int net_ruler(struct draw **out);
/* What the colours mean: the height that it takes; from y on, not drawn where d is
 * NULL. */
double net_legend(
    struct draw *d, struct draw *ruler, const struct net_picture *p, double y);
void net_paint(struct draw *d, const struct net_picture *p);
/* Of a box's frame; its fill is a tint of it. */
uint32_t net_box_colour(const struct net_picture *p, const struct net_box *b);
#define NET_TINT 0.2
int net_draw_dot(struct buf *b, const struct net_picture *p);

#endif
