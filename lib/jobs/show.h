/* Jobs as a table for people, as columns, or as JSON objects. */
#ifndef JOBS_SHOW_H
#define JOBS_SHOW_H

#include <stdio.h>

#include "jobs/list.h"

/* relation, where not NULL: a word for each, in front. */
int jobs_show(const struct jobs *l, const char *const *relation, FILE *out,
    enum prog_format format);

#endif
