/*
 * What a data set is for.  A task says what a sample has beside its picture,
 * where that is found, what of it goes into a record, and how it is shown; the
 * plan, the writer, duplicates, dataset.json, dset-show know values of any kind
 * and ask the task where that is not enough.
 *
 * To add one: a file that fills a struct dset_task, a line in table.c.  What is
 * not set is as for a set of pictures and values that need no care.
 */
#ifndef DSET_TASKS_TASK_H
#define DSET_TASKS_TASK_H

#include <stdbool.h>

#include "base/buf.h"
#include "dset/dset.h"
#include "dset/list.h"
#include "image/image.h"
#include "prog/prog.h"
#include "record/column.h"

struct dset_plan;
struct dset_plan_options;
struct dset_created;
struct dset_source;

/* Pixels of a record for each value that one may have. */
enum { DSET_TALLY = 256 };

/* A picture on its way into a record, and room for the values beside it. */
struct dset_fit {
	const struct image *picture; /* as the record will have it */
	int from_width, from_height; /* as it was decoded */
	int pad_width, pad_height;   /* as it was padded, or as from */
	enum image_mode mode;
	const struct dset_plan *plan;
	enum dset_part part;
	struct buf room[RECORD_COLUMNS_MAX]; /* empty; one for each column */
	uint32_t
	    *tally; /* zeros, DSET_TALLY of them, for a task that tallies */
};

struct dset_task {
	const char *name; /* in dataset.json: "classification" */
	/* What dataset.json's options call the place of labels, or NULL. */
	const char *labels_from;
	/* A sample has one class: a folder's or a number's.  Classes have names,
	 * and each is shared out by itself. */
	bool classes;
	/* Where samples are beside lists, NULL at the end; NULL: class folders. */
	const struct dset_source *const *sources;
	/* Add the sample of a line "path ..." of a list, which may be changed. */
	int (*scan)(
	    struct dset_list *l, char *line, const struct dset_list_options *o);
	/* See to it that the parts belong together; names are settled here. */
	int (*settle)(struct dset_plan *p, const struct dset_plan_options *o);
	/* The columns of the records beside the picture, the first called label;
	 * how many.  picture: the record's shape.  NULL: the class. */
	int (*columns)(struct record_column *out, const struct dset_plan *p,
	    const struct record_column *picture);
	/* The values as the record has them, one for each column; any thread.
	 * They may point to the sample's and into f->room.  NULL: as they are. */
	int (*fit)(
	    struct value *out, struct dset_fit *f, const struct dset_sample *s);
	/* After the path in train.txt.  NULL: numbers and file names. */
	int (*list)(struct buf *out, const struct dset_sample *s);
	/* What dset-create prints before its last line, or NULL. */
	int (*summary)(struct buf *out, const struct dset_created *made,
	    enum prog_format format);
	/* Draw a record's values on its picture, or NULL. */
	int (*draw)(
	    struct image *im, const struct record *r, const struct dset *d);
	/* Count what of each class a sample that was written has; NULL: one of
	 * its own where the task has classes, else nothing. */
	void (*count)(uint64_t *per_class, const struct dset_plan *p,
	    enum dset_part part, const struct dset_sample *s);
	/* fit counts pixels in f->tally, of which those of the records written
	 * are what each class has; the last value is no class. */
	bool tallies;
};

/* What --type offers, of the names of the tasks. */
#define DSET_TASK_TYPES "classification|detection|segmentation|image"

extern const struct dset_task dset_task_classify;
extern const struct dset_task dset_task_detect;
extern const struct dset_task dset_task_image;
extern const struct dset_task dset_task_regress;
extern const struct dset_task dset_task_segment;

/* By the name in dataset.json; NULL: none that is known. */
const struct dset_task *dset_task_find(const char *name);

/* The task's answer, or what stands for it where it has none. */
int dset_task_fit(struct value *out, const struct dset_task *t,
    struct dset_fit *f, const struct dset_sample *s);
int dset_task_list(
    struct buf *out, const struct dset_task *t, const struct dset_sample *s);

#endif
