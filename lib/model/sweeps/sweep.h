/*
 * A sweep: a folder of models that were trained alike but for some options.  Its
 * sweep.json says which models belong to it, and by what they differ:
 *
 *	{
 *	  "kind": "sweep", "version": 1,
 *	  "command": "model-train -d mnist -n lenet --sweep lr=0.1,0.01 -o s",
 *	  "options": {"dataset": "mnist", "net": "lenet"},
 *	  "axes": [{"option": "lr", "values": ["0.1", "0.01"]}],
 *	  "members": [
 *	    {"name": "lr0.1", "values": {"lr": "0.1"}, "status": "Done",
 *	     "iterations": 1000, "epochs": 5, "seconds": 12.5,
 *	     "best_iteration": 800, "best_score": 0.98,
 *	     "outputs": {"accuracy": 0.98, "loss": 0.06}},
 *	    …]
 *	}
 *
 * A member's folder is sweep/name; it may be missing, where it was not begun.  What
 * stands after its values is as it was when the sweep was last at work; the folder
 * itself knows better.  recipe/grid writes it, also for lists of batch sizes and rates.
 */
#ifndef MODEL_SWEEPS_SWEEP_H
#define MODEL_SWEEPS_SWEEP_H

#include <stddef.h>

#define MODEL_SWEEP_FILE "sweep.json"

struct json;

struct model_sweep_member {
	const char *name;   /* of its folder: one part of a path */
	const char **value; /* by axis */
};

/* Texts are the document's. */
struct model_sweep {
	struct json *doc;
	const char **option; /* the axes: long names of options */
	size_t naxes;
	struct model_sweep_member *v;
	size_t n;
};

/* Has the folder a sweep.json?  1 or 0; < 0 where that cannot be told. */
int model_sweep_there(const char *dir);
/* Reads it.  ERR_MISSING: there is none; ERR_FORMAT: it is none of ours, or names
 * folders outside.  To be cleared whatever is returned. */
int model_sweep_read(struct model_sweep *s, const char *dir);
void model_sweep_clear(struct model_sweep *s);
/* What member i is, for people: "lr 0.1, batch-size 32", of what the members differ
 * in; the caller's. */
char *model_sweep_label(const struct model_sweep *s, size_t i);

#endif
