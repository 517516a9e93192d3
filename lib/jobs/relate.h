/*
 * What belongs to a data set or a model: the data set it learned from and the weights
 * it began with, and who learned from it or began with it.
 */
#ifndef JOBS_RELATE_H
#define JOBS_RELATE_H

#include <stdio.h>

#include "jobs/list.h"

/*
 * Print a row for each, as jobs_show, with its relation (dataset, pretrained, child)
 * in front.  A data set is told by the digest of its records, also where it was moved;
 * weights by their path.  Children are looked for in the n folders; in the one that dir
 * is in, where there are none.
 */
int jobs_relate(const char *dir, char *const *folders, size_t n, FILE *out,
    enum prog_format format);

#endif
