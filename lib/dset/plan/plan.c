/*
 * From sources to the three lists.  Every source is scanned into entries with
 * the class it found; classes are given names and labels (or left out); each
 * class is shared out by split.c; the parts are shuffled and sharded.  Memory is
 * one entry per picture and a few words more.
 */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/rng.h"
#include "dset/plan/classmap.h"
#include "dset/plan/gather.h"
#include "dset/plan/groups.h"
#include "dset/plan/parts.h"
#include "dset/plan/plan.h"
#include "dset/plan/split.h"
#include "file/hash.h"

/* Streams of the seed: 0..2 order of the parts; classes use their name. */
static const uint64_t split_stream = 0x73706c6974;

void
dset_plan_clear(struct dset_plan *p)
{
	size_t i;

	for (i = 0; i < DSET_PARTS; i++) {
		mem_free(p->part[i]);
		dset_scan_clear(&p->scan[i]);
	}
	dset_labels_free(p->labels, p->nlabels);
	for (i = 0; i < p->nleft_out; i++) {
		mem_free(p->left_out[i].name);
		mem_free(p->left_out[i].reason);
	}
	mem_free(p->left_out);
	dset_detect_free(p->detect);
	dset_masks_free(p->masks);
	dset_targets_free(p->targets);
	dset_stream_free(p->stream);
	dset_rows_text_clear(&p->rows);
	memset(p, 0, sizeof *p);
}

/* A class is not used: remembered, and told unless the user wished it so. */
static int
leave_out(struct dset_plan *p, struct dset_group *g, bool wished,
    const struct dset_bad *bad, char *reason)
{
	struct dset_left_out *l;
	const char *what = *g->place ? g->place : g->name;

	g->label = GROUP_LEFT_OUT;
	mem_grow(&p->left_out, &p->left_out_cap, p->nleft_out + 1);
	l = &p->left_out[p->nleft_out++];
	l->name = mem_strdup(g->name);
	l->reason = reason;
	l->n = g->n;
	if (wished) {
		log_warn("%s: %s", what, reason);
		return 0;
	}
	return dset_bad_tell(bad, what, -1, reason);
}

/* Too few pictures for a class?  The reason (the caller's), or NULL. */
static char *
too_few(const struct dset_group *g, size_t min, size_t parts)
{
	if (g->n == 0 && parts > 0)
		return mem_strdup("no pictures: the class is left out");
	if (g->n < min)
		return mem_printf(
		    "%zu %s, fewer than the %zu of --min-per-class: the class is left out",
		    g->n, num_plural(g->n, "picture", "pictures"), min);
	if (g->n < parts)
		return mem_printf("%zu %s for %zu parts: the class is left out",
		    g->n, num_plural(g->n, "picture", "pictures"), parts);
	return NULL;
}

/* Apply minimum and maximum to every group. */
static int
apply_limits(struct dset_plan *p, struct dset_groups *w, size_t min, size_t max,
    size_t parts, bool wished, const struct dset_bad *bad)
{
	struct dset_group *g;
	char *reason;
	size_t i;

	for (i = 0; i < w->n; i++) {
		g = &w->v[i];
		if (g->label == GROUP_LEFT_OUT)
			continue;
		reason = too_few(g, min, parts);
		if (reason != NULL)
			TRY(leave_out(p, g, wished && g->n > 0, bad, reason));
		else if (max > 0 && g->n > max)
			g->n = max;
	}
	return 0;
}

/* Labels for the groups: from the labels there are, or new ones in order. */
static int
name_groups(struct dset_plan *p, struct dset_groups *w, bool make,
    const char *from, const struct dset_bad *bad)
{
	struct dset_index *x = NULL;
	struct dset_group *g;
	size_t i, n = 0;
	long at;
	int rc = 0;

	if (make) {
		p->labels = mem_array(char *, w->n + 1);
		for (i = 0; i < w->n; i++) {
			g = &w->v[i];
			/* The numbers of a list stay, empty or not. */
			if (g->label == GROUP_LEFT_OUT && *g->place)
				continue;
			if (g->label != GROUP_LEFT_OUT)
				g->label = (int32_t)n;
			p->labels[n++] = mem_strdup(g->name);
		}
		p->nlabels = n;
		return 0;
	}
	x = dset_index_new(p->labels, p->nlabels);
	for (i = 0; i < w->n && rc == 0; i++) {
		g = &w->v[i];
		if (g->label == GROUP_LEFT_OUT || (g->n == 0 && !*g->place))
			continue;
		at = dset_index_find(x, g->name);
		if (at >= 0)
			g->label = (int32_t)at;
		else
			rc = leave_out(p, g, false, bad,
			    mem_printf(
				"class \"%s\" is not in %s: it is left out",
				g->name, from));
	}
	dset_index_free(x);
	return rc;
}

static void
push(struct dset_plan *p, int part, const struct dset_sample *e, int32_t label)
{
	mem_grow(&p->part[part], &p->cap[part], p->n[part] + 1);
	p->part[part][p->n[part]] = *e;
	p->part[part][p->n[part]++].label = label;
}

/* Give every entry its part: class by class, then in the order of the scan. */
static void
share_out(struct dset_plan *p, const struct dset_groups *w,
    const struct dset_plan_options *o)
{
	const struct dset_list *l = &w->scan->list;
	uint8_t *part = mem_array(uint8_t, l->n + 1);
	size_t counts[DSET_PARTS], i, j;
	struct rng rng;
	int32_t g;

	memset(part, DSET_PARTS, l->n); /* nowhere */
	for (i = 0; i < w->n; i++) {
		const struct dset_group *c = &w->v[i];
		uint32_t *v = w->order + c->first;

		if (c->label == GROUP_LEFT_OUT)
			continue;
		if (o->shuffle) {
			rng_init(&rng, o->seed,
			    split_stream ^
				hash_fast(c->name, strlen(c->name), 0));
			rng_shuffle(&rng, v, c->n);
		}
		dset_split(
		    counts, c->n, o->percent[DSET_VAL], o->percent[DSET_TEST]);
		for (j = 0; j < c->n; j++)
			part[v[j]] = j < counts[DSET_TRAIN] ? DSET_TRAIN
			    : j < counts[DSET_TRAIN] + counts[DSET_VAL]
			    ? DSET_VAL
			    : DSET_TEST;
	}
	for (i = 0; i < l->n; i++) {
		g = w->to[l->v[i].label];
		if (part[i] < DSET_PARTS)
			push(p, part[i], &l->v[i], w->v[g].label);
	}
	mem_free(part);
}

/* Everything of a scan into one part (separate val and test sources). */
static void
put_all(struct dset_plan *p, const struct dset_groups *w, int part)
{
	const struct dset_list *l = &w->scan->list;
	size_t i, j;

	for (i = 0; i < w->n; i++) {
		const struct dset_group *c = &w->v[i];

		for (j = 0; c->label != GROUP_LEFT_OUT && j < c->n; j++)
			push(p, part, &l->v[w->order[c->first + j]], c->label);
	}
}

/* The main sources: classes are found, named, limited and shared out. */
static int
plan_main(struct dset_plan *p, const struct dset_plan_options *o,
    const struct dset_classmap *map, const struct dset_bad *bad)
{
	struct dset_groups w = { .scan = &p->scan[DSET_TRAIN] };
	size_t i, parts = 1;
	/* names of classes come from a file */
	bool given = o->labels != NULL && o->list == NULL && o->task->classes;
	int rc = 0;

	if (o->list != NULL)
		rc = dset_gather_list(p, DSET_TRAIN, NULL, 0, o, bad);
	for (i = 0; rc == 0 && o->list == NULL && i < o->nsources; i++)
		rc = dset_gather_folder(p, DSET_TRAIN, o->sources[i], o, bad);
	if (rc == 0)
		rc = dset_groups_make(
		    &w, map, o->list == NULL && o->task->classes);
	if (rc == 0)
		rc = dset_groups_order(&w);
	if (rc == 0 && given)
		rc = dset_labels_read(&p->labels, &p->nlabels, o->labels);
	if (rc == 0 && given)
		rc = name_groups(p, &w, false, o->labels, bad);
	if (o->list == NULL)
		parts +=
		    (o->percent[DSET_VAL] > 0) + (o->percent[DSET_TEST] > 0);
	if (rc == 0 && (o->list == NULL || o->min_asked[DSET_TRAIN]))
		rc = apply_limits(p, &w, o->min[DSET_TRAIN], o->max[DSET_TRAIN],
		    parts, o->min_asked[DSET_TRAIN], bad);
	else if (rc == 0 && o->max[DSET_TRAIN] > 0)
		rc = apply_limits(p, &w, 0, o->max[DSET_TRAIN], 0, true, NULL);
	if (rc == 0 && !given)
		rc = name_groups(p, &w, true, NULL, bad);
	if (rc == 0)
		share_out(p, &w, o);
	dset_groups_clear(&w);
	return rc;
}

/* A separate source of val or test. */
static int
plan_part(struct dset_plan *p, int part, const struct dset_plan_options *o,
    const struct dset_classmap *map, const struct dset_bad *bad)
{
	struct dset_groups w = { .scan = &p->scan[part] };
	bool folder = o->part_folder[part] != NULL;
	int rc;

	if (folder)
		rc = dset_gather_folder(p, part, o->part_folder[part], o, bad);
	else if (p->scan[DSET_TRAIN].list.named) /* before the class map */
		rc = dset_gather_list(p, part, p->scan[DSET_TRAIN].classes,
		    p->scan[DSET_TRAIN].n, o, bad);
	else /* beside folders, labels are the numbers of their classes */
		rc = dset_gather_list(p, part, (const char *const *)p->labels,
		    o->list != NULL ? 0 : p->nlabels, o, bad);
	if (rc == 0)
		rc = dset_groups_make(&w,
		    folder || o->labels != NULL || o->list != NULL ? map : NULL,
		    folder);
	if (rc == 0)
		rc = dset_groups_order(&w);
	if (rc == 0)
		rc = name_groups(p, &w, false, "the training classes", bad);
	if (rc == 0 && folder)
		rc = apply_limits(p, &w, o->min[part], o->max[part], 1,
		    o->min_asked[part], bad);
	if (rc == 0)
		put_all(p, &w, part);
	dset_groups_clear(&w);
	return rc;
}

/* The order of a part, and the shard's share of it. */
static void
arrange(struct dset_plan *p, int part, const struct dset_plan_options *o)
{
	struct dset_sample *v = p->part[part], *out;
	size_t n = p->n[part], i, kept = 0;
	uint32_t *order = mem_array(uint32_t, n + 1);
	struct rng rng;

	for (i = 0; i < n; i++)
		order[i] = (uint32_t)i;
	if (o->shuffle) {
		rng_init(&rng, o->seed, (uint64_t)part);
		rng_shuffle(&rng, order, n);
	}
	out = mem_array(struct dset_sample, n + 1);
	for (i = p->first; i < n; i += p->step)
		out[kept++] = v[order[i]];
	mem_free(order);
	mem_free(v);
	p->part[part] = out;
	p->n[part] = kept;
}

static int
check_any(const struct dset_plan *p, const struct dset_plan_options *o)
{
	if (p->n[DSET_TRAIN] + p->n[DSET_VAL] + p->n[DSET_TEST] > 0)
		return 0;
	return err_set(ERR_FORMAT, "%s: no pictures",
	    o->list != NULL ? o->list : o->sources[0]);
}

/* Without classes all samples were one, which has no name. */
static int
settle(struct dset_plan *p, const struct dset_plan_options *o)
{
	if (!o->task->classes) {
		dset_labels_free(p->labels, p->nlabels);
		p->labels = NULL;
		p->nlabels = 0;
	}
	return o->task->settle != NULL ? o->task->settle(p, o) : 0;
}

int
dset_plan_make(struct dset_plan *p, const struct dset_plan_options *opts,
    const struct dset_bad *bad)
{
	struct dset_plan_options own = *opts, *o = &own;
	struct dset_classmap *map = NULL;
	int part, rc = 0;

	memset(p, 0, sizeof *p);
	for (part = 0; part < DSET_PARTS; part++)
		dset_scan_init(&p->scan[part]);
	p->step = o->shards ? o->shards : 1;
	p->first = o->shard ? o->shard - 1 : 0;
	if (o->stream != NULL)
		rc = dset_gather_stream(p, o, bad);
	else if (o->columns != NULL)
		rc = dset_gather_table(p, o, bad);
	if (o->task == NULL)
		o->task = &dset_task_classify;
	p->task = o->task;
	if (o->stream == NULL)
		dset_parts_find(o, p->scan[DSET_TRAIN].list.arena);
	for (part = DSET_VAL; part < DSET_PARTS; part++)
		if (o->part_folder[part] != NULL || o->part_list[part] != NULL)
			o->percent[part] = 0;
	if (rc == 0 && o->class_map != NULL)
		rc = dset_classmap_read(&map, o->class_map);
	if (rc == 0 && o->detect != NULL)
		rc = dset_detect_new(&p->detect, o->detect, map);
	if (rc == 0 && o->masks != NULL)
		rc = dset_masks_new(&p->masks, o->masks);
	if (rc == 0 && o->targets != NULL)
		p->targets = dset_targets_new(o->targets);
	if (rc == 0)
		rc = plan_main(p, o, map, bad);
	for (part = DSET_VAL; rc == 0 && part < DSET_PARTS; part++)
		if (o->part_folder[part] != NULL || o->part_list[part] != NULL)
			rc = plan_part(p, part, o, map, bad);
	if (rc == 0)
		rc = settle(p, o);
	if (rc == 0)
		rc = check_any(p, o);
	for (part = 0; rc == 0 && part < DSET_PARTS; part++)
		arrange(p, part, o);
	if (rc >= 0)
		dset_classmap_warn(map, o->class_map);
	dset_classmap_free(map);
	return rc;
}
