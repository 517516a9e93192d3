/*
 * Numbers from text and back, without surprises: whole string, range checked,
 * errors that quote what was given.  None of these depend on the locale.
 */
#ifndef BASE_NUM_H
#define BASE_NUM_H

#include <stddef.h>
#include <stdint.h>

/* The whole of s, decimal (or 0x hex), within lo..hi; ERR_RANGE / ERR_FORMAT. */
int num_int(int64_t *out, const char *s, int64_t lo, int64_t hi);
int num_double(double *out, const char *s, double lo, double hi);

/* Size with an optional suffix K M G T (powers of 1024): "64M". */
int num_size(uint64_t *out, const char *s);
/* Duration in seconds: "90", "90s", "15m", "1h30m", "2d". */
int num_duration(double *out, const char *s);
/* "256x192" (width x height) or "256" for both; each 1..max. */
int num_pair(int *w, int *h, const char *s, int max);

/* "8,16,32": at least one, at most max, each within lo..hi; how many, or ERR_FORMAT,
 * ERR_RANGE. */
int num_ints(int *out, int max, const char *s, int lo, int hi);

/* The shortest decimal text that reads back as the same float / double. */
enum { NUM_TEXT_MAX = 32 };
char *num_float_text(char out[NUM_TEXT_MAX], float v);
char *num_double_text(char out[NUM_TEXT_MAX], double v);
/* IEEE half precision (binary16) to float. */
float num_half(uint16_t h);
/* The nearest half, on a tie the even one; past the largest: infinity. */
uint16_t num_to_half(double v);
/* For people: 1234567 -> "1.2 MB"; seconds -> "1:02:03". */
char *num_bytes_text(char out[NUM_TEXT_MAX], uint64_t bytes);
char *
num_count_text(char out[NUM_TEXT_MAX], uint64_t n); /* 1234567: "1.23 M" */
char *num_time_text(char out[NUM_TEXT_MAX], double seconds);
/* The noun that goes with n: one for 1, else many. */
const char *num_plural(uint64_t n, const char *one, const char *many);
/* Both, of a noun that takes an s (or es, behind an s): "1 top", "2 classes". */
enum { NUM_COUNTED_MAX = 64 };
char *num_counted(char out[NUM_COUNTED_MAX], uint64_t n, const char *one);
/* The same in memory of the block it stands in, for an argument. */
#define NUM_COUNTED(n, one)                                                    \
	num_counted((char[NUM_COUNTED_MAX]){ 0 }, (uint64_t)(n), one)

#endif
