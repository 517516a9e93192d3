/*
 * Making a data set: plan, databases, mean, lists, dataset.json, in a folder
 * that appears whole or not at all.
 */
#ifndef DSET_CREATE_H
#define DSET_CREATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dset/plan/plan.h"
#include "dset/writer.h"
#include "record/sink.h"

struct dset_create_options {
	struct dset_plan_options plan;
	const char *out;
	bool force;
	const struct record_backend *backend;
	/* Columns are set by the task.  Without a size: that of the largest
	 * picture, which others are padded to (detection), or as they are
	 * (segmentation). */
	struct record_form form;
	enum image_mode mode;
	int pad[2]; /* black at the right and below first; 0: none */
	bool no_exif;
	bool deep; /* 16 bits of pictures are kept, and their size */
	bool mean;
	enum dset_on_duplicate on_duplicate;
	int threads;
	const char *command; /* for dataset.json */
	/* Called for each bad item; a negative answer gives up. */
	int (*bad)(const char *path, int64_t record, const char *reason,
	    uint64_t total);
};

/* What was made, for the summary. */
struct dset_created {
	const struct dset_task *task; /* NULL: as the options say */
	char **labels;
	size_t nlabels;
	size_t labels_per_record;
	int channels, height, width; /* of the pictures, 0: as they are */
	/* What they were padded to at the right and below, before they were brought
	 * to that size; 0: they were not. */
	int pad_width, pad_height;
	bool made[DSET_PARTS];
	uint64_t count[DSET_PARTS];
	char digest[DSET_PARTS][DIGEST_MAX];
	uint64_t *per_class[DSET_PARTS]; /* nlabels each, or NULL */
	uint64_t ignored[DSET_PARTS]; /* pixels of no class, of those tallied */
	uint64_t skipped, duplicates, leaks, conflicts, dropped;
	double seconds;
};

/* On failure nothing is left behind and out is empty. */
int
dset_create(struct dset_created *out, const struct dset_create_options *opts);
void dset_created_clear(struct dset_created *c);

#endif
