/*
 * A script for sh that makes a data set or a model again, of what its papers say of
 * how it was made; and whether what it makes is the same, bit for bit.
 */
#ifndef JOBS_REBUILD_H
#define JOBS_REBUILD_H

#include "base/buf.h"

/* Append the script, which takes the folder to work in as its argument.
 * ERR_MISSING: the papers do not say how; ERR_REFUSED: it cannot be done again
 * (standard input was read). */
int rebuild_script(struct buf *b, const char *dir);

/*
 * Run it in a scratch folder, and print what came of it on standard output: a row
 * (or an object) for each snapshot, or each part of a data set, and whether it is
 * the same.  ERR_REFUSED where one is not, or none is there.
 */
int rebuild_check(const char *dir);

#endif
