/*
 * A net as a picture: boxes for layers (those that work in place are in the box
 * of what they work on), lines for blobs, laid out in ranks from top to bottom;
 * as SVG, PNG and DOT.
 */
#ifndef NN_DRAW_H
#define NN_DRAW_H

#include "base/buf.h"
#include "nn/net.h"

enum net_colour { /* what kind of layer a box is */
	NET_DATA,
	NET_WEIGHTS, /* with parameters */
	NET_POOLING,
	NET_OTHER,
	NET_LOSS,
	NET_COLOURS
};
extern const uint32_t net_colours[NET_COLOURS]; /* 0xRRGGBB */

enum { NET_LINE_H = 14 }; /* pixels from a line of a box to the next */

struct net_box {
	double x, y, w, h; /* x, y: upper left corner */
	char *text;        /* lines, separated by '\n' */
	enum net_colour colour;
	int layer;
};

struct net_path {
	double *xy; /* n points */
	int n;
	int from, to; /* boxes */
	char *text;   /* the blob and its shape */
};

struct net_drawing {
	struct net_box *boxes;
	int nboxes;
	struct net_path *paths;
	int npaths;
	double w, h;
	size_t box_cap, path_cap;
};

/* ERR_RANGE when the net is too large to be drawn. */
int net_draw(struct net_drawing *d, const struct net *n);
void net_drawing_clear(struct net_drawing *d);

/* Inside: from boxes with a size and paths that know their ends to places for
 * all of them. */
int net_drawing_lay_out(struct net_drawing *d);

/* How a net is to be drawn; NULL or zeros: as large as its words are easy to read. */
struct net_draw_opts {
	int width; /* pixels across; the height follows */
};

/*
 * For pages of HTML: the net as one <svg> element, without an XML header, words as
 * <text> (to be searched and copied), opts->width pixels wide.  Added to b.  Several
 * may stand in one page: nothing in it has an id.  ERR_RANGE when the net is too large
 * to be drawn, or b too small.
 *
 *	struct net_draw_opts o = { .width = 900 };
 *	rc = net_draw_inline(&page, n, &o);
 */
int net_draw_inline(
    struct buf *b, const struct net *n, const struct net_draw_opts *opts);

/* Into a file, as its name ends: .svg, .png or .dot ("-": DOT on stdout). */
int net_draw_file(const char *path, const struct net *n, int force);

/* Inside. */
int net_draw_svg(
    struct buf *b, const struct net_drawing *d, const struct net_draw_opts *o);
/* ERR_RANGE where it would be more pixels than a picture may have. */
int net_draw_png(const char *path, const struct net_drawing *d, int force);
int net_draw_dot(struct buf *b, const struct net_drawing *d, const char *name);

#endif
