/*
 * Boxes and the lines between them, laid out from top to bottom: after Sugiyama,
 * Tagawa and Toda (1981).  Ranks by longest path; a waypoint in every rank that a line
 * passes; the order within ranks by the mean place of neighbours, of which the one
 * with the fewest crossings is kept; and the places of Brandes and Koepf (2001), by
 * which waypoints of a line stand straight below one another.
 *
 * What a box is, and how it is drawn, is the caller's business.
 *
 *	struct layout l = { .box = boxes, .nboxes = n, .line = lines, .nlines = m };
 *
 *	rc = layout_run(&l);
 *	… boxes[i].x, lines[k].xy …
 *	layout_clear(&l);
 *
 * Time grows with boxes and points of lines (times their logarithm).  The same comes
 * out whenever the same goes in.  No globals: threads may each have one.
 */
#ifndef LAYOUT_LAYOUT_H
#define LAYOUT_LAYOUT_H

#include <stddef.h>

/* Most waypoints and boxes; more are ERR_RANGE. */
enum { LAYOUT_NODES_MAX = 1000000 };

/* A port that stands wherever it is best. */
#define LAYOUT_ANYWHERE (-1e30)

enum layout_pin {
	LAYOUT_FREE,
	LAYOUT_TOP, /* where lines come in: at the upper edge; nothing leads to it */
	LAYOUT_BOTTOM /* where they go out: at the lower edge; nothing leads from it */
};

struct layout_box {
	double w, h; /* given */
	enum layout_pin pin;
	/* Given: how far from the left edge is the point that is to stand below and
	 * above those of neighbours; 0: in the middle. */
	double anchor;
	double x, y; /* made: the upper left corner */
	int rank;    /* made: 0 is the uppermost */
};

/*
 * A line from the foot of a box to the head of one with a greater number.  Lines that
 * carry the same thing (equal from and what) are one as long as they go the same way:
 * the first of them has the common part, the others begin where they leave it.
 */
struct layout_line {
	int from, to; /* given: boxes; from < to */
	int what;     /* given */
	/* Given: ports, from the boxes' left edges, or LAYOUT_ANYWHERE. */
	double from_port, to_port;
	/* Made: n points (x, y) of cubic Bezier curves end to end, 3k + 1 of them; none
	 * where it is all the way one with another. */
	double *xy;
	size_t n;
};

struct layout {
	struct layout_box *box; /* the caller's */
	size_t nboxes;
	struct layout_line *line; /* the caller's, but for their xy */
	size_t nlines;
	double gap_x, gap_y; /* least space between boxes; 0: 16 and 24 */
	double w, h;         /* made: all is within 0..w, 0..h */
	size_t crossings; /* made: of lines, as pairs of neighbouring ranks */
};

/* ERR_RANGE where there are more than LAYOUT_NODES_MAX.  Lines must be as told. */
int layout_run(struct layout *l);
void layout_clear(struct layout *l); /* what was made for lines */

#endif
