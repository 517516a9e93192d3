/*
 * Inside store: one pull on its way, and its two large parts.  pull.c decides
 * whether there is to be one, pull_fetch.c gets every file of the plan into the
 * staging folder, right, and pull_place.c gives that folder its name.
 */
#ifndef STORE_PULL_INT_H
#define STORE_PULL_INT_H

#include "store/plan.h"
#include "store/pull.h"

struct pull {
	struct http *h;
	struct store *s;
	struct store_model *m;
	const struct pull_options *o;
	struct pull_result *r;
	const char *name; /* the last part of m->dir: here it is called so */
	char *target, *stage, *lock_path;
	int stage_fd; /* locked while we are at it */
	int staged;   /* what is in the stage is ours to judge */
	/* the target is there and recorded: its files are mended one by one,
	 * and nothing else in it is touched */
	int repair;
	struct manifest *lock;
	const struct manifest_model *offered; /* of the manifest, or NULL */
	const struct manifest_model *locked;  /* of models.lock, or NULL */
	struct pull_plan plan;
};

/*
 * What an earlier pull left in the target and is right stays where it is, or,
 * when the target is to be replaced, is linked or copied into the stage; what
 * can be made right by fetching some blocks comes into the stage.  Both are HERE
 * in the plan then.  1: the target is complete and right as it is; 0: the rest
 * is to be fetched; ERR_REFUSED: the target is something that no pull made.
 */
int pull_keep(struct pull *p);
/*
 * Fetch the rest of the plan into the stage, each file checked against what is
 * promised of it.  Afterwards every file is HERE, with its digest and size, or,
 * if the model can do without, MISSING.
 */
int pull_fetch(struct pull *p);

/* With force: 0, or ERR_REFUSED because what stands in the target is not a model
 * alone (file/replace.h). */
int pull_may_replace(const struct pull *p);
/* What a killed pull left of the target takes its place again. */
void pull_mend(const struct pull *p);

/* The stage becomes the target, or its files take their places in it; a line in
 * models.lock says so; fills p->r.
 * ERR_REFUSED when the digest is not the one that was asked for. */
int pull_place(struct pull *p);

#endif
