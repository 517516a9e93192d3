/*
 * The journal of a training: train.ndjson, one JSON object a line for every
 * measurement, snapshot and change of state, and train.log, the same for people.
 * The lines go to --events too.
 *
 *	{"event":"val","iter":938,"epoch":1,"outputs":{"accuracy":0.98,"loss":0.06}}
 *
 * Measurements carry what the hardware panel showed last (device/panel.h), by
 * the names of panel_keys: "panel":{"cpu_percent":187,"rss_bytes":...}.  To
 * --events alone it also goes by itself, once a second: {"event":"panel",...}.
 *
 * When a training is resumed from iteration N, what was written after N is cut
 * off, so that the file reads as if nothing had happened.  What it says is read
 * and judged by model/history.h.
 */
#ifndef TRAIN_JOURNAL_H
#define TRAIN_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "prog/gate.h"
#include "graph/backend.h"
#include "device/panel.h"
#include "model/history.h"

enum { JOURNAL_OUTPUTS = HISTORY_OUTPUTS };

/* One measurement: the outputs of a net, averaged over what was seen. */
struct measurement {
	int64_t iter;
	double epoch;
	double rate;         /* learning rate; train only */
	double images_per_s; /* 0: not measured */
	double waited; /* share of the time spent waiting for data, 0..1 */
	struct gate_value v[JOURNAL_OUTPUTS];
	size_t n;
};

struct journal {
	int ndjson, log; /* descriptors, -1: closed */
	double start;    /* stop_clock when opened */
	double before;   /* seconds spent in earlier runs of this training */
	struct history history; /* every validation, of earlier runs too */
	/* resumed where one was: that; names are borrowed */
	struct measurement last_val;
	struct panel *panel;             /* borrowed; NULL: none */
	char panel_text[PANEL_TEXT_MAX]; /* for the progress line */
	int64_t iter;                    /* of the last tick */
};

/* dir NULL: nothing is written.  from: resume from this iteration, -1: a new training. */
int journal_open(struct journal *j, const char *dir, int64_t from);
void journal_close(struct journal *j);

int journal_start(struct journal *j, int64_t iter, const char *device,
    const char *command, uint64_t seed);
int journal_train(struct journal *j, const struct measurement *m);
int journal_val(struct journal *j, const struct measurement *m);
int journal_snapshot(
    struct journal *j, int64_t iter, double epoch, const char *file);
/* reason: "done" "until" "early-stop" "SIGTERM" "time budget" "nan" */
int
journal_end(struct journal *j, int64_t iter, double epoch, const char *reason);
/* Often, and cheap: iter iterations are done (-1: as said before); is a look at
 * the hardware due? */
void journal_tick(struct journal *j, int64_t iter);
/* A remark for train.log and, as {"event":"note"}, train.ndjson. */
int journal_note(struct journal *j, int64_t iter, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The factor of fp16's gradients, which a snapshot of Caffe's has no place for:
 * {"event":"scale"}, before the snapshot that it belongs to. */
int journal_scale(struct journal *j, int64_t iter, const struct plan_scale *s);
/* That of iteration iter from the train.ndjson of dir; 1 found, 0 not. */
int journal_scale_read(struct plan_scale *s, const char *dir, int64_t iter);
double journal_elapsed(const struct journal *j); /* all runs together */

#endif
