/*
 * What is in a net's picture: a box for each layer, with those that work in
 * place added to it, and a line for each blob that goes from one to another.
 * Where they stand is the business of layout.c.
 */
#include <string.h>

#include "base/mem.h"
#include "nn/draw/draw.h"

enum { LETTER = 7 }; /* pixels */

const uint32_t net_colours[NET_COLOURS] = { 0xd5e3f0, 0xf6c9bd, 0xfbe3b5,
	0xd9ead3, 0xe3d3ea };

static enum net_colour
colour_of(const struct layer *l)
{
	if (l->ntop > 0 && l->type->loss_weight != 0)
		return NET_LOSS;
	if (l->nbottom == 0)
		return NET_DATA;
	if (strcmp(l->type->name, "Pooling") == 0)
		return NET_POOLING;
	return l->nparams ? NET_WEIGHTS : NET_OTHER;
}

/* A layer whose only bottom and top are one blob stands in the box above. */
static bool
in_place(const struct layer *l)
{
	return l->p->n_bottom == 1 && l->p->n_top == 1 &&
	    strcmp(l->p->bottom[0], l->p->top[0]) == 0;
}

static void
box_resize(struct net_box *b)
{
	const char *s = b->text, *end;
	size_t len, widest = 0;
	int lines = 0;

	for (;; s = end + 1, lines++) {
		end = strchr(s, '\n');
		len = end != NULL ? (size_t)(end - s) : strlen(s);
		if (len > widest)
			widest = len;
		if (end == NULL)
			break;
	}
	b->w = (double)widest * LETTER + 16;
	b->h = (lines + 1) * NET_LINE_H + 10;
}

static void
box_add_line(struct net_box *b, const char *line)
{
	char *t = mem_printf("%s\n%s", b->text, line);

	mem_free(b->text);
	b->text = t;
	box_resize(b);
}

static int
box_new(struct net_drawing *d, const struct net *n, const struct layer *l)
{
	char s[SHAPE_TEXT_MAX] = "";
	struct net_box *b;

	mem_grow(&d->boxes, &d->box_cap, (size_t)d->nboxes + 1);
	b = &d->boxes[d->nboxes];
	memset(b, 0, sizeof(*b));
	if (l->ntop)
		shape_text(s, graph_shape(n->graph, l->top[0]));
	b->text = mem_printf(
	    "%s\n%s%s%s", l->name, l->type->name, s[0] ? "  " : "", s);
	b->colour = colour_of(l);
	b->layer = l->index;
	box_resize(b);
	return d->nboxes++;
}

static void
path_new(struct net_drawing *d, const struct net *n, int from, int to,
    const char *blob, int tensor)
{
	char s[SHAPE_TEXT_MAX];
	struct net_path *p;

	mem_grow(&d->paths, &d->path_cap, (size_t)d->npaths + 1);
	p = &d->paths[d->npaths++];
	memset(p, 0, sizeof(*p));
	p->from = from;
	p->to = to;
	p->text = mem_printf(
	    "%s %s", blob, shape_text(s, graph_shape(n->graph, tensor)));
}

/* The box that a blob comes from, before layer l reads it. */
static int
source(const int *box_of, const struct net *n, const char *blob, int before)
{
	for (int i = before - 1; i >= 0; i--)
		if (layer_makes(n->layers[i].p, blob))
			return box_of[i];
	return -1;
}

/* Boxes and lines; box_of[layer]. */
static void
collect_boxes(struct net_drawing *d, int *box_of, const struct net *n)
{
	const struct layer *l;
	int i, k, from;
	char *line;

	for (i = 0; i < n->nlayers; i++) {
		l = &n->layers[i];
		from = l->nbottom ? source(box_of, n, l->p->bottom[0], i) : -1;
		if (in_place(l) && from >= 0) {
			line = mem_printf("+ %s  %s", l->name, l->type->name);
			box_add_line(&d->boxes[from], line);
			mem_free(line);
			box_of[i] = from;
			continue;
		}
		box_of[i] = box_new(d, n, l);
		for (k = 0; k < l->nbottom; k++) {
			from = source(box_of, n, l->p->bottom[k], i);
			if (from >= 0)
				path_new(d, n, from, box_of[i], l->p->bottom[k],
				    l->bottom[k]);
		}
	}
}

int
net_draw(struct net_drawing *d, const struct net *n)
{
	int *box_of = mem_array(int, (size_t)n->nlayers + 1);

	memset(d, 0, sizeof(*d));
	collect_boxes(d, box_of, n);
	mem_free(box_of);
	return net_drawing_lay_out(d);
}

void
net_drawing_clear(struct net_drawing *d)
{
	int i;

	for (i = 0; i < d->nboxes; i++)
		mem_free(d->boxes[i].text);
	for (i = 0; i < d->npaths; i++) {
		mem_free(d->paths[i].xy);
		mem_free(d->paths[i].text);
	}
	mem_free(d->boxes);
	mem_free(d->paths);
	memset(d, 0, sizeof(*d));
}
