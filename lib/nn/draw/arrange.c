/*
 * Where boxes, links and blocks stand.  A block is laid out by itself, with places at
 * its upper and lower edge for what comes in and goes out; then it is a box among the
 * others.
 */
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "image/draw.h"
#include "layout/layout.h"
#include "nn/draw/picture.h"

enum {
	MARGIN = 20,      /* around everything */
	WORDS_MAX = 300,  /* a line's width; longer ones are cut */
	LEAST_W = 70,     /* a box's width */
	BLOCK_PAD = 10,   /* between a block's frame and its boxes */
	BLOCK_WORDS = 46, /* on the right, for "× 35" */
	HEAD_H = 44,      /* the words above */
	HEAD_MAX = 440    /* they may make the picture as wide as this */
};

/* Where links come into a block, or go out of it: one for each blob. */
struct door {
	int from, what; /* the box that it is from */
	bool in;
	double x; /* from the block's left edge */
	int item;
};

/* A block's layout within, or the whole's. */
struct scene {
	struct net_picture *p;
	int block; /* -1: the whole */
	struct layout l;
	struct door *door;
	size_t ndoors, door_cap;
	int *link; /* of each line */
	size_t box_cap, line_cap, link_cap;
};

/* All of them, and what each box of the picture is in the whole's. */
struct stage {
	struct net_picture *p;
	struct scene *within; /* of each block */
	struct scene whole;
	int *item;  /* of each box: in its own scene */
	int *outer; /* of each block: in the whole */
};

/* ---- sizes ----------------------------------------------------------------- */

int
net_ruler(struct draw **out)
{
	return draw_scaled(out, "ruler.png", 1, 1, 1);
}

/* Of boxes; and p->w as the head wants it. */
static int
size_boxes(struct net_picture *p)
{
	struct draw *ruler;

	TRY(net_ruler(&ruler));
	for (int i = 0; i < p->nboxes; i++) {
		struct net_box *b = &p->box[i];
		double widest = 0;

		for (size_t k = 0; k < b->n; k++) {
			draw_bold(ruler, k == 0);
			widest = fmax(widest,
			    draw_text_width(ruler, NET_FONT, b->line[k].text));
		}
		b->w =
		    ceil(fmax(LEAST_W, fmin(widest, WORDS_MAX))) + 2 * NET_PAD;
		b->h = (double)b->n * NET_LINE_H + NET_PAD;
	}
	draw_bold(ruler, false);
	p->w = fmin(draw_text_width(ruler, NET_FONT, p->sub) + 4, HEAD_MAX);
	draw_free(ruler);
	return 0;
}

/* ---- scenes ---------------------------------------------------------------- */

static int
scene_box(struct scene *s, double w, double h, enum layout_pin pin)
{
	mem_grow(&s->l.box, &s->box_cap, s->l.nboxes + 1);
	s->l.box[s->l.nboxes] =
	    (struct layout_box){ .w = w, .h = h, .pin = pin };
	return (int)s->l.nboxes++;
}

static struct layout_line *
scene_line(struct scene *s, int from, int to, int what, int link)
{
	struct layout_line *x;

	mem_grow(&s->l.line, &s->line_cap, s->l.nlines + 1);
	mem_grow(&s->link, &s->link_cap, s->l.nlines + 1);
	s->link[s->l.nlines] = link;
	x = &s->l.line[s->l.nlines++];
	*x = (struct layout_line){ .from = from,
		.to = to,
		.what = what,
		.from_port = LAYOUT_ANYWHERE,
		.to_port = LAYOUT_ANYWHERE };
	return x;
}

static struct door *
door_find(struct scene *s, int from, int what, bool in)
{
	for (size_t i = 0; i < s->ndoors; i++)
		if (s->door[i].from == from && s->door[i].what == what &&
		    s->door[i].in == in)
			return &s->door[i];
	return NULL;
}

static struct door *
door_make(struct scene *s, int from, int what, bool in)
{
	struct door *d = door_find(s, from, what, in);

	if (d != NULL)
		return d;
	mem_grow(&s->door, &s->door_cap, s->ndoors + 1);
	d = &s->door[s->ndoors++];
	*d = (struct door){ .from = from, .what = what, .in = in, .item = -1 };
	return d;
}

static void
scene_clear(struct scene *s)
{
	layout_clear(&s->l);
	mem_free(s->l.box);
	mem_free(s->l.line);
	mem_free(s->door);
	mem_free(s->link);
}

static int
block_of(const struct net_picture *p, int box)
{
	return p->box[box].block;
}

/* The doors of blocks, in the order of links. */
static void
make_doors(struct stage *t)
{
	const struct net_picture *p = t->p;

	for (int k = 0; k < p->nlinks; k++) {
		const struct net_link *x = &p->link[k];
		const int a = block_of(p, x->from), b = block_of(p, x->to);

		if (a == b)
			continue;
		if (a >= 0)
			door_make(&t->within[a], x->from, x->what, false);
		if (b >= 0)
			door_make(&t->within[b], x->from, x->what, true);
	}
}

/* Doors in come before the boxes, doors out behind them. */
static void
place_doors(struct scene *s, bool in)
{
	for (size_t i = 0; i < s->ndoors; i++)
		if (s->door[i].in == in)
			s->door[i].item =
			    scene_box(s, 1, 0, in ? LAYOUT_TOP : LAYOUT_BOTTOM);
}

static void
place_boxes(struct stage *t)
{
	const struct net_picture *p = t->p;

	for (int k = 0; k < p->nblocks; k++)
		place_doors(&t->within[k], true);
	for (int i = 0; i < p->nboxes; i++) {
		const struct net_box *b = &p->box[i];
		struct scene *s =
		    b->block < 0 ? &t->whole : &t->within[b->block];

		t->item[i] = scene_box(s, b->w, b->h, LAYOUT_FREE);
	}
	for (int k = 0; k < p->nblocks; k++)
		place_doors(&t->within[k], false);
}

/* Lines within blocks: between their boxes, from doors, to doors. */
static void
make_inner_lines(struct stage *t)
{
	const struct net_picture *p = t->p;

	for (int k = 0; k < p->nlinks; k++) {
		const struct net_link *x = &p->link[k];
		const int a = block_of(p, x->from), b = block_of(p, x->to);

		if (a >= 0 && a == b)
			scene_line(&t->within[a], t->item[x->from],
			    t->item[x->to], x->what, k);
		if (a == b)
			continue;
		if (b >= 0)
			scene_line(&t->within[b],
			    door_find(&t->within[b], x->from, x->what, true)
				->item,
			    t->item[x->to], 0, k);
	}
	for (int k = 0; k < p->nblocks; k++) {
		struct scene *s = &t->within[k];

		for (size_t i = 0; i < s->ndoors; i++)
			if (!s->door[i].in)
				scene_line(s, t->item[s->door[i].from],
				    s->door[i].item, s->door[i].what, -1);
	}
}

static int
lay_out_blocks(struct stage *t)
{
	struct net_picture *p = t->p;

	for (int k = 0; k < p->nblocks; k++) {
		struct scene *s = &t->within[k];

		TRY(layout_run(&s->l));
		p->crossings += s->l.crossings;
		for (size_t i = 0; i < s->ndoors; i++)
			s->door[i].x =
			    BLOCK_PAD + s->l.box[s->door[i].item].x + 0.5;
		p->block[k].w = s->l.w + 2 * BLOCK_PAD + BLOCK_WORDS;
		p->block[k].h = s->l.h;
	}
	return 0;
}

/* ---- the whole ------------------------------------------------------------- */

/* Boxes and blocks in the order of the net. */
static void
place_whole(struct stage *t)
{
	const struct net_picture *p = t->p;
	struct scene *s = &t->whole;

	s->l.nboxes = 0;
	for (int i = 0; i < p->nboxes; i++) {
		const struct net_box *b = &p->box[i];
		const int k = b->block;

		if (k < 0) {
			t->item[i] = scene_box(s, b->w, b->h, LAYOUT_FREE);
		} else if (p->block[k].first == i) {
			const struct scene *in = &t->within[k];

			t->outer[k] = scene_box(
			    s, p->block[k].w, p->block[k].h, LAYOUT_FREE);
			if (in->ndoors > 0)
				s->l.box[t->outer[k]].anchor = in->door[0].x;
		}
	}
}

static void
make_outer_lines(struct stage *t)
{
	const struct net_picture *p = t->p;

	for (int k = 0; k < p->nlinks; k++) {
		const struct net_link *x = &p->link[k];
		const int a = block_of(p, x->from), b = block_of(p, x->to);
		struct door *out = NULL, *in = NULL;
		struct layout_line *l;

		if (a >= 0 && a == b)
			continue;
		if (a >= 0)
			out = door_find(&t->within[a], x->from, x->what, false);
		if (b >= 0)
			in = door_find(&t->within[b], x->from, x->what, true);
		l = scene_line(&t->whole,
		    a < 0 ? t->item[x->from] : t->outer[a],
		    b < 0 ? t->item[x->to] : t->outer[b],
		    out != NULL ? out->item : x->what, k);
		if (out != NULL)
			l->from_port = out->x;
		if (in != NULL)
			l->to_port = in->x;
	}
}

/* ---- into the picture ------------------------------------------------------ */

static void
add_strokes(struct net_picture *p, struct scene *s, double dx, double dy)
{
	for (size_t i = 0; i < s->l.nlines; i++) {
		struct layout_line *x = &s->l.line[i];
		const int k = s->link[i];
		struct net_stroke *to;

		if (x->n == 0)
			continue;
		for (size_t j = 0; j < x->n; j++) {
			x->xy[2 * j] += dx;
			x->xy[2 * j + 1] += dy;
		}
		mem_grow(&p->stroke, &p->stroke_cap, (size_t)p->nstrokes + 1);
		to = &p->stroke[p->nstrokes++];
		*to = (struct net_stroke){ .xy = x->xy, .n = x->n, .link = k };
		/* To the frame of a block, the line goes on within. */
		to->head =
		    k >= 0 && (s->block >= 0 || block_of(p, p->link[k].to) < 0);
		x->xy = NULL;
		x->n = 0;
	}
}

static void
set_places(struct stage *t)
{
	struct net_picture *p = t->p;
	const double w = ceil(fmax(t->whole.l.w, p->w));
	const double dx = MARGIN + (w - t->whole.l.w) / 2;
	const double dy = MARGIN + HEAD_H;

	p->head = HEAD_H;
	p->w = w + 2 * MARGIN;
	p->h = ceil(dy + t->whole.l.h + MARGIN);
	for (int i = 0; i < p->nboxes; i++) {
		struct net_box *b = &p->box[i];
		const struct layout_box *at;

		if (b->block < 0) {
			at = &t->whole.l.box[t->item[i]];
			b->x = at->x + dx;
			b->y = at->y + dy;
		}
	}
	for (int k = 0; k < p->nblocks; k++) {
		struct net_block *b = &p->block[k];
		const struct layout_box *at = &t->whole.l.box[t->outer[k]];

		b->x = at->x + dx;
		b->y = at->y + dy;
		for (int i = b->first; i < b->first + b->boxes; i++) {
			const struct layout_box *in =
			    &t->within[k].l.box[t->item[i]];

			p->box[i].x = b->x + BLOCK_PAD + in->x;
			p->box[i].y = b->y + in->y;
		}
		add_strokes(p, &t->within[k], b->x + BLOCK_PAD, b->y);
	}
	add_strokes(p, &t->whole, dx, dy);
}

int
net_arrange(struct net_picture *p)
{
	struct stage t = { .p = p, .whole = { .p = p, .block = -1 } };
	int rc;

	t.within = mem_array(struct scene, (size_t)p->nblocks + 1);
	t.item = mem_array(int, (size_t)p->nboxes + 1);
	t.outer = mem_array(int, (size_t)p->nblocks + 1);
	for (int k = 0; k < p->nblocks; k++) {
		t.within[k].p = p;
		t.within[k].block = k;
	}
	rc = size_boxes(p);
	if (rc >= 0) {
		make_doors(&t);
		place_boxes(&t);
		make_inner_lines(&t);
		rc = lay_out_blocks(&t);
	}
	if (rc >= 0) {
		place_whole(&t);
		make_outer_lines(&t);
		rc = layout_run(&t.whole.l);
	}
	if (rc >= 0) {
		p->crossings += t.whole.l.crossings;
		set_places(&t);
	}
	for (int k = 0; k < p->nblocks; k++)
		scene_clear(&t.within[k]);
	scene_clear(&t.whole);
	mem_free(t.within);
	mem_free(t.item);
	mem_free(t.outer);
	return rc;
}
