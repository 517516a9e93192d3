/* Grouping entries by class; see groups.h. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "dset/plan/groups.h"
#include "dset/plan/plan.h"

void
dset_groups_clear(struct dset_groups *g)
{
	mem_free(g->v);
	mem_free(g->to);
	mem_free(g->order);
}

/* Folders in the order of their own names (DIGITS), lists in that of labels. */
static int
group_cmp(const void *a, const void *b)
{
	const struct dset_group *x = a, *y = b;
	int c = strcmp(path_base(x->place), path_base(y->place));

	return c ? c : strcmp(x->name, y->name);
}

/* Two folders beside each other whose names become the same class name, or the
 * same name twice in a labels file. */
static int
check_duplicates(
    const struct dset_scan *s, size_t i, size_t j, const char *name)
{
	char *a, *b;
	int rc = 0;

	if (*s->places[i] == '\0')
		return err_set(ERR_FORMAT,
		    "labels %zu and %zu: two classes with the name \"%s\"", i,
		    j, name);
	a = path_dir(s->places[i]);
	b = path_dir(s->places[j]);
	if (strcmp(a, b) == 0)
		rc = err_set(ERR_FORMAT,
		    "%s and %s: two classes with the name \"%s\"; a --class-map FILE with the line \"%s TAB new name\" parts or joins them",
		    s->places[i], s->places[j], name, path_base(s->places[j]));
	mem_free(a);
	mem_free(b);
	return rc;
}

static void
sort_groups(struct dset_groups *g)
{
	int32_t *now = mem_array(int32_t, g->n + 1);
	size_t i;

	qsort(g->v, g->n, sizeof *g->v, group_cmp);
	for (i = 0; i < g->n; i++)
		now[g->v[i].was] = (int32_t)i;
	for (i = 0; i < g->scan->n; i++)
		if (g->to[i] != GROUP_LEFT_OUT)
			g->to[i] = now[g->to[i]];
	mem_free(now);
}

/* By the name of the folder itself, else by the class that it stands for. */
static const char *
new_name(bool *mapped, const struct dset_classmap *map, const char *class,
    const char *place)
{
	const char *folder = path_base(place), *name;

	name = *place ? dset_classmap_name(map, folder) : folder;
	if (name == folder)
		name = dset_classmap_name(map, class);
	*mapped = name != folder && name != class;
	return *mapped ? name : class;
}

int
dset_groups_make(
    struct dset_groups *g, const struct dset_classmap *map, bool folders)
{
	struct dset_scan *s = g->scan;
	char **names = mem_array(char *, s->n + 1);
	bool *mapped = mem_array(bool, s->n + 1);
	struct dset_index *x;
	size_t i, first;
	int rc = 0;

	g->to = mem_array(int32_t, s->n + 1);
	for (i = 0; i < s->n; i++)
		names[i] = arena_strdup(s->list.arena,
		    new_name(&mapped[i], map, s->classes[i], s->places[i]));
	x = dset_index_new(names, s->n);
	for (i = 0; i < s->n && rc == 0; i++) {
		first = (size_t)dset_index_find(x, names[i]);
		if (*names[i] == '\0') {
			g->to[i] = GROUP_LEFT_OUT;
		} else if (first < i) {
			g->to[i] = g->to[first];
			if (!mapped[i] && !mapped[first])
				rc = check_duplicates(s, first, i, names[i]);
		} else {
			mem_grow(&g->v, &g->cap, g->n + 1);
			g->to[i] = (int32_t)g->n;
			g->v[g->n] = (struct dset_group){
				.name = names[i],
				.place = s->places[i],
				.was = g->n,
			};
			g->n++;
		}
	}
	dset_index_free(x);
	mem_free(names);
	mem_free(mapped);
	if (rc == 0 && folders && g->n > 0)
		sort_groups(g);
	return rc;
}

int
dset_groups_order(struct dset_groups *g)
{
	const struct dset_list *l = &g->scan->list;
	size_t i, at = 0;
	int32_t to;

	if (l->n > PLAN_RECORDS_MAX)
		return err_set(ERR_RANGE, "%zu pictures, at most %d", l->n,
		    PLAN_RECORDS_MAX);
	g->order = mem_array(uint32_t, l->n + 1);
	for (i = 0; i < l->n; i++) {
		to = g->to[l->v[i].label];
		if (to != GROUP_LEFT_OUT)
			g->v[to].n++;
	}
	for (i = 0; i < g->n; i++) {
		g->v[i].first = at;
		at += g->v[i].n;
		g->v[i].n = 0;
	}
	for (i = 0; i < l->n; i++) {
		to = g->to[l->v[i].label];
		if (to != GROUP_LEFT_OUT)
			g->order[g->v[to].first + g->v[to].n++] = (uint32_t)i;
	}
	return 0;
}
