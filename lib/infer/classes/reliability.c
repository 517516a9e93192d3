/* Calibration as text and as a picture: see reliability.h. */
#include "infer/classes/reliability.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "image/draw.h"
#include "infer/report.h"

enum {
	INK = 0x222222,
	FAINT = 0x6b6b6b,
	LINE = 0xd0d0d0,
	BAR = 0x4a6fa5,
	GAPS = 0xd9822b, /* between bars and the diagonal */
	GAP = 10,
	TITLE = 14,
	SMALL = 11,
	LEFT = 62,
	SIDE = 360,
	COUNTS = 90, /* how high the bars of counts are at most */
	TOP = TITLE + 3 * GAP,
	BETWEEN = 46,
	WIDTH = LEFT + SIDE + 2 * GAP,
	HEIGHT = TOP + SIDE + BETWEEN + COUNTS + BETWEEN
};

int
reliability_text(struct buf *b, const struct calibration *c, int tsv)
{
	const char *gap = tsv ? "\t" : "  ";

	if (!tsv)
		TRY(buf_adds(
		    b, "confidence        images  confidence  accuracy\n"));
	for (int i = 0; i < CALIBRATION_BINS; i++) {
		const double width = 1.0 / CALIBRATION_BINS;
		const bool none = c->bin[i].n == 0;
		char sure[REPORT_CELL], right[REPORT_CELL];

		report_share(sure,
		    none ? (double)NAN : calibration_confidence(c, i), tsv);
		report_share(right,
		    none ? (double)NAN : calibration_accuracy(c, i), tsv);
		TRY(buf_printf(b,
		    tsv ? "%.6g%s%.6g%s%" PRIu64 "%s%s%s%s\n"
			: "%.4f%s%.4f%s%8" PRIu64 "%s%10s%s%8s\n",
		    i * width, gap, (i + 1) * width, gap, c->bin[i].n, gap,
		    sure, gap, right));
	}
	return 0;
}

static void
draw_axes(struct draw *d)
{
	for (int i = 0; i <= 5; i++) {
		const double at = i / 5.0 * SIDE;
		char text[24];

		snprintf(text, sizeof(text), "%d %%", i * 20);
		draw_line(d, LEFT, TOP + SIDE - at, LEFT + SIDE,
		    TOP + SIDE - at, 1, LINE);
		draw_text(d, LEFT - 6, TOP + SIDE - at + SMALL * 0.36, SMALL,
		    DRAW_RIGHT, INK, text);
		draw_text(d, LEFT + at, TOP + SIDE + 5 + SMALL, SMALL,
		    i == 5 ? DRAW_RIGHT : DRAW_CENTRE, INK, text);
	}
	draw_text_up(d, GAP + SMALL, TOP + SIDE / 2.0, SMALL + 1, DRAW_CENTRE,
	    FAINT, "accuracy");
	draw_text(d, LEFT + SIDE / 2.0, TOP + SIDE + 2 * SMALL + 10, SMALL + 1,
	    DRAW_CENTRE, FAINT, "confidence");
}

static void
draw_bins(struct draw *d, const struct calibration *c)
{
	const double step = (double)SIDE / CALIBRATION_BINS;

	for (int i = 0; i < CALIBRATION_BINS; i++) {
		const double x = LEFT + i * step;
		double right, sure, low, high;

		if (c->bin[i].n == 0)
			continue;
		right = SIDE * calibration_accuracy(c, i);
		sure = SIDE * calibration_confidence(c, i);
		low = fmin(right, sure);
		high = fmax(right, sure);
		draw_fill(d, x + 1, TOP + SIDE - right, step - 2, right, BAR);
		draw_shade(d, x + 1, TOP + SIDE - high, step - 2, high - low,
		    GAPS, 0.75);
	}
	draw_line(d, LEFT, TOP + SIDE, LEFT + SIDE, TOP, 1.5, INK);
	draw_box(d, LEFT - 1, TOP - 1, SIDE + 2, SIDE + 2, 1, FAINT);
}

/* How many answers there are of each confidence. */
static void
draw_counts(struct draw *d, const struct calibration *c)
{
	const double step = (double)SIDE / CALIBRATION_BINS;
	const double base = TOP + SIDE + BETWEEN + COUNTS;
	uint64_t most = 1;
	char text[24];

	for (int i = 0; i < CALIBRATION_BINS; i++)
		if (c->bin[i].n > most)
			most = c->bin[i].n;
	for (int i = 0; i < CALIBRATION_BINS; i++) {
		const double high = COUNTS * (double)c->bin[i].n / (double)most;

		draw_fill(
		    d, LEFT + i * step + 1, base - high, step - 2, high, BAR);
	}
	draw_line(d, LEFT, base, LEFT + SIDE, base, 1, FAINT);
	snprintf(text, sizeof(text), "%" PRIu64, most);
	draw_text(d, LEFT - 6, base - COUNTS + SMALL * 0.72, SMALL, DRAW_RIGHT,
	    INK, text);
	draw_text(d, LEFT - 6, base, SMALL, DRAW_RIGHT, INK, "0");
	draw_text_up(d, GAP + SMALL, base - COUNTS / 2.0, SMALL + 1,
	    DRAW_CENTRE, FAINT, "images");
	draw_fill(d, LEFT, base + GAP, 12, 12, BAR);
	draw_text(
	    d, LEFT + 18, base + GAP + 10, SMALL, DRAW_LEFT, INK, "right");
	draw_fill(d, LEFT + 70, base + GAP, 12, 12, GAPS);
	draw_text(d, LEFT + 88, base + GAP + 10, SMALL, DRAW_LEFT, INK,
	    "surer than right, or less sure");
}

int
reliability_write(const char *path, const struct calibration *c, int force)
{
	struct gate_value v[CALIBRATION_METRICS];
	struct draw *d = NULL;
	char *title;

	calibration_metrics(c, v);
	TRY(draw_page(&d, path, WIDTH, HEIGHT));
	title = mem_printf("%s, ECE %.2f %%, MCE %.2f %%",
	    NUM_COUNTED(c->n, "image"), 100 * v[0].value, 100 * v[1].value);
	draw_text(d, GAP, GAP + TITLE, TITLE, DRAW_LEFT, INK, title);
	mem_free(title);
	draw_axes(d);
	draw_bins(d, c);
	draw_counts(d, c);
	return draw_write(&d, path, force);
}
