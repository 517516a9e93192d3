/*
 * Outputs of a net as .npy files: FILE for one blob, FILE.BLOB.npy for several
 * ("/" in a blob's name becomes "__").  A FILE.h5 has an array for each blob, and
 * label, the classes, -1 where none is known, if one is.  Rows are kept in a temporary
 * file until their number is known; the results appear whole.
 */
#ifndef INFER_ARRAYS_H
#define INFER_ARRAYS_H

#include "infer/infer.h"
#include "prog/prog.h"

struct arrays;
/* names: of the blobs that --outputs asks for, n of them; 0: the net's last.
 * ERR_REFUSED &c. where a file could not be written. */
int arrays_new(
    struct arrays **out, const char *path, const char *const *names, size_t n);
void arrays_free(struct arrays *a); /* accepts NULL */
/* The outputs of picture `place` of the last run; truth: its class, < 0 if it is not
 * known. */
int arrays_add(struct arrays *a, const struct infer *f, int place, int truth);
/* A picture could not be used: a row of NaN stands for it, so that row i is picture i
 * of the input. */
int arrays_skip(struct arrays *a);
int arrays_commit(struct arrays *a, const struct infer *f); /* accepts NULL */

/* "BLOB=FILE.npy": read, run once, keep the whole outputs (in a) or, with a NULL,
 * print their shapes and first values. */
int arrays_run_inputs(
    struct arrays *a, struct infer *f, const struct opt_list *inputs);

#endif
