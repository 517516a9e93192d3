/*
 * The progress line on stderr, drawn at most ten times a second, only on a
 * terminal or with --progress; with --progress=json one JSON object a line:
 *
 *	train  loss 0.3120  val accuracy 0.97  [####....] 900/1800  330 img/s  ETA 3 s
 *
 * It never wraps: parts that do not fit the terminal are left out, the least
 * important first.  Rate and time to go are those of the last quarter of a
 * minute.  All functions are cheap no-ops when progress is off.  One line at a
 * time; any thread may add.
 */
#ifndef BASE_PROGRESS_H
#define BASE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

enum progress_mode { PROGRESS_AUTO, PROGRESS_OFF, PROGRESS_BAR, PROGRESS_JSON };

void progress_mode(enum progress_mode mode);
/* Of which of several like it the next lines are: "2/6 lr0.1"; NULL: of one. */
void progress_run(const char *run);
/* total 0: not known.  Of unit "B" the numbers are shown as sizes. */
void progress_begin(const char *label, uint64_t total, const char *unit);
/* The total, known only now. */
void progress_total(uint64_t total);
/* So much was done before; it counts for no rate. */
void progress_from(uint64_t done);
void progress_set(uint64_t done);
void progress_add(uint64_t n);
/* What else is said: parts with two blanks between, the most important first. */
void progress_extra(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* A line that stays above the progress line: when, what came of learning, what of
 * validating, and more, with two blanks between.  Where it does not fit, what is
 * last goes first, then the second part. */
void progress_keep(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* A task inside the one shown, whose clock stops meanwhile (a validation). */
void progress_inner_begin(const char *label, uint64_t total, const char *unit);
void progress_inner_end(void);
bool progress_shown(void); /* is there a line, or are there lines? */
void progress_end(void);   /* erases the line */
/* Called by log before it prints, so that lines do not collide. */
void progress_hide(void);

#endif
