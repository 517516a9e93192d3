/* A net's picture on a page: see picture.h. */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "image/draw.h"
#include "nn/draw/picture.h"

enum {
	INK = 0x222222,
	PALE = 0x555555,
	LINE = 0x808080,
	GROUND = 0xf6f6f6, /* of blocks */
	TITLE = 16,
	CHIP = 11, /* a colour of the legend */
	LEGEND_H = 18
};

static const struct {
	const char *name;
	unsigned colour; /* the number of a safe one */
} kinds[NET_KINDS] = {
	[NET_KIND_DATA] = { "data", 7 },
	[NET_KIND_WEIGHTS] = { "with weights", 0 },
	[NET_KIND_POOLING] = { "pooling", 2 },
	[NET_KIND_JOIN] = { "of several blobs", 3 },
	[NET_KIND_OTHER] = { "other", 5 },
	[NET_KIND_LOSS] = { "loss or score", 1 },
}, marks[NET_MARKS] = {
	[NET_SAME] = { "as before", 7 },
	[NET_ADDED] = { "added", 0 },
	[NET_REMOVED] = { "removed", 1 },
	[NET_CHANGED] = { "changed", 4 },
	[NET_RENAMED] = { "renamed", 3 },
};

uint32_t
net_box_colour(const struct net_picture *p, const struct net_box *b)
{
	return draw_safe_colour(
	    p->marked ? marks[b->mark].colour : kinds[b->kind].colour);
}

static uint32_t
mark_colour(enum net_mark mark, uint32_t same)
{
	return mark == NET_SAME ? same : draw_safe_colour(marks[mark].colour);
}

static void
paint_words(
    struct draw *d, const struct net_picture *p, const struct net_box *b)
{
	const double x = b->x + b->w / 2;

	for (size_t k = 0; k < b->n; k++) {
		const struct net_words *w = &b->line[k];
		char *text;

		draw_bold(d, k == 0);
		text =
		    draw_text_cut(d, NET_FONT, b->w - 2 * NET_PAD + 1, w->text);
		draw_text(d, x, b->y + (double)(k + 1) * NET_LINE_H, NET_FONT,
		    DRAW_CENTRE,
		    p->marked && w->mark == NET_REMOVED ? 0x9a3f00
			: k == 0                        ? INK
							: PALE,
		    text);
		mem_free(text);
	}
	draw_bold(d, false);
}

static void
paint_box(struct draw *d, const struct net_picture *p, const struct net_box *b)
{
	const uint32_t colour = net_box_colour(p, b);
	const struct draw_card card = { .fill = draw_tint(colour, NET_TINT),
		.frame = colour,
		.line = p->marked && b->mark != NET_SAME ? 2 : 1,
		.round = 4,
		.dash = b->mark == NET_REMOVED ? 4 : 0 };

	draw_note(d, b->n > 0 ? b->line[0].text : NULL);
	draw_card(d, b->x, b->y, b->w, b->h, &card);
	draw_note(d, NULL);
	paint_words(d, p, b);
}

static void
paint_block(struct draw *d, const struct net_block *b)
{
	static const struct draw_card card = {
		.fill = GROUND, .frame = LINE, .line = 1, .round = 6, .dash = 3
	};
	char *text = mem_printf("× %d", b->times);

	draw_card(d, b->x, b->y, b->w, b->h, &card);
	draw_bold(d, true);
	draw_text(
	    d, b->x + b->w - 8, b->y + b->h / 2 + 5, 14, DRAW_RIGHT, INK, text);
	draw_bold(d, false);
	mem_free(text);
}

static void
paint_stroke(
    struct draw *d, const struct net_picture *p, const struct net_stroke *s)
{
	const struct net_link *link = s->link >= 0 ? &p->link[s->link] : NULL;
	const enum net_mark mark = link != NULL ? link->mark : NET_SAME;
	const uint32_t colour = mark_colour(mark, LINE);
	const double *end = &s->xy[2 * (s->n - 1)];
	const double head[] = { end[0] - 3.2, end[1] - 6.5, end[0], end[1],
		end[0] + 3.2, end[1] - 6.5 };

	draw_note(d, link != NULL ? link->text : NULL);
	draw_curve(d, s->xy, s->n, 1.2, mark == NET_REMOVED ? 4 : 0, colour);
	if (s->head)
		draw_lines(d, head, 3, 1.2, 0, colour);
	draw_note(d, NULL);
}

double
net_legend(
    struct draw *d, struct draw *ruler, const struct net_picture *p, double y)
{
	const int n = p->marked ? (int)NET_MARKS : (int)NET_KINDS;
	const double left = 20, most = p->w - left, top = y;
	bool there[NET_KINDS + NET_MARKS] = { false };
	double x = left;

	for (int i = 0; i < p->nboxes; i++)
		there[p->marked ? (int)p->box[i].mark : (int)p->box[i].kind] =
		    true;
	for (int k = 0; k < n; k++) {
		const char *name = p->marked ? marks[k].name : kinds[k].name;
		const uint32_t colour = draw_safe_colour(
		    p->marked ? marks[k].colour : kinds[k].colour);
		const struct draw_card card = { .fill =
						    draw_tint(colour, NET_TINT),
			.frame = colour,
			.line = 1,
			.round = 2 };
		const double w =
		    CHIP + 5 + draw_text_width(ruler, NET_FONT, name);

		if (!there[k])
			continue;
		if (x > left && x + w > most) {
			x = left;
			y += LEGEND_H;
		}
		draw_card(d, x, y, CHIP, CHIP, &card);
		draw_text(d, x + CHIP + 5, y + CHIP - 1, NET_FONT, DRAW_LEFT,
		    PALE, name);
		x += w + 14;
	}
	return y - top + LEGEND_H + 4;
}

static void
paint_head(struct draw *d, const struct net_picture *p)
{
	char *text;

	draw_bold(d, true);
	text = draw_text_cut(d, TITLE, p->w - 24, p->title);
	draw_text(d, p->w / 2, 24, TITLE, DRAW_CENTRE, INK, text);
	draw_bold(d, false);
	mem_free(text);
	text = draw_text_cut(d, NET_FONT, p->w - 24, p->sub);
	draw_text(d, p->w / 2, 42, NET_FONT, DRAW_CENTRE, PALE, text);
	mem_free(text);
}

void
net_paint(struct draw *d, const struct net_picture *p)
{
	paint_head(d, p);
	for (int i = 0; i < p->nblocks; i++)
		paint_block(d, &p->block[i]);
	for (int i = 0; i < p->nstrokes; i++)
		paint_stroke(d, p, &p->stroke[i]);
	for (int i = 0; i < p->nboxes; i++)
		paint_box(d, p, &p->box[i]);
	net_legend(d, d, p, p->h);
}
