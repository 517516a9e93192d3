/*
 * Asking a running program to stop: SIGINT, SIGTERM, or a time budget.
 *
 * Long loops poll stop_asked() (a flag; cheap).  The first signal asks; a
 * second SIGINT ends the process at once with status 130.
 */
#ifndef BASE_STOP_H
#define BASE_STOP_H

void stop_install(void);          /* handlers for SIGINT, SIGTERM */
void stop_budget(double seconds); /* from now; <= 0: none */
int stop_asked(void);
int stop_signalled(void); /* by a signal alone */ /* 1 once asked to stop */
const char *stop_reason(void); /* "SIGTERM", "time budget", "" */
double stop_clock(void);       /* monotonic seconds */

#endif
