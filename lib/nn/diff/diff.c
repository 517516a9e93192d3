/* Which layers of two nets belong together, and how they differ: see diff.h. */
#include "nn/diff/diff.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "nn/show/wiring.h"

/* Most pairs that are looked at one by one, where layers were renamed. */
enum { PAIRS_MAX = 1 << 22, LIST_TEXT_MAX = 1 << 16 };

struct side {
	const struct net *n;
	struct net_wiring w;
	int *other; /* of each layer: that of the other net, or -1 */
	uint64_t *print;
};

const char *
net_mark_name(enum net_mark mark)
{
	static const char *const name[NET_MARKS] = { "same", "added", "removed",
		"changed", "renamed" };

	return name[mark];
}

const char *
net_mark_sign(enum net_mark mark)
{
	static const char *const sign[NET_MARKS] = { "", "+ ", "− ", "~ ",
		"→ " };

	return sign[mark];
}

static void
side_open(struct side *s, const struct net *n)
{
	const size_t layers = (size_t)n->nlayers;

	s->n = n;
	net_wiring_make(&s->w, n);
	s->other = mem_array(int, layers + 1);
	s->print = mem_array(uint64_t, layers + 1);
	for (int i = 0; i < n->nlayers; i++) {
		s->other[i] = -1;
		s->print[i] = net_layer_print(0, &n->layers[i]);
	}
}

static void
side_close(struct side *s)
{
	net_wiring_clear(&s->w);
	mem_free(s->other);
	mem_free(s->print);
}

static void
pair(struct side *a, struct side *b, int i, int k)
{
	a->other[i] = k;
	b->other[k] = i;
}

/* ---- by name ----------------------------------------------------------------- */

static int
by_name(const void *x, const void *y)
{
	const struct layer *a = *(const struct layer *const *)x;
	const struct layer *b = *(const struct layer *const *)y;
	const int order = strcmp(a->name, b->name);

	return order != 0 ? order : a->index - b->index;
}

static const struct layer **
sorted(const struct net *n)
{
	const struct layer **v =
	    mem_array(const struct layer *, (size_t)n->nlayers + 1);

	for (int i = 0; i < n->nlayers; i++)
		v[i] = &n->layers[i];
	qsort(v, (size_t)n->nlayers, sizeof(*v), by_name);
	return v;
}

static void
pair_names(struct side *a, struct side *b)
{
	const struct layer **x = sorted(a->n), **y = sorted(b->n);
	int i = 0, k = 0;

	while (i < a->n->nlayers && k < b->n->nlayers) {
		const int order = strcmp(x[i]->name, y[k]->name);

		if (order == 0)
			pair(a, b, x[i]->index, y[k]->index);
		i += order <= 0;
		k += order >= 0;
	}
	mem_free(x);
	mem_free(y);
}

/* ---- by what they are ---------------------------------------------------------- */

/* Layers i.. of a and k.. of b, na and nb of them, that no name has paired: the longest
 * common sequence of prints. */
static void
pair_alike(struct side *a, struct side *b, int i, int k, int na, int nb)
{
	const size_t row = (size_t)nb + 1;
	int *most;

	for (; na > 0 && nb > 0 && a->print[i] == b->print[k];
	     i++, k++, na--, nb--)
		pair(a, b, i, k);
	for (; na > 0 && nb > 0 && a->print[i + na - 1] == b->print[k + nb - 1];
	     na--, nb--)
		pair(a, b, i + na - 1, k + nb - 1);
	if (na == 0 || nb == 0 || (int64_t)na * nb > PAIRS_MAX)
		return;
	most = mem_array(int, ((size_t)na + 1) * row);
	for (int x = na - 1; x >= 0; x--)
		for (int y = nb - 1; y >= 0; y--) {
			int *at = &most[(size_t)x * row + (size_t)y];

			*at = a->print[i + x] == b->print[k + y]
			    ? at[row + 1] + 1
			    : at[row] > at[1] ? at[row]
					      : at[1];
		}
	for (int x = 0, y = 0; x < na && y < nb;) {
		const int *at = &most[(size_t)x * row + (size_t)y];

		if (a->print[i + x] == b->print[k + y])
			pair(a, b, i + x++, k + y++);
		else if (at[row] >= at[1])
			x++;
		else
			y++;
	}
	mem_free(most);
}

/* Between layers that names have paired. */
static void
pair_gaps(struct side *a, struct side *b)
{
	int i = 0, k = 0;

	while (i < a->n->nlayers) {
		int na = 0, nb = 0;

		while (i + na < a->n->nlayers && a->other[i + na] < 0)
			na++;
		while (k + nb < b->n->nlayers && b->other[k + nb] < 0)
			nb++;
		pair_alike(a, b, i, k, na, nb);
		i += na;
		if (i < a->n->nlayers) {
			k = a->other[i] + 1;
			i++;
		}
	}
}

/* ---- rows ----------------------------------------------------------------------- */

static void
put_list(struct buf *b, const char *one, bool first)
{
	buf_printf(b, "%s%s", first ? "" : ", ", one);
}

static void
put_names(struct buf *b, char *const *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		put_list(b, v[i], i == 0);
}

static void
put_outputs(struct buf *b, const struct layer *l)
{
	char s[SHAPE_TEXT_MAX];

	for (int i = 0; i < l->ntop; i++)
		put_list(
		    b, shape_text(s, graph_shape(l->graph, l->top[i])), i == 0);
}

static void
put_weights(struct buf *b, const struct layer *l)
{
	char s[SHAPE_TEXT_MAX];

	for (int i = 0; i < l->nparams; i++)
		put_list(b, shape_text(s, &l->net->params[l->param + i].shape),
		    i == 0);
	if (l->nparams == 0)
		buf_adds(b, "none");
}

/* Do both read what the same layers make? */
static bool
wired_alike(const struct side *a, const struct side *b, int i, int k)
{
	const int n = a->n->layers[i].nbottom;

	if (n != b->n->layers[k].nbottom)
		return false;
	for (int x = 0; x < n; x++) {
		const int p = a->w.at[i] + x, q = b->w.at[k] + x;
		const int from = a->w.from[p];

		if ((from < 0 ? -1 : a->other[from]) != b->w.from[q] ||
		    a->w.top[p] != b->w.top[q])
			return false;
	}
	return true;
}

static bool
in_place(const struct layer *l)
{
	return l->p->n_bottom == 1 && l->p->n_top == 1 &&
	    strcmp(l->p->bottom[0], l->p->top[0]) == 0;
}

static void
compare(struct net_diff_row *r, const struct side *a, const struct side *b)
{
	const struct layer *x = &a->n->layers[r->a], *y = &b->n->layers[r->b];
	const bool same_name = strcmp(x->name, y->name) == 0;
	struct buf s, t;

	buf_init(&s, LIST_TEXT_MAX);
	buf_init(&t, LIST_TEXT_MAX);
	net_diff_field(r, "type", x->type->name, y->type->name);
	net_diff_fields(r, x, y);
	if (same_name && !wired_alike(a, b, r->a, r->b)) {
		put_names(&s, x->p->bottom, x->p->n_bottom);
		put_names(&t, y->p->bottom, y->p->n_bottom);
		net_diff_field(r, "bottom", buf_str(&s), buf_str(&t));
	}
	if (same_name && !(in_place(x) && in_place(y))) {
		buf_reset(&s);
		buf_reset(&t);
		put_names(&s, x->p->top, x->p->n_top);
		put_names(&t, y->p->top, y->p->n_top);
		net_diff_field(r, "top", buf_str(&s), buf_str(&t));
	}
	buf_reset(&s);
	buf_reset(&t);
	put_outputs(&s, x);
	put_outputs(&t, y);
	net_diff_field(r, "output", buf_str(&s), buf_str(&t));
	buf_reset(&s);
	buf_reset(&t);
	put_weights(&s, x);
	put_weights(&t, y);
	net_diff_field(r, "weights", buf_str(&s), buf_str(&t));
	buf_clear(&s);
	buf_clear(&t);
	r->mark = !same_name ? NET_RENAMED
	    : r->nfields > 0 ? NET_CHANGED
			     : NET_SAME;
}

static struct net_diff_row *
row_new(struct net_diff *d, int a, int b)
{
	struct net_diff_row *r;

	mem_grow(&d->row, &d->cap, d->nrows + 1);
	r = &d->row[d->nrows++];
	*r = (struct net_diff_row){ .a = a,
		.b = b,
		.mark = a < 0 ? NET_ADDED
		    : b < 0   ? NET_REMOVED
			      : NET_SAME };
	if (a >= 0)
		r->was = d->a->layers[a].name;
	return r;
}

void
net_diff_make(struct net_diff *d, const struct net *a, const struct net *b)
{
	struct side x, y;
	int next = 0; /* of a, not yet in a row */

	memset(d, 0, sizeof(*d));
	d->a = a;
	d->b = b;
	side_open(&x, a);
	side_open(&y, b);
	pair_names(&x, &y);
	pair_gaps(&x, &y);
	for (int k = 0; k < b->nlayers; k++) {
		const int i = y.other[k];

		for (; next < i; next++)
			if (x.other[next] < 0)
				row_new(d, next, -1);
		if (i < 0)
			row_new(d, -1, k);
		else
			compare(row_new(d, i, k), &x, &y);
	}
	for (; next < a->nlayers; next++)
		if (x.other[next] < 0)
			row_new(d, next, -1);
	for (size_t k = 0; k < d->nrows; k++)
		d->count[d->row[k].mark]++;
	side_close(&x);
	side_close(&y);
}

bool
net_diff_same(const struct net_diff *d)
{
	return d->count[NET_SAME] == d->nrows;
}

void
net_diff_clear(struct net_diff *d)
{
	for (size_t i = 0; i < d->nrows; i++) {
		struct net_diff_row *r = &d->row[i];

		for (size_t k = 0; k < r->nfields; k++) {
			mem_free(r->field[k].name);
			mem_free(r->field[k].a);
			mem_free(r->field[k].b);
		}
		mem_free(r->field);
	}
	mem_free(d->row);
	memset(d, 0, sizeof(*d));
}
