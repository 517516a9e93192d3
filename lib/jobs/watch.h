/*
 * The list on a terminal, drawn again and again until the program is asked to stop;
 * what stood there before is there again afterwards, also while the program is
 * suspended.
 */
#ifndef JOBS_WATCH_H
#define JOBS_WATCH_H

#include "jobs/list.h"

/* "", or seconds between two drawings as --watch has them. */
int jobs_watch_parse(double *seconds, const char *text);
/* ERR_USAGE where standard output is no terminal. */
int jobs_watch(char *const *dirs, size_t n, const struct jobs_choice *c,
    enum jobs_key key, bool reverse, double seconds);

#endif
