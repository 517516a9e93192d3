/*
 * Asking a running program to stop: SIGINT, SIGTERM, SIGHUP, or a time budget.
 *
 * Long loops poll stop_asked() (a flag; cheap).  The first signal asks; a second
 * SIGINT ends the process at once with status 130.  A program that is still there
 * STOP_SECONDS after it was asked, because it waits for something, is ended by
 * that signal; temporary files go (base/tidy.h).  stop_hold(1) says that there is
 * something to be saved first, as a training has, so that nothing is ended.
 *
 * A signal that was ignored when the program began (nohup; a shell's background
 * job) stays so.
 */
#ifndef BASE_STOP_H
#define BASE_STOP_H

enum { STOP_SECONDS = 4 };

void stop_install(void);          /* handlers for those signals */
void stop_budget(double seconds); /* from now; <= 0: none */
double stop_budget_seconds(void); /* as it was set; 0: none */
int stop_asked(void);             /* 1 once asked to stop */
int stop_signalled(void);         /* by a signal alone */
void stop_hold(int on);
int stop_held(void);
const char *stop_reason(void); /* "SIGTERM", "time budget", "" */
double stop_clock(void);       /* monotonic seconds */

/* SIGUSR1 asks for a snapshot, and to go on: 1 once for each time. */
void stop_snapshot_install(void);
int stop_snapshot_asked(void);

#endif
