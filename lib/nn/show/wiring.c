/* Who makes what each layer reads, and which layers stand in the box of another. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "nn/show/wiring.h"

/* The names of blobs, sorted, each once; its place is its number. */
struct names {
	const char **v;
	size_t n;
};

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
collect_names(struct names *s, const struct net *n)
{
	size_t cap = 0, all = 0;

	s->v = NULL;
	for (int i = 0; i < n->nlayers; i++) {
		const struct layer *l = &n->layers[i];

		mem_grow(&s->v, &cap, all + (size_t)(l->nbottom + l->ntop) + 1);
		for (int k = 0; k < l->nbottom; k++)
			s->v[all++] = l->p->bottom[k];
		for (int k = 0; k < l->ntop; k++)
			s->v[all++] = net_top_name(n, l, k);
	}
	if (all > 0)
		qsort(s->v, all, sizeof(*s->v), by_name);
	s->n = 0;
	for (size_t i = 0; i < all; i++)
		if (i == 0 || strcmp(s->v[i], s->v[s->n - 1]) != 0)
			s->v[s->n++] = s->v[i];
}

static size_t
number_of(const struct names *s, const char *name)
{
	const char **at = bsearch(&name, s->v, s->n, sizeof(*s->v), by_name);

	return (size_t)(at - s->v);
}

/* Ops that change each number, or only the order in which they stand. */
static bool
is_simple(const struct layer *l)
{
	for (int i = l->op; i < l->op + l->nops; i++)
		switch (graph_op(l->graph, i)->kind) {
		case OP_UNARY:
		case OP_BINARY:
		case OP_BROADCAST:
		case OP_BATCHNORM:
		case OP_DROPOUT:
		case OP_PRELU:
		case OP_RESHAPE:
		case OP_PERMUTE: break;
		default: return false;
		}
	return true;
}

/* One blob in, one out: in place, or simple and for nobody else. */
static bool
is_chained(const struct layer *l)
{
	const enum layer_role role = layer_role(l->type->name);

	if (l->p->n_bottom != 1 || l->ntop != 1)
		return false;
	if (l->p->n_top == 1 && strcmp(l->p->bottom[0], l->p->top[0]) == 0)
		return true;
	return (role == LAYER_PLAIN || role == LAYER_NORM) && is_simple(l);
}

void
net_wiring_make(struct net_wiring *w, const struct net *n)
{
	const size_t layers = (size_t)n->nlayers;
	struct names names;
	int *maker, *place, bottoms = 0;

	collect_names(&names, n);
	maker = mem_array(int, names.n + 1);
	place = mem_array(int, names.n + 1);
	memset(maker, -1, names.n * sizeof(*maker));
	w->at = mem_array(int, layers + 1);
	w->reads = mem_array(int, layers + 1);
	w->chained = mem_array(bool, layers + 1);
	for (int i = 0; i < n->nlayers; i++)
		bottoms += n->layers[i].nbottom;
	w->from = mem_array(int, (size_t)bottoms + 1);
	w->top = mem_array(int, (size_t)bottoms + 1);
	bottoms = 0;
	for (int i = 0; i < n->nlayers; i++) {
		const struct layer *l = &n->layers[i];

		w->at[i] = bottoms;
		for (int k = 0; k < l->nbottom; k++, bottoms++) {
			const size_t b = number_of(&names, l->p->bottom[k]);

			w->from[bottoms] = maker[b];
			w->top[bottoms] = place[b];
			if (maker[b] >= 0)
				w->reads[maker[b]]++;
		}
		for (int k = 0; k < l->ntop; k++) {
			const size_t b =
			    number_of(&names, net_top_name(n, l, k));

			maker[b] = i;
			place[b] = k;
		}
	}
	for (int i = 0; i < n->nlayers; i++) {
		const int from =
		    n->layers[i].nbottom > 0 ? w->from[w->at[i]] : -1;

		w->chained[i] = from >= 0 && n->layers[from].ntop == 1 &&
		    w->reads[from] == 1 && is_chained(&n->layers[i]);
	}
	mem_free(names.v);
	mem_free(maker);
	mem_free(place);
}

void
net_wiring_clear(struct net_wiring *w)
{
	mem_free(w->at);
	mem_free(w->from);
	mem_free(w->top);
	mem_free(w->reads);
	mem_free(w->chained);
}
