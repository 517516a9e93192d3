/* A histogram as a picture: bars, and the numbers below its edges. */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "image/draw.h"
#include "infer/layers/layers.h"

enum {
	WIDTH = 260,
	HEIGHT = 140,
	MARGIN = 10,
	BASE = 116, /* where bars stand */
	LETTERS = 11,
	INK = 0x222222,
	FAINT = 0x6b6b6b,
	BAR = 0x4a6fa5
};

static void
draw_edge(struct draw *d, double x, enum draw_align align, double value)
{
	char text[32];

	snprintf(text, sizeof(text), "%.3g", value);
	draw_line(d, x, BASE, x, BASE + 4, 1, FAINT);
	draw_text(d, x, BASE + 6 + LETTERS, LETTERS, align, INK, text);
}

static void
draw_bars(struct draw *d, const struct layer_stats *s)
{
	const double step = (WIDTH - 2.0 * MARGIN) / LAYER_BINS;
	uint64_t most = 1;
	char text[32];

	for (int i = 0; i < LAYER_BINS; i++)
		if (s->bin[i] > most)
			most = s->bin[i];
	for (int i = 0; i < LAYER_BINS; i++) {
		const double share = (double)s->bin[i] / (double)most;
		const double high = share * (BASE - 2 * MARGIN - LETTERS);

		draw_fill(
		    d, MARGIN + i * step, BASE - high, step - 1, high, BAR);
	}
	snprintf(text, sizeof(text), "most: %llu", (unsigned long long)most);
	draw_text(
	    d, MARGIN, MARGIN + LETTERS - 2, LETTERS, DRAW_LEFT, FAINT, text);
	draw_line(d, MARGIN, BASE, WIDTH - MARGIN, BASE, 1, FAINT);
	draw_edge(d, MARGIN, DRAW_LEFT, s->low);
	draw_edge(d, WIDTH / 2.0, DRAW_CENTRE, (s->low + s->high) / 2);
	draw_edge(d, WIDTH - MARGIN, DRAW_RIGHT, s->high);
}

int
layer_bins_draw(struct image *out, const struct layer_stats *s)
{
	struct draw *d = NULL;

	TRY(image_resize_buffer(out, WIDTH, HEIGHT, 3));
	memset(out->data, 255, (size_t)WIDTH * HEIGHT * 3);
	TRY(draw_begin(&d, out));
	if (s->odd < s->count)
		draw_bars(d, s);
	else
		draw_text(d, WIDTH / 2.0, HEIGHT / 2.0, LETTERS, DRAW_CENTRE,
		    INK, "no finite numbers");
	return draw_end(out, &d);
}
