/* A net's picture as DOT: who draws it lays it out. */
#include <string.h>

#include "base/err.h"
#include "image/draw.h"
#include "nn/draw/picture.h"

/* What stands between the quotes of a string. */
static int
add_words(struct buf *b, const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			TRY(buf_addc(b, '\\'));
		TRY(buf_addc(b, (unsigned char)*s < ' ' ? ' ' : *s));
	}
	return 0;
}

static int
add_dot(struct buf *b, const char *s)
{
	TRY(buf_addc(b, '"'));
	TRY(add_words(b, s));
	return buf_addc(b, '"');
}

static int
add_box(struct buf *b, const struct net_picture *p, int i)
{
	const struct net_box *x = &p->box[i];
	const uint32_t colour = net_box_colour(p, x);

	TRY(buf_printf(b,
	    "\t%sn%d [color=\"#%06x\", fillcolor=\"#%06x\"%s, label=\"",
	    x->block >= 0 ? "\t" : "", i, (unsigned)colour,
	    (unsigned)draw_tint(colour, NET_TINT),
	    x->mark == NET_REMOVED ? ", style=\"rounded,filled,dashed\"" : ""));
	for (size_t k = 0; k < x->n; k++) {
		TRY(buf_adds(b, k > 0 ? "\\n" : ""));
		TRY(add_words(b, x->line[k].text));
	}
	return buf_adds(b, "\"];\n");
}

static int
add_block(struct buf *b, const struct net_picture *p, int k)
{
	const struct net_block *x = &p->block[k];

	TRY(buf_printf(b,
	    "\tsubgraph cluster_%d {\n\t\tlabel=\"× %d\"; style=\"rounded,dashed\"; color=\"#808080\";\n",
	    k, x->times));
	for (int i = x->first; i < x->first + x->boxes; i++)
		TRY(add_box(b, p, i));
	return buf_adds(b, "\t}\n");
}

int
net_draw_dot(struct buf *b, const struct net_picture *p)
{
	TRY(buf_adds(b, "digraph "));
	TRY(add_dot(b, p->title));
	TRY(buf_adds(b,
	    " {\n\tnode [shape=box, style=\"rounded,filled\", fontname=\"sans-serif\", fontsize=11];\n"
	    "\tedge [color=\"#808080\", fontname=\"sans-serif\", fontsize=9];\n"
	    "\tlabel="));
	TRY(add_dot(b, p->sub));
	TRY(buf_adds(b, ";\n"));
	for (int i = 0; i < p->nboxes; i++)
		if (p->box[i].block < 0)
			TRY(add_box(b, p, i));
	for (int k = 0; k < p->nblocks; k++)
		TRY(add_block(b, p, k));
	for (int i = 0; i < p->nlinks; i++) {
		const struct net_link *x = &p->link[i];

		TRY(buf_printf(b, "\tn%d -> n%d [label=", x->from, x->to));
		TRY(add_dot(b, x->text));
		TRY(buf_adds(
		    b, x->mark == NET_REMOVED ? ", style=dashed];\n" : "];\n"));
	}
	return buf_adds(b, "}\n");
}
