/* Counts of score layers over a pass: see tallies.h. */
#include "train/tallies.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "metric/tally.h"

struct one {
	int layer; /* its index in the net */
	char *name;
	struct tally *tally;
	char **other; /* names that figures have here, where not the tally's */
};

struct tallies {
	struct one *v;
	int n;
	float *values; /* room for the counts of a batch */
	size_t room;
};

int
tallies_new(struct tallies **out, const struct net *net,
    const char *const *names, size_t nnames)
{
	struct tallies *t = mem_new(struct tallies);
	int tensor[LAYER_COUNTS], rc = 0;

	*out = NULL;
	t->v = mem_array(struct one, (size_t)net->nlayers + 1);
	for (int i = 0; i < net->nlayers && rc >= 0; i++) {
		const struct layer *l = &net->layers[i];
		struct one *o = &t->v[t->n];

		if (layer_counts(l, tensor) <= 0)
			continue;
		rc = l->type->tally(l, names, nnames, &o->tally);
		if (rc < 0) {
			err_in(rc, "layer \"%s\"", l->name);
			break;
		}
		o->layer = i;
		o->name = mem_strdup(l->name);
		o->other = mem_array(char *, JOURNAL_OUTPUTS);
		t->n++;
	}
	if (rc < 0)
		tallies_free(t);
	else
		*out = t;
	return rc;
}

void
tallies_free(struct tallies *t)
{
	if (t == NULL)
		return;
	for (int i = 0; i < t->n; i++) {
		tally_free(t->v[i].tally);
		mem_free(t->v[i].name);
		for (size_t k = 0; k < JOURNAL_OUTPUTS; k++)
			mem_free(t->v[i].other[k]);
		mem_free(t->v[i].other);
	}
	mem_free(t->v);
	mem_free(t->values);
	mem_free(t);
}

void
tallies_reset(struct tallies *t)
{
	for (int i = 0; i < t->n; i++)
		tally_reset(t->v[i].tally);
}

static void
make_room(struct tallies *t, size_t n)
{
	if (n <= t->room)
		return;
	mem_free(t->values);
	t->values = mem_array(float, n);
	t->room = n;
}

/* The tensors are those of this net, of this batch size. */
static int
add_one(struct tallies *t, const struct one *o, const struct net *net,
    struct plan *plan)
{
	struct tally_counts c[LAYER_COUNTS];
	int tensor[LAYER_COUNTS], rc;
	const int n = layer_counts(&net->layers[o->layer], tensor);
	size_t all = 0;

	for (int i = 0; i < n; i++) {
		c[i].n = shape_count(graph_shape(net->graph, tensor[i]));
		all += c[i].n;
	}
	make_room(t, all);
	all = 0;
	for (int i = 0; i < n; i++) {
		TRY(plan_read(plan, tensor[i], t->values + all));
		c[i].v = t->values + all;
		all += c[i].n;
	}
	rc = tally_add(o->tally, c, (size_t)n);
	return rc < 0 ? err_in(rc, "layer \"%s\"", o->name) : 0;
}

int
tallies_add(struct tallies *t, const struct net *net, struct plan *plan)
{
	for (int i = 0; i < t->n; i++)
		TRY(add_one(t, &t->v[i], net, plan));
	return 0;
}

static bool
has_name(const struct gate_value *v, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(v[i].name, name) == 0)
			return true;
	return false;
}

/* The figures of one tally; m->n is where they begin. */
static void
put_figures(struct one *o, struct measurement *m)
{
	struct gate_value *v = m->v + m->n;
	const size_t n = tally_figures(o->tally, v, LENGTH(m->v) - m->n);

	for (size_t i = 0; i < n; i++, m->n++) {
		if (o->other[i] == NULL && has_name(m->v, m->n, v[i].name))
			o->other[i] = mem_printf("%s/%s", o->name, v[i].name);
		if (o->other[i] != NULL)
			v[i].name = o->other[i];
	}
}

void
tallies_figures(struct tallies *t, struct measurement *m)
{
	for (int i = 0; i < t->n; i++)
		put_figures(&t->v[i], m);
}
