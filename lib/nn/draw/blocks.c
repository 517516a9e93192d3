/*
 * Blocks that a net repeats.  Boxes stand in the order of the net, so a block that is
 * repeated is a run of boxes that agrees with itself moved by the block's length: each
 * box is what the other is, and reads from as far before it, or from the very same box
 * before the run.  Of all lengths the one is taken that saves the most boxes; within
 * it the run is cut where the fewest blobs pass the cut, which is between two blocks
 * and not within them; and what is behind a run may read the last repetition alone.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "nn/draw/picture.h"

enum {
	LENGTH_MAX = 128,  /* boxes of a block */
	WORK_MAX = 1 << 26 /* boxes looked at, before no more are sought */
};

struct finder {
	struct net_picture *p;
	int *at, *in; /* of box i the links that lead to it are in[at[i]] on */
	int *last;    /* the last box that reads box i, or i */
	int *passing; /* boxes before i that i or others behind it read */
	int *same[LENGTH_MAX + 1]; /* from box i on, how many agree so moved */
	size_t work;
};

static void
index_links(struct finder *f)
{
	const struct net_picture *p = f->p;
	int *fill = mem_array(int, (size_t)p->nboxes + 1);

	f->at = mem_array(int, (size_t)p->nboxes + 2);
	f->in = mem_array(int, (size_t)p->nlinks + 1);
	f->last = mem_array(int, (size_t)p->nboxes + 1);
	f->passing = mem_array(int, (size_t)p->nboxes + 2);
	for (int k = 0; k < p->nlinks; k++)
		f->at[p->link[k].to + 1]++;
	for (int i = 0; i < p->nboxes; i++) {
		f->at[i + 1] += f->at[i];
		fill[i] = f->at[i];
		f->last[i] = i;
	}
	for (int k = 0; k < p->nlinks; k++) {
		const struct net_link *x = &p->link[k];

		f->in[fill[x->to]++] = k;
		if (f->last[x->from] < x->to)
			f->last[x->from] = x->to;
	}
	for (int i = 0; i < p->nboxes; i++)
		if (f->last[i] > i) {
			f->passing[i + 1]++;
			f->passing[f->last[i] + 1]--;
		}
	for (int i = 0; i < p->nboxes; i++)
		f->passing[i + 1] += f->passing[i];
	mem_free(fill);
}

/* Does box b agree with box a, which is before it? */
static bool
agree(const struct finder *f, int a, int b)
{
	const struct net_picture *p = f->p;
	const int n = f->at[a + 1] - f->at[a];

	if (p->box[a].print != p->box[b].print || p->box[a].mark != NET_SAME ||
	    p->box[b].mark != NET_SAME || n != f->at[b + 1] - f->at[b])
		return false;
	for (int k = 0; k < n; k++) {
		const struct net_link *x = &p->link[f->in[f->at[a] + k]];
		const struct net_link *y = &p->link[f->in[f->at[b] + k]];

		if (x->what != y->what ||
		    (x->from != y->from && a - x->from != b - y->from))
			return false;
	}
	return true;
}

static void
compare_all(struct finder *f)
{
	const int n = f->p->nboxes;

	for (int d = 1; d <= LENGTH_MAX && d < n; d++) {
		f->same[d] = mem_array(int, (size_t)n + 1);
		for (int i = n - d - 1; i >= 0; i--)
			f->same[d][i] =
			    agree(f, i, i + d) ? f->same[d][i + 1] + 1 : 0;
	}
}

/* Does box k of a repetition read what the box d before it reads, from before the run,
 * or what is as far before it, within the run?  Anything else is no repetition. */
static bool
is_repetition(const struct finder *f, int k, int d, int first)
{
	for (int x = 0; x < f->at[k + 1] - f->at[k]; x++) {
		const int a = f->p->link[f->in[f->at[k] + x]].from;
		const int b = f->p->link[f->in[f->at[k - d] + x]].from;

		if ((a == b) != (a < first))
			return false;
	}
	return true;
}

/* How often the d boxes from i on are repeated, of most times at which they agree: what
 * is behind may read but the last.  1: not at all. */
static int
times_at(struct finder *f, int i, int d, int most)
{
	int good = 1, far = i;

	for (int t = 1; t <= most; t++) {
		const int from = i + d * (t - 1);

		f->work += (size_t)d;
		for (int k = from; k < from + d && t > 1; k++)
			if (!is_repetition(f, k, d, i))
				return good;
		if (far < i + d * t)
			good = t;
		for (int k = from; k < from + d; k++)
			if (far < f->last[k])
				far = f->last[k];
		if (far >= i + d * most)
			return good;
	}
	return good;
}

/* Worth it?  A pair of single boxes is as easily seen as said. */
static bool
is_worth(int d, int times)
{
	return times > 2 || (times == 2 && d > 1);
}

static int
saved(const struct net_block *b)
{
	return b->boxes * (b->times - 1);
}

/* The best block that begins at or a little behind i; false: there is none. */
static bool
find_block(struct finder *f, int i, struct net_block *out)
{
	const int n = f->p->nboxes;
	int best = 0;

	for (int d = 1; d <= LENGTH_MAX && f->same[d] != NULL && i + d < n;
	     d++) {
		const int run = f->same[d][i];
		int least = -1, from = i, t;

		if (run < d || run <= best || f->work > WORK_MAX)
			continue;
		for (int k = i; k < i + d && run - (k - i) >= d; k++)
			if (least < 0 || f->passing[k] < least) {
				least = f->passing[k];
				from = k;
			}
		t = times_at(f, from, d, (run - (from - i)) / d + 1);
		if (is_worth(d, t) && d * (t - 1) > best) {
			best = d * (t - 1);
			*out = (struct net_block){
				.first = from, .boxes = d, .times = t
			};
		}
	}
	return best > 0;
}

static void
range_words(struct net_box *a, const struct net_box *z)
{
	for (size_t i = 0; i < a->n && i < z->n; i++) {
		struct net_words *w = &a->line[i];
		char *x, *y, *name, *text;

		if (!w->layer)
			continue;
		x = mem_strndup(w->text, w->end);
		y = mem_strndup(z->line[i].text, z->line[i].end);
		name = net_words_range(x, y);
		text = mem_printf("%s%s", name, w->text + w->end);
		mem_free(w->text);
		w->text = text;
		w->end = strlen(name);
		mem_free(x);
		mem_free(y);
		mem_free(name);
	}
}

static void
take_block(struct net_picture *p, const struct net_block *b)
{
	const int end = b->first + b->boxes * b->times;

	mem_grow(&p->block, &p->block_cap, (size_t)p->nblocks + 1);
	p->block[p->nblocks] = *b;
	for (int i = b->first; i < b->first + b->boxes; i++)
		p->box[i].block = p->nblocks;
	for (int i = 0; i < b->boxes; i++)
		range_words(&p->box[b->first + i], &p->box[end - b->boxes + i]);
	p->nblocks++;
}

/* Links to what was taken away go; those from the last repetition come from the one
 * that is shown. */
static void
keep_links(struct net_picture *p, const int *shown)
{
	int n = 0;

	for (int k = 0; k < p->nlinks; k++) {
		struct net_link *x = &p->link[k];

		if (shown[x->to] != x->to) {
			mem_free(x->text);
			continue;
		}
		x->from = shown[x->from];
		p->link[n++] = *x;
	}
	p->nlinks = n;
}

static void
keep_boxes(struct net_picture *p, int *shown)
{
	int n = 0;

	for (int i = 0; i < p->nboxes; i++) {
		if (shown[i] != i) {
			net_box_clear(&p->box[i]);
			continue;
		}
		shown[i] = n;
		p->box[n++] = p->box[i];
	}
	for (int k = 0; k < p->nlinks; k++) {
		p->link[k].from = shown[p->link[k].from];
		p->link[k].to = shown[p->link[k].to];
	}
	for (int k = 0; k < p->nblocks; k++)
		p->block[k].first = shown[p->block[k].first];
	p->nboxes = n;
}

void
net_blocks_fold(struct net_picture *p)
{
	struct finder f = { .p = p };
	int *shown = mem_array(int, (size_t)p->nboxes + 1);
	struct net_block b, other;

	for (int i = 0; i < p->nboxes; i++)
		shown[i] = i;
	index_links(&f);
	compare_all(&f);
	for (int i = 0; i < p->nboxes;) {
		if (!find_block(&f, i, &b)) {
			i++;
			continue;
		}
		/* One that saves more may begin within its first block. */
		for (int k = i + 1; k < b.first + b.boxes; k++)
			if (find_block(&f, k, &other) &&
			    saved(&other) > saved(&b))
				b = other;
		take_block(p, &b);
		i = b.first + b.boxes * b.times;
		for (int k = b.first + b.boxes; k < i; k++)
			shown[k] = shown[k - b.boxes];
	}
	keep_links(p, shown);
	keep_boxes(p, shown);
	for (int d = 1; d <= LENGTH_MAX; d++)
		mem_free(f.same[d]);
	mem_free(f.at);
	mem_free(f.in);
	mem_free(f.last);
	mem_free(f.passing);
	mem_free(shown);
}
