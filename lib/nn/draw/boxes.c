/*
 * Layers to boxes and links.  Where another net is compared, its layers that are gone
 * stand among those that are there, in the order of the comparison.
 */
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "nn/draw/picture.h"
#include "nn/show/describe.h"
#include "nn/show/wiring.h"

enum { CHANGES_MAX = 4 }; /* lines of what changed, in a box */

/* One of two nets. */
struct side {
	const struct net *n;
	struct net_wiring w;
	int *box; /* of each layer, or -1 */
};

struct maker {
	struct net_picture *p;
	struct side now, old;
};

static enum net_kind
kind_of(const struct layer *l)
{
	const enum layer_role role = layer_role(l->type->name);

	if (role == LAYER_LOSS || role == LAYER_SCORE ||
	    (l->ntop > 0 && l->type->loss_weight != 0))
		return NET_KIND_LOSS;
	if (l->nbottom == 0)
		return NET_KIND_DATA;
	if (l->nparams > 0)
		return NET_KIND_WEIGHTS;
	for (int i = l->op; i < l->op + l->nops; i++)
		if (graph_op(l->graph, i)->kind == OP_POOL)
			return NET_KIND_POOLING;
	return l->nbottom > 1 ? NET_KIND_JOIN : NET_KIND_OTHER;
}

static struct net_words *
add_words(struct net_box *b, char *text, enum net_mark mark)
{
	struct net_words *w;

	mem_grow(&b->line, &b->cap, b->n + 1);
	w = &b->line[b->n++];
	*w = (struct net_words){ .text = text, .mark = mark };
	return w;
}

/* "num_output" of "convolution_param.num_output". */
static const char *
short_name(const char *field)
{
	const char *at = strstr(field, "_param.");

	return at != NULL ? at + strlen("_param.") : field;
}

/* What became of a layer that is there under another name, or in another way. */
static void
add_changes(struct net_box *b, const struct net_diff_row *r)
{
	if (r->mark == NET_RENAMED)
		add_words(b, mem_printf("(was %s)", r->was), r->mark);
	for (size_t i = 0; i < r->nfields && i < CHANGES_MAX; i++)
		add_words(b,
		    i + 1 == CHANGES_MAX && r->nfields > CHANGES_MAX
			? mem_printf(
			      "… and %zu more", r->nfields - CHANGES_MAX + 1)
			: mem_printf("%s: %s → %s",
			      short_name(r->field[i].name), r->field[i].a,
			      r->field[i].b),
		    r->mark);
}

/* A layer becomes a box, or more lines of one. */
static void
add_layer(struct maker *m, const struct side *s, int i, int box,
    const struct net_diff_row *r)
{
	const struct layer *l = &s->n->layers[i];
	const enum net_mark mark = r != NULL ? r->mark : NET_SAME;
	struct net_box *b = &m->p->box[box];
	const bool first = b->n == 0;
	char *kind = net_words_kind(l);
	struct net_words *w;
	struct net_line x;

	if (first) {
		b->kind = kind_of(l);
		b->mark = mark;
		b->print = 0;
	} else if (mark != b->mark) {
		b->mark = NET_CHANGED;
	}
	w = add_words(b,
	    mem_printf("%s%s%s%s", net_mark_sign(mark), l->name,
		first ? "" : "  ", first ? "" : kind),
	    mark);
	w->layer = true;
	w->end = strlen(net_mark_sign(mark)) + strlen(l->name);
	if (first)
		add_words(b, mem_strdup(kind), mark);
	if (r != NULL)
		add_changes(b, r);
	b->print = net_layer_print(b->print, l);
	if (first || s == &m->now) {
		net_line(s->n, i, &x);
		b->params += x.params;
		b->last = i;
		b->old = s == &m->old;
	}
	mem_free(kind);
}

static int
box_new(struct net_picture *p)
{
	struct net_box *b;

	mem_grow(&p->box, &p->box_cap, (size_t)p->nboxes + 1);
	b = &p->box[p->nboxes];
	memset(b, 0, sizeof(*b));
	b->block = -1;
	return p->nboxes++;
}

/* The box of a layer: that of what it changes, or one of its own. */
static void
place_layer(
    struct maker *m, struct side *s, int i, const struct net_diff_row *r)
{
	const int from = s->w.chained[i] ? s->w.from[s->w.at[i]] : -1;

	s->box[i] =
	    from >= 0 && s->box[from] >= 0 ? s->box[from] : box_new(m->p);
	add_layer(m, s, i, s->box[i], r);
}

/* What the last of its layers makes, and the weights of all. */
static void
end_box(struct maker *m, struct net_box *b)
{
	const struct net *n = b->old ? m->old.n : m->now.n;
	char *shapes = net_words_shapes(&n->layers[b->last]);
	char params[NUM_TEXT_MAX], *text;

	if (b->params > 0)
		text = mem_printf("%s%s%s", shapes, shapes[0] ? "  ·  " : "",
		    num_count_text(params, b->params));
	else
		text = mem_strdup(shapes);
	if (text[0] != '\0')
		add_words(b, text, NET_SAME);
	else
		mem_free(text);
	mem_free(shapes);
}

static void
link_new(struct maker *m, const struct side *s, int i, int k)
{
	const struct layer *l = &s->n->layers[i];
	const int at = s->w.at[i] + k, from = s->w.from[at];
	const int a = from >= 0 ? s->box[from] : -1, b = s->box[i];
	struct net_picture *p = m->p;
	char shape[SHAPE_TEXT_MAX];
	struct net_link *x;

	/* Layers of two nets may stand the other way round. */
	if (a < 0 || b < 0 || a >= b)
		return;
	mem_grow(&p->link, &p->link_cap, (size_t)p->nlinks + 1);
	x = &p->link[p->nlinks++];
	*x = (struct net_link){ .from = a, .to = b, .what = s->w.top[at] };
	x->text = mem_printf("%s %s", l->p->bottom[k],
	    shape_text(shape, graph_shape(l->graph, l->bottom[k])));
	if (s == &m->old) {
		x->mark = NET_REMOVED;
		x->what += 1 << 20;
	} else if (p->box[a].mark == NET_ADDED || p->box[b].mark == NET_ADDED) {
		x->mark = NET_ADDED;
	}
}

/* Of the net before, only what has to do with layers that are gone. */
static void
add_links(struct maker *m, struct side *s)
{
	for (int i = 0; i < s->n->nlayers; i++)
		for (int k = 0; k < s->n->layers[i].nbottom; k++) {
			const int from = s->w.from[s->w.at[i] + k];
			const int a = from >= 0 ? s->box[from] : -1;

			if (s == &m->now || s->box[i] < 0 || a < 0 ||
			    m->p->box[s->box[i]].mark == NET_REMOVED ||
			    m->p->box[a].mark == NET_REMOVED)
				link_new(m, s, i, k);
		}
}

static void
open_side(struct side *s, const struct net *n)
{
	s->n = n;
	net_wiring_make(&s->w, n);
	s->box = mem_array(int, (size_t)n->nlayers + 1);
	memset(s->box, -1, ((size_t)n->nlayers + 1) * sizeof(int));
}

static void
close_side(struct side *s)
{
	if (s->n == NULL)
		return;
	net_wiring_clear(&s->w);
	mem_free(s->box);
}

static void
add_row(struct maker *m, const struct net_diff_row *r)
{
	if (r->b < 0) {
		place_layer(m, &m->old, r->a, r);
		return;
	}
	place_layer(m, &m->now, r->b, r);
	if (r->a >= 0)
		m->old.box[r->a] = m->now.box[r->b];
}

void
net_boxes_make(
    struct net_picture *p, const struct net *n, const struct net_diff *diff)
{
	struct maker m = { .p = p };

	open_side(&m.now, n);
	if (diff != NULL) {
		open_side(&m.old, diff->a);
		for (size_t i = 0; i < diff->nrows; i++)
			add_row(&m, &diff->row[i]);
	} else {
		for (int i = 0; i < n->nlayers; i++)
			place_layer(&m, &m.now, i, NULL);
	}
	add_links(&m, &m.now);
	if (diff != NULL)
		add_links(&m, &m.old);
	for (int i = 0; i < p->nboxes; i++)
		end_box(&m, &p->box[i]);
	close_side(&m.now);
	close_side(&m.old);
}

void
net_picture_make(struct net_picture *p, const struct net *n,
    const struct net_draw_opts *opts)
{
	memset(p, 0, sizeof(*p));
	p->marked = opts->diff != NULL;
	net_words_head(p, n, opts);
	net_boxes_make(p, n, opts->diff);
	if (!opts->all)
		net_blocks_fold(p);
}

void
net_box_clear(struct net_box *b)
{
	for (size_t k = 0; k < b->n; k++)
		mem_free(b->line[k].text);
	mem_free(b->line);
}

void
net_picture_clear(struct net_picture *p)
{
	for (int i = 0; i < p->nboxes; i++)
		net_box_clear(&p->box[i]);
	for (int k = 0; k < p->nlinks; k++)
		mem_free(p->link[k].text);
	for (int k = 0; k < p->nstrokes; k++)
		mem_free(p->stroke[k].xy);
	mem_free(p->box);
	mem_free(p->link);
	mem_free(p->block);
	mem_free(p->stroke);
	mem_free(p->title);
	mem_free(p->sub);
	memset(p, 0, sizeof(*p));
}
