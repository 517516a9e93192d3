/*
 * A net as a picture: boxes for layers (those that only change what one layer makes
 * are in its box), lines for blobs, data flowing from top to bottom.  Where they
 * stand is lib/layout's to say, how they are drawn image/draw.h's.
 */
#ifndef NN_DRAW_H
#define NN_DRAW_H

#include <stdbool.h>

#include "base/buf.h"
#include "nn/net.h"

struct net_diff; /* nn/diff/diff.h */

/* How a net is to be drawn; NULL or zeros: as large as its words are easy to read,
 * repeated blocks once. */
struct net_draw_opts {
	int width; /* pixels across; the height follows */
	bool all;  /* every block that is repeated, too */
	const char
	    *use; /* "deploy": said in the head of the picture; may be NULL */
	/* What differs from another net, in colours, with what only that has; NULL. */
	const struct net_diff *diff;
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

/* Into a file, as its name ends: .svg, .png, .pdf or .dot ("-": DOT on stdout).
 * ERR_RANGE where it would be more pixels than a picture may have. */
int net_draw_file(const char *path, const struct net *n,
    const struct net_draw_opts *opts, int force);

#endif
