/*
 * Reading in a process of its own.
 *
 * libhdf5 trusts its files: damaged ones make it follow nulls, write past its
 * memory, or go round for ever.  So nothing is read with it where a crash would
 * matter.  A child is forked for each file (or list of files) that is opened; it
 * answers questions over a socket, and its death is an error of the parent:
 *
 *	a.h5: is damaged: libhdf5 crashes on it
 *
 * The child keeps no file of the parent's open, ignores the signals that ask to
 * stop, ends when the parent does, and may take as much CPU time and memory as
 * reading a file of that size can need.  Its threads are none, so it touches no
 * lock of the parent's but those of malloc, which fork(2) looks after.
 *
 * One thread at a time for each; several may be open.
 */
#ifndef HDF5_APART_H
#define HDF5_APART_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct h5_apart;

struct h5_ask {
	int what, array; /* as the two sides agree */
	size_t first, n;
};

/*
 * In the child: the answer to a question.  An error is handed over with its
 * sentence; after a success h5_apart_answer was called, and the bytes that it
 * announced were written to out.
 */
typedef int h5_apart_fn(void *ctx, const struct h5_ask *ask, FILE *out);
void h5_apart_answer(FILE *out, uint64_t n);
/* In the child: what follows opens that file, or reads so many bytes of values of
 * it.  The limits begin anew. */
void h5_apart_at(const char *path);
void h5_apart_step(const char *path, uint64_t bytes);

/* path: for errors until h5_apart_at says more; ctx: the child gets a copy. */
int h5_apart_start(
    struct h5_apart **out, const char *path, h5_apart_fn *fn, void *ctx);
/* Ask; *n: bytes of the answer, all of which are to be taken. */
int h5_apart_ask(struct h5_apart *a, const struct h5_ask *ask, uint64_t *n);
int h5_apart_take(struct h5_apart *a, void *p, size_t n);
/* The answer cannot be: the child writes where it should not.  Ends it. */
int h5_apart_odd(struct h5_apart *a);
void h5_apart_end(struct h5_apart **a); /* accepts NULL */

#endif
