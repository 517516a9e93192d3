/*
 * What is in a database: labels, shapes, how it is stored; with pixels also
 * means, deviations and duplicate pictures.
 */
#ifndef DSET_SURVEY_H
#define DSET_SURVEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dset/dset.h"
#include "dset/list.h"
#include "dset/plan/duplicates.h"

enum { SURVEY_CHANNELS = 4, SURVEY_SHAPES = 64 };

struct dset_shape_count {
	int channels, height, width;
	uint64_t n;
};

struct dset_survey {
	uint64_t records, bad, encoded;
	uint64_t *per_label; /* nlabels of them */
	size_t nlabels;      /* the highest label + 1 */
	/* Shapes, most frequent first; those past SURVEY_SHAPES are counted in
	 * other_shapes. */
	struct dset_shape_count shapes[SURVEY_SHAPES];
	size_t nshapes;
	uint64_t other_shapes;
	/* With pixels: */
	int channels; /* of the figures below */
	double mean[SURVEY_CHANNELS], deviation[SURVEY_CHANNELS]; /* B G R */
	uint64_t pixels;
	uint64_t duplicates, leaks, conflicts;
};

struct dset_survey_options {
	bool pixels; /* decode, and compute the second half */
	int threads;
	enum dset_part part;
	struct dset_duplicates *duplicates; /* shared by the parts, or NULL */
	/* Hears of records that cannot be read, or NULL. */
	const struct dset_bad *bad;
	/* Hears of pictures that were seen before, or NULL. */
	void (*duplicate)(void *ctx, size_t index, struct dset_seen here,
	    const struct dset_seen *first);
	void *ctx;
};

int dset_survey_make(struct dset_survey *out, struct record_db *db,
    const struct dset_survey_options *o);
void dset_survey_clear(struct dset_survey *s);

#endif
