/*
 * What a training left in the train.ndjson of its model folder
 * (train/journal.h writes it), and which of its snapshots is the best:
 *
 *	{"event":"val","iter":938,"epoch":1,"outputs":{"accuracy":0.98,"loss":0.06},
 *	 "panel":{"cpu_percent":198.5,"rss_bytes":42676224}}
 *
 * model/events.h reads the lines; this is the only judge of them: a validation is as
 * good as metric/score.h says; what is not a number was not validated; of equals
 * the earlier one is better; of two validations of one iteration the later one
 * holds.  The best snapshot is the best validated one among those that are there.
 *
 * The file is read a line at a time, in time linear in its size and whatever it
 * holds: lines that are no JSON objects or longer than 1 MB are passed over, and so
 * is a last line without its end, as a killed run may leave it.
 */
#ifndef MODEL_HISTORY_H
#define MODEL_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "prog/gate.h"

enum { HISTORY_OUTPUTS = 256, HISTORY_REASON = 64 };

struct model_snapshots;

struct history_val {
	int64_t iter;
	double epoch;
	double score;         /* higher is better; NAN: of no use */
	bool accuracy;        /* the score is one */
	struct gate_value *v; /* names and all: the history's */
	size_t n;             /* <= HISTORY_OUTPUTS */
	size_t place;         /* in the file; the later one holds */
};

struct history {
	struct history_val *v; /* by iteration, one for each */
	size_t n, cap;
	size_t best;    /* its index; n: none */
	int64_t iter;   /* of the last line; -1: there was none */
	double elapsed; /* seconds of training, all runs; -1: not known */
	char
	    reason[HISTORY_REASON]; /* of the last run's end; "": it has none */
	uint64_t bytes;             /* of the lines up to `until` */
	int64_t until;
	struct { /* {"event":"scale"} of iteration `until` */
		bool found;
		double scale, good, skipped;
	} scale;
	/* What the hardware panel showed last, for people (device/panel.h) and
	 * as it stands there; or NULL. */
	char *panel_text, *panel_json;
	struct arena *room;
};

void history_init(struct history *h);
void history_clear(struct history *h);

/*
 * The file of dir; none there is an empty history.  until >= 0: of a training
 * that goes on from that iteration: reading ends at the first line that is of a
 * later one or is broken.  h is valid (to be cleared) whatever is returned.
 * ERR_STOPPED where a signal asked to stop, unless there is something to be saved
 * first (stop_hold, base/stop.h).
 */
int history_read(struct history *h, const char *dir, int64_t until);

/* A validation more, of now; v is copied. */
void history_add(struct history *h, int64_t iter, double epoch,
    const struct gate_value *v, size_t n);

/* The validation of this iteration, or NULL. */
const struct history_val *history_at(const struct history *h, int64_t iter);
/* The best validation, or NULL. */
const struct history_val *history_best(const struct history *h);
/* Put iterations in order, best first; how many of them were validated: the
 * others follow. */
size_t history_order(const struct history *h, int64_t *iter, size_t n);
/* The index of the best snapshot, -1: none of them was validated. */
int
history_best_snapshot(const struct history *h, const struct model_snapshots *s);
/* The best snapshot's validation; where no snapshot was validated (they are
 * still to come, or gone), the best of all; or NULL. */
const struct history_val *
history_judge(const struct history *h, const struct model_snapshots *s);

/* "accuracy 0.98, loss 0.06", and the same as a JSON object; the caller's. */
char *history_text(const struct history_val *v);
char *history_json(const struct history_val *v);

#endif
