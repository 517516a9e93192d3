/*
 * Choices that were measured, kept between runs: which of the library's engines
 * was fastest for a convolution, by device and library version.
 *
 * One text file for each device and version, $NNUTILS_CACHE/tune/NAME.txt (or
 * below XDG_CACHE_HOME, as path_cache_dir says), a line "key TAB choice" for each
 * thing measured.  It is read once and written again, whole, when something is
 * added, together with what others added meanwhile; a file that is damaged is
 * left out and replaced.  What is kept is chosen again without measuring, so that
 * a second run computes the same as the first.
 *
 * Nothing here knows of a GPU: who asks brings the stopwatch.
 */
#ifndef CUDA_TUNE_H
#define CUDA_TUNE_H

struct tune;

/* Never fails: without a folder, or with a bad file, it starts empty. */
struct tune *tune_open(const char *device, const char *library);
void tune_close(struct tune *t); /* accepts NULL */

/* What was chosen for key; borrowed until the next tune_choose; or NULL. */
const char *tune_find(const struct tune *t, const char *key);

/* Seconds that candidate i takes; negative: it cannot be run. */
typedef double tune_clock(void *ctx, int i);
/*
 * Which of n candidates (1 or more) is the fastest, by name; it is kept, unless
 * none could be run, and then the first is the answer.
 */
int tune_choose(struct tune *t, const char *key, const char *const *names,
    int n, tune_clock *clock, void *ctx);

#endif
