/*
 * The progress bar on stderr: "label  done/total  rate  ETA  extra", drawn at
 * most ten times a second, only on a terminal or with --progress; with
 * --progress=json one JSON object a line.  All functions are cheap no-ops when
 * progress is off.  One bar at a time; any thread may add.
 */
#ifndef BASE_PROGRESS_H
#define BASE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

enum progress_mode { PROGRESS_AUTO, PROGRESS_OFF, PROGRESS_BAR, PROGRESS_JSON };

void progress_mode(enum progress_mode mode);
void progress_begin(const char *label, uint64_t total, const char *unit);
void progress_set(uint64_t done);
void progress_add(uint64_t n);
void progress_extra(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
bool progress_shown(void); /* is there a bar, or are there lines? */
void progress_end(void);   /* erases the bar */
/* Called by log before it prints, so that lines do not collide. */
void progress_hide(void);

#endif
