/*
 * "Did you mean …?": the nearest word by edit distance.  Only for errors, so it
 * is the plain quadratic table of Wagner and Fischer (1974) on short words.
 */
#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "caffe/near.h"

enum { NEAR_LEN = 63 };

static size_t
least_of(size_t a, size_t b, size_t c)
{
	if (b < a)
		a = b;
	return c < a ? c : a;
}

static bool
same_letter(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

size_t
caffe_distance(const char *a, const char *b)
{
	size_t row[NEAR_LEN + 2], na = strlen(a), nb = strlen(b), i, j;
	size_t diagonal, above;

	if (na > NEAR_LEN || nb > NEAR_LEN)
		return NEAR_LEN;
	for (j = 0; j <= nb; j++)
		row[j] = j;
	for (i = 1; i <= na; i++) {
		diagonal = row[0];
		row[0] = i;
		for (j = 1; j <= nb; j++) {
			above = row[j];
			row[j] = least_of(above + 1, row[j - 1] + 1,
			    diagonal + !same_letter(a[i - 1], b[j - 1]));
			diagonal = above;
		}
	}
	return row[nb];
}

const char *
caffe_near(const char *word, size_t n,
    const char *(*get)(const void *ctx, size_t i), const void *ctx)
{
	const char *best = NULL;
	size_t i, d, nearest = 1 + (strlen(word) + 1) / 3;

	for (i = 0; i < n; i++) {
		d = caffe_distance(word, get(ctx, i));
		if (d < nearest) {
			nearest = d;
			best = get(ctx, i);
		}
	}
	return best;
}
