/*
 * The plan: which picture goes into which database under which label.  From
 * sources and options to three lists in their final order, before any picture
 * is opened.  The rules are those of DIGITS's parse_folder
 * with a seeded shuffle; what a class gets does not depend on other classes.
 */
#ifndef DSET_PLAN_H
#define DSET_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dset/boxes/detect.h"
#include "dset/dset.h"
#include "dset/list.h"
#include "dset/masks/masks.h"
#include "dset/plan/columns.h"
#include "dset/sources/source.h"
#include "dset/stream/stream.h"
#include "dset/targets/targets.h"
#include "dset/tasks/task.h"

/* Records of one database: eight digits of the key. */
enum { PLAN_RECORDS_MAX = 100000000 };

struct dset_plan_options {
	const char *const *sources; /* class folders, to be shared out */
	size_t nsources;
	const char *s3_endpoint;                    /* or NULL */
	const struct dset_detect_options *detect;   /* or NULL */
	const struct dset_masks_options *masks;     /* or NULL */
	const struct dset_targets_options *targets; /* or NULL */
	const char *list;                           /* instead of folders */
	/* A stream of samples instead, or NULL; and where it may be kept. */
	const struct dset_stream_options *stream;
	const char *work;
	/* The lists are tables, of which these columns are wanted; or NULL.  And
	 * how that was said. */
	const struct dset_columns *columns;
	const char *columns_text;
	const char *root;             /* in front of relative paths of lists */
	bool nul;                     /* -0 */
	int first_label;              /* in lists: 0 or 1 */
	const struct dset_task *task; /* NULL: classification */
	const char *labels;           /* labels file, or NULL */
	const char *class_map;        /* file of "name TAB new name", or NULL */
	double percent[DSET_PARTS];   /* of val and test; train has the rest */
	bool percent_asked[DSET_PARTS]; /* it was the user's wish */
	/* Separate sources of val and test; the percentage is then not used. */
	const char *part_folder[DSET_PARTS];
	const char *part_list[DSET_PARTS];
	/* Pictures of a class.  Fewer than min: left out; more than max: the
	 * first max.  0: no limit. */
	size_t min[DSET_PARTS], max[DSET_PARTS];
	/* min was the user's wish: leaving out is no fault. */
	bool min_asked[DSET_PARTS];
	bool shuffle;
	uint64_t seed;
	uint64_t shard, shards; /* 1..shards of how many; 0, 0: everything */
};

struct dset_left_out {
	char *name; /* of the class */
	char *reason;
	size_t n; /* pictures */
};

struct dset_plan {
	/* Samples in the order of the database; texts belong to scan. */
	struct dset_sample *part[DSET_PARTS];
	size_t n[DSET_PARTS], cap[DSET_PARTS];
	struct dset_scan scan[DSET_PARTS];
	/* Number of the first record of part, and the step to the next: with
	 * shards the numbers in the keys are those of the whole. */
	uint64_t first, step;
	char **labels;
	size_t nlabels;
	const struct dset_task *task;
	struct dset_detect *detect;   /* classes of boxes, or NULL */
	struct dset_masks *masks;     /* classes of pixels, or NULL */
	struct dset_targets *targets; /* sizes of them, or NULL */
	struct dset_rows_text rows;   /* of the list, where that is a table */
	struct dset_stream *stream;   /* what samples point into, or NULL */
	struct dset_left_out *left_out;
	size_t nleft_out, left_out_cap;
};

int dset_plan_make(struct dset_plan *out, const struct dset_plan_options *opts,
    const struct dset_bad *bad);
void dset_plan_clear(struct dset_plan *p);

#endif
